"""Machines, interfaces, networks and disks as Azure answers them, for tests of decisions."""

from __future__ import annotations

import types

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import entries, vm_bodies

SUB = "00000000-0000-4000-8000-000000000001"
GROUP = f"/subscriptions/{SUB}/resourceGroups/rg"
NETWORK = f"/subscriptions/{SUB}/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks/one"
OURS = types.MappingProxyType({"azure_dr_owner": "azure_dr.site_recovery", "azure_dr_run": "earlier"})
GIVEN = {
    "name": "ps-1",
    "resource_group": "rg",
    "virtual_network": NETWORK,
    "subnet": "failback",
    "private_ip_address": "192.0.2.10",
    "admin_username": "psadmin",
    "admin_password": "Canary-pass-01",
}


def entry(**changes):
    listed = [{**GIVEN, **changes}]
    return entries.normalize(
        {"subscription_id": SUB, "process_servers": listed, "process_server_defaults": None}, ("name",)
    )[0]


def network(location="westeurope", prefix="192.0.2.0/25"):
    return {
        "id": NETWORK,
        "name": "one",
        "location": location,
        "properties": {
            "subnets": [
                {"id": f"{NETWORK}/subnets/failback", "name": "failback", "properties": {"addressPrefix": prefix}}
            ]
        },
    }


def interface(of_machine=True, tags=OURS, address="192.0.2.10", public=None, name="ps-1-nic"):
    configuration = {
        "subnet": {"id": f"{NETWORK}/subnets/failback"},
        "privateIPAddress": address,
        "privateIPAllocationMethod": "Static",
        "primary": True,
    }
    if public:
        configuration["publicIPAddress"] = {"id": public, "properties": {"deleteOption": "Delete"}}
    properties = {
        "provisioningState": "Succeeded",
        "ipConfigurations": [{"name": "primary", "properties": configuration}],
    }
    if of_machine:
        properties["virtualMachine"] = {"id": f"{GROUP}/providers/Microsoft.Compute/virtualMachines/ps-1"}
    return {
        "id": f"{GROUP}/providers/Microsoft.Network/networkInterfaces/{name}",
        "name": name,
        "tags": dict(tags),
        "properties": properties,
    }


def machine(state="Succeeded", tags=OURS, **changes):
    """The machine that Azure would show of the sample entry, made from the very body the product sends for it."""
    body = vm_bodies.virtual_machine(entry(**changes), "westeurope", "earlier")
    properties = body["properties"]
    properties["osProfile"].pop("adminPassword")
    properties["provisioningState"] = state
    properties["timeCreated"] = "2026-01-01T00:00:00.0000000+00:00"
    storage = properties["storageProfile"]
    for disk in (storage["osDisk"], *storage["dataDisks"]):
        disk["managedDisk"]["id"] = f"{GROUP}/providers/Microsoft.Compute/disks/{disk['name']}"
    # Azure answers with other case than it was asked.
    return {
        **body,
        "id": f"{GROUP.replace('/rg', '/RG')}/providers/Microsoft.Compute/virtualMachines/ps-1",
        "name": "ps-1",
        "tags": dict(tags),
    }


def disk(name, tags=OURS, managed_by=None):
    found = {
        "id": f"{GROUP}/providers/Microsoft.Compute/disks/{name}",
        "name": name,
        "tags": dict(tags),
        "properties": {},
    }
    return {**found, "managedBy": managed_by} if managed_by else found


def address(tags=OURS, used_by=None):
    properties = {"provisioningState": "Succeeded"}
    if used_by:
        properties["ipConfiguration"] = {"id": f"{used_by}/ipConfigurations/primary"}
    return {
        "id": f"{GROUP}/providers/Microsoft.Network/publicIPAddresses/ps-1-ip",
        "name": "ps-1-ip",
        "tags": dict(tags),
        "properties": properties,
    }


def lists(**given):
    return {"machines": [], "interfaces": [], "networks": [network()], "disks": [], "addresses": [], **given}
