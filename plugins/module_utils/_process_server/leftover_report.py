# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was left over, as lines for a person. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import text_table

HEADINGS = ("WHAT", "NAME", "GROUP", "WHY", "COSTS")
WORDS = {
    "virtual_machine": "machine",
    "network_interface": "network interface",
    "disk": "disk",
    "public_address": "public address",
    "registration": "registration",
}


def table(found):
    """A heading, then each leftover with why it is one and what it costs, and below it what to do."""
    rows = [(WORDS[one["kind"]], one["name"] or "", one["resource_group"] or "", one["evidence"], one["costs"]) for one in found]
    return text_table.lines(HEADINGS, rows, [f"-> {one['cure']}" for one in found]) if found else []


def machine_hours(found):
    """Hours since their creation of all the machines that are billed now; those of unknown age are not among them."""
    return round(sum(one["hours_since_creation"] or 0 for one in found if one["machine_is_billed"]), 1)


def summary(found, in_use, younger):
    """One sentence: how many of what, and the machine hours so far."""
    counts = [(sum(1 for one in found if one["kind"] == kind), words) for kind, words in WORDS.items()]
    told = ", ".join(_counted(count, words) for count, words in counts if count) or "nothing"
    billed = [one for one in found if one["machine_is_billed"]]
    ageless = sum(1 for one in billed if one["hours_since_creation"] is None)
    hours = f"; {machine_hours(found)} machine hours so far" if billed else ""
    hours += f", without those of {_counted(ageless, 'machine')} of unknown age" if ageless else ""
    rest = [f"{_counted(len(in_use), 'machine')} in use"] if in_use else []
    rest += [f"{younger} younger than asked for"] if younger else []
    return f"Left over: {told}{hours}" + (f". Not among them: {', '.join(rest)}" if rest else "")


def _counted(count, words):
    return f"{count} {words}" if count == 1 else f"{count} {words}{'es' if words.endswith('s') else 's'}"
