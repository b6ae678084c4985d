"""Recovery Services vaults and what Site Recovery keeps in them: fabrics, process servers, protected items, jobs.

The section `site_recovery` of a scenario describes the vaults; `state.py` says what it may hold. What the service shows
of a configuration server is a report of its own; `configuration_server.py` holds the two apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import recovered_machines, routes
from .state import SiteRecovery

if TYPE_CHECKING:
    from ..arm import Router
    from ..world import World


def install(world: World, router: Router) -> None:
    """Build the vaults of the scenario, answer for them, and start the configuration servers' heartbeats."""
    world.site_recovery = SiteRecovery(world)
    recovered_machines.make(world)
    routes.add(world, router)
    world.site_recovery.start()
