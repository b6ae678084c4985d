"""Fabrics: what Site Recovery calls everything that machines are replicated from or to."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .identifiers import fabric_name, guid, same

if TYPE_CHECKING:
    from datetime import datetime

    from .providers import Provider
    from .vaults import Vault

FABRIC_TYPE = "Microsoft.RecoveryServices/vaults/replicationFabrics"
CONTAINER_TYPE = f"{FABRIC_TYPE}/replicationProtectionContainers"

# Fabrics that registered themselves from a server bear a hash as name; the others, the name that they were given.
_REGISTERED_FROM_A_SERVER = ("VMware", "VMM")


class Fabric:
    """Any fabric; what the service shows of it is `document`, in wire format.

    The classes of `configuration_server.py` and `modernized.py` keep it up to date; others stay as they are.
    """

    def __init__(self, vault: Vault, document: dict[str, Any]):
        self.vault = vault
        self.document = document
        self.providers: list[Provider] = []
        self.protected_items: dict[str, dict[str, Any]] = {}
        # What a scenario says of the machines that run in Azure: see recovered_machines.py.
        self.recovered: list[dict[str, Any]] = []

    def body(self) -> dict[str, Any]:
        return copy.deepcopy(self.document)

    @property
    def name(self) -> str:
        return self.document["name"]

    @property
    def id(self) -> str:
        return self.document["id"]

    @property
    def friendly_name(self) -> str:
        return self.document["properties"]["friendlyName"]

    @property
    def identifier(self) -> str:
        return self.document["properties"]["internalIdentifier"]

    @property
    def kind(self) -> str:
        return (self.document["properties"].get("customDetails") or {}).get("instanceType", "")

    @property
    def details(self) -> dict[str, Any]:
        """`customDetails` as the service shows them."""
        return self.document["properties"]["customDetails"]

    def is_called(self, name: str) -> bool:
        return any(same(name, own) for own in (self.name, self.id, self.friendly_name, self.identifier))

    # --- the protection container ------------------------------------------------------------------------------------

    @property
    def container_name(self) -> str:
        """Configuration servers and Hyper-V sites have one container, which the service names after the fabric."""
        return f"cloud_{self.identifier}"

    @property
    def container_id(self) -> str:
        return f"{self.id}/replicationProtectionContainers/{self.container_name}"

    def containers(self) -> list[dict[str, Any]]:
        """None for VMM (whose clouds no scenario describes) and for Azure regions."""
        if self.kind not in ("VMware", "InMageRcm", "HyperVSite"):
            return []
        return [{
            "id": self.container_id,
            "name": self.container_name,
            "type": CONTAINER_TYPE,
            "properties": {
                "fabricFriendlyName": self.friendly_name,
                "friendlyName": self.friendly_name,
                "fabricType": self.kind,
                "protectedItemCount": len(self.protected_items),
                "pairingStatus": "Paired" if self.vault.policies else "NotPaired",
                "role": "Primary" if self.vault.policies else "",
                "fabricSpecificDetails": None,
            },
        }]

    # --- life, for those that have one -------------------------------------------------------------------------------

    def connected(self) -> bool:
        """Whether the service can reach what stands behind the fabric; for Azure there is nothing to reach."""
        return True

    def refresh(self, now: datetime) -> None:
        """What a refresh of the provider brings up to date: nothing, unless a class knows better."""


def document(vault: Vault, key: str, settings: Mapping[str, Any], custom_details: dict[str, Any]) -> dict[str, Any]:
    """A fabric in wire format, from the scenario: `key` is the friendly name unless `friendly_name` says otherwise."""
    friendly_name = settings.get("friendly_name") or key
    identifier = settings.get("identifier") or guid(f"{vault.id}/{key}")
    kind = settings["kind"]
    name = settings.get("name") or (
        fabric_name(f"{vault.id}/{identifier}") if kind in _REGISTERED_FROM_A_SERVER else key)
    no_key = {"kekState": "None", "kekCertThumbprint": None}
    return {
        "name": name,
        "type": FABRIC_TYPE,
        "id": f"{vault.recovery_id}/replicationFabrics/{name}",
        "properties": {
            "friendlyName": friendly_name,
            "encryptionDetails": dict(no_key),
            "rolloverEncryptionDetails": dict(no_key),
            "internalIdentifier": identifier,
            "bcdrState": "Valid",
            "customDetails": {"instanceType": kind, **custom_details},
            "healthErrorDetails": [],
            "health": "Normal",
        },
    }
