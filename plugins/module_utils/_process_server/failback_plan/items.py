# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A protected item with types and one vocabulary, whatever provider replicates it. Pure; private to this collection."""

from __future__ import annotations

import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    info_values,
    protected_items,
    resource_ids,
)

VIRTUAL_MACHINE = "Microsoft.Compute/virtualMachines"
VIRTUAL_NETWORK = "Microsoft.Network/virtualNetworks"
GIB = 1024**3

# States (`state`) of a machine that runs in Azure.
AWAY = ("failed_over", "commit_pending", "reprotected")


def read(item):
    """One protected item. Sizes are in GB of 1024 MB, times in ISO 8601, ids in the service's own case.

    ``daily_churn_gb``: `None` where the service shows no rate; after a failover it shows the last one before it.
    """
    properties, details = protected_items.properties(item), protected_items.details(item)
    disks = details.get("protectedDisks") or []
    nic = primary_nic(details)
    return {
        "id": item.get("id") or "",
        "name": protected_items.friendly_name(item),
        "fabric_id": fabric_name(item.get("id") or ""),
        "provider": details.get("instanceType") or "",
        "state": state(item),
        "protection_state": properties.get("protectionState") or "",
        "allowed_operations": list(properties.get("allowedOperations") or []),
        "health": properties.get("replicationHealth") or "",
        "health_errors": [
            _health_error(error) for error in [*(properties.get("healthErrors") or []), *(details.get("validationErrors") or [])]
        ],
        "running_job": (protected_items.running_scenario(item) or ("", ""))[0],
        "os_type": details.get("osType") or (details.get("osDetails") or {}).get("osType") or "",
        "os_version": details.get("osVersion") or details.get("osName") or "",
        "disk_count": len(disks),
        "disks_gb": round(sum(info_values.number(disk.get("diskCapacityInBytes")) or 0 for disk in disks) / GIB, 1),
        # Nothing at all is what the service shows of a machine it never measured (our inference).
        "daily_churn_gb": protected_items.daily_churn_gb(item) or None,
        "replication_group": _group(details),
        "recovery_point": _has_recovery_point(properties, details),
        "failed_over_at": info_values.iso(properties.get("lastSuccessfulFailoverTime")),
        "process_server_id": details.get("processServerId"),
        "master_target_id": details.get("masterTargetId"),
        "data_stores": list(details.get("datastores") or []),
        "discovery_type": details.get("discoveryType") or "",
        "virtual_machine_id": virtual_machine_id(details),
        "recovery_network_id": nic["network_id"] or details.get("selectedRecoveryAzureNetworkId"),
        "recovery_subnet": nic["subnet"],
        "recovery_address": nic["address"],
    }


def state(item):
    """``protected``, ``commit_pending``, ``failed_over``, ``reprotected`` (replicates home from Azure) or ``home``.

    The item of a machine that is replicated back by a configuration server is of the provider InMage, and no longer of
    InMageAzureV2; likewise InMageRcmFailback.
    """
    properties, away = protected_items.properties(item), protected_items.runs_in_azure(item)
    if (protected_items.details(item).get("instanceType") or "") in ("InMage", "InMageRcmFailback"):
        return "reprotected" if away else "home"
    if not away:
        return "protected"
    pending = "Commit" in (properties.get("allowedOperations") or []) or "CommitPending" in (properties.get("protectionState") or "")
    return "commit_pending" if pending else "failed_over"


def fabric_name(item_id):
    """The name of the fabric that an item's id names, in lower case."""
    match = re.search(r"/replicationFabrics/([^/]+)/", item_id, re.IGNORECASE)
    return match[1].lower() if match else ""


def virtual_machine_id(details):
    """The machine in Azure: its id where the service shows it, else put together from its name and group; or `None`."""
    shown = details.get("targetVmId") or details.get("azureVirtualMachineId")
    if resource_ids.parse(shown, VIRTUAL_MACHINE):
        return shown
    group, name = details.get("recoveryAzureResourceGroupId") or "", details.get("recoveryAzureVMName")
    match = re.fullmatch(r"/subscriptions/([^/]+)/resourceGroups/([^/]+)/?", group, re.IGNORECASE)
    return resource_ids.build(match[1], match[2], VIRTUAL_MACHINE, name) if match and name else None


def primary_nic(details):
    """Where the vault meant the machine's first interface to be: ``network_id``, ``subnet``, ``address``."""
    nics = details.get("vmNics") or []
    chosen = next((one for one in nics if one.get("nicId") and one.get("nicId") == details.get("selectedSourceNicId")), None)
    nic = chosen or (nics[0] if nics else {})
    configurations = nic.get("ipConfigs") or []
    first = next((one for one in configurations if one.get("isPrimary")), configurations[0] if configurations else {})
    return {
        "network_id": nic.get("recoveryVMNetworkId"),
        "subnet": first.get("recoverySubnetName"),
        "address": first.get("recoveryStaticIPAddress"),
    }


def subscriptions(machines, others=()):
    """The subscriptions that machines name, in lower case and in order: those of their machines and networks; and ``others``."""
    found = {one.lower() for one in others if one}
    for one in machines:
        for identifier in (one["virtual_machine_id"], one["recovery_network_id"]):
            parsed = resource_ids.parse(identifier)
            if parsed:
                found.add(parsed["subscription_id"].lower())
    return sorted(found)


def _group(details):
    """The replication group's name where machines are kept consistent with each other; a machine alone has none."""
    if (details.get("multiVmSyncStatus") or "").lower() not in ("enabled", "enable"):
        return None
    return details.get("multiVmGroupName") or details.get("multiVmGroupId")


def _has_recovery_point(properties, details):
    if details.get("instanceType") == "InMage":
        return bool(details.get("consistencyPoints"))
    known = configuration_servers.parse_time(details.get("lastRecoveryPointReceived"))
    return bool(properties.get("failoverRecoveryPointId")) or known is not None


def _health_error(error):
    return {
        "code": error.get("errorCode") or "",
        "level": error.get("errorLevel") or "",
        "message": error.get("errorMessage") or error.get("summaryMessage") or "",
        "recommended_action": error.get("recommendedAction") or "",
    }
