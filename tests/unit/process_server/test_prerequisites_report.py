"""One table for all checks."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import check, report

CHECKS = [
    check.ok("vault", "", "it is there"),
    check.failed("quota", "", "16 needed\n8 free", "Ask for more"),
    check.unknown("channel", "ps-app-01", "not tried"),
    check.warning("retirement", "", "retired", "Fail back soon"),
    check.not_applicable("image_terms", "ps-db-01", "none"),
]


def test_every_check_is_in_the_table_with_its_cure_below():
    assert report.table(CHECKS) == [
        "RESULT          CHECK        SERVER     EVIDENCE",
        "ok              vault        all        it is there",
        "failed          quota        all        16 needed 8 free",
        "                                        -> Ask for more",
        "unknown         channel      ps-app-01  not tried",
        "warning         retirement   all        retired",
        "                                        -> Fail back soon",
        "not applicable  image_terms  ps-db-01   none",
    ]


def test_summary_names_the_worst_first():
    assert report.summary(CHECKS) == "5 checks: 1 failed, 1 warning, 1 unknown, 1 ok, 1 not applicable"
    assert report.summary(CHECKS[:1]) == "1 check: 1 ok"


@pytest.mark.parametrize("kept, passed", [(CHECKS, False), (CHECKS[:1] + CHECKS[2:], True), ([], True)])
def test_only_what_failed_stops_a_run(kept, passed):
    assert report.passed(kept) is passed
