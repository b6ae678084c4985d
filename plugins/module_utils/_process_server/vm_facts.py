# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is of each server in Azure, read once for all of them. Private to this collection.

The number of requests depends on the number of subscriptions alone: lists are read, and looked through here.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import compute, network
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._fleet import run_all
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import resource_ids, vm_bodies

LISTS = {
    "machines": compute.list_virtual_machines,
    "interfaces": network.list_network_interfaces,
    "networks": network.list_virtual_networks,
    "disks": compute.list_disks,
    "addresses": network.list_public_ips,
}


@dataclasses.dataclass
class Found:
    """What there is of one server, as Azure describes it: `None` or nothing where there is none.

    ``interface``: the machine's first, or without a machine the one that bears our name. ``further``: whatever other
    interfaces and public addresses the machine has. ``leftover_disks``: disks that bear our names and belong to no machine
    of ours. ``elsewhere``: where there is no machine, ids of ours with its name in other groups. ``image_is_offered``:
    `None` where it was not asked.
    """

    machine: dict | None = None
    interface: dict | None = None
    address: dict | None = None
    network: dict | None = None
    subnet: dict | None = None
    disks: list = dataclasses.field(default_factory=list)
    leftover_disks: list = dataclasses.field(default_factory=list)
    further: list = dataclasses.field(default_factory=list)
    elsewhere: list = dataclasses.field(default_factory=list)
    address_taken_by: str = ""
    image_is_offered: bool | None = None
    purchase_plan: dict | None = None


def subscriptions(given, own):
    """The subscriptions to look through, each once: those ``given``, or else one's ``own``; texts that are empty, as AWX sends them, are none."""
    named = [one.strip() for one in given or [] if one.strip()]
    return list({one.lower(): one for one in named or [own]}.values())


def read_lists(azure, entries, wanted):
    """``{subscription: {list: items}}`` for the lists ``wanted``, all read at the same time; the first error is raised."""
    subscriptions = dict.fromkeys(entry["subscription_id"].lower() for entry in entries)
    readings = [(subscription, name) for subscription in subscriptions for name in wanted]
    answers = together(readings, lambda reading: LISTS[reading[1]](azure, reading[0]))
    lists = {}
    for (subscription, name), answer in zip(readings, answers, strict=True):
        lists.setdefault(subscription, {})[name] = answer
    return lists


def together(items, request):
    """``request(item)`` for all items at the same time, in their order; the first error is raised."""
    outcomes = run_all(items, lambda item: {"answer": request(item)}, name=str)
    for outcome in outcomes:
        if outcome.error:
            raise outcome.error
    return [outcome.result["answer"] for outcome in outcomes]


def find(entry, lists):
    """The `Found` of one entry in the lists of its subscription. Pure."""
    index = {name: {resource_ids.key(item.get("id")): item for item in items} for name, items in lists.items()}
    found = Found(machine=index["machines"].get(_key(entry, "machine")))
    interface_ids = machine_interface_ids(found.machine) if found.machine else [vm_bodies.own_id(entry, "interface")]
    interfaces = [index["interfaces"][one] for one in map(resource_ids.key, interface_ids) if one in index["interfaces"]]
    found.interface = next(iter(interfaces), None)
    address_id = public_address_id(found.interface) or vm_bodies.own_id(entry, "address")
    found.address = index.get("addresses", {}).get(resource_ids.key(address_id))
    addresses = [index.get("addresses", {}).get(resource_ids.key(one)) for interface in interfaces for one in public_address_ids(interface)]
    found.further = [*interfaces[1:], *(one for one in addresses if one is not None and one is not found.address)]
    if found.machine is None:
        found.elsewhere = [one["id"] for one in lists["machines"] if resource_ids.same(one["name"], entry["name"]) and vm_bodies.is_ours(one)]
    own_disks = machine_disk_ids(found.machine) if found.machine else []
    disks = index.get("disks", {})
    found.disks = [disks[resource_ids.key(one)] for one in own_disks if resource_ids.key(one) in disks]
    own_names = [_key(entry, "os_disk"), _key(entry, "data_disk")]
    found.leftover_disks = [
        disks[one] for one in own_names if one in disks and one not in map(resource_ids.key, own_disks)
    ]
    if entry.get("virtual_network") and "networks" in index:
        _find_network(entry, index, found)
    return found


def _find_network(entry, index, found):
    found.network = index["networks"].get(resource_ids.key(entry["virtual_network"]))
    subnets = (found.network or {}).get("properties", {}).get("subnets") or []
    found.subnet = next((one for one in subnets if resource_ids.same(one.get("name"), entry["subnet"])), None)
    own = resource_ids.key((found.interface or {}).get("id") or vm_bodies.own_id(entry, "interface"))
    for key, interface in index["interfaces"].items():
        if key != own and any(
            configuration.get("privateIPAddress") == entry["private_ip_address"]
            and resource_ids.same(network_of_subnet(subnet_id(configuration)), entry["virtual_network"])
            for configuration in configurations(interface)
        ):
            found.address_taken_by = interface["id"]


def _key(entry, kind):
    return resource_ids.key(vm_bodies.own_id(entry, kind))


def machine_interface_ids(machine):
    """The ids of a machine's network interfaces, the primary one first."""
    references = machine["properties"].get("networkProfile", {}).get("networkInterfaces") or []
    ordered = sorted(references, key=lambda one: not (one.get("properties") or {}).get("primary", False))
    return [one["id"] for one in ordered if one.get("id")]


def machine_disk_ids(machine):
    """The ids of a machine's managed disks, the OS disk first."""
    storage = machine["properties"].get("storageProfile") or {}
    disks = [storage.get("osDisk") or {}, *(storage.get("dataDisks") or [])]
    return [disk["managedDisk"]["id"] for disk in disks if (disk.get("managedDisk") or {}).get("id")]


def configurations(interface):
    """The properties of an interface's address configurations, the primary one first."""
    found = [
        one.get("properties") or {} for one in (interface or {}).get("properties", {}).get("ipConfigurations") or []
    ]
    return sorted(found, key=lambda one: not one.get("primary", False))


def subnet_id(configuration):
    return (configuration.get("subnet") or {}).get("id") or ""


def network_of_subnet(identifier):
    """The id of the network a subnet's id names."""
    return identifier[: identifier.lower().rfind("/subnets/")] if "/subnets/" in identifier.lower() else ""


def public_address_id(interface):
    """The id of an interface's first public address, or `None`."""
    return next(iter(public_address_ids(interface)), None)


def public_address_ids(interface):
    """The ids of an interface's public addresses."""
    references = [configuration.get("publicIPAddress") or {} for configuration in configurations(interface)]
    return [reference["id"] for reference in references if reference.get("id")]


def attached_to(interface):
    """The id of the machine an interface belongs to, or `None`."""
    return ((interface or {}).get("properties", {}).get("virtualMachine") or {}).get("id")


def provisioning_state(resource):
    """``succeeded``, ``creating``, ``failed``, … in lower case."""
    return (resource["properties"].get("provisioningState") or "").lower()
