# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Process servers that a network has already: working ones, and those of ours that are not finished. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, resource_ids, served_vault, vm_facts
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.vm_bodies import KINDS, is_ours

WORKING, UNFINISHED = "working", "unfinished"


def in_network(network_id, fabric, world):
    """The process servers of ``fabric`` in a network, working ones first, then by name.

    One of ours is known by our tag, whether it is registered yet or not. One of somebody else's must work, be
    registered at the address of a machine in the network, and bear that machine's name: an address alone names no
    machine, since networks that are not connected use the same ones.
    """
    found = [_server(interface, network_id, fabric, world) for interface in world.of("interfaces", network_id).value or []]
    return sorted(filter(None, found), key=lambda one: (one["state"] != WORKING, not one["ours"], one["name"].lower()))


def _server(interface, network_id, fabric, world):
    placed = _configuration(interface, network_id)
    if placed is None:
        return None
    subnet, address = placed
    attached = vm_facts.attached_to(interface)
    machine = world.one("machines", attached).value if attached else None
    if machine is None:
        return _unattached(interface, subnet, address) if not attached and is_ours(interface) else None
    names = {machine["name"].lower(), ((machine["properties"].get("osProfile") or {}).get("computerName") or "").lower()}
    registered = _registered(fabric, address, names, is_ours(machine))
    working = any(configuration_servers.is_alive(fabric, one, world.now) for one in registered)
    if not is_ours(machine) and not working:
        return None
    if not registered and (_is_of_another(address, names, fabric, world) or served_vault.another(machine, world.vault)):
        return None
    return {
        "name": machine["name"],
        "ours": is_ours(machine),
        "state": WORKING if working else UNFINISHED,
        "process_server_id": registered[0].get("id") if registered else None,
        "virtual_machine_id": machine["id"],
        "resource_group": resource_ids.parse(machine["id"])["resource_group"],
        "subnet": subnet,
        "private_ip_address": address,
        "size": (machine["properties"].get("hardwareProfile") or {}).get("vmSize"),
    }


def _configuration(interface, network_id):
    for configuration in vm_facts.configurations(interface):
        subnet = vm_facts.subnet_id(configuration)
        if resource_ids.same(vm_facts.network_of_subnet(subnet), network_id):
            return subnet.rpartition("/")[2], configuration.get("privateIPAddress")
    return None


def _unattached(interface, subnet, address):
    """What a deployment left that was cut short before the machine was asked for."""
    ending = KINDS["interface"][1]
    if not interface["name"].endswith(ending):
        return None
    return {
        "name": interface["name"].removesuffix(ending),
        "ours": True,
        "state": UNFINISHED,
        "process_server_id": None,
        "virtual_machine_id": None,
        "resource_group": resource_ids.parse(interface["id"])["resource_group"],
        "subnet": subnet,
        "private_ip_address": address,
        "size": None,
    }


def _registered(fabric, address, names, ours):
    return [one for one in configuration_servers.at_address(fabric, address) if ours or (one.get("friendlyName") or "").lower() in names]


def _is_of_another(address, names, fabric, world):
    """A machine of ours that is a process server of another configuration server of the vault."""
    others = [one for one in world.fabrics if one is not fabric]
    return any(_registered(other, address, names, ours=False) for other in others)
