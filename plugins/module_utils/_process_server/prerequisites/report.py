# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All checks in one table for a terminal, and in one sentence. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import text_table
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    FAILED,
    RESULTS,
    UNKNOWN,
    WARNING,
)

WORDS = {"not_applicable": "not applicable"}
ALL_SERVERS = "all"


def table(checks):
    """Lines: a heading, then each check with what was seen, and below it what to do where something is to be done."""
    rows = [(WORDS.get(one.result, one.result), one.check, one.server or ALL_SERVERS, one.evidence) for one in checks]
    cures = [f"-> {one.cure}" if one.cure and one.result in (FAILED, WARNING, UNKNOWN) else "" for one in checks]
    return text_table.lines(("RESULT", "CHECK", "SERVER", "EVIDENCE"), rows, cures)


def summary(checks):
    """How many of each result, the worst first."""
    counts = [(sum(1 for one in checks if one.result == result), result) for result in RESULTS]
    return f"{len(checks)} check{'' if len(checks) == 1 else 's'}: " + ", ".join(
        f"{number} {WORDS.get(result, result)}" for number, result in counts if number
    )


def passed(checks):
    """Nothing failed. What is unknown does not stop a run, and is never called ok."""
    return all(one.result != FAILED for one in checks)
