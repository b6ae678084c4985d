# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan was based on, and what of it is no longer so. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, resource_ids, vm_facts
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import facts, whereabouts
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.addresses import parse
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.vm_bodies import is_ours, own_id

FORMAT = 1


def basis(fabric, judged, drafts, entries):
    """``failback_plan`` of a plan file: plain data, the same in every run in an unchanged world.

    Servers that the plan itself makes are left out of ``process_servers``, so that they are no difference later.
    """
    networks = []
    for one in drafts:
        subnets = sorted({entry["subnet"] for entry in entries if resource_ids.same(entry["virtual_network"], one["id"])})
        networks.append(
            {
                "id": one["id"],
                "address_space": one["address_space"],
                "subnets": [{"name": name, "address_prefixes": one["subnets"].get(name, [])} for name in subnets],
            }
        )
    return {
        "format": FORMAT,
        "configuration_server": _server(fabric),
        "networks": networks,
        "machines": [
            {
                "name": one.machine["name"],
                "id": one.machine["id"],
                "virtual_machine": one.place.virtual_machine_id,
                "virtual_network": None if one.place.gone else one.place.network_id,
            }
            for one in judged
            if one.fabric is fabric
        ],
        "process_servers": _others(fabric, entries),
    }


def _server(fabric):
    details = configuration_servers.details(fabric)
    return {
        "id": fabric.get("id"),
        "name": configuration_servers.friendly_name(fabric),
        "version": details.get("agentVersion"),
        "ip_address": configuration_servers.address(fabric) or None,
    }


def _others(fabric, entries):
    """The process servers of the configuration server that are none of the plan's own."""
    own = {(entry.get("name") or "").lower() for entry in entries}
    addresses = {entry.get("private_ip_address") for entry in entries}
    found = [
        {"name": one.get("friendlyName"), "ip_address": one.get("ipAddress")}
        for one in configuration_servers.process_servers(fabric)
        if one.get("ipAddress") not in addresses and (one.get("friendlyName") or "").lower() not in own
    ]
    return sorted(found, key=lambda one: ((one["name"] or "").lower(), one["ip_address"] or ""))


def subscriptions(planned):
    """The subscriptions of the machines and networks of a plan; none for what is no plan."""
    if not planned or not _is_whole(planned):
        return set()
    identifiers = [one.get("virtual_machine") for one in planned["machines"]] + [one.get("id") for one in planned["networks"]]
    return {facts.subscription(one) for one in identifiers if isinstance(one, str)}


def differences(planned, world, judged, entries, wanted=""):
    """What has moved since, one text each; empty where the plan still holds.

    ``entries``: the list ``process_servers`` as it is to be applied, a person's changes included: what the plan itself
    has made in the meantime is no difference. ``wanted``: the configuration server its servers are to be registered with.
    Machines that could not be looked at are compared by what the vault says.
    """
    if planned.get("format") != FORMAT or not _is_whole(planned):
        return [f"failback_plan is not of format {FORMAT}: it was made by another version of this collection, or changed"]
    fabric = next((one for one in world.fabrics if resource_ids.same(one.get("id"), _part(planned, "configuration_server").get("id"))), None)
    if fabric is None:
        name = _part(planned, "configuration_server").get("name")
        return [f"configuration server {name} ({_part(planned, 'configuration_server').get('id')}) is not in the vault"]
    return [
        *_meant(wanted, fabric, world),
        *_configuration_server(_part(planned, "configuration_server"), _server(fabric)),
        *_machines(planned.get("machines") or [], [one for one in judged if one.fabric is fabric], world),
        *_networks(planned.get("networks") or [], world),
        *_addresses(entries, world),
        *_registered_elsewhere(entries, fabric, world),
        *_process_servers(planned.get("process_servers") or [], _others(fabric, entries)),
    ]


def _is_whole(planned):
    """A person may have changed the file; what cannot be compared is no plan."""
    lists = [planned.get(name) for name in ("networks", "machines", "process_servers")]
    return isinstance(planned.get("configuration_server"), dict) and all(
        isinstance(listed, list) and all(isinstance(one, dict) for one in listed) for listed in lists
    )


def _part(planned, name):
    return planned.get(name) or {}


def _meant(wanted, fabric, world):
    """Two plans of one vault are easily confused; the servers of one are of no use to the machines of the other."""
    found = configuration_servers.candidates(world.fabrics, wanted) if wanted else [fabric]
    if fabric not in found:
        yield f"configuration_server is {wanted}, planned for {configuration_servers.friendly_name(fabric)}"


def _configuration_server(before, now):
    words = {"version": "version", "ip_address": "address", "name": "name"}
    for key, word in words.items():
        if before.get(key) != now[key]:
            yield f"configuration server {before.get('name')} has the {word} {now[key]}, planned for {before.get(key)}"


def _machines(before, now, world):
    present = {resource_ids.key(one.machine["id"]): one for one in now}
    for one in before:
        found = present.pop(resource_ids.key(one.get("id")), None)
        if found is None:
            yield f"machine {one.get('name')} no longer runs in Azure: it came home, or is not replicated any more"
            continue
        place = _place(found, one.get("virtual_machine"), world)
        if place.gone and one.get("virtual_network"):
            yield f"machine {one.get('name')} ({one.get('virtual_machine')}) is not there any more"
        elif not place.gone and not resource_ids.same(place.network_id, one.get("virtual_network")):
            where = f"runs in {place.network_id}" if place.network_id else f"runs nowhere that is known ({place.unknown})"
            yield f"machine {one.get('name')} {where}, planned for {one.get('virtual_network') or 'none'}"
    for found in present.values():
        yield f"machine {found.machine['name']} runs in Azure as well, in {found.place.network_id or 'a network that is not known'}"


def _place(found, planned_machine, world):
    """Where a machine runs now. The vault does not say which one it is while it is on its way home: then it is the one of the plan."""
    if found.machine["virtual_machine_id"] or not planned_machine:
        return found.place
    return whereabouts.locate({**found.machine, "virtual_machine_id": planned_machine}, world)


def _networks(before, world):
    for one in before:
        listed = world.one("networks", one.get("id"))
        if not listed.known:
            # No machine runs in that subscription any more, which is told already; or it cannot be read, as when planned.
            continue
        if listed.value is None:
            yield f"virtual network {one.get('id')} is not there any more"
            continue
        properties = listed.value.get("properties") or {}
        space = list((properties.get("addressSpace") or {}).get("addressPrefixes") or [])
        if one.get("address_space") and space != one["address_space"]:
            yield f"virtual network {one['id']} has the address space {', '.join(space)}, planned for {', '.join(one['address_space'])}"
        yield from _subnets(one, properties.get("subnets") or [])


def _subnets(planned, subnets):
    for before in planned.get("subnets") or []:
        found = next((one for one in subnets if resource_ids.same(one["name"], before.get("name"))), None)
        if found is None:
            yield f"subnet {before.get('name')} of {planned['id']} is not there any more"
            continue
        properties = found.get("properties") or {}
        prefixes = sorted(properties.get("addressPrefixes") or filter(None, [properties.get("addressPrefix")]))
        if prefixes != sorted(before.get("address_prefixes") or []):
            yield f"subnet {before.get('name')} of {planned['id']} has {', '.join(prefixes)}, planned for {', '.join(before.get('address_prefixes') or [])}"


def _addresses(entries, world):
    for entry in entries:
        listed = world.of("interfaces", entry["virtual_network"])
        for interface in listed.value if listed.known else []:
            if _holds(interface, entry) and not _is_own(interface, entry, world):
                yield f"the address {entry['private_ip_address']} of {entry['name']} is held by {interface['id']}"


def _holds(interface, entry):
    address = parse(entry["private_ip_address"])
    return any(
        parse(one.get("privateIPAddress") or "") == address
        and address is not None
        and resource_ids.same(vm_facts.network_of_subnet(vm_facts.subnet_id(one)), entry["virtual_network"])
        for one in vm_facts.configurations(interface)
    )


def _is_own(interface, entry, world):
    machine_id = vm_facts.attached_to(interface)
    if not machine_id:
        return is_ours(interface) and resource_ids.same(interface["id"], own_id(entry, "interface"))
    return resource_ids.same(machine_id, own_id(entry, "machine")) and is_ours(world.one("machines", machine_id).value)


def _registered_elsewhere(entries, fabric, world):
    """Plans for two configuration servers that were made before either was applied name one server for a network of both."""
    for entry in entries:
        if _lists(fabric, entry):
            continue
        for other in world.fabrics:
            if other is not fabric and _lists(other, entry):
                name = configuration_servers.friendly_name(other)
                yield f"{entry['name']} ({entry['private_ip_address']}) has become a process server of configuration server {name}"


def _lists(fabric, entry):
    return bool(configuration_servers.this_very_one(fabric, entry["name"], entry["private_ip_address"]))


def _process_servers(before, now):
    def named(one):
        return f"{one.get('name')} ({one.get('ip_address')})"

    for one in now:
        if one not in before:
            yield f"process server {named(one)} has appeared"
    for one in before:
        if one not in now:
            yield f"process server {named(one)} is not there any more"
