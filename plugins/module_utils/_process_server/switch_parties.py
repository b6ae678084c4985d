# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which process servers and which machines a switch means. Pure; private to this collection."""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, protected_items

TRIED = "reading switches"
CURE = "Correct switches; nothing was touched"


@dataclasses.dataclass(frozen=True)
class Switch:
    """One switch with its names put to things.

    ``source``, ``target``: process servers as the configuration server reports them. ``machines``: the protected items
    that are named, `None` where everything the source carries is meant.
    """

    name: str
    source: dict
    target: dict
    machines: list | None = None

    @property
    def is_whole(self):
        return self.machines is None


def name_of(entry):
    """What a switch is called in every message."""
    return f"{entry['from']} to {entry['to']}"


def normalize(switches):
    """The switches as the runner takes them, each with its name; `Refusal` for what can be seen without asking anybody."""
    if not switches:
        raise Refusal(TRIED, said="the list is empty", cure="Name at least one switch; nothing was touched")
    problems = [problem for number, entry in enumerate(switches, 1) for problem in _problems(number, entry)]
    entries = [{**entry, "name": name_of(entry)} for entry in switches]
    known = set()
    for entry in entries:
        if entry["name"].lower() in known:
            problems.append(f"{entry['name']} is there twice; put its machines into one")
        known.add(entry["name"].lower())
    _refuse(problems)
    return entries


def _problems(number, entry):
    """What is wrong with one switch by itself."""
    blank = [option for option in ("from", "to") if not (entry[option] or "").strip()]
    if blank:
        return [f"switch {number}: {' and '.join(blank)} is empty"]
    name, found = name_of(entry), []
    if entry["from"].strip().lower() == entry["to"].strip().lower():
        found.append(f"{name}: from and to are the same process server")
    machines = entry.get("machines")
    if machines is not None and not [machine for machine in machines if machine.strip()]:
        found.append(f"{name}: machines is an empty list; leave it out to move everything")
    elif machines and "" in [machine.strip() for machine in machines]:
        found.append(f"{name}: one of the machines has an empty name")
    return found


def resolve(entries, fabric, fabrics, items):
    """A `Switch` for each entry; `Refusal` with everything in them that cannot be meant.

    ``fabrics``: all of the vault, to tell where a server that is not here is. ``items``: the protected items of ``fabric``.
    """
    problems, switches = [], []
    for entry in entries:
        source, target = (_server(entry, option, fabric, fabrics, problems) for option in ("from", "to"))
        machines = None
        if entry.get("machines") is not None:
            machines = [_machine(entry, wanted, fabric, items, problems) for wanted in entry["machines"]]
        switches.append(Switch(entry["name"], source or {}, target or {}, machines))
    if not problems:
        problems = _contradictions(switches)
    _refuse(problems)
    return switches


def servers_called(fabric, wanted):
    """The process servers of a fabric that ``wanted`` can mean; an id hides addresses and names."""
    sought = wanted.strip().lower()
    servers = configuration_servers.process_servers(fabric)
    exact = [server for server in servers if sought in {(server.get(key) or "").lower() for key in ("id", "hostId")}]
    return exact or [server for server in servers if sought in {(server.get(key) or "").lower() for key in ("ipAddress", "friendlyName")}]


def in_words(server):
    return f"{server.get('friendlyName')} ({server.get('ipAddress')})"


def _server(entry, option, fabric, fabrics, problems):
    wanted = entry[option]
    found = servers_called(fabric, wanted)
    if len(found) == 1:
        return found[0]
    here = f"configuration server {configuration_servers.friendly_name(fabric)}"
    if found:
        listed = "; ".join(f"{in_words(server)}, last heartbeat {server.get('lastHeartbeat')}: {server.get('id')}" for server in found)
        problems.append(f"{here} shows {len(found)} process servers that {wanted} can mean, give the id of the right one ({listed})")
        return None
    elsewhere = [other for other in fabrics if configuration_servers.kind(other) == "VMware" and servers_called(other, wanted)]
    if elsewhere:
        names = ", ".join(configuration_servers.friendly_name(other) for other in elsewhere)
        problems.append(f"{wanted} belongs to configuration server {names}; machines move within {here} only")
        return None
    present = ", ".join(map(in_words, configuration_servers.process_servers(fabric))) or "none"
    problems.append(f"{here} has no process server {wanted}; it has {present}")
    return None


def _machine(entry, wanted, fabric, items, problems):
    sought = wanted.strip().rstrip("/").lower()
    found = [item for item in items if sought in protected_items.names(item)]
    found = found or [item for item in items if protected_items.friendly_name(item).lower() == sought]
    if len(found) == 1:
        return found[0]
    here = f"configuration server {configuration_servers.friendly_name(fabric)}"
    if found:
        problems.append(f"{entry['name']}: {len(found)} machines are called {wanted}, give the right id: {', '.join(item['name'] for item in found)}")
    else:
        problems.append(f"{entry['name']}: {here} protects no machine {wanted}")
    return None


def _contradictions(switches):
    """What only shows when the switches are seen together."""
    problems, seen = [], {}
    for switch in switches:
        if switch.source["id"] == switch.target["id"]:
            problems.append(f"{switch.name}: from and to are the same process server, {in_words(switch.source)}")
        for item in switch.machines or ():
            if item["name"] in seen:
                problems.append(f"{switch.name}: {protected_items.friendly_name(item)} is also named in {seen[item['name']]}")
            seen.setdefault(item["name"], switch.name)
        if switch.is_whole:
            problems += [
                f"{switch.name} moves everything from {in_words(switch.source)}, which {other.name} needs as well; run one after the other"
                for other in switches
                if other is not switch and switch.source["id"] in (other.source["id"], other.target["id"])
            ]
    return problems


def _refuse(problems):
    if problems:
        # A server that many switches name wrongly is one mistake.
        raise Refusal(TRIED, said="; ".join(dict.fromkeys(problems)), cure=CURE)
