# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides what goes with a server's machine, and what is not ours to remove. Pure; private to this collection."""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._plan import Plan
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    resource_ids,
    served_vault,
    vm_bodies,
    vm_facts,
    vm_in_use,
    vm_present,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.entries import OWNER_TAG

TAG_IT = f"If it is to go, delete it by hand, or give it the tag {OWNER_TAG}: {vm_bodies.OWNER} and run again; if not, take it off the list"


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
    """``{id: "delete" or "detach"}`` of what is attached to the machine: what Azure does with it when the machine goes."""
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
    for configuration in (one for interface in (found.interface, *found.further) for one in vm_facts.configurations(interface)):
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


def decide(entry, found, use, now, follows=()):
    """The `Plan` for one server; ``use``: what the vault says, `None` where nothing of any server is to go.

    ``follows``: what the play does to the servers before, ``switch`` and ``unregistration``.
    """
    listed = doomed(entry, found)
    before = vm_present.describe(found) if found.machine else {}
    where = f"{entry['resource_group']}/{entry['name']}"
    if found.machine is not None and not listed:
        return _refuse(before, where, "it does not carry this collection's tag", TAG_IT)
    if not listed:
        return Plan("none", {}, {}, reasons=_left(entry, found), known={"state": "absent"})
    foreign = foreign_that_would_go(found)
    if foreign:
        return _refuse(
            before,
            where,
            f"Azure would remove {foreign} with it, which is not this collection's",
            "Set its deleteOption to Detach, or give it this collection's tag",
        )
    resources = [one.id for one in listed]
    known = {**_age(found, now), "private_ip_address": address(entry, found), "resources": resources}
    removal = Plan("delete", {**before, "resources": resources}, {}, reasons=_left(entry, found), known=known)
    obstacles = list(_obstacles(entry, found, address(entry, found), use, follows))
    if not obstacles:
        return removal
    said, cure, _expected = obstacles[0]
    foretold = removal if all(expected for _said, _cure, expected in obstacles) else None
    return _refuse(before, where, said, cure, known, foretold)


def _obstacles(entry, found, own_address, use, follows):
    """``(what keeps the server from going, what to do, whether the play removes it before)``."""
    vault = served_vault.another(found.machine, use.vault)
    if vault:
        yield *served_vault.said(vault), False
    for fabric, server in vm_in_use.listed_by_others(entry, own_address, use):
        name = configuration_servers.friendly_name(fabric)
        carried = vm_in_use.reason_of(fabric, server, use)
        if carried or "unregistration" in follows:
            said = carried or f"it is registered with configuration server {name}, another one than was asked for"
            yield said, f"Give that one as configuration_server: {name}, {fabric.get('id')}", False
    carried = vm_in_use.reason(entry, own_address, use)
    if carried:
        cure = "Move the machines to another process server first, or fail them back and end their replication"
        freed = all(vm_in_use.is_freed_by_a_switch(server, use.items) for _fabric, server in vm_in_use.listed_as(entry, own_address, use))
        yield carried, cure, "switch" in follows and freed
    if "unregistration" in follows:
        listed = list(vm_in_use.registrations(entry, own_address, use))
        if listed:
            said = "it is still registered: configuration server " + "; ".join(listed)
            yield said, "Unregister it first: without its machine it stays listed for ever", True


def _age(found, now):
    """The machine's id, when it was made and how long ago, as far as there is one."""
    if found.machine is None:
        return {}
    created = configuration_servers.parse_time(found.machine["properties"].get("timeCreated"))
    hours = None if created is None else round((now - created).total_seconds() / 3600, 1)
    return {"id": found.machine["id"], "hours_since_creation": hours}


def _refuse(before, where, said, cure, known=None, foretold=None):
    refusal = Refusal("removing the process server's machine", on=where, said=said, cure=cure)
    return Plan("refuse", before, {}, reasons=(said,), refusal=refusal, known=known or {}, foretold=foretold)


def foreign_that_would_go(found):
    """The id of an interface or a public address without our tag that Azure would remove with the machine, or nothing."""
    options = delete_options(found)
    for resource in (found.interface, found.address, *found.further):
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
    others = [one for one in found.further if not vm_bodies.is_ours(one)]
    there = [
        one
        for one in (found.interface, found.address, *others, *found.disks, *found.leftover_disks)
        if one is not None and one["id"] not in going
    ]
    return tuple(
        f"{one['name']} stays: "
        + ("it is in use elsewhere" if vm_bodies.is_ours(one) else "it does not carry this collection's tag")
        for one in there
    )
