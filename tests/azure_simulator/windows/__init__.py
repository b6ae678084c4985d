"""Windows hosts: process servers and configuration servers, each with a WinRM service at its own address.

| file | subject |
|---|---|
| `estate.py` | all hosts of a world: boot, stop, registration, routes |
| `host.py`, `hardware.py` | the state of one host; disks of a new one |
| `hooks.py` | what a host meets outside itself |
| `winrm_server.py`, `authentication.py` | WS-Management over HTTPS; who may use it |
| `tcp_port.py` | a port on which something else of a host listens |
| `commands.py`, `script_handlers.py`, `handlers/` | the product's scripts, known by their text, and what they do |
| `unified_setup.py`, `upgrades.py`, `software.py` | Microsoft's programs |
| `uninstallers.py`, `unregister_tool.py` | how they go again; the configuration server's tool that forgets a process server |

The section ``windows`` of a scenario names the configuration servers and the installers. A host of a virtual machine
comes with the machine and goes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .estate import Windows

if TYPE_CHECKING:
    from ..arm import Router
    from ..world import World

__all__ = ["Windows", "install"]


async def install(world: World, router: Router) -> None:
    """Start the configuration servers of the section `windows`."""
    world.windows = Windows(world)
    await world.windows.start_configuration_servers()
    world.at_close(world.windows.close)
