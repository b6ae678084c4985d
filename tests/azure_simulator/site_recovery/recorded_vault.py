"""A vault whose fabrics were recorded from the real service.

The fabrics are served word for word, but for their times, which all move by one offset so that the newest is now. What
the recording does not tell is laid over it by the scenario, under `overlay`, and is of our own making:

    providers        settings of the provider that every configuration server gets (the recording has none)
    policies         as in any vault
    fabrics          {fabric name: …} for fabrics that live on:
      addresses        where the configuration server is reached in this world
      alive            it takes heartbeats and reports from now on
      provider         settings of its own provider
      protected_items, protected_item_defaults

Nothing of this is written into a recorded body; only a living server's next reports change its fabric.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..errors import ScenarioError
from ..scenario import merge
from . import policies, providers, recording, state, times
from .configuration_server import ConfigurationServer
from .fabrics import Fabric
from .identifiers import same
from .vaults import Vault


def build(name: str, settings: Mapping[str, Any], now: datetime) -> Vault:
    """The vault `name` of the recording `settings["recording"]`. Raises `recording.RecordingMissing`."""
    answers = recording.answers(settings["recording"])
    subscription, group = settings["subscription"], settings["resource_group"]
    root = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults".lower()
    try:
        listed, fabrics = answers[root]["value"], answers[f"{root}/{name.lower()}/replicationfabrics"]["value"]
        shown = next(vault for vault in listed if same(vault["name"], name))
    except (KeyError, StopIteration):
        raise ScenarioError(f"the recording {settings['recording']} knows no vault {name} in {group}") from None
    vault = Vault(subscription, group, shown["name"], shown["location"], now, shown=shown)
    overlay = settings.get("overlay") or {}
    for policy, details in (overlay.get("policies") or {}).items():
        vault.policies[policy.lower()] = policies.declared(vault, policy, details)
    fabrics = recording.moved(fabrics, recording.seconds_until(now, fabrics))
    for document in fabrics:
        given = (overlay.get("fabrics") or {}).get(document["name"]) or {}
        vault.fabrics.append(_fabric(vault, document, given, overlay, now))
    strangers = set(overlay.get("fabrics") or {}) - {fabric.name for fabric in vault.fabrics}
    if strangers:
        raise ScenarioError(f"the overlay speaks of fabrics that were not recorded: {', '.join(sorted(strangers))}")
    return vault


def _fabric(vault: Vault, document: dict[str, Any], given: Mapping[str, Any], overlay: Mapping[str, Any],
            now: datetime) -> Fabric:
    if (document["properties"].get("customDetails") or {}).get("instanceType") != "VMware":
        return Fabric(vault, document)
    fabric = ConfigurationServer(vault, document, tuple(given.get("addresses") or ()), bool(given.get("alive")))
    heard = now if fabric.running else times.parse(fabric.details.get("lastHeartbeat"))
    if overlay.get("providers") is not None:
        fabric.providers.append(providers.declared(
            fabric, merge(overlay["providers"], given.get("provider") or {}), heard))
    # The recorded counts already contain these machines.
    state.add_protected_items(fabric, {**given, "counted": True}, now)
    return fabric
