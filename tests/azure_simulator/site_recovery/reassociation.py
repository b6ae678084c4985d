"""Moving replication from one process server to another: reassociateGateway.

What is wrong with the request itself is refused at once; what only the work finds out fails the job. Where the real
service draws that line is not documented, so it is our inference.
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
    return lambda now: _move(fabric, source, target, items, level, now)


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


def _move(fabric: ConfigurationServer, source: str, target: str, items: list[dict[str, Any]] | None, level: str,
          now: datetime) -> None:
    fabric.refresh(now)      # fails when the configuration server is not there
    servers = {entry.id.lower(): entry for entry in fabric.process_servers}
    old, new = servers.get(source.lower()), servers.get(target.lower())
    if old is None or new is None:
        raise JobFailure("ProcessServerNotFound", "A process server of the request is not registered any more.",
                         "It was unregistered in the meantime.", "Refresh the configuration server, and try again.")
    if new.last_heartbeat is None or now - new.last_heartbeat > SILENT_AFTER:
        raise JobFailure("ProcessServerNotConnected", f"The process server '{new.name}' gives no heartbeat.",
                         "It is off, or its services do not run.", "Start it, or choose another target.")
    if items is None:
        items = [item for item in fabric.protected_items.values()
                 if same(item["properties"]["providerSpecificDetails"]["processServerId"], old.id)]
    for item in items:
        details = item["properties"]["providerSpecificDetails"]
        details["processServerId"], details["processServerName"] = new.id, new.name
        details["lastUpdateReceivedTime"] = times.to_ticks(now)
    machines, disks = len(items), sum(pairs(item) for item in items)
    if level == "SystemLevel":
        # Also what is replicated without being described item by item.
        machines, disks = int(old.facts["machineCount"]), int(old.facts["replicationPairCount"])
    old.carry(-machines, -disks)
    new.carry(machines, disks)
    fabric.report(now)


def _is(item: dict[str, Any], name: str) -> bool:
    properties = item["properties"]
    own = (item["name"], item["id"], properties["friendlyName"], properties["providerSpecificDetails"]["vmId"])
    return any(same(name, entry) for entry in own)


def _text(properties: dict[str, Any], key: str) -> str:
    value = properties.get(key)
    return value if isinstance(value, str) else ""
