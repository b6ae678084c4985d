# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which master target takes a machine back, and whether it has room. Pure; private to this collection.

Rules of vmware-azure-prepare-failback and vmware-azure-reprotect: a master target of the machine's own kind of operating
system; one for all machines of a replication group; 60 disks at most; a retention volume that is not empty; a VMFS data
store that its ESXi host reaches.
"""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, info_values
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan.items import GIB

MOST_DISKS = 60


def read(fabric, now):
    """The master targets of a configuration server, typed; sizes in GB."""
    targets = configuration_servers.details(fabric).get("masterTargetServers") or []
    return [_read(fabric, target, now) for target in targets]


def _read(fabric, target, now):
    return {
        "name": target.get("name") or "",
        "id": target.get("id") or "",
        "ip_address": target.get("ipAddress"),
        "os_type": target.get("osType") or "",
        "version": target.get("agentVersion"),
        "connected": configuration_servers.is_alive(fabric, target, now),
        "last_heartbeat": info_values.iso(target.get("lastHeartbeat")),
        "disk_count": info_values.integer(target.get("diskCount")),
        "retention_volumes": [
            {
                "name": volume.get("volumeName"),
                "capacity_gb": _gb(volume.get("capacityInBytes")),
                "free_gb": _gb(volume.get("freeSpaceInBytes")),
            }
            for volume in target.get("retentionVolumes") or []
        ],
        "data_stores": [
            {
                "name": store.get("symbolicName"),
                "type": store.get("type"),
                "capacity_gb": info_values.number(store.get("capacity")),
                "free_gb": info_values.number(store.get("freeSpace")),
            }
            for store in target.get("dataStores") or []
        ],
        "health_errors": info_values.health_errors([*(target.get("healthErrors") or []), *(target.get("validationErrors") or [])]),
    }


def _gb(value):
    found = info_values.number(value)
    return None if found is None else round(found / GIB, 1)


def choose(targets, machines):
    """``{item id: (master target or `None`, reasons against each that was left out, later)}`` for all machines of a configuration server.

    ``later``: the master target that takes it when those before it are home, where none has room for all at once.

    A group's machines are given one together. The one that replicated a machine so far goes first, then the others by
    name, so that the choice is the same in every run; a target that is full goes to nobody else.
    """
    used = {_key(target): 0 for target in targets}
    chosen = {}
    for group in _groups(machines):
        best, against = _for_group(targets, group, used)
        if best is not None:
            used[_key(best)] += sum(one["disk_count"] for one in group)
        later = None if best else _for_group(targets, group, dict.fromkeys(used, 0))[0]
        for one in group:
            chosen[one["id"]] = (best, against, later)
    return chosen


def _key(target):
    # Master targets on one computer with a process server share its id; a name alone could be used twice.
    return target["id"], target["name"], target["ip_address"]


def _groups(machines):
    groups = {}
    for one in sorted(machines, key=lambda one: (one["name"].lower(), one["id"])):
        groups.setdefault(one["replication_group"] or one["id"], []).append(one)
    return list(groups.values())


def _for_group(targets, group, used):
    wanted = {one["master_target_id"] for one in group}
    ordered = sorted(targets, key=lambda target: (target["id"] not in wanted, target["name"].lower(), target["id"]))
    against = []
    for target in ordered:
        problems = list(_problems(target, group, used))
        if not problems:
            return target, tuple(against)
        against.append(f"{target['name']}: {'; '.join(problems)}")
    return None, tuple(against)


def _problems(target, group, used):
    families = sorted({one["os_type"] for one in group if one["os_type"]})
    if any(family.lower() != target["os_type"].lower() for family in families):
        yield f"takes {target['os_type'] or 'an unknown system'}, not {' and '.join(families)}"
    if not target["connected"]:
        yield f"gives no heartbeat, the last one was {target['last_heartbeat'] or 'never'}"
    if not any(volume["capacity_gb"] for volume in target["retention_volumes"]):
        yield "has no retention volume"
    needed = sum(one["disk_count"] for one in group)
    free = MOST_DISKS - (target["disk_count"] or 0) - used[_key(target)]
    if needed > free:
        yield f"takes {MOST_DISKS} disks at most and has room for {max(0, free)} more, {needed} are needed"
    stores = {(store["name"] or "").lower() for store in target["data_stores"]}
    missing = sorted({name for one in group for name in one["data_stores"] if name.lower() not in stores})
    if missing:
        yield f"reaches no data store {', '.join(missing)}"


def describe(targets, chosen, machines):
    """Each master target with the machines it is to take, and whether its data stores would hold them once more.

    Only changes go back to the original location; whole copies go to another one, or where the old machine is gone.
    """
    described = []
    for target in sorted(targets, key=lambda target: (target["name"].lower(), target["id"])):
        own = [one for one in machines if (chosen.get(one["id"]) or (None,))[0] is target]
        stores = {name.lower() for one in own for name in one["data_stores"]}
        free = [store["free_gb"] for store in target["data_stores"] if (store["name"] or "").lower() in stores]
        disks_gb = round(sum(one["disks_gb"] for one in own), 1)
        known = bool(own) and bool(free) and None not in free
        described.append(
            {
                **target,
                "machines": [one["name"] for one in own],
                "disks_to_come": sum(one["disk_count"] for one in own),
                "disks_free": max(0, MOST_DISKS - (target["disk_count"] or 0)),
                "data_gb_to_come_at_most": disks_gb,
                "holds_whole_copies": sum(free) >= disks_gb if known else None,
            }
        )
    return described
