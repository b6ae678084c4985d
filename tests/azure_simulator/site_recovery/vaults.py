"""A Recovery Services vault and what is in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ..arm import ArmRequest
from . import protected_items, times
from .configuration_server import ConfigurationServer
from .errors import VAULT_TYPE, does_not_exist
from .fabrics import Fabric
from .identifiers import same
from .jobs import Job
from .modernized import ModernizedFabric
from .providers import Provider


class Vault:
    """One vault; `fabrics`, `policies` and `jobs` are what Site Recovery keeps in it.

    shown   the vault as its own resource provider shows it, when that is recorded; else it is written here
    """

    def __init__(self, subscription: str, group: str, name: str, location: str, created: datetime,
                 tags: dict[str, str] | None = None, sku: dict[str, str] | None = None,
                 shown: dict[str, Any] | None = None):
        self.subscription = subscription
        self.group = group
        self.name = name
        self.location = location
        self.created = created
        self.tags = dict(tags or {})
        self.sku = dict(sku or {"name": "RS0", "tier": "Standard"})
        self.provisioning_state = "Succeeded"
        self._shown = shown
        self.fabrics: list[Fabric] = []
        self.policies: dict[str, dict[str, Any]] = {}
        self.jobs: dict[str, Job] = {}

    @property
    def id(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers/{VAULT_TYPE}/{self.name}"

    @property
    def recovery_id(self) -> str:
        """The same id as Site Recovery writes it: with a capital S."""
        return f"/S{self.id[2:]}"

    def body(self) -> dict[str, Any]:
        if self._shown is not None:
            return dict(self._shown)
        stamp = times.to_ticks(self.created).replace(":", "%3A")
        return {
            "location": self.location,
            "name": self.name,
            "etag": f"W/\"datetime'{stamp}'\"",
            "tags": dict(self.tags),
            "properties": {
                "provisioningState": self.provisioning_state,
                "privateEndpointStateForBackup": "None",
                "privateEndpointStateForSiteRecovery": "None",
                "publicNetworkAccess": "Enabled",
            },
            "id": self.id,
            "type": VAULT_TYPE,
            "sku": dict(self.sku),
        }

    # --- looking things up for a request -----------------------------------------------------------------------------

    def fabric(self, request: ArmRequest) -> Fabric:
        """The fabric of the URL: by name only, as the service does."""
        name = request.params["fabric"]
        found = next((fabric for fabric in self.fabrics if same(fabric.name, name)), None)
        if found is None:
            raise does_not_exist(request, "fabric", name)
        return found

    def provider(self, request: ArmRequest) -> Provider:
        name = request.params["provider"]
        found = next((entry for entry in self.fabric(request).providers if same(entry.name, name)), None)
        if found is None:
            raise does_not_exist(request, "provider", name)
        return found

    def container(self, request: ArmRequest) -> tuple[Fabric, dict[str, Any]]:
        fabric, name = self.fabric(request), request.params["container"]
        found = next((entry for entry in fabric.containers() if same(entry["name"], name)), None)
        if found is None:
            raise does_not_exist(request, "protection container", name)
        return fabric, found

    def item(self, request: ArmRequest) -> dict[str, Any]:
        fabric, _container = self.container(request)
        found = fabric.protected_items.get(request.params["item"].lower())
        if found is None:
            raise does_not_exist(request, "protected item", request.params["item"])
        return found

    def items(self, fabrics: Iterable[Fabric], wanted: dict[str, str]) -> list[dict[str, Any]]:
        return [item for fabric in fabrics for item in fabric.protected_items.values()
                if protected_items.matches(item, fabric, wanted)]

    def appliances(self) -> list[dict[str, Any]]:
        """One entry for each modernized fabric: ARM's list of replication appliances."""
        return [{"properties": {"providerSpecificDetails": {
            "instanceType": "InMageRcm", "appliances": fabric.appliance_bodies()}}}
            for fabric in self.fabrics if isinstance(fabric, ModernizedFabric)]

    def configuration_servers(self) -> list[ConfigurationServer]:
        return [fabric for fabric in self.fabrics if isinstance(fabric, ConfigurationServer)]
