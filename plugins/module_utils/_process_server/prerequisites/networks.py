# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the network there, in the server's region, and has its subnet room. Pure; private to this collection."""

from __future__ import annotations

import ipaddress

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import resource_ids
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import scopes
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    ok,
    unknown,
)

# virtual-networks-faq: Azure keeps the first four addresses and the last one of each subnet.
RESERVED = 5


def checks(facts, places):
    return [check for place in places for check in (_network(place, places), _subnet(facts, place, places))]


def prefixes(subnet):
    """The IPv4 ranges of a subnet."""
    properties = subnet.get("properties") or {}
    texts = properties.get("addressPrefixes") or [properties.get("addressPrefix")]
    return [network for network in (ipaddress.ip_network(text) for text in texts if text) if network.version == 4]


def _network(place, places):
    name = scopes.name_of(place.network_id)
    if not place.network.known:
        return unknown("network", place.name, place.network.unknown)
    if place.network.value is None:
        return failed(
            "network",
            place.name,
            f"there is no virtual network {place.network_id}",
            "Correct virtual_network or virtual_network_resource_group",
        )
    theirs = resource_ids.region(place.network.value["location"])
    if theirs != place.region:
        return failed(
            "network",
            place.name,
            f"{name} lies in {theirs}, the server in {place.region}",
            "Leave location out, or give the network's region: a machine and its network stand in one region",
        )
    twins = [
        other.name for other in places if other is not place and resource_ids.same(other.network_id, place.network_id)
    ]
    if twins and not place.entry.get("share_network"):
        return failed(
            "network",
            place.name,
            f"{name} is also the network of {', '.join(twins)}",
            "Name each virtual network once: one process server serves all machines of its network, as far as it can carry them (share_network)",
        )
    return ok("network", place.name, f"{name} lies in {theirs}")


def _subnet(facts, place, places):
    wanted = place.entry["subnet"]
    network = scopes.name_of(place.network_id)
    if not place.network.known or place.network.value is None:
        return unknown("subnet", place.name, f"network {network} could not be read")
    if place.subnet is None:
        present = [subnet["name"] for subnet in (place.network.value.get("properties") or {}).get("subnets") or []]
        return failed(
            "subnet",
            place.name,
            f"{network} has no subnet {wanted}; it has {', '.join(present) or 'none'}",
            "Correct subnet",
        )
    delegations = [
        ((one.get("properties") or {}).get("serviceName") or one.get("name", ""))
        for one in (place.subnet.get("properties") or {}).get("delegations") or []
    ]
    if delegations:
        return failed(
            "subnet",
            place.name,
            f"{wanted} is delegated to {', '.join(delegations)}, which takes no virtual machine",
            "Give another subnet",
        )
    return _room(facts, place, places)


def _used(facts, place):
    """Ids of the configurations that hold addresses of the subnet: what it lists itself, and what interfaces say."""
    listed = [one.get("id") or "" for one in (place.subnet.get("properties") or {}).get("ipConfigurations") or []]
    for interface in facts.of("interfaces", scopes.subscription_of(place.network_id).lower()).value or []:
        for configuration in (interface.get("properties") or {}).get("ipConfigurations") or []:
            subnet = ((configuration.get("properties") or {}).get("subnet") or {}).get("id") or ""
            if resource_ids.same(subnet, place.subnet_id):
                listed.append(configuration.get("id") or interface["id"])
    return {one.lower() for one in listed}


def _room(facts, place, places):
    ranges = prefixes(place.subnet)
    free = sum(max(0, network.num_addresses - RESERVED) for network in ranges) - len(_used(facts, place))
    needed = sum(1 for other in places if resource_ids.same(other.subnet_id, place.subnet_id) and not other.deployed)
    seen = f"{place.entry['subnet']} ({', '.join(map(str, ranges))}) has {max(0, free)} free addresses, {needed} needed"
    if needed > free:
        return failed("subnet", place.name, seen, "Give a subnet with more room, or extend this one")
    return ok("subnet", place.name, seen)
