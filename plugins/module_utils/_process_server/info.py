# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What configuration servers and Azure say of process servers. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _arguments
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import compute, network, site_recovery
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    info_values,
    vm_facts,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.info_machines import Machines

ARGUMENT_SPEC = {**_arguments.AZURE, **_arguments.VAULT, "subscription_ids": dict(type="list", elements="str")}

# In the order in which `Machines` takes them.
LISTS = (compute.list_virtual_machines, network.list_network_interfaces, compute.list_virtual_machine_statuses)

# instanceType of a fabric -> (what its experience is called, how its process servers are read).
EXPERIENCES = {
    "VMware": ("classic", info_values.classic_server),
    "InMageRcm": ("modernized", info_values.modernized_server),
    "VMwareV2": ("modernized", info_values.modernized_server),
}


def answer(azure, params, _progress):
    """What every configuration server and Azure say of its process servers."""
    fabrics, machines, now = read(azure, params)
    found = describe(choose(fabrics, params), machines, now)
    return {
        "configuration_servers": found,
        "process_servers": [server for one in found for server in one["process_servers"]],
    }


def read(azure, params):
    """``(fabrics, Machines, time)`` for any number of servers: the fabrics by one request, and of each subscription
    machines, their interfaces and states by three. ``subscription_ids`` left out: that of the sign-in alone."""
    subscriptions = vm_facts.subscriptions(params.get("subscription_ids"), azure.subscription_id)
    readings = [(list_all, one) for list_all in LISTS for one in subscriptions]
    requests = [lambda reading=reading: reading[0](azure, reading[1]) for reading in readings]
    fabrics, *answers = vm_facts.together(
        [lambda: site_recovery.list_fabrics(azure, params["vault_resource_group"], params["vault_name"]), *requests], lambda request: request()
    )
    lists = {list_all: [] for list_all in LISTS}
    for (list_all, _subscription), found in zip(readings, answers, strict=True):
        lists[list_all] += found
    return fabrics, Machines(*lists.values()), configuration_servers.utc_now()


def choose(fabrics, params):
    """The fabrics to tell of: the one that is named, else all that have process servers."""
    wanted = params.get("configuration_server")
    if not wanted:
        return [fabric for fabric in fabrics if configuration_servers.kind(fabric) in EXPERIENCES]
    found = [
        fabric
        for fabric in configuration_servers.candidates(fabrics, wanted)
        if configuration_servers.kind(fabric) in EXPERIENCES
    ]
    # None, or several of one name: said in the same words as everywhere.
    return found if len(found) == 1 else [configuration_servers.find(fabrics, wanted, params["vault_name"])]


def describe(fabrics, machines, now):
    """Each configuration server with its process servers, typed and joined with their machines. Pure."""
    return [_configuration_server(fabric, machines, now) for fabric in fabrics]


def _configuration_server(fabric, machines, now):
    kind = configuration_servers.kind(fabric)
    experience, read = EXPERIENCES[kind]
    details = configuration_servers.details(fabric)
    name = configuration_servers.friendly_name(fabric)
    servers = []
    for raw in configuration_servers.process_servers(fabric):
        server = {"configuration_server": name, "experience": experience, **read(fabric, raw, now)}
        servers.append({**server, "virtual_machine": machines.of(server, now)})
    return {
        "name": name,
        "id": fabric.get("id"),
        "fabric_name": fabric.get("name"),
        "experience": experience,
        "kind": configuration_servers.KINDS[kind],
        "ip_address": configuration_servers.address(fabric) or None,
        "version": details.get("agentVersion"),
        "version_status": (details.get("agentVersionDetails") or {}).get("status") or details.get("versionStatus"),
        "last_heartbeat": info_values.iso(details.get("lastHeartbeat")),
        "heartbeat_age_seconds": configuration_servers.heartbeat_age(details, now),
        "protected_servers": info_values.integer(details.get("protectedServers")),
        "certificate_expires": info_values.iso(details.get("sslCertExpiryDate")),
        "health": fabric.get("properties", {}).get("health"),
        "process_servers": servers,
    }
