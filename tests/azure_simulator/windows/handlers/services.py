"""start_services."""

from __future__ import annotations

from tests.azure_simulator.windows.host import Host, Service, WorldHooks


def start_services(host: Host, parameters: dict, _hooks: WorldHooks) -> dict:
    return {"services": [_started(name, host.service(name)) for name in parameters["names"]]}


def _started(name: str, service: Service | None) -> dict:
    if service is None:
        return {"name": name, "status": None, "start_type": None, "error": f"Cannot find any service with service name '{name}'."}
    error = None
    if service.status != "Running":
        if service.start_type == "Disabled" or service.fails_with:
            cause = service.fails_with or f"Cannot start service {service.name} on computer '.'."
            error = f"Service '{service.name} ({service.name})' cannot be started due to the following error: {cause}"
        else:
            service.status = "Running"
    return {"name": service.name, "status": service.status, "start_type": service.start_type, "error": error}
