# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a failed-over machine really runs: machine, interface, subnet, virtual network. Pure; private to this collection.

The vault knows where the machine was meant to run when it was failed over. What its network interface says now goes
before that: a machine may have been moved since.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import resource_ids, vm_facts
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.machine_readiness import power_state

MACHINE, VAULT = "its network interface", "the vault"

MAY_NOT_READ = "Let the account read its subscription, and plan again"
NOT_NAMED = "Plan with the subscription it runs in as subscription_id, and that of the vault as vault_subscription_id"
NOT_CONNECTED = "See its network interfaces in Azure: a machine that is connected to no network cannot be reprotected"


@dataclasses.dataclass(frozen=True)
class Place:
    """``network_id``, ``subnet``, ``address``: where it runs, `None` where that is not known; ``source``: who says so.

    ``unknown``: why it is not known where the machine runs, and ``cure``: what to do; empty where it is. ``gone``: it is not there any more;
    ``moved_to``: ids of machines of its name in other groups. ``power_state``: empty where Azure does not say.
    ``meant_network_id``: where the vault meant it to be, when that is another network. ``other_network_ids``: those of
    its further interfaces.
    """

    virtual_machine_id: str | None = None
    network_id: str | None = None
    subnet: str | None = None
    address: str | None = None
    source: str = ""
    unknown: str = ""
    cure: str = ""
    gone: bool = False
    moved_to: tuple = ()
    power_state: str = ""
    location: str = ""
    meant_network_id: str | None = None
    other_network_ids: tuple = ()


def locate(machine, world):
    """The `Place` of one machine (`items.read`)."""
    identifier = machine["virtual_machine_id"]
    if identifier is None:
        same = _of_its_name(machine, world)
        if len(same) != 1:
            count = f"{len(same)} have" if same else "none has"
            return _as_meant(machine, None, f"the vault does not say which virtual machine it is, and of those that were read {count} its name", NOT_NAMED)
        (identifier,) = same
    listed = world.one("machines", identifier)
    if not listed.known:
        return _as_meant(machine, identifier, listed.unknown)
    if listed.value is None:
        return Place(virtual_machine_id=identifier, gone=True, moved_to=_namesakes(identifier, world))
    return _of_its_interfaces(machine, listed.value, world)


def _of_its_interfaces(machine, virtual_machine, world):
    identifier = virtual_machine["id"]
    found, why, cure = [], "it has no network interface", NOT_CONNECTED
    for interface_id in vm_facts.machine_interface_ids(virtual_machine):
        interface = world.one("interfaces", interface_id)
        if interface.known and interface.value is not None:
            found += [one for one in map(_configuration, vm_facts.configurations(interface.value)) if one[0]]
            why = f"its network interface {interface_id} is in no subnet"
        elif interface.known:
            why = f"its network interface {interface_id} is not there"
        else:
            why, cure = interface.unknown, MAY_NOT_READ
    if not found:
        return dataclasses.replace(_as_meant(machine, identifier, why, cure), power_state=_power(identifier, world))
    # The mobility service sends through the primary interface, which comes first (our inference).
    network_id, subnet, address = found[0]
    meant = machine["recovery_network_id"]
    return Place(
        virtual_machine_id=identifier,
        network_id=network_id,
        subnet=subnet,
        address=address,
        source=MACHINE,
        power_state=_power(identifier, world),
        location=resource_ids.region(virtual_machine.get("location")),
        meant_network_id=meant if meant and not resource_ids.same(meant, network_id) else None,
        other_network_ids=tuple(dict.fromkeys(one for one, _subnet, _address in found if not resource_ids.same(one, network_id))),
    )


def _configuration(configuration):
    identifier = vm_facts.subnet_id(configuration)
    return vm_facts.network_of_subnet(identifier), identifier.rpartition("/")[2], configuration.get("privateIPAddress")


def _as_meant(machine, identifier, why, cure=MAY_NOT_READ):
    """Where the vault meant the machine to be, since it cannot be looked at itself."""
    return Place(
        virtual_machine_id=identifier,
        network_id=machine["recovery_network_id"],
        subnet=machine["recovery_subnet"],
        address=machine["recovery_address"],
        source=VAULT,
        unknown=why,
        cure=cure,
    )


def _power(identifier, world):
    states = world.one("states", identifier)
    found = states.value if states.known else None
    return power_state(found) if found and found.get("properties") else ""


def _of_its_name(machine, world):
    """An item that is being replicated back names no machine; its name in Azure is by default the item's (our inference)."""
    return [one["id"] for one in world.all("machines") if resource_ids.same(one["name"], machine["name"])]


def _namesakes(identifier, world):
    name = identifier.rstrip("/").rpartition("/")[2]
    return tuple(sorted(one["id"] for one in world.all("machines") if resource_ids.same(one["name"], name)))
