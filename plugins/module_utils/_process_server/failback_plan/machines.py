# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every machine that runs in Azure: judged, and told of. Pure; private to this collection."""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import fabrics, items, master_targets, obstacles, whereabouts

READY, BLOCKED, UNKNOWN, NO_WAY_BACK, NOT_NEEDED = "ready", "blocked", "unknown", "no_way_back", "not_needed"


@dataclasses.dataclass(frozen=True)
class Judged:
    """A machine (`items.read`) with its place, its master target and what stands in its way."""

    machine: dict
    fabric: dict
    place: whereabouts.Place
    target: dict | None
    obstacles: tuple

    @property
    def verdict(self):
        if not fabrics.scenario(self.fabric).process_server:
            return NOT_NEEDED
        if any(one.final for one in self.obstacles):
            return NO_WAY_BACK
        severities = {one.severity for one in self.obstacles}
        return BLOCKED if obstacles.BLOCKS in severities else UNKNOWN if obstacles.UNKNOWN in severities else READY

    @property
    def counts(self):
        """Whether a process server is planned for it: one that is blocked needs it as well, as soon as it is cured."""
        return self.verdict not in (NOT_NEEDED, NO_WAY_BACK) and self.place.network_id is not None


def judge(world, read):
    """All machines that run in Azure as `Judged`, by the name of their fabric and their own; ``read``: every item, typed."""
    judged = []
    for fabric in sorted(world.fabrics, key=lambda one: (configuration_servers.friendly_name(one).lower(), one.get("id") or "")):
        own = [one for one in read if one["fabric_id"] == fabrics.key(fabric)]
        away = sorted((one for one in own if one["state"] in items.AWAY), key=lambda one: (one["name"].lower(), one["id"]))
        if fabrics.scenario(fabric).process_server:
            judged += _of_configuration_server(world, fabric, own, away)
        else:
            judged += [Judged(one, fabric, whereabouts.Place(), None, ()) for one in away]
    return judged


def _of_configuration_server(world, fabric, own, away):
    places = {one["id"]: whereabouts.locate(one, world) for one in away}
    coming = [one for one in away if one["state"] != "reprotected" and not places[one["id"]].gone]
    chosen = master_targets.choose(master_targets.read(fabric, world.now), coming)
    found = []
    for one in away:
        target, against, later = chosen.get(one["id"], (None, (), None))
        case = obstacles.Case(
            machine=one,
            place=places[one["id"]],
            fabric=fabric,
            now=world.now,
            group=tuple(other for other in own if one["replication_group"] and other["replication_group"] == one["replication_group"]),
            target=target,
            against=against,
            later=later,
            providers=world.providers,
            policies=world.policies,
        )
        found.append(Judged(one, fabric, places[one["id"]], target, tuple(obstacles.of(case))))
    return found


def describe(judged):
    """What the module returns of one machine."""
    machine, place = judged.machine, judged.place
    return {
        "name": machine["name"],
        "id": machine["id"],
        "configuration_server": configuration_servers.friendly_name(judged.fabric),
        "fabric_id": judged.fabric.get("id"),
        "scenario": fabrics.scenario(judged.fabric).name,
        "state": machine["state"],
        "verdict": judged.verdict,
        "os_type": machine["os_type"],
        "disk_count": machine["disk_count"],
        "disks_gb": machine["disks_gb"],
        "daily_churn_gb": None if machine["daily_churn_gb"] is None else round(machine["daily_churn_gb"], 2),
        "failed_over_at": machine["failed_over_at"],
        "replication_group": machine["replication_group"],
        "virtual_machine_id": place.virtual_machine_id,
        "power_state": place.power_state or None,
        "virtual_network": place.network_id,
        "subnet": place.subnet,
        "private_ip_address": place.address,
        "place_known_from": place.source or None,
        "master_target": judged.target["name"] if judged.target else None,
        "obstacles": [{key: value for key, value in dataclasses.asdict(one).items() if key != "final"} for one in judged.obstacles],
    }
