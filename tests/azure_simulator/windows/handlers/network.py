"""test_tcp."""

from __future__ import annotations

from tests.azure_simulator.windows.handlers.notation import settled
from tests.azure_simulator.windows.host import Host, WorldHooks


async def test_tcp(host: Host, parameters: dict, hooks: WorldHooks) -> dict:
    error = await settled(hooks.connect(host, parameters["host"], int(parameters["port"]), parameters["timeout_seconds"]))
    return {"reachable": error is None, "error": error}


# The name is the script's; it is no test of pytest's.
test_tcp.__test__ = False
