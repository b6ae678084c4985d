# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the machines of a switch stand, and what a process server would carry after all switches. Pure; private to this collection."""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import info_values, protected_items
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.switch_checks import Load


@dataclasses.dataclass(frozen=True)
class Standing:
    """``to_move``: items on the source; ``there``: on the target already; ``elsewhere``: named, and on neither of the two.

    ``counted_machines``, ``counted_pairs``: what the source itself reports to carry, where everything is to be moved.
    """

    to_move: tuple = ()
    there: tuple = ()
    elsewhere: tuple = ()
    counted_machines: int = 0
    counted_pairs: int = 0

    @property
    def moves(self):
        """Whether something is left to move; what a server counts and the vault does not list is something, too."""
        return bool(self.to_move or self.counted_machines or self.counted_pairs)


def stand(switch, items):
    """Where the machines of a switch are."""
    on_source = [item for item in items if protected_items.is_carried_by(item, switch.source)]
    if switch.is_whole:
        machines, pairs = counts(switch.source)
        return Standing(tuple(on_source), counted_machines=machines, counted_pairs=pairs)
    named = {item["name"] for item in switch.machines}
    found = [item for item in items if item["name"] in named]
    to_move = tuple(item for item in found if item in on_source)
    there = tuple(item for item in found if protected_items.is_carried_by(item, switch.target))
    return Standing(to_move, there, tuple(item for item in found if item not in to_move and item not in there))


def counts(server):
    """``(machines, replication pairs)`` as a process server reports them; 0 where it does not say."""
    return tuple(info_values.integer(server.get(key)) or 0 for key in ("machineCount", "replicationPairCount"))


def load_after(target, switches, standing, items):
    """The `Load` of a process server when all switches into it are done."""
    own = [item for item in items if protected_items.is_carried_by(item, target)]
    machines = max(counts(target)[0], len(own))
    churn = sum(protected_items.daily_churn_gb(item) or 0 for item in own)
    for switch in switches:
        if switch.target.get("id") == target.get("id"):
            moving = standing[switch.name]
            machines += max(len(moving.to_move), moving.counted_machines)
            churn += sum(protected_items.daily_churn_gb(item) or 0 for item in moving.to_move)
    return Load(machines, churn)
