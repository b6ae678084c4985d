# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides what is left to do until a server's machine is there. Pure; private to this collection."""

from __future__ import annotations

import ipaddress

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._plan import Plan
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    machine_readiness,
    resource_ids,
    vm_bodies,
    vm_facts,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.entries import OWNER_TAG, RUN_TAG

# Azure keeps the first four addresses of a subnet and the last (virtual-networks-faq).
RESERVED_AT_START = 4
RESERVED_AT_END = 1

# A machine in one of these states is made (again).
TO_BE_MADE = (*machine_readiness.BROKEN, "deleting")

TAG_IT = f"Choose another name, or let this collection manage it by giving it the tag {OWNER_TAG}: {vm_bodies.OWNER}"
REMOVE_FIRST = "Run with state=absent first, then again, or correct the entry"


def location(entry, found):
    """The region of the server: as given, or its network's."""
    return entry["location"] or resource_ids.region((found.network or {}).get("location"))


def input_problems(entry, found):
    """What is wrong with an entry in the light of what there is, one text each: asked for all entries before any write."""
    if found.network is None:
        yield f"there is no virtual network {entry['virtual_network']}"
        return
    region = resource_ids.region(found.network.get("location"))
    if entry["location"] and entry["location"] != region:
        yield f"location is {entry['location']}, but the virtual network is in {region}, where its machines must be"
    if found.subnet is None:
        names = ", ".join(one["name"] for one in found.network["properties"].get("subnets") or []) or "none"
        yield f"virtual network {found.network['name']} has no subnet {entry['subnet']}; it has {names}"
        return
    problem = address_problem(entry["private_ip_address"], prefixes(found.subnet))
    if problem:
        yield f"private_ip_address {entry['private_ip_address']} {problem} of subnet {entry['subnet']}"
    if found.address_taken_by:
        yield f"private_ip_address {entry['private_ip_address']} is taken by {found.address_taken_by}"
    if found.image_is_offered is False:
        yield f"the image {_image_text(entry['image'])} is not offered in {location(entry, found)}"


def missing_credentials(entry, plan):
    """What making the machine needs beyond what an existing one needs."""
    if plan.action in ("create", "repair"):
        for option in ("admin_username", "admin_password"):
            if not entry.get(option):
                yield f"{option} is missing, which a new machine needs"


def prefixes(subnet):
    """The address ranges of a subnet, in either form Azure gives them."""
    properties = subnet.get("properties") or {}
    found = properties.get("addressPrefixes") or [properties.get("addressPrefix")]
    return [ipaddress.ip_network(one) for one in found if one]


def address_problem(text, networks):
    """Why an address cannot be used in a subnet, as a part of a sentence that goes on with "of subnet …"."""
    address = ipaddress.ip_address(text)
    home = next((one for one in networks if address in one), None)
    if home is None:
        return f"is outside of the range {', '.join(map(str, networks))}"
    position = int(address) - int(home.network_address)
    if position < RESERVED_AT_START or position >= home.num_addresses - RESERVED_AT_END:
        return "is one of the addresses that Azure keeps to itself: the first four and the last"
    return ""


def decide(entry, found, wait):
    """The `Plan` for one server; ``wait``: whether a machine that is being made is followed to its end."""
    if found.machine is None:
        return _without_machine(entry, found)
    state = vm_facts.provisioning_state(found.machine)
    if not vm_bodies.is_ours(found.machine):
        return _refuse(entry, found, "a virtual machine of this name is there, and it is not this collection's", TAG_IT)
    if state == "deleting":
        return Plan(
            "create", describe(found), wanted(entry, found), reasons=("the machine of this name is being deleted",)
        )
    different = differences(entry, found)
    if different:
        said = "; ".join(f"{name} is {is_now}, wanted is {should_be}" for name, is_now, should_be in different)
        return _refuse(entry, found, f"it differs in what cannot be changed: {said}", REMOVE_FIRST)
    before = describe(found)
    if state in machine_readiness.BROKEN:
        return Plan(
            "repair",
            before,
            {**before, "provisioning_state": "Succeeded"},
            reasons=("Azure failed to make the machine",),
            known=known(found),
        )
    after = {**before, "tags": {**before["tags"], **entry["tags"]}}
    if after["tags"] != before["tags"]:
        return Plan("update", before, after, reasons=("tags differ",), known=known(found))
    if state != "succeeded" and wait:
        return Plan(
            "follow",
            before,
            {**before, "provisioning_state": "Succeeded"},
            reasons=(f"the machine is {state}",),
            known=known(found),
        )
    return Plan("none", before, before, known=known(found))


def _without_machine(entry, found):
    if found.interface is not None:
        other = vm_facts.attached_to(found.interface)
        if not vm_bodies.is_ours(found.interface):
            return _refuse(
                entry,
                found,
                f"a network interface {found.interface['name']} is there, and it is not this collection's",
                TAG_IT,
            )
        if other:
            return _refuse(
                entry,
                found,
                f"network interface {found.interface['name']} belongs to {other}",
                "Choose another name, or remove that machine",
            )
    if entry["public_ip_address"] and found.address is not None and not vm_bodies.is_ours(found.address):
        return _refuse(
            entry, found, f"a public address {found.address['name']} is there, and it is not this collection's", TAG_IT
        )
    if found.leftover_disks:
        names = " and ".join(disk["name"] for disk in found.leftover_disks)
        return _refuse(
            entry,
            found,
            f"of an earlier machine there is still {names}",
            "Run with state=absent first, which removes what is this collection's, then again",
        )
    before = {"network_interface": found.interface["id"]} if found.interface else {}
    reasons = (
        ("the network interface is there, the machine is not",) if found.interface else ("there is no such machine",)
    )
    return Plan("create", before, wanted(entry, found), reasons=reasons)


def _refuse(entry, found, said, cure):
    before = describe(found) if found.machine else {}
    refusal = Refusal(
        "making the process server's machine", on=f"{entry['resource_group']}/{entry['name']}", said=said, cure=cure
    )
    return Plan("refuse", before, wanted(entry, found), reasons=(said,), refusal=refusal, known=known(found))


def differences(entry, found):
    """``(option, is, should be)`` for everything the user gave that the machine has otherwise, and that is no tag."""
    now = describe(found)
    should = wanted(entry, found)
    return [
        (option, now[option], should[option])
        for option in _compared(entry)
        if now[option] is not None and not _same(now[option], should[option])
    ]


# What the user may give -> what is compared then. What follows from an option counts as given with it.
COMPARED = {
    "location": ("location",),
    "virtual_network": ("virtual_network",),
    "subnet": ("subnet",),
    "private_ip_address": ("private_ip_address",),
    "size": ("size",),
    "daily_churn_gb": ("size", "data_disk_size_gb"),
    "machines": ("size", "data_disk_size_gb"),
    "method": ("image",),
    "image": ("image",),
    "os_disk_type": ("os_disk_type",),
    "data_disk_type": ("data_disk_type",),
    "data_disk_size_gb": ("data_disk_size_gb",),
    "public_ip_address": ("public_ip_address",),
    "network_security_group": ("network_security_group",),
    "admin_username": ("admin_username",),
}


def _compared(entry):
    found = dict.fromkeys(name for option in entry["given"] for name in COMPARED.get(option, ()))
    if not entry["data_disk_size_gb"]:
        found.pop("data_disk_type", None)
    return list(found)


def _same(one, other):
    if isinstance(one, str) and isinstance(other, str):
        return resource_ids.same(one, other)
    return one == other


def describe(found):
    """The machine that is there, in the words of the options; `None` for what Azure does not tell."""
    machine = found.machine
    properties = machine["properties"]
    storage = properties.get("storageProfile") or {}
    os_disk, data_disk = storage.get("osDisk") or {}, next(iter(storage.get("dataDisks") or []), None)
    configuration = next(iter(vm_facts.configurations(found.interface)), {})
    subnet = vm_facts.subnet_id(configuration)
    return {
        "resource_group": (resource_ids.parse(machine["id"]) or {}).get("resource_group"),
        "location": resource_ids.region(machine.get("location")),
        "size": (properties.get("hardwareProfile") or {}).get("vmSize"),
        "image": _image_text(storage.get("imageReference") or {}) or None,
        "virtual_network": vm_facts.network_of_subnet(subnet) or None,
        "subnet": subnet.rpartition("/")[2] or None,
        "private_ip_address": configuration.get("privateIPAddress"),
        "public_ip_address": None if found.interface is None else bool(vm_facts.public_address_id(found.interface)),
        "network_security_group": _group(found.interface),
        "os_disk_type": (os_disk.get("managedDisk") or {}).get("storageAccountType"),
        "data_disk_size_gb": 0 if data_disk is None else data_disk.get("diskSizeGB"),
        "data_disk_type": None if data_disk is None else (data_disk.get("managedDisk") or {}).get("storageAccountType"),
        "admin_username": (properties.get("osProfile") or {}).get("adminUsername"),
        "provisioning_state": properties.get("provisioningState"),
        "tags": shown_tags(machine),
    }


def _group(interface):
    if interface is None:
        return None
    return ((interface["properties"].get("networkSecurityGroup")) or {}).get("id") or ""


def shown_tags(resource):
    """A resource's tags without the run's, which says nothing of how things should be."""
    return {key: value for key, value in (resource.get("tags") or {}).items() if key.lower() != RUN_TAG}


def wanted(entry, found):
    """The machine that is wanted, in the same words."""
    return {
        "resource_group": entry["resource_group"],
        "location": location(entry, found),
        "size": entry["size"],
        "image": _image_text(entry["image"]),
        "virtual_network": entry["virtual_network"],
        "subnet": entry["subnet"],
        "private_ip_address": entry["private_ip_address"],
        "public_ip_address": entry["public_ip_address"],
        "network_security_group": entry["network_security_group"] or "",
        "os_disk_type": entry["os_disk_type"],
        "data_disk_size_gb": entry["data_disk_size_gb"],
        "data_disk_type": entry["data_disk_type"] if entry["data_disk_size_gb"] else None,
        "admin_username": entry["admin_username"],
        "provisioning_state": "Succeeded",
        "tags": {**entry["tags"], OWNER_TAG: vm_bodies.OWNER},
    }


def _image_text(image):
    """``publisher:offer:sku`` or an id; the version is left out, since ``latest`` becomes another one with every month."""
    return image.get("id") or ":".join(image.get(part) or "" for part in ("publisher", "offer", "sku")).strip(":")


def known(found):
    """What the result tells beyond the diff."""
    if found.machine is None:
        return {}
    return {
        "id": found.machine["id"],
        "network_interface": (found.interface or {}).get("id"),
        "created": found.machine["properties"].get("timeCreated"),
        "disks": vm_facts.machine_disk_ids(found.machine),
    }
