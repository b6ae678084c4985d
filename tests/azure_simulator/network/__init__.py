"""Microsoft.Network: virtual networks, network interfaces, public addresses and gateways.

| file | subject |
|---|---|
| `service.py` | all of it: what other subsystems ask, lists and single reads |
| `topology.py` | networks, subnets, peerings, gateways of the scenario |
| `interfaces.py`, `public_addresses.py` | what is made and deleted |
| `addresses.py` | which addresses of a subnet are reserved, taken, free |
| `resources.py` | resources of one type |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .service import Network

if TYPE_CHECKING:
    from ..arm import Router
    from ..world import World

__all__ = ["Network", "install"]


def install(world: World, router: Router) -> None:
    """Serve the section `network`: `virtual_networks`, `network_interfaces` of others, `network_security_groups`,
    `page_size`."""
    world.network = Network(world)
    world.network.register(router)
