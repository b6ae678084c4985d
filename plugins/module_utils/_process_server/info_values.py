# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the service says of a process server, with types: numbers as numbers, times as ISO. Pure; private to this
collection.

The service writes counts and loads as texts (``"2"``, ``"3%"``) and unset times as years long ago.
"""

from __future__ import annotations

import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers


def classic_server(fabric, server, now):
    """A process server of a classic configuration server (``customDetails.processServers[]`` of a ``VMware`` fabric)."""
    return {
        "name": server.get("friendlyName"),
        "id": server.get("id"),
        "ip_address": server.get("ipAddress"),
        "os_type": server.get("osType"),
        "os_version": server.get("osVersion"),
        "version": server.get("agentVersion"),
        "version_status": _version_status(server),
        "version_expires": iso(
            (server.get("agentVersionDetails") or {}).get("expiryDate") or server.get("agentExpiryDate")
        ),
        "last_heartbeat": iso(server.get("lastHeartbeat")),
        "heartbeat_age_seconds": configuration_servers.heartbeat_age(server, now),
        "connected": configuration_servers.is_alive(fabric, server, now),
        "machine_count": integer(server.get("machineCount")),
        "replication_pair_count": integer(server.get("replicationPairCount")),
        "system_load_percent": number(server.get("systemLoad")),
        "system_load_status": server.get("systemLoadStatus"),
        "cpu_load_percent": number(server.get("cpuLoad")),
        "cpu_load_status": server.get("cpuLoadStatus"),
        "memory_total_bytes": integer(server.get("totalMemoryInBytes")),
        "memory_available_bytes": integer(server.get("availableMemoryInBytes")),
        "memory_status": server.get("memoryUsageStatus"),
        "space_total_bytes": integer(server.get("totalSpaceInBytes")),
        "space_available_bytes": integer(server.get("availableSpaceInBytes")),
        "space_status": server.get("spaceUsageStatus"),
        "service_status": server.get("psServiceStatus"),
        "throughput_bytes": integer(server.get("throughputInBytes")),
        "upload_pending_bytes": integer(server.get("throughputUploadPendingDataInBytes")),
        "throughput_status": server.get("throughputStatus"),
        "statistics_time": iso(server.get("psStatsRefreshTime")),
        "certificate_expires": iso(server.get("sslCertExpiryDate")),
        "certificate_days_left": integer(server.get("sslCertExpiryRemainingDays")),
        "health": server.get("health"),
        "health_errors": health_errors(server.get("healthErrors")),
    }


def modernized_server(_fabric, server, now):
    """A process server of a replication appliance, which reports under other names and in numbers."""
    heartbeat = {"lastHeartbeat": server.get("lastHeartbeatUtc")}
    return {
        "name": server.get("name"),
        "id": server.get("id"),
        "ip_address": next(iter(server.get("ipAddresses") or []), None),
        "os_type": None,
        "os_version": None,
        "version": server.get("version"),
        "version_status": None,
        "version_expires": None,
        "last_heartbeat": iso(server.get("lastHeartbeatUtc")),
        "heartbeat_age_seconds": configuration_servers.heartbeat_age(heartbeat, now),
        "connected": configuration_servers.is_fresh(heartbeat, now),
        "machine_count": integer(server.get("protectedItemCount")),
        "replication_pair_count": None,
        "system_load_percent": number(server.get("systemLoad")),
        "system_load_status": server.get("systemLoadStatus"),
        "cpu_load_percent": number(server.get("processorUsagePercentage")),
        "cpu_load_status": server.get("processorUsageStatus"),
        "memory_total_bytes": integer(server.get("totalMemoryInBytes")),
        "memory_available_bytes": integer(server.get("availableMemoryInBytes")),
        "memory_status": server.get("memoryUsageStatus"),
        "space_total_bytes": integer(server.get("totalSpaceInBytes")),
        "space_available_bytes": integer(server.get("availableSpaceInBytes")),
        "space_status": server.get("diskUsageStatus"),
        "service_status": None,
        "throughput_bytes": integer(server.get("throughputInBytes")),
        "upload_pending_bytes": integer(server.get("throughputUploadPendingDataInBytes")),
        "throughput_status": server.get("throughputStatus"),
        "statistics_time": None,
        "certificate_expires": None,
        "certificate_days_left": None,
        "health": server.get("health"),
        "health_errors": health_errors(server.get("healthErrors")),
    }


def _version_status(server):
    return (server.get("agentVersionDetails") or {}).get("status") or server.get("versionStatus")


def health_errors(errors):
    """What is wrong with a server, and what the service says to do."""
    return [
        {
            "code": error.get("errorCode"),
            "level": error.get("errorLevel"),
            "message": error.get("errorMessage") or error.get("summaryMessage"),
            "possible_causes": error.get("possibleCauses"),
            "recommended_action": error.get("recommendedAction"),
            "since": iso(error.get("creationTimeUtc")),
        }
        for error in errors or []
    ]


def integer(value):
    """A whole number however the service writes it; `None` where it does not say."""
    found = number(value)
    return None if found is None else int(found)


def number(value):
    """A number however the service writes it (``"3%"``, ``"2"``, ``3.5``); `None` where it does not say."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return float(value)
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*%?\s*", str(value))
    return float(match[1]) if match else None


def iso(text):
    """A time in ISO 8601, UTC, whole seconds; `None` for the years by which the service says never."""
    time = configuration_servers.parse_time(text)
    return None if time is None else time.isoformat(timespec="seconds").replace("+00:00", "Z")
