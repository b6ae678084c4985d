# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answer as lines for a terminal. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import machines


def lines(fabrics, described, networks, targets, estimate, plan_missing):
    """What there is, what is needed, what stands in the way."""
    return [
        *_table(
            ("FABRIC", "KIND", "SCENARIO", "MACHINES", "IN AZURE", "RETIRED", "PROCESS SERVER"),
            [
                (
                    one["name"],
                    one["kind"],
                    one["scenario"],
                    str(one["machines"]),
                    str(one["failed_over"]),
                    one["retired_since"] or "-",
                    "needed" if one["process_server_needed"] else "none",
                )
                for one in fabrics
            ],
        ),
        *_scenarios(fabrics),
        "",
        *_table(
            ("MACHINE", "VERDICT", "NETWORK", "ADDRESS", "MASTER TARGET", "WHAT STANDS IN THE WAY"),
            [row for one in described for row in _machine(one)],
        ),
        "",
        *_table(
            ("NETWORK", "REGION", "MACHINES", "SERVER", "ACTION", "ADDRESS", "SIZE"),
            [row for one in networks for row in _servers(one)],
        ),
        "",
        *_table(
            ("MASTER TARGET", "SYSTEM", "CONNECTED", "MACHINES", "DISKS TO COME", "DISKS FREE", "HOLDS WHOLE COPIES"),
            [
                (
                    one["name"],
                    one["os_type"],
                    "yes" if one["connected"] else "no",
                    str(len(one["machines"])),
                    str(one["disks_to_come"]),
                    str(one["disks_free"]),
                    {True: "yes", False: "no", None: "unknown"}[one["holds_whole_copies"]],
                )
                for one in targets
            ],
        ),
        "",
        *_unchecked(networks),
        *_estimate(estimate),
        *([f"No plan: {plan_missing}"] if plan_missing else []),
    ]


def _scenarios(fabrics):
    """What holds for each kind of fabric that is there, once."""
    for name, one in {one["scenario"]: one for one in fabrics}.items():
        served = one["playbook_note"] or (f"The playbook {one['playbook']} serves it" if one["playbook"] else "")
        words = [text for text in (one["retired"], one["still_possible"], served) if text]
        yield f"{name}: {'. '.join(words)}"


def _name(identifier):
    return identifier.rpartition("/")[2] if identifier else "?"


def _machine(one):
    """A line for the machine, one for each thing that stands in its way, and below that what to do."""
    head = (
        one["name"],
        one["verdict"].replace("_", " "),
        _name(one["virtual_network"]),
        one["private_ip_address"] or "?",
        one["master_target"] or "-",
    )
    told = [other for other in one["obstacles"] if other["check"] != "retired_scenario"]
    if not told:
        yield (*head, "nothing that is known" if one["verdict"] == machines.READY else "-")
    for other in told:
        yield (*head, f"{other['check']} ({other['severity']}): {other['evidence']}")
        head = ("",) * len(head)
        yield (*head, f"-> {other['cure']}")


def _servers(network):
    head = (network["name"], network["location"] or "?", str(len(network["machines"])))
    if network["problem"]:
        yield (*head, "-", "not planned", "-", network["problem"])
    for server in network["process_servers"]:
        yield (*head, server["name"], server["action"], server["private_ip_address"] or "?", _size(server))


def _size(server):
    """What it has; where that may be too small for what it is to carry, what the sizing table has as well."""
    return (server["size"] or "?") + (f", the sizing table has {server['wanted_size']}" if server["wanted_size"] else "")


def _unchecked(networks):
    for server in (server for one in networks for server in one["process_servers"]):
        if server["address_unchecked"]:
            yield f"Not known: whether {server['private_ip_address']} is free for {server['name']}: {server['address_unchecked']}"


def _estimate(estimate):
    if estimate is None:
        return []

    def told(value, unit):
        return "unknown" if value is None else f"{value} {unit}"

    return [
        f"Estimate: {told(estimate['data_gb_expected'], 'GB')} to send at best, {told(estimate['data_gb_at_most'], 'GB')} at most; "
        f"{told(estimate['hours_expected'], 'hours')} at best, {told(estimate['hours_at_most'], 'hours')} at most; "
        f"{told(estimate['vm_hours_expected'], 'machine hours')} at best, {told(estimate['vm_hours_at_most'], 'machine hours')} at most",
        *(f"Not known: {reason}" for reason in estimate["unknown"]),
    ]


def _table(heading, rows):
    if not rows:
        return []
    widths = [max(len(row[column]) for row in [heading, *rows]) for column in range(len(heading))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [heading, *rows]]
