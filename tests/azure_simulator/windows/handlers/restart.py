"""get_boot_time, restart_server."""

from __future__ import annotations

from tests.azure_simulator.windows.handlers.notation import round_trip, settled
from tests.azure_simulator.windows.host import Host, WorldHooks

# ERROR_SHUTDOWN_IS_SCHEDULED of the system error codes.
SCHEDULED_ALREADY = 1190


def get_boot_time(host: Host, _parameters: dict, hooks: WorldHooks) -> dict:
    return {"boot_utc": round_trip(host.booted_utc), "utc": round_trip(host.now(hooks))}


async def restart_server(host: Host, parameters: dict, hooks: WorldHooks) -> dict:
    if host.restart_scheduled:
        return {"exit_code": SCHEDULED_ALREADY}
    host.restart_scheduled = True
    await settled(hooks.restart(host, parameters["delay_seconds"]))
    return {"exit_code": 0}
