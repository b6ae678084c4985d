# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What process servers have to carry, and how many of them it takes. Pure; private to this collection."""

from __future__ import annotations

import math

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import sizing

# The sizing table's own machines have 300 GB each: 225 of them with 2 TB of changes a day change 3 % of it. For machines
# that were never measured (our inference).
ASSUMED_DAILY_CHANGE_PERCENT = 3.0


def daily_churn_gb(machine, percent):
    """GB a day: as measured, else as assumed from the size of the machine's disks."""
    measured = machine["daily_churn_gb"]
    return measured if measured is not None else machine["disks_gb"] * percent / 100


def shares(machines, percent):
    """The machines, divided among as few process servers as carry them: ``[[machine, …], …]``, the largest share first.

    One process server takes 2 TB of changes a day and 225 machines at most, and one machine uses one of them
    (site-recovery-plan-capacity-vmware, vmware-azure-set-up-process-server-scale).
    """
    most = sizing.TABLE[-1]
    found = []
    for one in sorted(machines, key=lambda one: (-daily_churn_gb(one, percent), one["name"].lower(), one["id"])):
        churn = daily_churn_gb(one, percent)
        share = next((some for some in found if len(some) < most.most_machines and _sum(some, percent) + churn <= most.most_churn_gb), None)
        if share is None:
            found.append(share := [])
        share.append(one)
    return sorted(found, key=lambda share: (-_sum(share, percent), -len(share)))


def of(share, percent):
    """``{"machines", "daily_churn_gb"}`` of a share in whole GB, as the options of a process server take them."""
    churn = max(1, math.ceil(round(_sum(share, percent), 3)))
    # A machine that is too busy for any process server is told of on its own.
    return {"machines": len(share), "daily_churn_gb": min(churn, int(sizing.TABLE[-1].most_churn_gb))}


def row(share, percent):
    """The row of the sizing table for a share."""
    load = of(share, percent)
    return sizing.row_for(load["daily_churn_gb"], load["machines"])


def _sum(share, percent):
    return sum(daily_churn_gb(one, percent) for one in share)
