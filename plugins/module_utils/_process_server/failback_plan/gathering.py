# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what a plan is made of: four requests to the vault and four to each subscription its machines run in. Private to this collection.

The vault does not tell the subscription of a machine that is on its way home. Such a one is looked for in the subscriptions of
a plan that is compared, of the sign-in and of the vault.

However many machines, networks and servers there are; pages are not counted. One more is sent for each address that a
new server is to have, since only Azure itself knows all that holds addresses.
"""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _fleet
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import compute, network, site_recovery
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, resource_ids, served_vault
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import basis, fabrics, items, placement
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan.facts import World
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Fact

IN_SUBSCRIPTIONS = {
    "machines": compute.list_virtual_machines,
    "states": compute.list_virtual_machine_statuses,
    "interfaces": network.list_network_interfaces,
    "networks": network.list_virtual_networks,
}
# Without these there is nothing to answer.
NEEDED = ("fabrics", "items")


def gather(azure, params, now=configuration_servers.utc_now):
    """The `World`. Raises where the vault's fabrics or items cannot be read; all else is a fact, why it is not known among them."""
    vault = (params["vault_resource_group"], params["vault_name"])
    read = _together(
        {
            "fabrics": lambda: site_recovery.list_fabrics(azure, *vault),
            "items": lambda: site_recovery.list_protected_items(azure, *vault),
            "providers": lambda: site_recovery.list_all_providers(azure, *vault),
            "policies": lambda: site_recovery.list_policies(azure, *vault),
        }
    )
    world = World(now=now(), vault=served_vault.vault_id(azure, params), **{name: fact.value if name in NEEDED else fact for name, fact in read.items()})
    served = {fabrics.key(fabric) for fabric in world.fabrics if fabrics.scenario(fabric).process_server}
    away = [one for one in map(items.read, world.items) if one["state"] in items.AWAY and one["fabric_id"] in served]
    others = list(basis.subscriptions(params.get("planned")))
    if not all(one["virtual_machine_id"] or one["recovery_network_id"] for one in away):
        others += [azure.subscription_id, azure.vault_subscription_id]
    wanted = [(kind, one) for one in items.subscriptions(away, others) for kind in IN_SUBSCRIPTIONS]
    answers = _together({key: lambda key=key: IN_SUBSCRIPTIONS[key[0]](azure, key[1]) for key in wanted})
    for (kind, identifier), fact in answers.items():
        getattr(world, kind)[identifier] = fact
    return world


def _together(requests):
    """All requests at the same time, each as a `Fact` under its key."""
    keys = list(requests)
    outcomes = _fleet.run_all(keys, lambda key: {"answer": requests[key]()}, name=str)
    facts = {}
    for key, outcome in zip(keys, outcomes, strict=True):
        if outcome.error and key in NEEDED:
            raise outcome.error
        facts[key] = Fact(unknown=str(outcome.error).rstrip(".")) if outcome.error else Fact(outcome.result["answer"])
    return facts


# How many addresses are tried in one subnet before a person is asked to name one.
MOST_TRIES = 8


def reserve(azure, slots):
    """Give every slot (`proposals.slots`) an address that Azure says is free; all of them are asked for at the same time.

    Sets ``address``, `None` where none was found, and ``unchecked`` with the reason where Azure could not be asked.
    """
    refused = {}
    answers = {}
    for _attempt in range(MOST_TRIES):
        placement.assign(slots, refused)
        asked = {_place(slot): slot for slot in slots if slot["address"] and _place(slot) not in answers}
        if not asked:
            break
        answers.update(_together({place: lambda place=place: _ask(azure, *place) for place in asked}))
        for network_id, address in asked:
            answer = answers[network_id, address]
            if answer.known and not answer.value.get("available"):
                refused.setdefault(network_id, set()).add(address)
    else:
        placement.assign(slots, refused)
    for slot in slots:
        answer = answers.get(_place(slot))
        slot["unchecked"] = answer.unknown if answer is not None else ""
        if answer is None:
            slot["address"] = None


def _place(slot):
    return resource_ids.key(slot["network_id"]), slot["address"]


def _ask(azure, network_id, address):
    parsed = resource_ids.parse(network_id)
    return network.check_ip_address(azure, parsed["subscription_id"], parsed["resource_group"], parsed["name"], address)
