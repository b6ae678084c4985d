"""The machines that failovers made: what a protected item says of its machine in Azure is there, in Compute and Network.

Of each machine that runs in Azure a scenario may say, beside what `protected_items.declared` reads:

    azure_machine    false: it was deleted since
    power            running (default), deallocated, stopped
    moved_to         {network, subnet, address}: where its interface is now, if it was moved since
    moved_to_group   the resource group it was moved to since

A machine that the section `compute` describes itself stays as it is. One whose network the world has not is not made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ScenarioError

if TYPE_CHECKING:
    from ..world import World


def make(world: World) -> None:
    """Put the machines of all vaults into the world, as far as it has Compute and Network."""
    if world.compute is None or world.network is None:
        return
    for vault in world.site_recovery.vaults.values():
        for fabric in vault.fabrics:
            for settings in fabric.recovered:
                _make(world, settings)


def _make(world: World, settings: Mapping[str, Any]) -> None:
    identifier = settings.get("virtual_machine")
    if not identifier or settings.get("azure_machine") is False:
        return
    if settings.get("moved_to_group"):
        parts = identifier.split("/")
        parts[4] = settings["moved_to_group"]
        identifier = "/".join(parts)
    if identifier.lower() in world.compute.machines:
        return
    place = {**{key: settings.get(key) for key in ("network", "subnet", "address")}, **(settings.get("moved_to") or {})}
    network = world.network.networks.find(place["network"])
    if network is None:
        return
    subnet = f"{network['id']}/subnets/{place['subnet']}"
    holder = world.network.interfaces.taken(subnet).get(place["address"])
    if holder:
        raise ScenarioError(f"the machine {settings['name']} has the address {place['address']}, which {holder} holds")
    name = identifier.rpartition("/")[2]
    interface = f"{identifier.partition('/providers/')[0]}/providers/Microsoft.Network/networkInterfaces/{name}-nic"
    world.network.interfaces.add(interface, place["address"], subnet, {}, network["location"])
    world.compute.add_recovered(identifier, interface, network["location"], settings)
