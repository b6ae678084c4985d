"""Recovery Services providers: the part of a fabric that talks to the service, and that can be asked to refresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import times
from .fabrics import FABRIC_TYPE, Fabric
from .identifiers import guid

PROVIDER_TYPE = f"{FABRIC_TYPE}/replicationRecoveryServicesProviders"

# When the service calls a provider "not connected" is not documented; it is taken to be as patient as it is with
# process servers. This is our inference.
SILENT_AFTER = timedelta(minutes=15)


@dataclass
class Provider:
    """One provider; `heard` is when the service last heard of it."""

    fabric: Fabric
    name: str
    friendly_name: str
    version: str
    server_version: str
    heard: datetime | None

    @property
    def id(self) -> str:
        return f"{self.fabric.id}/replicationRecoveryServicesProviders/{self.name}"

    def beat(self, now: datetime) -> None:
        if self.fabric.connected():
            self.heard = now

    def body(self, now: datetime) -> dict[str, Any]:
        connected = self.heard is not None and now - self.heard <= SILENT_AFTER
        return {
            "id": self.id,
            "name": self.name,
            "type": PROVIDER_TYPE,
            "properties": {
                "fabricType": self.fabric.kind,
                "friendlyName": self.friendly_name,
                "providerVersion": self.version,
                "serverVersion": self.server_version,
                "providerVersionState": "Latest",
                "providerVersionExpiryDate": None,
                "fabricFriendlyName": self.fabric.friendly_name,
                "lastHeartBeat": times.to_ticks(self.heard) if self.heard else times.NEVER,
                "connectionStatus": "Connected" if connected else "NotConnected",
                "protectedItemCount": len(self.fabric.protected_items),
                "allowedScenarios": ["Refresh"] if connected else [],
                "healthErrorDetails": [],
                "draIdentifier": guid(f"{self.id}/dra"),
                "machineId": guid(f"{self.id}/machine"),
                "machineName": self.friendly_name,
                "providerVersionDetails": {"version": self.version, "expiryDate": None, "status": "Supported"},
            },
        }


def declared(fabric: Fabric, settings: Mapping[str, Any], heard: datetime | None) -> Provider:
    """The provider of a fabric: `name`, `friendly_name`, `version`, `server_version` in the scenario, all optional."""
    return Provider(fabric, settings.get("name") or guid(f"{fabric.id}/provider"),
                    settings.get("friendly_name") or fabric.friendly_name,
                    str(settings.get("version") or "5.1.8800.0"), str(settings.get("server_version") or ""), heard)
