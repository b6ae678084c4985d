# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All checks in one table for a terminal, and in one sentence. Pure; private to this collection."""

from __future__ import annotations

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
    heading = ("RESULT", "CHECK", "SERVER", "EVIDENCE")
    widths = [max(len(row[column]) for row in [heading, *rows]) for column in range(3)]
    lines = [_line(heading, widths)]
    for one, row in zip(checks, rows, strict=True):
        lines.append(_line(row, widths))
        if one.cure and one.result in (FAILED, WARNING, UNKNOWN):
            lines.append(_line(("", "", "", f"-> {one.cure}"), widths))
    return lines


def summary(checks):
    """How many of each result, the worst first."""
    counts = [(sum(1 for one in checks if one.result == result), result) for result in RESULTS]
    return f"{len(checks)} check{'' if len(checks) == 1 else 's'}: " + ", ".join(
        f"{number} {WORDS.get(result, result)}" for number, result in counts if number
    )


def passed(checks):
    """Nothing failed. What is unknown does not stop a run, and is never called ok."""
    return all(one.result != FAILED for one in checks)


def _line(cells, widths):
    # Evidence may quote a service's text of several lines; a table has one line for each.
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return "  ".join([*padded, " ".join(cells[3].split())]).rstrip()
