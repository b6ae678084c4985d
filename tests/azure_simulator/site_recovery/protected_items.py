"""Protected items: machines that are replicated, or were failed over, in the words in which the service shows them.

Classic machines that replicate to Azure (InMageAzureV2); after a failover they stay that until they are reprotected, and
then are of another provider (InMage): see `reprotected_items.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..errors import ScenarioError
from . import reprotected_items, times
from .configuration_server import ConfigurationServer
from .fabrics import CONTAINER_TYPE, Fabric
from .identifiers import guid, same
from .process_servers import GIB, ProcessServer

ITEM_TYPE = f"{CONTAINER_TYPE}/replicationProtectedItems"
POINT_TYPE = f"{ITEM_TYPE}/recoveryPoints"

# state in the scenario -> protectionState, its description, activeLocation, allowedOperations. The names of the states
# occur in published scripts; which operations go with them for this provider is our inference.
STATES = {
    "protected": ("Protected", "Protected", "Primary",
                  ["UnplannedFailover", "DisableProtection", "TestFailover"]),
    "commit_pending": ("UnplannedFailoverCommitPendingStatesBegin", "Failover completed", "Recovery",
                       ["Commit", "ChangePit", "DisableProtection"]),
    "failed_over": ("UnplannedFailoverCommitted", "Failover committed", "Recovery",
                    ["ReverseReplicate", "DisableProtection"]),
    "reprotected": ("Protected", "Protected", "Recovery", ["UnplannedFailover", "DisableProtection"]),
}

FILTERS = ("SourceFabricName", "RecoveryPlanName", "SourceFabricLocation", "FabricObjectId", "VCenterName",
           "InstanceType", "MultiVmGroupCreateOption", "ProcessServerId")


def declared(fabric: Fabric, name: str, settings: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A machine as a scenario declares it.

    network, subnet, address            where it runs after failover: network id, subnet name, address (required when
                                        failed over)
    virtual_machine                     id of the Azure machine
    source_address                      on-premises
    os, os_name                         Windows (default) or Linux; what is installed
    disks_gib                           sizes
    data_rate_mb                        {uncompressed, compressed}: recent change rate
    state                               protected, commit_pending, failed_over (default), reprotected: it is replicated home
    failed_over_seconds_ago             default: two hours
    process_server, master_target       names; default: the first that the configuration server has
    policy                              name of a policy of the vault
    group                               replication group
    health, health_errors               Normal (default), Warning, Critical; [{code, level, message, causes, action}]
    allowed_operations                  others than those of its state, as of a machine that something is wrong with
    recovery_point                      false: there is none
    running_job                         name of the scenario of a job that runs on it

    Of its machine in Azure `recovered_machines.py` reads more.
    """
    state, described, location, operations = STATES[settings.get("state", "failed_over")]
    vault, item = fabric.vault, settings.get("name") or guid(f"{fabric.id}/{name}")
    path = f"{fabric.container_id}/replicationProtectedItems/{item}"
    failed_over = location == "Recovery"
    since = now - timedelta(seconds=float(settings.get("failed_over_seconds_ago") or 7200))
    policy = settings.get("policy")
    provider = fabric.providers[0].id if fabric.providers else None
    details = _details(fabric, name, item, settings, now, since)
    if settings.get("state") == "reprotected":
        details = reprotected_items.details(details, settings.get("recovery_point", True), now)
    return {
        "id": path,
        "name": item,
        "type": ITEM_TYPE,
        "properties": {
            "friendlyName": name,
            "protectedItemType": "VMwareVirtualMachine",
            "protectableItemId": f"{fabric.container_id}/replicationProtectableItems/{item}",
            "recoveryServicesProviderId": provider,
            "primaryFabricFriendlyName": fabric.friendly_name,
            "primaryFabricProvider": fabric.kind,
            "recoveryFabricFriendlyName": "Microsoft Azure",
            "recoveryFabricId": "Microsoft Azure",
            "primaryProtectionContainerFriendlyName": fabric.friendly_name,
            "recoveryProtectionContainerFriendlyName": "Microsoft Azure",
            "protectionState": state,
            "protectionStateDescription": described,
            "activeLocation": location,
            "testFailoverState": "None",
            "testFailoverStateDescription": "None",
            "switchProviderState": "None",
            "switchProviderStateDescription": "None",
            "allowedOperations": list(settings.get("allowed_operations") or operations),
            "replicationHealth": settings.get("health") or "Normal",
            "failoverHealth": "Normal",
            "healthErrors": [_health_error(error, since) for error in settings.get("health_errors") or []],
            "policyId": f"{vault.recovery_id}/replicationPolicies/{policy}" if policy else None,
            "policyFriendlyName": policy,
            "lastSuccessfulFailoverTime": times.to_ticks(since) if failed_over else times.NEVER,
            "lastSuccessfulTestFailoverTime": None,
            "currentScenario": _scenario(vault.recovery_id, settings.get("running_job"), now),
            "failoverRecoveryPointId": (f"{path}/recoveryPoints/{guid(path + '/0')}"
                                        if failed_over and settings.get("recovery_point", True) else None),
            "providerSpecificDetails": details,
            "recoveryContainerId": "Microsoft Azure",
            "eventCorrelationId": None,
        },
    }


def _details(fabric: Fabric, name: str, item: str, settings: Mapping[str, Any], now: datetime,
             since: datetime) -> dict[str, Any]:
    server, target = _process_server(fabric, settings), _master_target(fabric, settings)
    location = STATES[settings.get("state", "failed_over")][2]
    failed_over = location == "Recovery"
    heard = since if failed_over else now
    system = settings.get("os", "Windows")
    rate = settings.get("data_rate_mb") or {}
    disks = [f"{{{number}}}{item}" for number in range(len(settings["disks_gib"]))]
    machine = settings.get("virtual_machine")
    return {
        "instanceType": "InMageAzureV2",
        "infrastructureVmId": guid(f"{item}/infrastructure"),
        "vCenterInfrastructureId": None,
        "protectionStage": "Failed over" if failed_over else "Protected",
        "vmId": item,
        "vmProtectionState": STATES[settings.get("state", "failed_over")][0],
        "vmProtectionStateDescription": STATES[settings.get("state", "failed_over")][1],
        "resyncProgressPercentage": 100,
        "rpoInSeconds": 0 if failed_over else 180,
        "compressedDataRateInMB": float(rate.get("compressed") or 0),
        "uncompressedDataRateInMB": float(rate.get("uncompressed") or 0),
        "ipAddress": settings.get("source_address") or "",
        "agentVersion": server.facts["agentVersion"],
        "agentExpiryDate": "9999-12-31T23:59:59.9999999",
        "isAgentUpdateRequired": "false",
        "isRebootAfterUpdateRequired": "false",
        "lastHeartbeat": times.to_seconds(heard),
        "processServerId": server.id,
        "processServerName": server.name,
        "multiVmGroupId": guid(f"{fabric.id}/{settings.get('group') or item}"),
        "multiVmGroupName": settings.get("group") or item,
        "multiVmSyncStatus": "Enabled" if settings.get("group") else "Disabled",
        "protectedDisks": [_disk(identifier, number, size, heard)
                           for number, (identifier, size) in enumerate(zip(disks, settings["disks_gib"]))],
        "diskResized": "false",
        "masterTargetId": target["id"] if target else None,
        "sourceVmCpuCount": int(settings.get("cpus") or 4),
        "sourceVmRamSizeInMB": int(settings.get("memory_mb") or 16384),
        "osType": system,
        "osDiskId": disks[0],
        "azureVMDiskDetails": [
            {"vhdType": "DataDisk" if number else "OperatingSystem", "vhdId": identifier,
             "diskId": None, "vhdName": f"{name}-disk-{number}", "maxSizeMB": str(size * 1024),
             "targetDiskLocation": None, "targetDiskName": f"{name}-disk-{number}", "lunId": str(number)}
            for number, (identifier, size) in enumerate(zip(disks, settings["disks_gib"]))],
        "recoveryAzureVMName": settings.get("recovery_name") or name,
        "recoveryAzureVMSize": settings.get("size") or "Standard_D4s_v3",
        "recoveryAzureStorageAccount": None,
        "recoveryAzureLogStorageAccountId": None,
        "vmNics": [_nic(name, item, settings)] if settings.get("network") else [],
        "selectedRecoveryAzureNetworkId": settings.get("network"),
        "selectedTfoAzureNetworkId": None,
        "selectedSourceNicId": guid(f"{item}/nic"),
        "discoveryType": "vCenter",
        "enableRdpOnTargetOption": "Never",
        "datastores": list(settings.get("data_stores") or []),
        "targetVmId": machine if failed_over else None,
        "recoveryAzureResourceGroupId": machine.partition("/providers/")[0] if machine else None,
        "recoveryAvailabilitySetId": "",
        "useManagedDisks": "true",
        "licenseType": "NoLicenseType",
        "validationErrors": [],
        "lastRpoCalculatedTime": times.to_ticks(heard),
        "lastUpdateReceivedTime": times.to_ticks(heard),
        "replicaId": guid(f"{item}/replica"),
        "osVersion": settings.get("os_name"),
        "protectedManagedDisks": [{"diskId": identifier, "seedManagedDiskId": None, "replicaDiskType": "Premium_LRS",
                                   "diskEncryptionSetId": None, "targetDiskName": f"{name}-disk-{number}"}
                                  for number, identifier in enumerate(disks)],
        "lastRecoveryPointReceived": times.to_ticks(heard) if settings.get("recovery_point", True) else times.NEVER,
        "firmwareType": "BIOS",
        "azureVmGeneration": "V1",
        "isAdditionalStatsAvailable": True,
        "totalDataTransferred": 0,
        "totalProgressHealth": "None",
    }


def _scenario(vault_id: str, name: str | None, now: datetime) -> dict[str, Any]:
    if not name:
        return {"scenarioName": "None", "jobId": f"{vault_id}/replicationJobs/None", "startTime": times.NEVER}
    return {"scenarioName": name, "jobId": f"{vault_id}/replicationJobs/{guid(f'{vault_id}/{name}')}",
            "startTime": times.to_ticks(now)}


def _health_error(error: Mapping[str, Any], since: datetime) -> dict[str, Any]:
    return {
        "innerHealthErrors": [], "errorSource": "ConfigurationServer", "errorType": "VirtualMachine",
        "errorLevel": error.get("level") or "Error", "errorCategory": "Replication", "errorCode": str(error["code"]),
        "summaryMessage": error["message"], "errorMessage": error["message"],
        "possibleCauses": error.get("causes") or "", "recommendedAction": error.get("action") or "",
        "creationTimeUtc": times.to_ticks(since), "recoveryProviderErrorMessage": None, "entityId": "",
        "errorId": None, "customerResolvability": "Allowed",
    }


def _disk(identifier: str, number: int, size: int, heard: datetime) -> dict[str, Any]:
    return {
        "diskId": identifier, "diskName": f"Disk {number}", "protectionStage": "DifferentialSync",
        "healthErrorCode": "0", "rpoInSeconds": 0, "resyncRequired": "false", "resyncProgressPercentage": 100,
        "resyncDurationInSeconds": 0, "diskCapacityInBytes": size * GIB, "fileSystemCapacityInBytes": size * GIB,
        "sourceDataInMegaBytes": 0.0, "psDataInMegaBytes": 0.0, "targetDataInMegaBytes": 0.0, "diskResized": "false",
        "lastRpoCalculatedTime": times.to_ticks(heard), "progressHealth": "None", "progressStatus": "None",
    }


def _nic(name: str, item: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "nicId": guid(f"{item}/nic"),
        "replicaNicId": None,
        "sourceNicArmId": None,
        "vMNetworkName": "VM Network",
        "recoveryVMNetworkId": settings["network"],
        "ipConfigs": [{
            "name": "ipconfig1", "isPrimary": True, "subnetName": "VM Network",
            "staticIPAddress": settings.get("source_address") or "", "ipAddressType": "Static",
            "isSeletedForFailover": True, "recoverySubnetName": settings.get("subnet"),
            "recoveryStaticIPAddress": settings.get("address"), "recoveryIPAddressType": "Static",
            "recoveryPublicIPAddressId": None, "recoveryLBBackendAddressPoolIds": []}],
        "selectionType": "SelectedByUser",
        "enableAcceleratedNetworkingOnRecovery": False,
        "recoveryNicName": f"{name}-nic",
        "reuseExistingNic": False,
    }


def _process_server(fabric: Fabric, settings: Mapping[str, Any]) -> ProcessServer:
    if not isinstance(fabric, ConfigurationServer) or not fabric.process_servers:
        raise ScenarioError(f"{fabric.friendly_name} has protected items but no process server")
    wanted = settings.get("process_server")
    return fabric.server(wanted) if wanted else fabric.process_servers[0]


def _master_target(fabric: ConfigurationServer, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    wanted = settings.get("master_target")
    return next((target for target in fabric.master_targets if not wanted or same(target["name"], wanted)), None)


def pairs(item: Mapping[str, Any]) -> int:
    """How many replication pairs a machine makes: one per disk."""
    return len(item["properties"]["providerSpecificDetails"]["protectedDisks"])


def matches(item: Mapping[str, Any], fabric: Fabric, wanted: Mapping[str, str]) -> bool:
    """Whether an item passes the list's filter (`FILTERS`, names in lower case)."""
    details = item["properties"]["providerSpecificDetails"]
    values = {
        "sourcefabricname": (fabric.name, fabric.friendly_name),
        "instancetype": (details["instanceType"],),
        "processserverid": (details.get("processServerId"),),
        "fabricobjectid": (details.get("vmId"),),
    }
    return all(any(same(value, own) for own in values.get(name, ())) for name, value in wanted.items())


def recovery_points(item: Mapping[str, Any], now: datetime, count: int = 3) -> Iterable[dict[str, Any]]:
    """Recovery points, newest first: from before the failover, or of the last minutes."""
    details = item["properties"]["providerSpecificDetails"]
    # A machine on its way home shows when its points were made, and not when the last one came.
    shown = details.get("lastRecoveryPointReceived") or max((details.get("consistencyPoints") or {}).values(), default=None)
    newest = times.parse(shown)
    if newest is None:
        return
    for number in range(count):
        name = guid(f"{item['id']}/{number}")
        yield {
            "id": f"{item['id']}/recoveryPoints/{name}", "name": name, "type": POINT_TYPE,
            "properties": {
                "recoveryPointTime": times.to_ticks(newest - timedelta(minutes=5 * number)),
                "recoveryPointType": "Crash Consistent" if number else "Application Consistent",
                "providerSpecificDetails": {"instanceType": "InMageAzureV2", "isMultiVmSyncPoint": "false"}},
        }
