# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Process servers as hosts of an inventory: who they are, in which groups, with which variables. Private to this collection.

What is returned is plain data without secrets, so that a cache may keep it.
"""

from __future__ import annotations

import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, info, resource_ids

# All hosts are in this group.
GROUP = "process_servers"

# What the variables of a host are called, and what process_server_info calls the same.
SERVER_VARIABLES = {
    "azure_dr_process_server_id": "id",
    "azure_dr_process_server_name": "name",
    "azure_dr_configuration_server": "configuration_server",
    "azure_dr_version": "version",
    "azure_dr_version_status": "version_status",
    "azure_dr_last_heartbeat": "last_heartbeat",
    "azure_dr_machine_count": "machine_count",
    "azure_dr_replication_pair_count": "replication_pair_count",
    "azure_dr_health": "health",
}
MACHINE_VARIABLES = {
    "azure_dr_virtual_machine_id": "id",
    "azure_dr_resource_group": "resource_group",
    "azure_dr_location": "location",
    "azure_dr_size": "size",
    "azure_dr_virtual_network": "virtual_network",
    "azure_dr_subnet": "subnet",
    "azure_dr_power_state": "power_state",
    "azure_dr_created": "created",
    "azure_dr_managed": "managed",
}


def hosts(azure, params):
    """``[{"name", "groups", "variables"}]`` by one request and three for each subscription, however many servers there are."""
    fabrics, machines, now = info.read(azure, params)
    return describe(info.describe(choose(fabrics, params), machines, now), machines.ours(now))


def choose(fabrics, params):
    """The classic configuration servers that are named, each once, else all of the vault."""
    wanted = params.get("configuration_servers") or []
    found = [configuration_servers.find(fabrics, one, params["vault_name"]) for one in wanted]
    return list({one["id"]: one for one in found}.values()) if wanted else configuration_servers.candidates(fabrics, None)


def describe(told, ours):
    """The hosts. Pure.

    ``told``: what `info.describe` says of the configuration servers. ``ours``: the machines with our tag, of which those
    that belong to no process server are hosts of their own.
    """
    found = [(one, server) for one in told for server in one["process_servers"]]
    registered = {resource_ids.key(server["virtual_machine"]["id"]) for _one, server in found if server["virtual_machine"]}
    alone = [machine for machine in ours if resource_ids.key(machine["id"]) not in registered]
    rows = [_registered(one, server) for one, server in found] + [_deployed_only(machine) for machine in alone]
    # In an order of their own: the vault has none, and a diff of two inventories should show what changed.
    rows.sort(key=lambda row: (row["name"].lower(), row["address"] or "", row["id"]))
    names = _labels([(row["name"], f"{row['name']}-{row['address']}", f"{row['name']}-{row['address']}-{row['id']}") for row in rows])
    servers = _groups("configuration_server", {(one["name"], one["fabric_name"]) for one in told}, _words_of_fabric)
    networks = _groups("network", {row["network"] for row in rows if row["network"]}, _words_of_network)
    return [
        {
            "name": name,
            "groups": list(filter(None, [f"state_{row['state']}", servers.get(row["fabric"]), networks.get(row["network"], "network_unknown")])),
            "variables": row["variables"],
        }
        for name, row in zip(names, rows, strict=True)
    ]


def _registered(one, server):
    machine = server["virtual_machine"] or {}
    state = _state(one, server, machine)
    variables = {
        **{name: server[key] for name, key in SERVER_VARIABLES.items()},
        **{name: machine.get(key) for name, key in MACHINE_VARIABLES.items()},
    }
    identity = {"name": _host_name(server["name"] or server["ip_address"] or server["id"]), "address": server["ip_address"], "id": server["id"]}
    return _row(identity, (one["name"], one["fabric_name"]), machine, state, variables)


def _state(one, server, machine):
    """The first that is true counts: what has to be mended before anything else."""
    if [other["ip_address"] for other in one["process_servers"]].count(server["ip_address"]) > 1:
        return "registered_twice"
    if not server["connected"]:
        return "silent"
    return "unfinished" if machine.get("setup_unfinished") else "registered"


def _deployed_only(machine):
    state = "unfinished" if machine["setup_unfinished"] else "deployed_only"
    variables = {**dict.fromkeys(SERVER_VARIABLES), **{name: machine[key] for name, key in MACHINE_VARIABLES.items()}}
    identity = {"name": machine["name"], "address": machine["private_ip_address"], "id": machine["id"]}
    return _row(identity, None, machine, state, variables)


def _row(identity, fabric, machine, state, variables):
    variables = {**variables, "azure_dr_state": state, "ansible_host": identity["address"]}
    # An address that is not known must not hide what somebody else says of it.
    known = {name: value for name, value in variables.items() if name != "ansible_host" or value}
    return {**identity, "fabric": fabric, "network": resource_ids.key(machine.get("virtual_network")), "state": state, "variables": known}


def _groups(prefix, things, words):
    """``{thing: name of its group}``, no two of them with one name."""
    things = sorted(things)
    return dict(zip(things, (f"{prefix}_{label}" for label in _labels([tuple(map(_safe, words(thing))) for thing in things])), strict=True))


def _words_of_fabric(fabric):
    name, fabric_name = fabric
    return name, f"{name}_{fabric_name[:8]}", f"{name}_{fabric_name}"


def _words_of_network(network_id):
    parsed = resource_ids.parse(network_id) or {"name": network_id, "resource_group": "", "subscription_id": ""}
    within = f"{parsed['resource_group']}_{parsed['name']}"
    return parsed["name"], within, f"{parsed['subscription_id']}_{within}"


def _labels(choices):
    """For each thing the first of its words that no other thing has among its own; the last one where all are shared."""
    labels = []
    for own in choices:
        others = {word.lower() for words in choices if words is not own for word in words}
        labels.append(next((word for word in own if word.lower() not in others), own[-1]))
    return labels


def _host_name(text):
    """A name with nothing in it that a computer's name cannot have: whoever registers a server chooses what the vault shows."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)


def _safe(text):
    """A word as group names have them: small letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
