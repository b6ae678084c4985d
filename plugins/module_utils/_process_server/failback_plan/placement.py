# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A subnet and a free address for a new process server. Pure; private to this collection."""

from __future__ import annotations

import collections
import itertools

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import resource_ids, vm_facts
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.addresses import is_reserved
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.networks import RESERVED, prefixes

# Subnets that Azure keeps for a service of its own: no machine may stand in them.
SERVICE_SUBNETS = {
    "gatewaysubnet",
    "azurefirewallsubnet",
    "azurefirewallmanagementsubnet",
    "azurebastionsubnet",
    "routeserversubnet",
}
# So many addresses are offered to whoever asks Azure for them.
MOST_CANDIDATES = 32


def held_addresses(network, world):
    """The addresses of a network that interfaces hold, by the id of their subnet in lower case."""
    held = {}
    interfaces = world.of("interfaces", network["id"])
    for interface in interfaces.value if interfaces.known else []:
        for configuration in vm_facts.configurations(interface):
            held.setdefault(resource_ids.key(vm_facts.subnet_id(configuration)), set()).add(configuration.get("privateIPAddress"))
    return held


def choose_subnet(network, wanted, machine_subnets, world, needed):
    """(the subnet for ``needed`` new servers or `None`, why this one or why none).

    ``wanted``: a name, or nothing. ``machine_subnets``: the names of the subnets that the machines are in, once for each
    machine: where they can be, a process server can be as well, and is reached by them.
    """
    subnets = (network.get("properties") or {}).get("subnets") or []
    held = held_addresses(network, world)
    fit = [one for one in subnets if not _unfit(one) and _room(one, held) >= needed]
    if wanted:
        found = next((one for one in fit if resource_ids.same(one["name"], wanted)), None)
        if found is not None:
            return found, "as asked for"
    counts = collections.Counter(name.lower() for name in machine_subnets if name)
    best = min(fit, key=lambda one: (-counts.get(one["name"].lower(), 0), one["name"].lower()), default=None)
    if best is None:
        reasons = [f"{one['name']} {_unfit(one) or 'has no room'}" for one in subnets]
        return None, f"no subnet of it takes {needed} more: {'; '.join(reasons) or 'it has none'}"
    why = "where its machines are" if counts.get(best["name"].lower()) else "the first by name with room"
    if wanted:
        why += f", since {wanted} {_why_not(wanted, subnets)}"
    return best, why


def candidates(subnet, held, busy=frozenset()):
    """The lowest addresses of a subnet that no interface holds and Azure does not keep, as texts.

    ``held``: `held_addresses` of its network. Only Azure itself knows what else holds addresses. ``busy``: addresses of
    other process servers, in whatever network: the configuration server tells its process servers apart by address.
    """
    taken = held.get(resource_ids.key(subnet["id"]), set()) | busy
    free = (str(one) for network in prefixes(subnet) for one in network if not is_reserved(one, network))
    return list(itertools.islice((one for one in free if one not in taken), MOST_CANDIDATES))


def assign(slots, refused):
    """Give each slot the first of its candidates that no earlier slot has and that is not ``refused`` in its network."""
    given = set()
    for slot in slots:
        no = refused.get(resource_ids.key(slot["network_id"]), ())
        slot["address"] = next((one for one in slot["candidates"] if one not in given and one not in no), None)
        given.add(slot["address"])


def _unfit(subnet):
    if subnet["name"].lower() in SERVICE_SUBNETS:
        return "belongs to a service of Azure's"
    delegations = (subnet.get("properties") or {}).get("delegations") or []
    if delegations:
        services = [(one.get("properties") or {}).get("serviceName") or one.get("name") or "" for one in delegations]
        return f"is delegated to {', '.join(services)}"
    return ""


def _room(subnet, held):
    properties = subnet.get("properties") or {}
    # A subnet lists all that holds its addresses, interfaces of scale sets and load balancers among them.
    used = max(len(held.get(resource_ids.key(subnet["id"]), ())), len(properties.get("ipConfigurations") or []))
    return sum(max(0, network.num_addresses - RESERVED) for network in prefixes(subnet)) - used


def _why_not(wanted, subnets):
    found = next((one for one in subnets if resource_ids.same(one["name"], wanted)), None)
    return "is not there" if found is None else _unfit(found) or "has no room"
