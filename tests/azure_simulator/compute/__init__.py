"""Microsoft.Compute: machines, disks, sizes, images, quota, Run Command.

| file | subject |
|---|---|
| `machines.py` | virtual machines: requests and their life |
| `machine.py`, `bodies.py` | one machine; what the service shows of machines and disks |
| `creation_checks.py` | what a creation is refused for before it begins |
| `catalogue.py` | a region's sizes, images and quota |
| `disks.py` | managed disks |
| `run_commands.py` | managed Run Command |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .machine import Machine
from .machines import Compute
from .run_commands import RunCommands

if TYPE_CHECKING:
    from ..arm import Router
    from ..world import World

__all__ = ["Compute", "Machine", "install"]


def install(world: World, router: Router) -> None:
    """Serve the section `compute`: `regions` (usages, sizes, images), `virtual_machines` of others, `page_size`."""
    world.compute = Compute(world)
    world.compute.register(router)
    RunCommands(world, world.compute).register(router)
