# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replication moved from one process server to another: read, plan, apply. Private to this collection."""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _arguments
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import compute, network, site_recovery
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._plan import Plan
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    protected_items,
    resource_ids,
    switch_checks,
    switch_parties,
    switch_reach,
    switch_view,
    vm_facts,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.info_machines import Machines
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.switch_load import load_after, stand
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.switch_moves import Mover
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.switch_reach import Surroundings

_SWITCH = {
    "from": dict(type="str", required=True),
    "to": dict(type="str", required=True),
    "machines": dict(type="list", elements="str"),
}

ARGUMENT_SPEC = {
    **_arguments.AZURE,
    **_arguments.VAULT,
    **_arguments.WAIT,
    **_arguments.PROGRESS,
    "switches": dict(type="list", elements="dict", required=True, options=_SWITCH),
    switch_reach.UNREACHED: dict(type="bool", default=False),
    switch_checks.OVERLOAD: dict(type="bool", default=False),
}

# What the runner calls one of these, and where its results stand.
RESULT = "switches"
WHAT = ("switch", "switches")


@dataclasses.dataclass
class World:
    """What was read once for all switches. ``standing``: by the name of the switch, where its machines are."""

    fabric: dict
    items: list
    switches: dict
    standing: dict
    around: Surroundings
    mover: Mover


def prepare(params):
    """The switches with their names; bad input that shows without asking anybody is refused."""
    return switch_parties.normalize(params["switches"])


def read(azure, params, entries):
    """Two requests where every machine is where it should be; four more, and one for each further subscription, where not."""
    vault = (azure, params["vault_resource_group"], params["vault_name"])
    fabrics, items = vm_facts.together((site_recovery.list_fabrics, site_recovery.list_protected_items), lambda request: request(*vault))
    fabric = configuration_servers.find(fabrics, params.get("configuration_server"), params["vault_name"])
    items = [item for item in items if protected_items.belongs_to(item, fabric)]
    switches = {switch.name: switch for switch in switch_parties.resolve(entries, fabric, fabrics, items)}
    standing = {name: stand(switch, items) for name, switch in switches.items()}
    moving = [item for one in standing.values() for item in one.to_move]
    around, jobs = Surroundings(), []
    if any(one.moves for one in standing.values()):
        jobs = site_recovery.list_running_jobs(*vault)
        around = _look_around(azure, moving)
    return World(fabric, items, switches, standing, around, Mover(azure, params, fabric, fabrics, jobs))


def _look_around(azure, moving):
    """Machines and networks. Moving works without the right to read them: then it is said that they are not known."""
    own = azure.subscription_id
    try:
        machines, interfaces = vm_facts.together(
            (compute.list_virtual_machines, network.list_network_interfaces), lambda request: request(azure, own)
        )
    except AsrError as error:
        return Surroundings(not_looked=str(error))
    known = Machines(machines, interfaces, [])
    used = [one for item in moving for one in switch_reach.networks_of(item, known)]
    subscriptions = {own.lower(): own, **{sub.lower(): sub for sub in map(_subscription, used) if sub}}
    networks, not_looked = {}, ""
    for subscription in subscriptions.values():
        try:
            networks.update((resource_ids.key(one["id"]), one) for one in network.list_virtual_networks(azure, subscription))
        except AsrError as error:
            not_looked = str(error)
    return Surroundings(known, networks, not_looked)


def _subscription(network_id):
    return (resource_ids.parse(network_id) or {}).get("subscription_id")


def plan(params, entries, world):
    """A plan for each switch; a configuration server that is not heard of refuses all at once."""
    plans = [_plan(params, world, entry["name"]) for entry in entries]
    if any(plan.changed for plan in plans):
        configuration_servers.require_reports(world.fabric, configuration_servers.utc_now(), "changing process servers")
    return plans


def _plan(params, world, name):
    switch, standing = world.switches[name], world.standing[name]
    before = switch_view.shown(switch, world.items)
    known = {**switch_view.known(switch, world.fabric), "machines": sorted(map(protected_items.friendly_name, standing.to_move))}
    if standing.elsewhere:
        return _refused(before, known, name, [_elsewhere(world, standing)], ["Name the process server they use as from, in a switch of its own"])
    if not standing.moves:
        return Plan("none", before, before, known=known)
    findings = _findings(world, switch, standing)
    against = [finding for finding in findings if finding.refuses and not params.get(finding.accepted_by)]
    known["warnings"] = [finding.said for finding in findings if finding not in against]
    if against:
        return _refused(before, known, name, [finding.said for finding in against], [finding.cure for finding in against])
    after = switch_view.expected(standing, before)
    return Plan("switch", before, after, reasons=(_reason(switch, standing),), known=known)


def _findings(world, switch, standing):
    now = configuration_servers.utc_now()
    load = load_after(switch.target, world.switches.values(), world.standing, world.items)
    return [
        *switch_checks.target_findings(world.fabric, switch.target, load, now),
        *switch_checks.machine_findings(standing.to_move),
        *switch_reach.findings(switch.target, standing.to_move, world.around, now),
    ]


def _reason(switch, standing):
    if not standing.to_move:
        counted = f"{standing.counted_machines} machines and {standing.counted_pairs} replication pairs"
        return f"{switch_parties.in_words(switch.source)} carries {counted} that the vault does not list"
    return f"{switch_checks.listed(standing.to_move)} use {switch_parties.in_words(switch.source)}"


def _elsewhere(world, standing):
    """The machines that neither of the two servers carries, with the one that does."""
    servers = configuration_servers.process_servers(world.fabric)
    told = []
    for item in standing.elsewhere:
        carrier = next((server for server in servers if protected_items.is_carried_by(item, server)), None)
        where = switch_parties.in_words(carrier) if carrier else protected_items.details(item).get("processServerName") or "no process server"
        told.append(f"{protected_items.friendly_name(item)} uses {where}")
    return "; ".join(told)


def _refused(before, known, name, said, cures):
    refusal = Refusal("changing the process server", on=name, said="; ".join(said), cure=". ".join(dict.fromkeys(filter(None, cures))))
    return Plan("refuse", before, before, reasons=tuple(said), refusal=refusal, known=known)


def apply(_azure, _params, entry, _plan_of_it, world, progress):
    """One switch, from joining what runs to the proof in the vault."""
    return world.mover.move(world.switches[entry["name"]], world.standing[entry["name"]], progress)


def warnings(_entries, plans, _world):
    """What is not known, or was accepted by an option, in the words of the checks."""
    return list(dict.fromkeys(text for one in plans for text in one.known.get("warnings", ())))
