"""A process server as its configuration server knows it, in the words in which the service shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import times
from .identifiers import host_id

GIB = 1024 ** 3

# vmware-physical-azure-monitor-process-server: "Critical" when no heartbeat came for 15 minutes.
SILENT_AFTER = timedelta(minutes=15)


@dataclass
class ProcessServer:
    """`facts` is what the configuration server has noted, in wire format; it is changed in place.

    beats   asked at every heartbeat: does one come? Without it, every time.
    told    the version that the next heartbeat tells, where that is another one
    """

    facts: dict[str, Any]
    beats: Callable[[], bool] | None = None
    told: str | None = None

    @property
    def id(self) -> str:
        return self.facts["id"]

    @property
    def name(self) -> str:
        return self.facts["friendlyName"]

    @property
    def address(self) -> str:
        return self.facts["ipAddress"]

    @property
    def last_heartbeat(self) -> datetime | None:
        return times.parse(self.facts.get("lastHeartbeat"))

    def beat(self, now: datetime) -> None:
        """Note a heartbeat, if one comes."""
        if self.beats is None or self.beats():
            self.hear(now)

    def hear(self, now: datetime) -> None:
        if self.told is not None:
            self.facts.update(versions(self.told))
            self.told = None
        self.facts["lastHeartbeat"] = times.to_seconds(now)
        if "psStatsRefreshTime" in self.facts:
            self.facts["psStatsRefreshTime"] = times.to_seconds(now)

    def carry(self, machines: int, pairs: int) -> None:
        """Count replication that came to this server, or, below zero, that left it. Counts are texts."""
        for key, change in (("machineCount", machines), ("replicationPairCount", pairs)):
            self.facts[key] = str(max(0, int(self.facts.get(key) or 0) + change))

    def assess(self, now: datetime) -> None:
        """Judge the server's health. Data of 2017 has no such field, and keeps to that."""
        if "health" not in self.facts:
            return
        errors = []
        heard = self.last_heartbeat
        if heard is None or now - heard > SILENT_AFTER:
            errors.append(no_heartbeat(self.name, now))
        self.facts["healthErrors"] = errors
        self.facts["health"] = "Critical" if errors else "Normal"


def no_heartbeat(name: str, now: datetime) -> dict[str, Any]:
    """Health error 806 (vmware-physical-azure-troubleshoot-process-server)."""
    return {
        "errorSource": "ConfigurationServer", "errorType": "ProcessServer", "errorLevel": "Error",
        "errorCategory": "Connectivity", "errorCode": "806",
        "errorMessage": f"No heartbeat came from process server {name} for more than 15 minutes.",
        "possibleCauses": "The server is off, cannot reach the configuration server, or its services do not run.",
        "recommendedAction": "Start the server and its services, and check its way to the configuration server.",
        "creationTimeUtc": times.to_ticks(now), "recoveryProviderErrorMessage": None, "entityId": "",
    }


def declared(settings: Mapping[str, Any], version: str, now: datetime, seed: str = "") -> dict[str, Any]:
    """The facts of a process server, with the fields that the published API declares.

    name, address            required
    id                       8-4-4-16 hex digits; made up from `seed`, or anew, when left out
    version, os_version      of the software (default: the configuration server's) and of Windows
    memory_bytes, space_bytes, available_memory_bytes, available_space_bytes
    machine_count, replication_pair_count
    heard_seconds_ago        age of the last heartbeat
    """
    identifier = settings.get("id") or host_id(seed)
    version = str(settings.get("version") or version)
    memory = int(settings.get("memory_bytes") or 16 * GIB)
    space = int(settings.get("space_bytes") or 600 * GIB)
    heard = now - timedelta(seconds=float(settings.get("heard_seconds_ago") or 0))
    certificate = now + timedelta(days=3 * 365)       # the web certificate lives three years
    return {
        "friendlyName": settings["name"],
        "id": identifier,
        "ipAddress": settings["address"],
        "osType": "Windows",
        "agentVersion": version,
        "lastHeartbeat": times.to_seconds(heard),
        "versionStatus": "Supported",
        "mobilityServiceUpdates": versions(version)["mobilityServiceUpdates"],
        "hostId": settings.get("host_id") or identifier,
        "machineCount": str(settings.get("machine_count") or 0),
        "replicationPairCount": str(settings.get("replication_pair_count") or 0),
        "systemLoad": "0",
        "systemLoadStatus": "Green",
        "cpuLoad": "3%",
        "cpuLoadStatus": "Green",
        "totalMemoryInBytes": memory,
        "availableMemoryInBytes": int(settings.get("available_memory_bytes") or memory * 7 // 10),
        "memoryUsageStatus": "Green",
        "totalSpaceInBytes": space,
        "availableSpaceInBytes": int(settings.get("available_space_bytes") or space * 9 // 10),
        "spaceUsageStatus": "Green",
        "psServiceStatus": "Running",
        "sslCertExpiryDate": times.to_seconds(certificate),
        "sslCertExpiryRemainingDays": (certificate - now).days,
        "osVersion": settings.get("os_version"),
        "healthErrors": [],
        "agentExpiryDate": "9999-12-31T23:59:59.9999999",
        "agentVersionDetails": version_details(version),
        "health": "Normal",
        "psStatsRefreshTime": times.to_seconds(heard),
        "throughputUploadPendingDataInBytes": 0,
        "throughputInMBps": 0,
        "throughputInBytes": 0,
        "throughputStatus": "Green",
        "marsCommunicationStatus": "Green",
        "marsRegistrationStatus": "Green",
    }


def versions(version: str) -> dict[str, Any]:
    """What is shown of a server's version."""
    updates = [{"version": version, "rebootStatus": "NotRequired", "osType": system} for system in ("Windows", "Linux")]
    return {"agentVersion": version, "mobilityServiceUpdates": updates, "agentVersionDetails": version_details(version)}


def version_details(version: str) -> dict[str, Any]:
    return {"version": version, "expiryDate": "9999-12-31T23:59:59.9999999", "status": "Supported"}
