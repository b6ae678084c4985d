"""What the vault shows of process servers that are to go, as small as a test needs it."""

from __future__ import annotations

import datetime
import types

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_view
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import unregistration_plan as plan

NOW = datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.timezone.utc)
FRESH, OLD = "2026-01-01T11:58:00Z", "2026-01-01T09:00:00Z"
CS_ADDRESS = "192.0.2.1"
VAULT = "/subscriptions/s/resourceGroups/rg-dr/providers/Microsoft.RecoveryServices/vaults/vault-dr"
ENTRY = {
    "name": "ps-app-01",
    "subscription_id": "5a1e0000-0000-4000-8000-000000000001",
    "resource_group": "rg-failback",
    "private_ip_address": "192.0.2.10",
    "method": "unified_setup",
    "channel": "winrm",
    "admin_username": "psadmin",
    "admin_password": "canary-password",
    "winrm_certificate_fingerprint": "ab" * 32,
}
MACHINE = {"id": "/subscriptions/s/resourceGroups/rg-failback/providers/Microsoft.Compute/virtualMachines/ps-app-01", "tags": {}}


def server(name="ps-app-01", address="192.0.2.10", heartbeat=FRESH, identifier="PS-ID-1", **facts):
    return {
        "friendlyName": name,
        "ipAddress": address,
        "id": identifier,
        "hostId": identifier,
        "lastHeartbeat": heartbeat,
        "machineCount": "0",
        "replicationPairCount": "0",
        "agentVersion": "9.62.7096.1",
        **facts,
    }


def fabric(*servers, **details):
    custom = {
        "instanceType": "VMware",
        "hostName": "CS-1",
        "ipAddress": CS_ADDRESS,
        "lastHeartbeat": FRESH,
        "processServers": list(servers),
        **details,
    }
    return {"id": "/f", "name": "f", "properties": {"friendlyName": "CS-1", "customDetails": custom}}


def item(name, **details):
    return {"name": f"id-of-{name}", "properties": {"friendlyName": name, "providerSpecificDetails": details}}


def world(*servers, machines=True, items=(), may_ask=False, follows=(), entry=None, **details):
    """The world around one entry; ``machines``: whether its machine is there, or the machines by name."""
    entry = entry or ENTRY
    shown = fabric(*servers, **details)
    try:
        sighting = registration_view.sight(shown, entry, NOW)
    except Refusal as refusal:
        sighting = registration_view.Sighting("twins", {"refusal": refusal})
    machines = ({entry["name"]: MACHINE} if machines else {}) if isinstance(machines, bool) else machines
    view = types.SimpleNamespace(fabric=shown, configuration_server_address=CS_ADDRESS, vault_id=VAULT)
    return plan.World(view, {entry["name"]: sighting}, machines, items=list(items), may_ask=may_ask, follows=follows)
