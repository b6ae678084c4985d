"""Facts of a world in which everything is in order, for tests to spoil one thing at a time."""

from __future__ import annotations

import copy
import datetime

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import placement
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Connection, Download, Fact, Facts

NOW = datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.timezone.utc)
SUB = "5a1e0000-0000-4000-8000-000000000001"
REGION = "westeurope"
FORBIDDEN = Fact(unknown="listing it: AuthorizationFailed: the client does not have authorization")
PASSWORD = "Correct-Horse-42"
SIZE = "Standard_A8_v2"
IMAGE = {"publisher": "MicrosoftWindowsServer", "offer": "WindowsServer", "sku": "2016-Datacenter", "version": "latest"}
GALLERY_IMAGE = {"publisher": "MicrosoftAzureSiteRecovery", "offer": "Process-Server", "sku": "Windows-2012-R2-Datacenter", "version": "latest"}


def ago(seconds):
    return (NOW - datetime.timedelta(seconds=seconds)).isoformat()


def group_id(name):
    return f"/subscriptions/{SUB}/resourceGroups/{name}"


def network_id(name):
    return f"{group_id('rg-network')}/providers/Microsoft.Network/virtualNetworks/{name}"


def entry(name, network, address, **changes):
    return {
        "name": name,
        "subscription_id": SUB,
        "resource_group": "rg-failback",
        "location": None,
        "virtual_network": network_id(network),
        "subnet": "failback",
        "private_ip_address": address,
        "method": "unified_setup",
        "size": SIZE,
        "image": dict(IMAGE),
        "admin_username": "psadmin",
        "admin_password": PASSWORD,
        "channel": "winrm",
        "winrm_port": 5986,
        **changes,
    }


def fabric(name="cs", friendly_name="CS-ONPREM-01", kind="VMware", **changes):
    details = {
        "instanceType": kind,
        "ipAddress": "192.0.2.10",
        "agentVersion": "9.62.7096.1",
        "csServiceStatus": "Running",
        "lastHeartbeat": ago(60),
        "processServers": [],
    }
    details.update(changes.pop("details", {}))
    properties = {"friendlyName": friendly_name, "bcdrState": "Valid", "health": "Normal", "customDetails": details, **changes}
    return {
        "id": f"{group_id('rg-dr')}/providers/Microsoft.RecoveryServices/vaults/vault-dr/replicationFabrics/{name}",
        "name": name,
        "properties": properties,
    }


def subnet(name, prefix, used=0, **more):
    return {"name": name, "properties": {"addressPrefix": prefix, "ipConfigurations": [{"id": f"nic{number}"} for number in range(used)], **more}}


def network(name, prefix, location=REGION, peerings=()):
    properties = {
        "addressSpace": {"addressPrefixes": [f"{prefix}.0/24"]},
        "subnets": [subnet("failback", f"{prefix}.0/25"), subnet("GatewaySubnet", f"{prefix}.128/25")],
        "virtualNetworkPeerings": list(peerings),
    }
    return {"id": network_id(name), "name": name, "location": location, "properties": properties}


def peering(remote, uses=False, allows=False, state="Connected"):
    return {
        "name": f"to-{remote}",
        "properties": {
            "remoteVirtualNetwork": {"id": network_id(remote)},
            "useRemoteGateways": uses,
            "allowGatewayTransit": allows,
            "peeringState": state,
        },
    }


def gateway(name, where, kind="Vpn", state="Succeeded"):
    configuration = {"properties": {"subnet": {"id": f"{network_id(where)}/subnets/GatewaySubnet"}}}
    return {
        "name": name,
        "id": f"{group_id('rg-network')}/providers/Microsoft.Network/virtualNetworkGateways/{name}",
        "properties": {"gatewayType": kind, "provisioningState": state, "ipConfigurations": [configuration]},
    }


def machine(name, group="rg-failback", ours=True, state="Succeeded", location=REGION):
    tags = {"azure_dr_owner": "azure_dr.site_recovery"} if ours else {"team": "web"}
    return {
        "id": f"{group_id(group)}/providers/Microsoft.Compute/virtualMachines/{name}",
        "name": name,
        "location": location,
        "tags": tags,
        "properties": {"provisioningState": state},
    }


def interface(name, where, address, attached=None, ours=True, group="rg-failback"):
    configuration = {
        "id": f"{name}/ipConfigurations/primary",
        "properties": {"privateIPAddress": address, "subnet": {"id": f"{network_id(where)}/subnets/failback"}},
    }
    properties = {"ipConfigurations": [configuration], **({"virtualMachine": {"id": attached}} if attached else {})}
    tags = {"azure_dr_owner": "azure_dr.site_recovery"} if ours else {}
    return {"name": name, "id": f"{group_id(group)}/providers/Microsoft.Network/networkInterfaces/{name}", "tags": tags, "properties": properties}


def size(name=SIZE, family="standardAv2Family", vcpus=8, premium="False", restrictions=()):
    return {
        "name": name,
        "family": family,
        "restrictions": list(restrictions),
        "capabilities": [{"name": "vCPUs", "value": str(vcpus)}, {"name": "PremiumIO", "value": premium}],
    }


def usage(name, limit, used):
    return {"name": {"value": name, "localizedValue": f"Total {name}"}, "limit": limit, "currentValue": used}


def registered(name, address, heartbeat=60):
    return {"friendlyName": name, "id": f"id-{name}", "ipAddress": address, "lastHeartbeat": ago(heartbeat)}


class World:
    """``params``, ``entries`` and ``facts``, and what the checks are given beside them."""

    def __init__(self):
        self.params = {
            "vault_name": "vault-dr",
            "vault_resource_group": "rg-dr",
            "vault_subscription_id": SUB,
            "configuration_server": "CS-ONPREM-01",
            "passphrase": "a passphrase of sixteen",
            "configuration_server_winrm": {"username": "asradmin", "password": PASSWORD},
            "installer": {
                "url": "https://download.example.com/setup.exe?sig=hidden",
                "sha256": "ab" * 32,
                "size_bytes": 1000,
                "version": "9.62.7096.1",
            },
        }
        self.entries = [entry("ps-app-01", "vnet-app", "10.0.1.10"), entry("ps-db-01", "vnet-db", "10.0.2.10")]
        hub = network("vnet-hub", "10.0.200", peerings=[peering("vnet-db", allows=True)])
        networks = [network("vnet-app", "10.0.1"), network("vnet-db", "10.0.2", peerings=[peering("vnet-hub", uses=True)]), hub]
        self.facts = Facts(
            now=NOW,
            vault=Fact({"name": "vault-dr", "location": REGION}),
            fabrics=Fact([fabric()]),
            providers=Fact([{"properties": {"connectionStatus": "Connected"}}]),
            passphrase_is_right=Fact(True),
            installer=Fact(Download(200, 1000)),
            machines={SUB: Fact([])},
            states={SUB: Fact([])},
            interfaces={SUB: Fact([])},
            networks={SUB: Fact(networks)},
            permissions={group_id(name).lower(): Fact([{"actions": ["*"], "notActions": []}]) for name in ("rg-failback", "rg-network", "rg-dr")},
            usages={(SUB, REGION): Fact([usage("cores", 100, 10), usage("standardAv2Family", 50, 10), usage("virtualMachines", 1000, 3)])},
            sizes={(SUB, REGION): Fact([size()])},
            images={placement.image_key(one, REGION): Fact({"name": "14393.1", "properties": {}}) for one in self.entries},
            gateways={(SUB, "rg-network"): Fact([gateway("vpn-app", "vnet-app"), gateway("er-hub", "vnet-hub", "ExpressRoute")])},
            addresses={
                (network_id(one["virtual_network"].rpartition("/")[2]).lower(), one["private_ip_address"]): Fact({"available": True})
                for one in self.entries
            },
            connections={("192.0.2.10", 443): Connection("open", local_address="198.51.100.9")},
        )

    @property
    def places(self):
        return [placement.place(one, self.facts) for one in self.entries]

    @property
    def fabric(self):
        return self.facts.fabrics.value[0] if self.facts.fabrics.known and self.facts.fabrics.value else None

    def network(self, name):
        """The listed network, to be changed in place."""
        return next(one for one in self.facts.networks[SUB].value if one["name"] == name)

    def deploy(self, name="ps-app-01", **changes):
        """There is a machine of this name already."""
        there = machine(name, **changes)
        self.facts.machines[SUB].value.append(there)
        return there

    def register(self, name="ps-app-01", address="10.0.1.10", heartbeat=60):
        self.fabric["properties"]["customDetails"]["processServers"].append(registered(name, address, heartbeat))


def spoiled(change):
    """A world in order, changed by ``change(world)``."""
    world = copy.deepcopy(World())
    if change:
        change(world)
    return world


def only(checks, name, server=""):
    """The one check of this name for this server."""
    (found,) = [one for one in checks if one.check == name and one.server == server]
    return found


def assert_check(found, result, words=""):
    """The result, the words in its evidence and cure, and the form every check has."""
    assert found.result == result, found
    assert words in f"{found.evidence} | {found.cure}", found
    assert found.evidence
    # What fails says what to do; what is in order has nothing to say.
    assert bool(found.cure) if result in ("failed", "warning") else True, found
    assert not found.cure if result in ("ok", "not_applicable") else True, found
    # What follows puts full stops and more words behind them.
    assert not found.evidence.endswith(".") and not found.cure.endswith("."), found
