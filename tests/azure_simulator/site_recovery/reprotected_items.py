"""Machines that are replicated home from Azure: what the service shows of them once they were reprotected (InMage).

The fields are those of the published API; which values a machine on its way home has is our inference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from . import times

_SAME = ("vmId", "ipAddress", "compressedDataRateInMB", "uncompressedDataRateInMB", "rpoInSeconds", "processServerId",
         "masterTargetId", "diskResized", "multiVmGroupId", "multiVmGroupName", "multiVmSyncStatus",
         "vCenterInfrastructureId", "infrastructureVmId", "discoveryType", "datastores", "validationErrors",
         "lastRpoCalculatedTime", "replicaId", "osVersion", "sourceVmCpuCount", "sourceVmRamSizeInMB",
         "isAdditionalStatsAvailable", "totalDataTransferred", "totalProgressHealth")
_DISK_NAMES = {"sourceDataInMegaBytes": "sourceDataInMB", "psDataInMegaBytes": "psDataInMB",
               "targetDataInMegaBytes": "targetDataInMB"}


def details(forward: Mapping[str, Any], has_recovery_point: bool, now: datetime) -> dict[str, Any]:
    """The details of a machine that was reprotected, from those it had before (`protected_items.declared`)."""
    moment = times.to_ticks(now)
    return {
        "instanceType": "InMage",
        **{key: forward[key] for key in _SAME},
        "activeSiteType": "Azure",
        "osDetails": {"osVhdId": forward["osDiskId"], "osType": forward["osType"], "vhdName": None},
        "protectionStage": "Protected" if has_recovery_point else "Resynchronization",
        "vmProtectionState": "Protected",
        "vmProtectionStateDescription": "Protected",
        "resyncDetails": None,
        "retentionWindowStart": times.NEVER,
        "retentionWindowEnd": times.NEVER,
        "protectedDisks": [{_DISK_NAMES.get(key, key): value for key, value in disk.items()}
                           for disk in forward["protectedDisks"]],
        "lastHeartbeat": times.to_seconds(now),
        "consistencyPoints": {"point-1": moment} if has_recovery_point else {},
        "rebootAfterUpdateStatus": "NotRequired",
        "agentDetails": {"agentVersion": forward["agentVersion"], "agentUpdateStatus": "None",
                         "postUpdateRebootStatus": "NotRequired", "agentExpiryDate": forward["agentExpiryDate"]},
        "vmNics": [],
        "azureStorageAccountId": None,
        "lastUpdateReceivedTime": moment,
    }
