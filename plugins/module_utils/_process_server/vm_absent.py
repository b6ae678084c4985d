# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides what goes with a server's machine, and what is not ours to remove. Pure; private to this collection."""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._plan import Plan
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    resource_ids,
    vm_bodies,
    vm_facts,
    vm_in_use,
    vm_present,
)


@dataclasses.dataclass(frozen=True)
class Doomed:
    """One resource that is to go. ``kind``: of `vm_bodies.KINDS`; ``goes_by_itself``: Azure removes it with its
    machine."""

    kind: str
    id: str
    goes_by_itself: bool = False


def doomed(entry, found):
    """Everything of the server that is to go, in the order in which it can: machine, interface, public address, disks.

    Without our tag nothing goes but a machine's own disks that Azure itself removes with it.
    """
    listed = []
    if found.machine is not None:
        if not vm_bodies.is_ours(found.machine):
            return []
        listed.append(Doomed("machine", found.machine["id"]))
    options = delete_options(found)
    if found.interface is not None and vm_bodies.is_ours(found.interface) and _is_free(entry, found):
        listed.append(
            Doomed("interface", found.interface["id"], options.get(resource_ids.key(found.interface["id"])) == "delete")
        )
    if found.address is not None and vm_bodies.is_ours(found.address) and _address_is_free(found):
        listed.append(
            Doomed("address", found.address["id"], options.get(resource_ids.key(found.address["id"])) == "delete")
        )
    for disk in [*found.disks, *found.leftover_disks]:
        of_machine = disk in found.disks
        goes = of_machine and options.get(resource_ids.key(disk["id"])) == "delete"
        if goes or (vm_bodies.is_ours(disk) and (of_machine or not disk.get("managedBy"))):
            listed.append(Doomed("data_disk", disk["id"], goes))
    return listed


def _is_free(entry, found):
    """Whether the interface is the machine's own, or belongs to none."""
    owner = vm_facts.attached_to(found.interface)
    return owner is None or resource_ids.same(owner, vm_bodies.own_id(entry, "machine"))


def _address_is_free(found):
    """Whether the public address is the interface's own, or belongs to none."""
    used_by = ((found.address.get("properties") or {}).get("ipConfiguration") or {}).get("id")
    own = resource_ids.key((found.interface or {}).get("id"))
    return used_by is None or (own is not None and resource_ids.key(used_by).startswith(own + "/"))


def delete_options(found):
    """``{id: "delete" or "detach"}`` of what is attached to the machine: what Azure does with it when the machine goes.
    ``{id: "delete" or "detach"}`` of what is attached to the machine: what Azure does with it when the machine goes."""
    options = {}
    if found.machine is not None:
        properties = found.machine["properties"]
        for one in (properties.get("networkProfile") or {}).get("networkInterfaces") or []:
            options[resource_ids.key(one.get("id"))] = (
                (one.get("properties") or {}).get("deleteOption") or "detach"
            ).lower()
        storage = properties.get("storageProfile") or {}
        for disk in (storage.get("osDisk") or {}, *(storage.get("dataDisks") or [])):
            identifier = (disk.get("managedDisk") or {}).get("id")
            if identifier:
                options[resource_ids.key(identifier)] = (disk.get("deleteOption") or "detach").lower()
    for configuration in vm_facts.configurations(found.interface):
        address = configuration.get("publicIPAddress") or {}
        if address.get("id"):
            options[resource_ids.key(address["id"])] = (
                (address.get("properties") or {}).get("deleteOption") or "detach"
            ).lower()
    return options


def address(entry, found):
    """The address the configuration server would know the server by, or `None`."""
    configuration = next(iter(vm_facts.configurations(found.interface)), {})
    return configuration.get("privateIPAddress") or entry["private_ip_address"]


def decide(entry, found, use):
    """The `Plan` for one server; ``use``: what the vault says, `None` where nothing of any server is to go."""
    listed = doomed(entry, found)
    before = vm_present.describe(found) if found.machine else {}
    where = f"{entry['resource_group']}/{entry['name']}"
    if found.machine is not None and not listed:
        return _refuse(before, where, "it does not carry this collection's tag", vm_present.TAG_IT)
    if not listed:
        return Plan("none", {}, {}, reasons=_left(entry, found))
    foreign = foreign_that_would_go(found)
    if foreign:
        return _refuse(
            before,
            where,
            f"Azure would remove {foreign} with it, which is not this collection's",
            "Set its deleteOption to Detach, or give it this collection's tag",
        )
    reason = vm_in_use.reason(entry, address(entry, found), use)
    if reason:
        return _refuse(
            before,
            where,
            reason,
            "Move the machines to another process server first, or fail them back and end their replication",
        )
    before["resources"] = [one.id for one in listed]
    return Plan("delete", before, {}, reasons=_left(entry, found), known={"id": listed[0].id} if found.machine else {})


def _refuse(before, where, said, cure):
    refusal = Refusal("removing the process server's machine", on=where, said=said, cure=cure)
    return Plan("refuse", before, {}, reasons=(said,), refusal=refusal)


def foreign_that_would_go(found):
    """The id of an interface or a public address without our tag that Azure would remove with the machine, or nothing.
    The id of an interface or a public address without our tag that Azure would remove with the machine, or nothing."""
    options = delete_options(found)
    for resource in (found.interface, found.address):
        if (
            resource is not None
            and found.machine is not None
            and not vm_bodies.is_ours(resource)
            and options.get(resource_ids.key(resource["id"])) == "delete"
        ):
            return resource["id"]
    return ""


def _left(entry, found):
    """What bears our names but is left where it is, with the reason."""
    going = {one.id for one in doomed(entry, found)}
    there = [
        one
        for one in (found.interface, found.address, *found.disks, *found.leftover_disks)
        if one is not None and one["id"] not in going
    ]
    return tuple(
        f"{one['name']} stays: "
        + ("it is in use elsewhere" if vm_bodies.is_ours(one) else "it does not carry this collection's tag")
        for one in there
    )
