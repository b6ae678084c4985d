"""Configuration servers, process servers and protected items as the vault shows them, for tests of switches."""

from __future__ import annotations

import datetime

NOW = datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.timezone.utc)
GIB = 2**30
SUB = "00000000-0000-4000-8000-000000000001"
VAULT = f"/Subscriptions/{SUB}/resourceGroups/rg-dr/providers/Microsoft.RecoveryServices/vaults/v"
NETWORKS = f"/subscriptions/{SUB}/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks"


def network_id(name):
    return f"{NETWORKS}/{name}"


def server(name, address, **changes):
    """A process server of 16 GB with a cache disk of 600 GB, heard of a minute ago."""
    return {
        "friendlyName": name,
        "id": f"ID-{name}".upper(),
        "ipAddress": address,
        "agentVersion": "9.62.7096.1",
        "lastHeartbeat": "2026-01-01T11:59:00.0000000Z",
        "machineCount": "0",
        "replicationPairCount": "0",
        "psServiceStatus": "Running",
        "health": "Normal",
        "totalMemoryInBytes": 16 * GIB,
        "totalSpaceInBytes": 600 * GIB,
        "availableSpaceInBytes": 500 * GIB,
        **changes,
    }


OLD = server("ps-old", "192.0.2.10", machineCount="3", replicationPairCount="5")
NEW = server("ps-new", "192.0.2.20")
THIRD = server("ps-third", "192.0.2.30")


def fabric(*servers, name="f1", friendly="CS-1", kind="VMware", **details):
    return {
        "id": f"{VAULT}/replicationFabrics/{name}",
        "name": name,
        "properties": {
            "friendlyName": friendly,
            "internalIdentifier": f"guid-{name}",
            "customDetails": {
                "instanceType": kind,
                "agentVersion": "9.62.7096.1",
                "lastHeartbeat": "2026-01-01T11:59:30.0000000Z",
                "processServers": list(servers),
                **details,
            },
        },
    }


def item(
    name,
    carrier,
    network="one",
    location="Recovery",
    fabric_name="f1",
    churn_mb=10240.0,
    scenario="None",
    state="UnplannedFailoverCommitted",
    **details,
):
    """A machine; ``network``: where its failover was to connect it to, `None` for nowhere."""
    identifier = f"guid-{name}-{fabric_name}"
    return {
        "id": f"{VAULT}/replicationFabrics/{fabric_name}/replicationProtectionContainers/c/replicationProtectedItems/{identifier}",
        "name": identifier,
        "properties": {
            "friendlyName": name,
            "activeLocation": location,
            "protectionState": state,
            "currentScenario": {"scenarioName": scenario, "jobId": f"{VAULT}/replicationJobs/{scenario}"},
            "providerSpecificDetails": {
                "processServerId": carrier["id"],
                "processServerName": carrier["friendlyName"],
                "vmId": identifier,
                "uncompressedDataRateInMB": churn_mb,
                "vmNics": [{"recoveryVMNetworkId": network_id(network)}] if network else [],
                **details,
            },
        },
    }


def network(name, *peerings):
    """A virtual network; each peering: ``(name of the other, state, whether access is allowed)``."""
    listed = [
        {"properties": {"remoteVirtualNetwork": {"id": network_id(other)}, "peeringState": state, "allowVirtualNetworkAccess": allowed}}
        for other, state, allowed in peerings
    ]
    return {"id": network_id(name), "name": name, "properties": {"virtualNetworkPeerings": listed}}


def machine_of(process_server, network_name="one"):
    """The virtual machine and the network interface of a process server."""
    name = process_server["friendlyName"]
    identifier = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/{name}"
    nic = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/{name}-nic"
    configuration = {"privateIPAddress": process_server["ipAddress"], "subnet": {"id": f"{network_id(network_name)}/subnets/s"}, "primary": True}
    machine = {"id": identifier, "name": name, "tags": {}, "properties": {"networkProfile": {"networkInterfaces": [{"id": nic}]}}}
    properties = {"virtualMachine": {"id": identifier}, "ipConfigurations": [{"properties": configuration}]}
    return machine, {"id": nic, "name": f"{name}-nic", "properties": properties}
