"""What an administrator reads when Azure refuses, in each of the shapes in which it does."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import errors as subject


@pytest.mark.parametrize(
    "text, code, message",
    [
        ('{"error": {"code": "OperationNotAllowed", "message": "Quota."}}', "OperationNotAllowed", "Quota."),
        ('{"code": "NotFound", "message": "No."}', "NotFound", "No."),
        (
            '{"error": {"code": "A", "message": "Top.", "details": [{"code": "B", "message": "Deep.", '
            '"possibleCauses": "Cause.", "recommendedAction": "Act."}]}}',
            "A",
            "Top. Deep. Cause. Act.",
        ),
        ('{"error": {"code": "A", "message": "Same.", "details": [{"message": "Same."}]}}', "A", "Same."),
        (
            '{"error": "invalid_client", "error_description": "AADSTS7000215: wrong"}',
            "invalid_client",
            "AADSTS7000215: wrong",
        ),
        (
            "<html><head><title>503</title></head><body><h1>Service&nbsp;Unavailable</h1></body></html>",
            "",
            "503 Service Unavailable",
        ),
        ("", "", ""),
        ("[1]", "", ""),
        ('{"error": {"code": null, "message": null, "details": [null]}}', "", ""),
    ],
)
def test_read_error(text, code, message):
    assert subject.read_error(text) == {"code": code, "message": message}


def test_an_operation_that_failed_tells_code_text_correlation_and_cure():
    error = subject.from_error(
        {"code": "AllocationFailed", "message": "No room."}, "creating virtual machine rg/ps1", correlation="abc"
    )
    assert str(error).startswith("creating virtual machine rg/ps1: AllocationFailed: No room. (correlation id abc).")
    assert "no room for this size" in error.cure


def test_an_operation_that_failed_without_a_word():
    assert subject.from_error(None, "x").as_dict()["code"] == "Failed"
