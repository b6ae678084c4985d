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


@dataclasses.dataclass(frozen=True)
class Place:
    """``network_id``, ``subnet``, ``address``: where it runs, `None` where that is not known; ``source``: who says so.

    ``unknown``: why the machine itself could not be looked at, empty where it could. ``gone``: it is not there any more;
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
    gone: bool = False
    moved_to: tuple = ()
    power_state: str = ""
    location: str = ""
    meant_network_id: str | None = None
    other_network_ids: tuple = ()


def locate(machine, world):
    """The `Place` of one machine (`items.read`)."""
    identifier = machine["virtual_machine_id"] or _by_name(machine, world)
    if identifier is None:
        return _as_meant(machine, None, "the vault does not say which virtual machine it is, and none that can be read has its name")
    listed = world.one("machines", identifier)
    if not listed.known:
        return _as_meant(machine, identifier, listed.unknown)
    if listed.value is None:
        return Place(virtual_machine_id=identifier, gone=True, moved_to=_namesakes(identifier, world))
    return _of_its_interfaces(machine, listed.value, world)


def _of_its_interfaces(machine, virtual_machine, world):
    identifier = virtual_machine["id"]
    found, why = [], "it has no network interface"
    for interface_id in vm_facts.machine_interface_ids(virtual_machine):
        interface = world.one("interfaces", interface_id)
        if interface.known and interface.value is not None:
            found += [one for one in map(_configuration, vm_facts.configurations(interface.value)) if one[0]]
        else:
            why = interface.unknown or f"its network interface {interface_id} is not there"
    if not found:
        return dataclasses.replace(_as_meant(machine, identifier, why), power_state=_power(identifier, world))
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


def _as_meant(machine, identifier, why):
    """Where the vault meant the machine to be, since it cannot be looked at itself."""
    return Place(
        virtual_machine_id=identifier,
        network_id=machine["recovery_network_id"],
        subnet=machine["recovery_subnet"],
        address=machine["recovery_address"],
        source=VAULT,
        unknown=why,
    )


def _power(identifier, world):
    states = world.one("states", identifier)
    found = states.value if states.known else None
    return power_state(found) if found and found.get("properties") else ""


def _by_name(machine, world):
    """An item that is being replicated back names no machine; its name in Azure is by default the item's (our inference)."""
    same = [one["id"] for one in world.all("machines") if resource_ids.same(one["name"], machine["name"])]
    return same[0] if len(same) == 1 else None


def _namesakes(identifier, world):
    name = identifier.rstrip("/").rpartition("/")[2]
    return tuple(sorted(one["id"] for one in world.all("machines") if resource_ids.same(one["name"], name)))
