"""Moving replication from one process server to another: reassociateGateway.

What is wrong with the request itself is refused at once; what only the work finds out fails the job. Where the real
service draws that line is not documented, so it is our inference. Recorded is that a job fails, and not its request, when
another one works on the machine.

The service's own machines name the new server as soon as the job has ended (our inference); what the process servers count
shows with the configuration server's next report, or with a refresh (vmware-azure-manage-process-server).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..arm import ArmRequest
from . import times
from .configuration_server import ConfigurationServer
from .errors import JobFailure, bad_request, does_not_exist
from .fabrics import Fabric
from .identifiers import same
from .process_servers import SILENT_AFTER
from .protected_items import pairs

LEVELS = ("ServerLevel", "SystemLevel")
ANOTHER_JOB_RUNS = "532"


def prepare(request: ArmRequest, fabric: Fabric) -> Callable[[datetime], None]:
    """Check the request, and return the work: called with the time at which it is done."""
    if not isinstance(fabric, ConfigurationServer):
        raise bad_request(request, "FabricNotSupported",
                          f"Process servers cannot be changed in the fabric '{fabric.friendly_name}'.",
                          "The fabric is no configuration server.", "Name a configuration server.")
    body = request.body if isinstance(request.body, dict) else {}
    properties = body.get("properties")
    if not isinstance(properties, dict):
        raise bad_request(request, "InvalidParameter", "The request has no properties.")
    level = next((entry for entry in LEVELS if same(entry, _text(properties, "updateType"))), None)
    if level is None:
        raise bad_request(request, "InvalidParameter", "updateType must be ServerLevel or SystemLevel.")
    if not same(_text(properties, "containerName"), fabric.container_name):
        raise does_not_exist(request, "protection container", _text(properties, "containerName"))
    source, target = _text(properties, "sourceProcessServerId"), _text(properties, "targetProcessServerId")
    for identifier in (source, target):
        if fabric.shown_server(identifier) is None:
            raise does_not_exist(request, "process server", identifier)
    if same(source, target):
        raise bad_request(request, "InvalidParameter", "The source and the target process server are the same.")
    items = _chosen(request, fabric, level, properties.get("vmsToMigrate") or [], source)
    claimed = items if items is not None else _on(fabric, source)
    taken = next((item for item in claimed if item["name"] in fabric.busy or _has_scenario(item)), None)
    if taken is not None:
        return lambda now: _another_job(taken)
    names = {item["name"] for item in claimed}
    fabric.busy |= names

    def work(now: datetime) -> None:
        try:
            _move(fabric, source, target, items, level, now)
        finally:
            fabric.busy -= names

    return work


def _chosen(request: ArmRequest, fabric: ConfigurationServer, level: str, machines: Any,
            source: str) -> list[dict[str, Any]] | None:
    """The items that are named; None for all of the source's."""
    if not isinstance(machines, list):
        raise bad_request(request, "InvalidParameter", "vmsToMigrate must be a list.")
    if level == "SystemLevel":
        if machines:
            raise bad_request(request, "InvalidParameter", "SystemLevel moves every machine: name none.")
        return None
    if not machines:
        raise bad_request(request, "InvalidParameter", "ServerLevel needs the machines to move in vmsToMigrate.")
    chosen = []
    for machine in machines:
        item = next((entry for entry in fabric.protected_items.values() if _is(entry, str(machine))), None)
        if item is None:
            raise does_not_exist(request, "protected item", str(machine))
        properties = item["properties"]
        if not same(properties["providerSpecificDetails"]["processServerId"], source):
            raise bad_request(request, "InvalidParameter",
                              f"The machine '{properties['friendlyName']}' does not use the source process server.")
        chosen.append(item)
    return chosen


def _has_scenario(item: dict[str, Any]) -> bool:
    return item["properties"]["currentScenario"]["scenarioName"] != "None"


def _another_job(item: dict[str, Any]) -> None:
    raise JobFailure(ANOTHER_JOB_RUNS, f"Another job runs on the machine '{item['properties']['friendlyName']}'.",
                     "An operation was begun on the machine and has not ended.", "Wait until it has ended, and try again.")


def _on(fabric: ConfigurationServer, server: str) -> list[dict[str, Any]]:
    return [item for item in fabric.protected_items.values()
            if same(item["properties"]["providerSpecificDetails"]["processServerId"], server)]


def _move(fabric: ConfigurationServer, source: str, target: str, items: list[dict[str, Any]] | None, level: str,
          now: datetime) -> None:
    fabric.require_connection()
    servers = {entry.id.lower(): entry for entry in fabric.process_servers}
    old, new = servers.get(source.lower()), servers.get(target.lower())
    if old is None or new is None:
        raise JobFailure("ProcessServerNotFound", "A process server of the request is not registered any more.",
                         "It was unregistered in the meantime.", "Refresh the configuration server, and try again.")
    if new.last_heartbeat is None or now - new.last_heartbeat > SILENT_AFTER:
        raise JobFailure("ProcessServerNotConnected", f"The process server '{new.name}' gives no heartbeat.",
                         "It is off, or its services do not run.", "Start it, or choose another target.")
    if items is None:
        items = _on(fabric, old.id)
    for item in items:
        details = item["properties"]["providerSpecificDetails"]
        details["processServerId"] = new.id
        if "processServerName" in details:      # machines on their way home show the id alone
            details["processServerName"] = new.name
        details["lastUpdateReceivedTime"] = times.to_ticks(now)
    machines, disks = len(items), sum(pairs(item) for item in items)
    if level == "SystemLevel":
        # Also what is replicated without being described item by item.
        machines, disks = int(old.facts["machineCount"]), int(old.facts["replicationPairCount"])
    old.carry(-machines, -disks)
    new.carry(machines, disks)


def _is(item: dict[str, Any], name: str) -> bool:
    """Recorded requests name machines by the name of the protected item, a GUID; by nothing that a person calls them."""
    return any(same(name, entry) for entry in (item["name"], item["properties"]["providerSpecificDetails"]["vmId"]))


def _text(properties: dict[str, Any], key: str) -> str:
    value = properties.get(key)
    return value if isinstance(value, str) else ""
