"""The search for leaked secrets must itself find them in every form, or the tests that use it prove nothing."""

from __future__ import annotations

import base64
import json
import urllib.parse

import pytest

from tests.playbooks.support.canaries import leaks, secrets_in

SECRET = 'Pass "phrase" & é/1'

LEAKS = {
    "plain": SECRET,
    "in JSON": json.dumps({"a": SECRET}),
    "in JSON, not ASCII": json.dumps({"a": SECRET}, ensure_ascii=False),
    "in JSON in JSON": json.dumps(json.dumps({"a": SECRET})),
    "in a URL": f"?q={urllib.parse.quote(SECRET, safe='')}&b",
    "in a form": urllib.parse.urlencode({"q": SECRET}),
    **{f"base64 after {n} bytes": base64.b64encode(b"x" * n + SECRET.encode() + b"yz").decode() for n in range(4)},
    **{f"base64 of UTF-16 after {n} letters": base64.b64encode(("x" * n + SECRET + "yz").encode("utf-16-le")).decode() for n in range(4)},
    "base64 of JSON": base64.b64encode(json.dumps({"text": SECRET}).encode()).decode(),
    "base64 of UTF-16 of JSON": base64.b64encode(json.dumps({"text": SECRET}).encode("utf-16-le")).decode(),
}


@pytest.mark.parametrize("text", LEAKS.values(), ids=LEAKS)
def test_found(text):
    assert leaks({SECRET}, b"before " + text.encode() + b" after")


def test_found_as_utf16():
    assert leaks({SECRET}, SECRET.encode("utf-16-le"))


def test_nothing_is_found_where_nothing_is():
    assert leaks({SECRET}, b"Pass phrase and others, cGFzcw==") == []


def test_secrets_are_collected_wherever_they_stand():
    variables = {"passphrase": "a", "list": [{"admin_password": "b", "name": "n"}], "deep": {"password": "c", "empty": {"secret": ""}}}
    assert secrets_in(variables) == {"a", "b", "c"}
