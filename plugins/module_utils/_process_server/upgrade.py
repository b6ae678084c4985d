# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Process servers with a certain version of their software: read, plan, apply. Private to this collection."""

from __future__ import annotations

import dataclasses
import ipaddress

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _arguments
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import network, site_recovery
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, entries, resource_ids, unfinished
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import upgrade_plan, versions
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.registration import result
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.registration_view import VaultView, sight_or_refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.upgrade_chain import upgrade
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.upgrade_rollout import (
    GO,
    STOP,
    Network,
    Rollout,
    last_of_its_network,
    limit_of,
    verdict,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.upgrade_steps import Goal

ARGUMENT_SPEC = {
    **_arguments.AZURE,
    **_arguments.VAULT,
    **_arguments.PROCESS_SERVERS,
    **_arguments.WAIT,
    **_arguments.PROGRESS,
    "configuration_server_address": _arguments.CONFIGURATION_SERVER_ACCESS["configuration_server_address"],
    "installers": dict(
        type="list",
        elements="dict",
        default=[],
        options={**_arguments.INSTALLER["installer"]["options"], "version": dict(type="str", required=True)},
    ),
    "version": dict(type="str"),
    "max_unavailable": dict(type="str", default="1"),
}


@dataclasses.dataclass
class World:
    """What was read once for all servers, and what follows from it for all of them.

    ``machines``: ``{name: machine}``, `None` where they could not be listed; ``others``: ``{network id: names}`` of process
    servers that work and are not in the list; ``not_looked``: why something is not known; ``alone``: of each server that
    alone serves a network, what that means.
    """

    view: VaultView
    target: str
    sightings: dict
    machines: dict | None = None
    others: dict = dataclasses.field(default_factory=dict)
    not_looked: list = dataclasses.field(default_factory=list)
    alone: dict = dataclasses.field(default_factory=dict)
    rollout: Rollout | None = None


def prepare(params):
    """The checked entries of the list; the installers and the other options are checked with them."""
    checked = entries.normalize(params)
    for given in (params, *params["installers"]):
        # It becomes a folder's name on the server, where no space is harmless.
        given["version"] = (given["version"] or "").strip()
    problems = list(upgrade_plan.input_problems(params, checked))
    if problems:
        raise Refusal("reading the options", said="; ".join(problems), cure="Correct them; nothing was touched")
    return checked


def read(azure, params, checked):
    """One request and one for each subscription; one more for each subscription where a server may be taken down."""
    fabrics = site_recovery.list_fabrics(azure, params["vault_resource_group"], params["vault_name"])
    fabric = configuration_servers.find(fabrics, params.get("configuration_server"), params["vault_name"])
    now = configuration_servers.utc_now()
    sightings = {entry["name"]: sight_or_refusal(fabric, entry, now) for entry in checked}
    world = World(VaultView(azure, params, fabric), upgrade_plan.target_version(params, fabric), sightings)
    try:
        world.machines = unfinished.machines(azure, checked)
    except AsrError as error:
        # Upgrading works without the right to list machines.
        world.not_looked.append(f"Whether an earlier run left an upgrade unfinished is not known: {error}")
    if any(not versions.are_same(sighting.server.get("agentVersion"), world.target) for sighting in sightings.values()):
        try:
            world.others = _others(azure, checked, fabric, now)
        except AsrError as error:
            world.not_looked.append(f"Whether process servers outside the list serve the same networks is not known: {error}")
    return world


def _others(azure, checked, fabric, now):
    """``{network id: names}`` of the process servers that work in the networks of the list and are not in it."""
    listed = {entry["private_ip_address"] for entry in checked}
    working = [
        server
        for server in configuration_servers.process_servers(fabric)
        if server.get("ipAddress") not in listed and configuration_servers.is_alive(fabric, server, now)
    ]
    wanted = {resource_ids.key(entry["virtual_network"]) for entry in checked}
    found = {}
    for subscription in {entry["subscription_id"].lower(): entry["subscription_id"] for entry in checked}.values():
        for one in network.list_virtual_networks(azure, subscription):
            if resource_ids.key(one["id"]) in wanted:
                found[resource_ids.key(one["id"])] = [server["friendlyName"] for server in working if _is_in(server.get("ipAddress"), one)]
    return found


def _is_in(address, virtual_network):
    """Whether an address is one of a virtual network's."""
    ranges = (virtual_network.get("properties", {}).get("addressSpace") or {}).get("addressPrefixes") or []
    try:
        return any(ipaddress.ip_address(address) in ipaddress.ip_network(one) for one in ranges)
    except ValueError:
        return False


def plan(params, checked, world):
    """A plan for each server; a configuration server that is not heard of refuses all at once."""
    plans = [_plan(params, entry, world) for entry in checked]
    if any(one.action != "none" for one in plans):
        # Also before any other refusal: what is known of the servers is then as old as its last report.
        configuration_servers.require_reports(world.view.fabric, configuration_servers.utc_now(), "upgrading process servers")
    networks = _networks(params, checked, plans, world)
    world.rollout = Rollout(networks.values())
    network_of = {entry["name"]: networks[resource_ids.key(entry["virtual_network"])] for entry in checked}
    return [_among_others(entry["name"], one, network_of[entry["name"]], world) for entry, one in zip(checked, plans, strict=True)]


def _among_others(name, one, virtual_network, world):
    """The plan, which is refused or says what it means where no other server of the network works."""
    if name not in virtual_network.pending & virtual_network.working or not virtual_network.serves_alone(name):
        return one
    decided, why = verdict(virtual_network, name)
    if decided == STOP:
        virtual_network.pending.discard(name)
        refusal = last_of_its_network(name, why)
        return dataclasses.replace(one, action="refuse", refusal=refusal, reasons=(*one.reasons, why))
    if decided == GO:
        world.alone[name] = f"it is the only process server of {virtual_network.name}: replication stands still there while it is upgraded"
        return dataclasses.replace(one, reasons=(*one.reasons, world.alone[name]))
    return one


def _plan(params, entry, world):
    name = entry["name"]
    sighting = world.sightings[name]
    one = upgrade_plan.decide(
        entry,
        sighting,
        world.view.fabric,
        world.target,
        [installer["version"] for installer in params["installers"]],
        world.machines is not None and name not in world.machines,
        _is_unfinished(name, world),
    )
    return one if sighting.status == "twins" else dataclasses.replace(one, known={**result(entry, world.view, sighting), **one.known})


def _is_unfinished(name, world):
    return name in (world.machines or {}) and unfinished.is_unfinished(world.machines[name])


def _works(name, world):
    """Whether others may be taken down as long as this one is up: one that an earlier run left may show a heartbeat that was its last."""
    return world.sightings[name].status == "registered" and not _is_unfinished(name, world)


def _networks(params, checked, plans, world):
    """The networks of the list with their servers: ``{network id: Network}``."""
    networks = {}
    for key in dict.fromkeys(resource_ids.key(entry["virtual_network"]) for entry in checked):
        mine = [(entry, one) for entry, one in zip(checked, plans, strict=True) if resource_ids.key(entry["virtual_network"]) == key]
        networks[key] = Network(
            name=mine[0][0]["virtual_network"].rpartition("/")[2],
            limit=limit_of(params["max_unavailable"], len(mine)),
            listed=tuple(entry["name"] for entry, _plan in mine),
            others=tuple(world.others.get(key, ())),
            working={entry["name"] for entry, _plan in mine if _works(entry["name"], world)},
            pending={entry["name"] for entry, one in mine if one.changed},
        )
    return networks


def apply(azure, params, entry, plan, world, progress):
    """Everything that is left to do for one server, when it is its turn."""
    goal = Goal(
        name=entry["name"],
        version=world.target,
        installers={installer["version"]: installer for installer in params["installers"]},
        user=entry["admin_username"],
        password=entry["admin_password"],
    )
    with world.rollout.turn(entry["name"], progress) as turn:
        sighting = upgrade(azure, params, entry, goal, world.view, turn, progress)
    return {**plan.after, **result(entry, world.view, sighting)}


def warnings(checked, _plans, world):
    """Networks without a process server for a while, servers listed more than once, and what is not known."""
    for entry in checked:
        if entry["name"] in world.alone:
            yield f"{entry['name']}: {world.alone[entry['name']]}"
        for other in configuration_servers.under_other_address(world.view.fabric, entry["name"], entry["private_ip_address"]):
            yield f"{entry['name']} is also registered under {other.get('ipAddress')} (last heartbeat {other.get('lastHeartbeat')})"
    yield from world.not_looked
