"""Replication policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .vaults import Vault

POLICY_TYPE = "Microsoft.RecoveryServices/vaults/replicationPolicies"


def declared(vault: Vault, name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """A policy in wire format; `settings` are its provider-specific details, with `instanceType`."""
    return {
        "id": f"{vault.recovery_id}/replicationPolicies/{name}",
        "name": name,
        "type": POLICY_TYPE,
        "properties": {"friendlyName": name, "providerSpecificDetails": dict(settings)},
    }
