# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the address inside its subnet, free, and asked for once. Pure; private to this collection."""

from __future__ import annotations

import ipaddress

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import resource_ids
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import scopes
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    ok,
    unknown,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.networks import (
    prefixes,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.vm_bodies import is_ours, own_id

NAME = "private_ip_address"


def checks(facts, places):
    return [_check(facts, place, places) for place in places]


def parse(text):
    """The IPv4 address, or `None` for any other text."""
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None


def _check(facts, place, places):
    text = place.entry["private_ip_address"]
    address = parse(text)
    if address is None:
        return failed(NAME, place.name, f"{text} is no IPv4 address", "Correct private_ip_address")
    twins = [
        other.name for other in places if other is not place and parse(other.entry["private_ip_address"]) == address
    ]
    if twins:
        # Also across networks: the configuration server knows its process servers by their addresses.
        return failed(
            NAME,
            place.name,
            f"{address} is also asked for by {', '.join(twins)}",
            "Give each server an address of its own",
        )
    if place.subnet is None:
        return unknown(
            NAME, place.name, f"subnet {place.entry['subnet']} of {scopes.name_of(place.network_id)} could not be read"
        )
    inside = next((network for network in prefixes(place.subnet) if address in network), None)
    if inside is None:
        ranges = ", ".join(map(str, prefixes(place.subnet)))
        return failed(
            NAME, place.name, f"{address} is outside {place.entry['subnet']} ({ranges})", f"Give an address of {ranges}"
        )
    if is_reserved(address, inside):
        return failed(
            NAME,
            place.name,
            f"{address} is one of the first four or the last of {inside}, which Azure keeps",
            f"Give an address from {inside[4]} to {inside[-2]}",
        )
    return _free(facts, place, address)


def is_reserved(address, network):
    """virtual-networks-faq: Azure keeps the first four addresses and the last one of each subnet."""
    place = int(address) - int(network.network_address)
    return place < 4 or address == network.broadcast_address


def _free(facts, place, address):
    answer = facts.of("addresses", (place.network_id.lower(), str(address)))
    if not answer.known:
        return unknown(NAME, place.name, answer.unknown)
    if answer.value.get("available") and place.deployed:
        return failed(
            NAME,
            place.name,
            f"{address} is free, so {place.name}, which is there already, has another address",
            "Give the address of the machine, or remove the machine first (process_server_vm, state absent)",
        )
    if answer.value.get("available"):
        return ok(NAME, place.name, f"{address} is free in {place.entry['subnet']}")
    known, holder = _holder(facts, place, str(address))
    if not known:
        return unknown(NAME, place.name, f"{address} is taken, and by what could not be read")
    if holder is not None and _is_own(holder, place):
        return ok(NAME, place.name, f"{address} is held by the server's own network interface {holder['name']}")
    by = (
        f"by network interface {holder['id']}"
        if holder is not None
        else "by something that is no network interface of this subscription"
    )
    instead = ", ".join(answer.value.get("availableIPAddresses") or [])
    return failed(
        NAME,
        place.name,
        f"{address} is taken {by}",
        f"Give a free address{f', for instance {instead}' if instead else ''}",
    )


def _holder(facts, place, address):
    """Whether the interfaces are known, and the one with this address in the entry's network."""
    listed = facts.of("interfaces", scopes.subscription_of(place.network_id).lower())
    if not listed.known:
        return False, None
    return True, next(
        (
            one
            for one in listed.value
            if any(_holds(configuration, place, address) for configuration in _configurations(one))
        ),
        None,
    )


def _configurations(interface):
    return [
        configuration.get("properties") or {}
        for configuration in (interface.get("properties") or {}).get("ipConfigurations") or []
    ]


def _holds(configuration, place, address):
    subnet = (configuration.get("subnet") or {}).get("id") or ""
    return configuration.get("privateIPAddress") == address and subnet.lower().startswith(
        place.network_id.lower() + "/subnets/"
    )


def _is_own(interface, place):
    """Attached to the entry's own machine, or made by us for it and not attached yet: a deployment that was cut short."""
    machine = ((interface.get("properties") or {}).get("virtualMachine") or {}).get("id") or ""
    if machine:
        return place.deployed and resource_ids.same(machine, place.machine.value["id"])
    return is_ours(interface) and resource_ids.same(interface["id"], own_id(place.entry, "interface"))
