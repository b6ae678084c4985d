# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How large a process server must be for what it is to carry. Pure; private to this collection."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    """One row of the sizing table: cores, memory and cache disk in GB, and what it carries at most.

    ``size``: the virtual machine size with at least these cores and this memory.
    """

    cores: int
    memory_gb: int
    cache_disk_gb: int
    most_churn_gb: float
    most_machines: int
    size: str


# "Size requirements" of an additional process server (vmware-azure-set-up-process-server-scale). The sizes are our
# inference, but for Standard_A8_v2: the portal's default for a failback process server (vmware-azure-set-up-process-
# server-azure).
TABLE = (
    Row(4, 8, 300, 250, 85, "Standard_A4_v2"),
    Row(8, 12, 600, 1024, 150, "Standard_A8_v2"),
    Row(12, 24, 1024, 2048, 225, "Standard_D16s_v5"),
)

# Without a word on the load: the portal's default size, and the cache disk of its row.
DEFAULT = TABLE[1]


def row_for(daily_churn_gb=None, machines=None):
    """The smallest `Row` that carries the daily churn (GB) and the number of machines; `None` where none does.

    One process server takes 2 TB of changes a day at most (site-recovery-plan-capacity-vmware).
    """
    if daily_churn_gb is None and machines is None:
        return DEFAULT
    for row in TABLE:
        if (daily_churn_gb or 0) <= row.most_churn_gb and (machines or 0) <= row.most_machines:
            return row
    return None


def carried_by(memory_bytes, space_bytes):
    """The largest `Row` whose memory and cache disk a server has; `None` where it has less than the smallest.

    A server that shows 16 GB has some bytes less: a GB is taken for 10**9 here. The cores are left out, since the
    vault does not show them; that memory and cache disk stand for the row is our inference.
    """
    fitting = [row for row in TABLE if memory_bytes >= row.memory_gb * 10**9 and space_bytes >= row.cache_disk_gb * 10**9]
    return fitting[-1] if fitting else None
