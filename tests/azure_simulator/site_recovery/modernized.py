"""Modernized fabrics (InMageRcm): replication appliances, whose parts the service lists one by one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from . import times
from .fabrics import Fabric, document
from .identifiers import guid
from .process_servers import GIB

if TYPE_CHECKING:
    from .vaults import Vault

# The list of a fabric -> the part of an appliance.
PARTS = {
    "processServers": "processServer", "rcmProxies": "rcmProxy", "pushInstallers": "pushInstaller",
    "replicationAgents": "replicationAgent", "reprotectAgents": "reprotectAgent", "marsAgents": "marsAgent",
    "dras": "dra",
}


class ModernizedFabric(Fabric):
    """A fabric with appliances; all of its parts are heard of at every heartbeat while it is online."""

    def __init__(self, vault: Vault, shown: dict[str, Any], appliances: list[dict[str, Any]]):
        super().__init__(vault, shown)
        self.appliances = appliances
        self.online = True

    def connected(self) -> bool:
        return self.online

    def beat(self, now: datetime) -> None:
        if self.online:
            for part in self._parts():
                part["lastHeartbeatUtc"] = times.to_ticks(now)

    refresh = beat

    def _parts(self):
        for listed in PARTS:
            yield from self.details[listed]

    def appliance_bodies(self) -> list[dict[str, Any]]:
        """The appliances, as `replicationAppliances` lists them."""
        bodies = []
        for number, appliance in enumerate(self.appliances):
            parts = {part: copy.deepcopy(self.details[listed][number]) for listed, part in PARTS.items()}
            bodies.append({**appliance, "fabricArmId": self.id, **parts, "switchProviderBlockingErrorDetails": []})
        return bodies


def declared(vault: Vault, key: str, settings: Mapping[str, Any], now: datetime) -> ModernizedFabric:
    """A modernized fabric: `appliances` is {name: {address, version, fqdn, data_stores}}."""
    appliances, lists = [], {listed: [] for listed in PARTS}
    for name, given in (settings.get("appliances") or {}).items():
        given = given or {}
        seed = f"{vault.id}/{key}/{name}"
        appliances.append({"id": guid(seed), "name": name})
        heard = times.to_ticks(now - timedelta(seconds=float(given.get("heard_seconds_ago") or 20)))
        for listed in PARTS:
            lists[listed].append(_part(listed, name, given, seed, heard))
    site = f"/subscriptions/{vault.subscription}/resourceGroups/{vault.group}/providers/Microsoft.OffAzure/VMwareSites"
    identity = {"tenantId": guid(f"{vault.id}/tenant"), "applicationId": guid(f"{vault.id}/{key}/application"),
                "objectId": guid(f"{vault.id}/{key}/object"), "audience": "https://management.azure.com/",
                "aadAuthority": "https://login.microsoftonline.com"}
    shown = document(vault, key, settings, {
        "vmwareSiteId": settings.get("vmware_site_id") or f"{site}/{key}-site",
        "physicalSiteId": None,
        "serviceEndpoint": None,
        "serviceResourceId": guid(f"{vault.id}/{key}/service"),
        "serviceContainerId": guid(f"{vault.id}/{key}/container"),
        "dataPlaneUri": None,
        "controlPlaneUri": f"https://rcm.{vault.location}.hypervrecoverymanager.windowsazure.com/",
        "sourceAgentIdentityDetails": identity,
        **lists,
        "agentDetails": [],
    })
    return ModernizedFabric(vault, shown, appliances)


def _part(listed: str, name: str, given: Mapping[str, Any], seed: str, heard: str) -> dict[str, Any]:
    fqdn = given.get("fqdn") or f"{name}.contoso.example"
    part: dict[str, Any] = {
        "id": guid(f"{seed}/{listed}"), "name": name, "biosId": guid(f"{seed}/bios"),
        "version": str(given.get("version") or "9.62.7096.1"), "lastHeartbeatUtc": heard,
        "health": "Normal", "healthErrors": [],
    }
    if listed == "dras":
        return {**part, "forwardProtectedItemCount": 0, "reverseProtectedItemCount": 0}
    part = {**part, "fabricObjectId": guid(f"{seed}/object"), "fqdn": fqdn}
    if listed == "processServers":
        memory, space = 32 * GIB, 600 * GIB
        part.update({
            "ipAddresses": [given["address"]],
            "totalMemoryInBytes": memory, "availableMemoryInBytes": memory // 2, "usedMemoryInBytes": memory // 2,
            "memoryUsagePercentage": 50.0, "totalSpaceInBytes": space, "availableSpaceInBytes": space * 3 // 4,
            "usedSpaceInBytes": space // 4, "freeSpacePercentage": 75.0, "throughputUploadPendingDataInBytes": 0,
            "throughputInBytes": 0, "processorUsagePercentage": 8.0, "throughputStatus": "Healthy", "systemLoad": 1,
            "systemLoadStatus": "Healthy", "diskUsageStatus": "Healthy", "memoryUsageStatus": "Healthy",
            "processorUsageStatus": "Healthy", "protectedItemCount": 0, "historicHealth": "Normal",
        })
    elif listed == "rcmProxies":
        part["clientAuthenticationType"] = "Certificate"
    elif listed == "reprotectAgents":
        part.update({"protectedItemCount": 0, "accessibleDatastores": list(given.get("data_stores") or []),
                     "vcenterId": None, "lastDiscoveryInUtc": heard})
    return part
