# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan file: variables of ``prepare_failback``, with the reasons for a person. Pure; private to this collection.

Nothing stands in it that differs between two runs in an unchanged world, nor that the plan's own application changes:
whether a server is there already is told by the module, and not written down.
"""

from __future__ import annotations

import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import resource_ids
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import machines, obstacles, plan_file, proposals
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan.yaml_text import block, comment, scalar

HEADER = (
    "It holds no secret. Review and change it as you like; prepare_failback takes it as it is, with the installer and the secrets",
    "from another file, where admin_username and admin_password stand in process_server_defaults:",
    "  ansible-playbook azure_dr.site_recovery.prepare_failback --extra-vars @THIS_FILE --extra-vars @secrets.yml",
    "It first compares failback_plan, at the end, with the world, and stops where that has moved: then plan again.",
    "plan_failback does not write over this file once you changed it, unless plan_file_replace is set.",
)


def render(variables, basis, judged, drafts, estimate, scenario, percent):
    """The whole text. ``variables``: what comes before the list of servers; ``judged``: the machines of the configuration server."""
    lines = ["#", *(f"# {text}" for text in HEADER), "#"]
    for text in (_summary(judged, drafts), *_estimate(estimate), f"{scenario.retired}.", f"{scenario.still_possible}."):
        lines += comment(text)
    lines += [f"{key}: {scalar(value)}" for key, value in variables.items()]
    lines.append("process_servers:")
    for one in drafts:
        lines += _network(one, judged, percent)
    lost = [one for one in judged if not one.counts]
    if lost:
        lines += comment("Machines for which nothing can be planned:")
        lines += [line for one in lost for line in comment(f"- {_machine(one)}")]
    lines += [*comment("What this plan is based on."), "failback_plan:", *block(basis, 2)]
    return plan_file.sealed(lines)


def _summary(judged, drafts):
    servers = sum(1 for one in drafts for server in one["servers"] if server.get("share"))
    counted = {}
    for one in judged:
        counted[one.verdict] = counted.get(one.verdict, 0) + 1
    words = ", ".join(f"{counted[verdict]} {verdict.replace('_', ' ')}" for verdict in VERDICTS if counted.get(verdict))
    return f"{_count(len(judged), 'machine')} in {_count(len(drafts), 'virtual network')} ({words}); {_count(servers, 'process server')}."


VERDICTS = (machines.READY, machines.BLOCKED, machines.UNKNOWN, machines.NO_WAY_BACK)


def _count(number, word):
    return f"{number} {word}{'' if number == 1 else 's'}"


def _estimate(estimate):
    at_most, hours = estimate["data_gb_at_most"], estimate["hours_at_most"]
    size = "of unknown size" if at_most is None else f"of {at_most} GB at most, where all that is on the disks has to be sent"
    yield f"Estimate: data {size}."
    if hours is None:
        yield "Estimate: the duration and the machine hours are unknown; give plan_bandwidth_mbps."
    else:
        yield (
            f"Estimate: {hours} hours at most over {estimate['bandwidth_mbps']} Mbit/s, so {estimate['vm_hours_at_most']} machine hours with "
            f"{estimate['drill_margin_hours']} hours for the drill and the end."
        )


def _network(one, judged, percent):
    own = [other for other in judged if other.counts and resource_ids.same(other.place.network_id, one["id"])]
    churn = f"{sum(server['daily_churn_gb'] for server in one['servers'] if server.get('share'))} GB of changes a day"
    guessed = sum(1 for other in own if other.machine["daily_churn_gb"] is None)
    if guessed:
        churn += f" ({percent:g} % of the disks assumed for {_count(guessed, 'machine')} that the vault shows no rate of)"
    place = f"{one['name']}" + (f" in {one['location']}" if one["location"] else "")
    yield from comment(f"{place}: {_count(len(own), 'machine')}, {round(sum(other.machine['disks_gb'] for other in own))} GB on disks, {churn}.", 2)
    if one["problem"]:
        yield from comment(f"NOT PLANNED: {_lasting(one['problem'])}.", 2)
    planned = [server for server in one["servers"] if server.get("share")]
    if len(planned) > 1:
        yield from comment(f"It takes {len(planned)} process servers: one carries 225 machines and 2 TB of changes a day at most.", 2)
    for other in own:
        yield from comment(f"- {_machine(other)}", 2)
    for server in planned:
        if not server["ours"]:
            text = f"{server['name']} ({server['private_ip_address']}) works there already and is somebody else's: nothing is made."
            if server["wanted_size"]:
                text += f" It is {server['size']}; {_asked(server)} has {server['wanted_size']}."
            yield from comment(text, 2)
        elif not one["problem"]:
            yield from _server(one, server)


def _server(one, server):
    yield from comment(
        f"{server['name']}: {server['size']} with a cache disk of {server['cache_disk_gb']} GB, by {_asked(server)}"
        + (f"; the table asks for {server['table_size']}." if server["size"] != server["table_size"] else "."),
        2,
    )
    (entry,) = [entry for entry in proposals.entries([one]) if entry["name"] == server["name"]]
    yield from block([entry], 2)


def _asked(server):
    return f"the sizing table for {_count(server['machines'], 'machine')} and {server['daily_churn_gb']} GB a day"


def _machine(judged):
    told = [one for one in judged.obstacles if one.check != "retired_scenario"]
    worst = [one for one in told if one.severity != obstacles.WARNING] or told
    where = f", by master target {judged.target['name']}" if judged.target else ""
    words = "; ".join(f"{one.check}: {_lasting(one.evidence)} -> {one.cure}" for one in worst)
    return f"{judged.machine['name']}: {judged.verdict.replace('_', ' ')}{where}" + (f"; {words}" if words else "")


def _lasting(text):
    """A text without what differs each time the service refuses the same."""
    return re.sub(r" \(correlation id [^)]*\)", "", text)
