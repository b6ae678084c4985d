"""The health of a vault: counts over its items, fabrics and containers."""

from __future__ import annotations

from typing import Any

from .vaults import Vault

HEALTH_TYPE = "Microsoft.RecoveryServices/vaults/replicationVaultHealth"


def body(vault: Vault) -> dict[str, Any]:
    items = [item["properties"] for fabric in vault.fabrics for item in fabric.protected_items.values()]
    fabrics = [fabric.document["properties"] for fabric in vault.fabrics]
    containers = [container for fabric in vault.fabrics for container in fabric.containers()]
    return {
        "name": "Default",
        "type": HEALTH_TYPE,
        "id": f"{vault.recovery_id}/replicationVaultHealth/Default",
        "properties": {
            "vaultErrors": [],
            "protectedItemsHealth": _summary(len(items), {
                "protectedItemsCriticalCount": _count(items, "replicationHealth", "Critical"),
                "protectedItemsWarningCount": _count(items, "replicationHealth", "Warning"),
                "protectedItemsNeutralCount": _count(items, "replicationHealth", "Normal")}),
            "fabricsHealth": _summary(len(fabrics), {
                "fabricsCriticalCount": _count(fabrics, "health", "Error") + _count(fabrics, "health", "Critical"),
                "fabricsWarningCount": _count(fabrics, "health", "Warning"),
                "fabricsNeutralCount": _count(fabrics, "health", "Normal")}),
            "containersHealth": _summary(len(containers), {}),
        },
    }


def _summary(count: int, categories: dict[str, int]) -> dict[str, Any]:
    return {"resourceCount": count, "issues": [], "categorizedResourceCounts": categories}


def _count(things: list[dict[str, Any]], key: str, value: str) -> int:
    return sum(1 for thing in things if thing.get(key) == value)
