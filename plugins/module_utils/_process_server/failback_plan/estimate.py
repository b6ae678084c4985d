# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the way home takes and how many machine hours that is, as far as it can be told. Pure; private to this collection."""

from __future__ import annotations

import math

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan.items import GIB

# Time to review, reprotect and rehearse before anything runs, and to take the servers away after it.
DRILL_MARGIN_HOURS = 24


def estimate(machines, servers, bandwidth_mbps, margin_hours, now):
    """An estimate, in GB and hours; `None` is what cannot be told.

    Only changes go back to the original location (concepts-types-of-failback), so at best what was changed since the
    failover is sent; at most everything on the disks is, as to another location. All of it goes over one connection,
    of ``bandwidth_mbps`` megabit a second, that is taken to be free for it (our inference).
    """
    at_most = None if any(not one["disks_gb"] for one in machines) else round(sum(one["disks_gb"] for one in machines))
    changed = [_changed_gb(one, now) for one in machines]
    expected = None if None in changed else math.ceil(sum(changed))
    hours_at_most, hours_expected = _hours(at_most, bandwidth_mbps), _hours(expected, bandwidth_mbps)
    return {
        "is": "estimate",
        "data_gb_at_most": at_most,
        "data_gb_expected": expected,
        "bandwidth_mbps": bandwidth_mbps,
        "hours_at_most": hours_at_most,
        "hours_expected": hours_expected,
        "servers": servers,
        "drill_margin_hours": margin_hours,
        "vm_hours_at_most": _vm_hours(servers, hours_at_most, margin_hours),
        "vm_hours_expected": _vm_hours(servers, hours_expected, margin_hours),
        "unknown": _unknown(at_most, expected, bandwidth_mbps),
    }


def _changed_gb(machine, now):
    since = configuration_servers.parse_time(machine["failed_over_at"])
    if since is None or machine["daily_churn_gb"] is None:
        return None
    days = max(0.0, (now - since).total_seconds() / 86400)
    changed = machine["daily_churn_gb"] * days
    # What the vault does not show the size of is not empty.
    return min(machine["disks_gb"], changed) if machine["disks_gb"] else changed


def _hours(gigabytes, bandwidth_mbps):
    if gigabytes is None or not bandwidth_mbps:
        return None
    # Sizes are in GB of 1024 MB, lines in millions of bits.
    return round(gigabytes * GIB * 8 / (bandwidth_mbps * 10**6) / 3600, 1)


def _vm_hours(servers, hours, margin_hours):
    return None if hours is None else math.ceil(servers * (hours + margin_hours))


def _unknown(at_most, expected, bandwidth_mbps):
    """Why something is not told, in words."""
    reasons = []
    if at_most is None:
        reasons.append("the vault does not show the disks of all machines")
    if expected is None:
        reasons.append("the vault does not show for all machines how much they change, and since when they are failed over")
    if not bandwidth_mbps:
        reasons.append("no bandwidth is given (bandwidth_mbps), so no duration can be told")
    return reasons
