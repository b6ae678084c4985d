# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole answer: what to prepare, and the plan file's text. What the module returns. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _arguments
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, resource_ids
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import (
    basis,
    choice,
    estimate,
    fabrics,
    gathering,
    items,
    load,
    machines,
    master_targets,
    naming,
    plan_file,
    plan_text,
    proposals,
    table,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import listing

ARGUMENT_SPEC = {
    **_arguments.AZURE,
    **_arguments.VAULT,
    "subnet": dict(type="str"),
    "resource_group": dict(type="str"),
    "name_prefix": dict(type="str", default=naming.DEFAULT_PREFIX),
    "daily_change_percent": dict(type="float", default=load.ASSUMED_DAILY_CHANGE_PERCENT),
    "bandwidth_mbps": dict(type="float"),
    "drill_margin_hours": dict(type="int", default=estimate.DRILL_MARGIN_HOURS),
    "plan_file": dict(type="path"),
    "planned": dict(type="dict"),
    **_arguments.PROCESS_SERVERS,
    "process_servers": dict(type="list", elements="dict", options=_arguments.PROCESS_SERVER),
}


def answer(azure, params, _progress):
    """``fabrics``, ``machines``, ``networks``, ``master_targets``, ``estimate``, ``plan`` and its text; ``differences`` where a plan is given."""
    check(params)
    params = {**params, "vault_subscription_id": azure.vault_subscription_id}
    # Read before Azure is asked: a file that cannot be read is nothing to wait for.
    file = {"path": params["plan_file"], "state": plan_file.judge(plan_file.read(params["plan_file"]))} if params.get("plan_file") else None
    world = gathering.gather(azure, params)
    read = [items.read(one) for one in world.items]
    judged = machines.judge(world, read)
    entries = _entries(params)
    differences = None
    if params.get("planned") is not None:
        differences = basis.differences(params["planned"], world, judged, entries, params.get("configuration_server"))
        # Which one is meant is compared, and a plan that does not hold is no reason to fail.
        params = {**params, "configuration_server": None}
    described = [fabrics.describe(one, read, world.now) for one in world.fabrics]
    result = _result(world, judged, described, *_planned(azure, params, world, judged))
    return {**result, "differences": differences or [], "still_holds": None if differences is None else not differences, "file": file}


def check(params):
    """Raise `Refusal` for options that no plan can be made with."""
    problems = [naming.prefix_problem(params["name_prefix"])]
    if params.get("bandwidth_mbps") is not None and not 0 < params["bandwidth_mbps"] < float("inf"):
        problems.append("bandwidth_mbps must be more than 0")
    if not 0 < params["daily_change_percent"] <= 100:
        problems.append("daily_change_percent must be more than 0 and at most 100")
    if params["drill_margin_hours"] < 0:
        problems.append("drill_margin_hours is negative")
    problems = [one for one in problems if one]
    if problems:
        raise Refusal("reading the options of the plan", said="; ".join(problems), cure="Correct them; nothing was asked or written")


def _entries(params):
    """The complete entries of the list that is to be applied; flawed ones are told of by the prerequisites."""
    if not params.get("process_servers"):
        return []
    return listing.read(params)[0]


def _planned(azure, params, world, judged):
    """(the configuration server or `None`, drafts of its networks, why there is no plan, the plan or `None`)."""
    fabric, missing = choice.choose(world.fabrics, judged, params)
    if fabric is None or params.get("planned") is not None:
        return fabric, [], missing, None
    own = [one for one in judged if one.fabric is fabric]
    wishes = {key: params.get(key) for key in ("subnet", "resource_group", "name_prefix", "daily_change_percent")}
    drafts = proposals.draft([(one.machine, one.place) for one in own if one.counts], fabric, world, wishes)
    gathering.reserve(azure, proposals.slots(drafts))
    proposals.finish(drafts)
    entries = proposals.entries(drafts)
    if not entries:
        return fabric, drafts, _why_nothing(drafts, own), None
    counted = [one.machine for one in own if one.counts]
    servers = sum(1 for one in drafts for server in one["servers"] if server["action"] != proposals.SPARE)
    figures = estimate.estimate(counted, servers, params["bandwidth_mbps"], params["drill_margin_hours"], world.now)
    based_on = basis.basis(fabric, judged, drafts, entries)
    variables = _variables(params, fabric, world.fabrics)
    text = plan_text.render(variables, based_on, own, drafts, figures, fabrics.scenario(fabric), params["daily_change_percent"])
    plan = {"variables": {**variables, "process_servers": entries, "failback_plan": based_on}, "text": text, "estimate": figures}
    return fabric, drafts, "", plan


def _why_nothing(drafts, own):
    problems = [f"{one['name']}: {one['problem']}" for one in drafts if one["problem"]]
    if problems:
        return f"no process server can be proposed: {'; '.join(problems)}"
    if drafts:
        return "every network has a working process server that is not this collection's: there is nothing to prepare"
    nowhere = [one.machine["name"] for one in own if one.verdict != machines.NO_WAY_BACK and not one.place.network_id]
    if nowhere:
        rest = f" and {len(nowhere) - 5} more" if len(nowhere) > 5 else ""
        return f"it is not known in which virtual network they run: {', '.join(nowhere[:5])}{rest}"
    return "no machine has a way home for which a process server would be needed"


def _variables(params, fabric, all_fabrics):
    """What stands before the list of servers: the vault, and the configuration server by a name that is nobody else's."""
    name = configuration_servers.friendly_name(fabric)
    alone = len(configuration_servers.candidates(all_fabrics, name)) == 1
    return {
        "vault_name": params["vault_name"],
        "vault_resource_group": params["vault_resource_group"],
        "vault_subscription_id": params["vault_subscription_id"],
        "configuration_server": name if alone else fabric.get("id"),
    }


def _result(world, judged, described, fabric, drafts, missing, plan):
    told = [machines.describe(one) for one in judged]
    networks = [_network(one, drafts) for one in drafts]
    own = [one for one in judged if one.fabric is fabric]
    targets = []
    if fabric is not None:
        read = master_targets.read(fabric, world.now)
        chosen = {one.machine["id"]: (target,) for one in own for target in read if target == one.target}
        targets = master_targets.describe(read, chosen, [one.machine for one in own])
    figures = plan["estimate"] if plan else None
    return {
        "fabrics": described,
        "machines": told,
        "networks": networks,
        "master_targets": targets,
        "estimate": figures,
        "process_servers": plan["variables"]["process_servers"] if plan else [],
        "plan": plan["variables"] if plan else None,
        "plan_text": plan["text"] if plan else None,
        "plan_missing": missing,
        "table": table.lines(described, told, networks, targets, figures, missing),
    }


def _network(one, drafts):
    shown = ("id", "name", "resource_group", "subscription_id", "location", "address_space", "problem")
    served = {resource_ids.key(other["id"]) for other in drafts if other["servers"]}
    return {
        **{key: one[key] for key in shown},
        "machines": [machine["name"] for machine in one["machines"]],
        "peerings": [{**peering, "has_process_server": resource_ids.key(peering["virtual_network"]) in served} for peering in one["peerings"]],
        "process_servers": [_server(server) for server in one["servers"]],
    }


def _server(server):
    shown = ("name", "action", "ours", "subnet", "private_ip_address", "resource_group", "size", "process_server_id", "virtual_machine_id")
    reasons = [f"subnet {server['subnet']}: {server['subnet_reason']}"] if server.get("subnet_reason") else []
    if server["address_unchecked"]:
        reasons.append(f"whether the address is free could not be asked: {server['address_unchecked']}")
    return {
        **{key: server[key] for key in shown},
        "machines": server.get("machines", 0),
        "daily_churn_gb": server.get("daily_churn_gb", 0),
        "cache_disk_gb": server.get("cache_disk_gb"),
        "wanted_size": server.get("wanted_size"),
        "serves": [machine["name"] for machine in server["share"]],
        "address_unchecked": server["address_unchecked"],
        "reasons": reasons,
    }
