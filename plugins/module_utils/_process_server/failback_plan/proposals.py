# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One proposal for each virtual network: the servers it has, and those it still needs. Pure; private to this collection.

A process server must be in the network of the machines it serves, and failing over into several networks takes one in
each (vmware-azure-prepare-failback). So a server of a peered network serves nobody here.
"""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, names, resource_ids, sizing
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import existing, load, naming, placement

ADOPT, RESUME, DEPLOY, SPARE = "adopt", "resume", "deploy", "spare"


def draft(located, fabric, world, wishes):
    """What each network needs, and the slots for which an address has to be found; both in the order of the networks' ids.

    ``located``: ``[(machine, place), …]`` of all that have a way home. ``wishes``: ``subnet``, ``resource_group``,
    ``name_prefix``, ``daily_change_percent``. Of a new server ``slot`` is set: `gathering.reserve` gives it an address.
    """
    by_network = {}
    for machine, place in located:
        by_network.setdefault(resource_ids.key(place.network_id), []).append((machine, place))
    present = {key: existing.in_network(key, fabric, world) for key in sorted(by_network)}
    busy = {one.get("ipAddress") for one in configuration_servers.process_servers(fabric)}
    busy |= {server["private_ip_address"] for servers in present.values() for server in servers}
    used = naming.taken(world) | {server["name"].lower() for servers in present.values() for server in servers}
    return [_network(by_network[key], present[key], world, wishes, used, busy) for key in present]


def slots(drafts):
    return [server["slot"] for one in drafts for server in one["servers"] if server.get("slot")]


def finish(drafts):
    """Put the addresses found into the servers; a server without one is a problem of its network."""
    for one in drafts:
        for server in one["servers"]:
            slot = server.pop("slot", None)
            if slot:
                server["private_ip_address"] = slot["address"]
                server["address_unchecked"] = slot["unchecked"]
        if any(server["action"] == DEPLOY and server["private_ip_address"] is None for server in one["servers"]):
            one["problem"] = "Azure calls the lowest free addresses of its subnet taken: give another subnet"
    return drafts


def entries(drafts):
    """The list ``process_servers`` for all servers that are ours or are to be made."""
    return [_entry(one, server) for one in drafts for server in one["servers"] if _is_planned(one, server)]


def _is_planned(one, server):
    return server["ours"] and server["action"] != SPARE and not one["problem"]


def _network(located, present, world, wishes, used, busy):
    places = [place for _machine, place in located]
    identifier = places[0].network_id
    listed = world.one("networks", identifier)
    percent = wishes["daily_change_percent"]
    machines = [machine for machine, _place in located]
    one = {
        "id": identifier,
        "name": identifier.rpartition("/")[2],
        "resource_group": resource_ids.parse(identifier)["resource_group"],
        "subscription_id": resource_ids.parse(identifier)["subscription_id"],
        "location": None,
        "address_space": [],
        "subnets": {},
        "peerings": [],
        "machines": sorted(machines, key=lambda machine: (machine["name"].lower(), machine["id"])),
        "machine_subnets": [place.subnet for place in places if place.subnet],
        "machine_groups": [(resource_ids.parse(place.virtual_machine_id) or {}).get("resource_group") for place in places],
        "servers": [],
        "problem": "",
    }
    if not listed.known or listed.value is None:
        one["problem"] = listed.unknown or "it is not there"
        return one
    network = listed.value
    one.update(id=network["id"], location=resource_ids.region(network["location"]), **_shape(network))
    shares = load.shares(machines, percent)
    one["servers"] = [_present(server, shares[index] if index < len(shares) else None, percent) for index, server in enumerate(present)]
    missing = shares[len(present):]
    if missing:
        _propose(one, network, missing, world, wishes, used, busy)
    return one


def _shape(network):
    properties = network.get("properties") or {}
    return {
        "address_space": list((properties.get("addressSpace") or {}).get("addressPrefixes") or []),
        "subnets": {subnet["name"]: sorted(map(str, placement.prefixes(subnet))) for subnet in properties.get("subnets") or []},
        "peerings": [
            {
                "virtual_network": ((peering.get("properties") or {}).get("remoteVirtualNetwork") or {}).get("id"),
                "state": (peering.get("properties") or {}).get("peeringState"),
            }
            for peering in properties.get("virtualNetworkPeerings") or []
        ],
    }


def _present(server, share, percent):
    working = server["state"] == existing.WORKING
    action = SPARE if share is None else ADOPT if working else RESUME
    found = {**server, "action": action, "share": share or [], "address_unchecked": ""}
    if share:
        row = load.row(share, percent)
        found.update(load.of(share, percent), size=server["size"] or row.size, table_size=row.size, cache_disk_gb=row.cache_disk_gb)
        found["wanted_size"] = None if _is_known_to_carry(found["size"], row) else row.size
    return found


def _is_known_to_carry(size, wanted):
    """Of sizes that the sizing table does not have nobody here knows how large they are."""
    sizes = [row.size for row in sizing.TABLE]
    return size in sizes and sizes.index(size) >= sizes.index(wanted.size)


def _propose(one, network, shares, world, wishes, used, busy):
    subnet, why = placement.choose_subnet(network, wishes["subnet"], one["machine_subnets"], world, len(shares))
    if subnet is None:
        one["problem"] = why
        return
    free = placement.candidates(subnet, placement.held_addresses(network, world), busy)
    group = _group(one, wishes)
    for share in shares:
        name = naming.free_name(wishes["name_prefix"], network["name"], used)
        if name is None:
            one["problem"] = f"no name of {names.LONGEST_NAME} characters is free for it: give another name_prefix"
            return
        used.add(name.lower())
        row = load.row(share, wishes["daily_change_percent"])
        one["servers"].append(
            {
                "name": name,
                "ours": True,
                "action": DEPLOY,
                "share": share,
                **load.of(share, wishes["daily_change_percent"]),
                "process_server_id": None,
                "virtual_machine_id": None,
                "resource_group": group,
                "subnet": subnet["name"],
                "subnet_reason": why,
                "private_ip_address": None,
                "size": row.size,
                "table_size": row.size,
                "cache_disk_gb": row.cache_disk_gb,
                "slot": {"network_id": network["id"], "candidates": free, "address": None, "unchecked": ""},
            }
        )


def _group(one, wishes):
    """As asked for, else where most of the network's machines are: whoever made them there may make one more (our inference)."""
    if wishes["resource_group"]:
        return wishes["resource_group"]
    groups = [group for group in one["machine_groups"] if group]
    return min(groups, key=lambda group: (-groups.count(group), group.lower()), default=one["resource_group"])


def _entry(one, server):
    shared = sum(1 for other in one["servers"] if _is_planned(one, other)) > 1
    return {
        "name": server["name"],
        "subscription_id": one["subscription_id"],
        "resource_group": server["resource_group"],
        "location": one["location"],
        "virtual_network": one["id"],
        "subnet": server["subnet"],
        "private_ip_address": server["private_ip_address"],
        "machines": server["machines"],
        "daily_churn_gb": server["daily_churn_gb"],
        "size": server["size"],
        **({"share_network": True} if shared else {}),
    }
