"""A small vault and what stands in Azure, as the services show them, for the tests of plans."""

from __future__ import annotations

import datetime

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan.facts import World
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Fact

SUB = "5a1e0000-0000-4000-8000-000000000001"
OTHER_SUB = "5a1e0000-0000-4000-8000-000000000002"
NOW = datetime.datetime(2026, 3, 2, 12, 0, tzinfo=datetime.timezone.utc)
VAULT = f"/Subscriptions/{SUB}/resourceGroups/rg-dr/providers/Microsoft.RecoveryServices/vaults/vault-dr"
FORBIDDEN = Fact(unknown="listing virtual machines on subscription x: AuthorizationFailed: no")
OWNER = {"azure_dr_owner": "azure_dr.site_recovery"}


def ago(**span):
    return (NOW - datetime.timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")


def network_id(name, sub=SUB):
    return f"/subscriptions/{sub}/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/{name}"


def machine_id(name, sub=SUB, group="rg-failback"):
    return f"/subscriptions/{sub}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}"


def interface_id(name, sub=SUB, group="rg-failback"):
    return f"/subscriptions/{sub}/resourceGroups/{group}/providers/Microsoft.Network/networkInterfaces/{name}"


def fabric(name="CS-ONPREM-01", kind="VMware", servers=(), targets=None, heard=None, **more):
    identifier = f"hash-of-{name}"
    details = {
        "instanceType": kind,
        "processServers": list(servers),
        "masterTargetServers": [target(name)] if targets is None else list(targets),
        "lastHeartbeat": heard or ago(minutes=1),
        "ipAddress": "10.0.0.10",
        "agentVersion": "9.62.7096.1",
        "hostName": name,
    }
    return {
        "name": identifier,
        "id": f"{VAULT}/replicationFabrics/{identifier}",
        "properties": {"friendlyName": name, "internalIdentifier": f"internal-{name}", "customDetails": {**details, **more}},
    }


def process_server(name, address, heard=None):
    return {"id": f"ID-{name}", "hostId": f"ID-{name}", "friendlyName": name, "ipAddress": address, "lastHeartbeat": heard or ago(minutes=1)}


def target(name="CS-ONPREM-01", os_type="Windows", **changes):
    return {
        "id": f"MT-{name}",
        "name": name,
        "ipAddress": "10.0.0.10",
        "osType": os_type,
        "lastHeartbeat": ago(minutes=1),
        "retentionVolumes": [{"volumeName": "R", "capacityInBytes": 2**39, "freeSpaceInBytes": 2**38}],
        "dataStores": [{"symbolicName": "esx-gold", "capacity": "4095.75", "freeSpace": "1822.4", "type": "VMFS"}],
        "diskCount": 3,
        **changes,
    }


def item(name, network="vnet-app", fabric_name="CS-ONPREM-01", sub=SUB, details=None, **properties):
    """A protected item that was failed over; ``details`` and ``properties`` change it."""
    return {
        "id": f"{VAULT}/replicationFabrics/hash-of-{fabric_name}/replicationProtectionContainers/cloud_1/replicationProtectedItems/{name}",
        "name": name,
        "properties": {
            "friendlyName": name,
            "activeLocation": "Recovery",
            "protectionState": "UnplannedFailoverCommitted",
            "allowedOperations": ["ReverseReplicate", "DisableProtection"],
            "replicationHealth": "Normal",
            "healthErrors": [],
            "currentScenario": {"scenarioName": "None"},
            "lastSuccessfulFailoverTime": ago(days=2),
            "failoverRecoveryPointId": "point",
            "providerSpecificDetails": {
                "instanceType": "InMageAzureV2",
                "targetVmId": machine_id(name, sub),
                "osType": "Windows",
                "protectedDisks": [{"diskCapacityInBytes": 64 * 2**30}],
                "uncompressedDataRateInMB": 1024.0,
                "multiVmGroupName": name,
                "multiVmSyncStatus": "Disabled",
                "masterTargetId": "MT-CS-ONPREM-01",
                "datastores": ["esx-gold"],
                "selectedSourceNicId": "nic-1",
                "vmNics": [
                    {
                        "nicId": "nic-1",
                        "recoveryVMNetworkId": network_id(network, sub),
                        "ipConfigs": [{"isPrimary": True, "recoverySubnetName": "failback", "recoveryStaticIPAddress": "10.1.0.20"}],
                    }
                ],
                **(details or {}),
            },
            **properties,
        },
    }


def machine(name, sub=SUB, group="rg-failback", tags=None, size="Standard_D4s_v3"):
    return {
        "name": name,
        "id": machine_id(name, sub, group),
        "location": "westeurope",
        "tags": tags or {},
        "properties": {
            "hardwareProfile": {"vmSize": size},
            "networkProfile": {"networkInterfaces": [{"id": interface_id(f"{name}-nic", sub, group), "properties": {"primary": True}}]},
        },
    }


def state(name, power="running", sub=SUB, group="rg-failback"):
    return {"id": machine_id(name, sub, group), "properties": {"instanceView": {"statuses": [{"code": f"PowerState/{power}"}]}}}


def interface(name, address, network="vnet-app", subnet="failback", attached=None, sub=SUB, group="rg-failback", tags=None):
    properties = {
        "ipConfigurations": [
            {"properties": {"privateIPAddress": address, "primary": True, "subnet": {"id": f"{network_id(network, sub)}/subnets/{subnet}"}}}
        ]
    }
    if attached:
        properties["virtualMachine"] = {"id": machine_id(attached, sub, group)}
    return {"name": name, "id": interface_id(name, sub, group), "tags": tags or {}, "properties": properties}


def subnet(name="failback", prefix="10.1.0.0/24", network="vnet-app", sub=SUB, **properties):
    return {"name": name, "id": f"{network_id(network, sub)}/subnets/{name}", "properties": {"addressPrefix": prefix, **properties}}


def network(name="vnet-app", space="10.1.0.0/16", subnets=None, sub=SUB):
    return {
        "name": name,
        "id": network_id(name, sub),
        "location": "westeurope",
        "properties": {
            "addressSpace": {"addressPrefixes": [space]},
            "subnets": [subnet(network=name, sub=sub)] if subnets is None else subnets,
            "virtualNetworkPeerings": [],
        },
    }


def world(fabrics=None, items=(), machines=(), states=None, interfaces=(), networks=None, sub=SUB):
    """The world of one subscription; what is not given is there once, in ``vnet-app``."""
    listed = {
        "machines": list(machines),
        "states": [state(one["name"]) for one in machines] if states is None else list(states),
        "interfaces": list(interfaces),
        "networks": [network()] if networks is None else list(networks),
    }
    return World(
        now=NOW,
        fabrics=[fabric()] if fabrics is None else fabrics,
        items=list(items),
        providers=Fact([]),
        policies=Fact([{"properties": {"providerSpecificDetails": {"instanceType": "InMage"}}}]),
        **{kind: {sub: Fact(value)} for kind, value in listed.items()},
    )


def running(*names, first=20):
    """Machines and interfaces of failed-over machines that run in ``vnet-app``."""
    return {
        "machines": [machine(name) for name in names],
        "interfaces": [interface(f"{name}-nic", f"10.1.0.{first + number}", attached=name) for number, name in enumerate(names)],
    }
