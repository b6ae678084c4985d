"""Network, subnet, address, and the way to on-premises."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import (
    addresses,
    networks,
    on_premises,
    reachability,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Connection, Fact

from tests.unit.process_server.prerequisites_world import (
    FORBIDDEN,
    SUB,
    assert_check,
    gateway,
    interface,
    machine,
    network,
    network_id,
    only,
    peering,
    spoiled,
    subnet,
)

APP, DB = "ps-app-01", "ps-db-01"


def entry(**changes):
    return lambda world: world.entries[0].update(changes)


def both(*changes):
    return lambda world: [change(world) for change in changes] and None


def app_subnet(*args, **more):
    return lambda world: world.network("vnet-app")["properties"].update(subnets=[subnet(*args, **more)])


def unreadable(world):
    world.facts.networks[SUB] = FORBIDDEN


@pytest.mark.parametrize(
    "change, result, words",
    [
        (None, "ok", "vnet-app lies in westeurope"),
        (entry(location="westeurope"), "ok", "westeurope"),
        (entry(location="northeurope"), "failed", "lies in westeurope, the server in northeurope"),
        (entry(virtual_network=network_id("VNET-APP").upper()), "ok", "westeurope"),
        (entry(virtual_network=network_id("vnet-none")), "failed", "there is no virtual network"),
        (entry(virtual_network=network_id("vnet-db")), "failed", f"vnet-db is also the network of {DB}"),
        (unreadable, "unknown", "AuthorizationFailed"),
    ],
)
def test_network(change, result, words):
    world = spoiled(change)
    assert_check(only(networks.checks(world.facts, world.places), "network", APP), result, words)


@pytest.mark.parametrize(
    "change, result, words",
    [
        (None, "ok", "failback (10.0.1.0/25) has 123 free addresses, 1 needed"),
        (entry(subnet="FAILBACK"), "ok", "1 needed"),
        (app_subnet("failback", "10.0.1.0/29", used=2), "ok", "has 1 free addresses, 1 needed"),
        (app_subnet("failback", "10.0.1.0/29", used=3), "failed", "has 0 free addresses, 1 needed"),
        (both(app_subnet("failback", "10.0.1.0/29", used=3), lambda world: world.deploy(APP)), "ok", "has 0 free addresses, 0 needed"),
        (app_subnet("failback", "10.0.1.0/29", used=3, addressPrefixes=["10.0.1.0/29", "10.0.1.16/29", "fd00::/64"]), "ok", "has 3 free addresses"),
        # What interfaces say counts as well, and nothing twice.
        (
            both(
                app_subnet("failback", "10.0.1.0/29", used=2),
                lambda world: world.facts.interfaces.update(
                    {SUB: Fact([interface("web-nic", "vnet-app", "10.0.1.6"), interface("db-nic", "vnet-db", "10.0.2.6")])}
                ),
            ),
            "failed",
            "has 0 free addresses, 1 needed",
        ),
        (app_subnet("other", "10.0.1.0/25"), "failed", "vnet-app has no subnet failback; it has other"),
        (
            app_subnet("failback", "10.0.1.0/25", delegations=[{"name": "d", "properties": {"serviceName": "Microsoft.Web/serverFarms"}}]),
            "failed",
            "delegated to Microsoft.Web/serverFarms",
        ),
        (unreadable, "unknown", "could not be read"),
    ],
)
def test_subnet(change, result, words):
    world = spoiled(change)
    assert_check(only(networks.checks(world.facts, world.places), "subnet", APP), result, words)


def taken(by=None, suggested=()):
    """The address of ps-app-01 is not free; ``by``: the network interface that holds it."""

    def change(world):
        answer = {"available": False, "availableIPAddresses": list(suggested), "isPlatformReserved": False}
        world.facts.addresses[(network_id("vnet-app").lower(), "10.0.1.10")] = Fact(answer)
        if by:
            world.facts.interfaces[SUB] = Fact([by])

    return change


def asked_for(address, available=True):
    def change(world):
        world.entries[0]["private_ip_address"] = address
        world.facts.addresses[(network_id("vnet-app").lower(), address)] = Fact({"available": available})

    return change


MACHINE = machine(APP)["id"]


@pytest.mark.parametrize(
    "change, result, words",
    [
        (None, "ok", "10.0.1.10 is free in failback"),
        (asked_for("10.0.1.4"), "ok", "free"),
        (lambda world: world.deploy(APP), "failed", "has another address"),
        (asked_for("10.0.1.3"), "failed", "first four or the last of 10.0.1.0/25"),
        (asked_for("10.0.1.127"), "failed", "from 10.0.1.4 to 10.0.1.126"),
        (asked_for("10.0.1.126"), "ok", "free"),
        (asked_for("10.0.1.200"), "failed", "outside failback (10.0.1.0/25)"),
        (asked_for("10.0.9.9"), "failed", "outside failback"),
        (asked_for("10.0.2.10"), "failed", f"also asked for by {DB}"),
        (asked_for("10.0.1.999"), "failed", "no IPv4 address"),
        (asked_for("fd00::1"), "failed", "no IPv4 address"),
        (taken(), "failed", "taken by something that is no network interface"),
        (taken(suggested=["10.0.1.11", "10.0.1.12"]), "failed", "for instance 10.0.1.11, 10.0.1.12"),
        (taken(by=interface("web-nic", "vnet-app", "10.0.1.10", ours=False)), "failed", "networkInterfaces/web-nic"),
        (taken(by=interface("web-nic", "vnet-app", "10.0.1.10", attached=machine("web")["id"])), "failed", "web-nic"),
        # The same address in another network is another address.
        (taken(by=interface("ps-app-01-nic", "vnet-db", "10.0.1.10")), "failed", "no network interface"),
        (
            both(taken(by=interface("ps-app-01-nic", "vnet-app", "10.0.1.10", attached=MACHINE.lower())), lambda world: world.deploy(APP)),
            "ok",
            "own network interface ps-app-01-nic",
        ),
        (
            both(taken(by=interface("nic", "vnet-app", "10.0.1.10", attached=MACHINE)), lambda world: world.deploy(APP, ours=False)),
            "failed",
            "taken by",
        ),
        # A deployment that was cut short before its machine.
        (taken(by=interface("ps-app-01-nic", "vnet-app", "10.0.1.10")), "ok", "own network interface"),
        (taken(by=interface("ps-app-01-nic", "vnet-app", "10.0.1.10", ours=False)), "failed", "taken by"),
        (taken(by=interface("ps-app-01-nic", "vnet-app", "10.0.1.10", group="rg-other")), "failed", "taken by"),
        (both(taken(), lambda world: world.facts.interfaces.update({SUB: FORBIDDEN})), "unknown", "by what could not be read"),
        (lambda world: world.facts.addresses.update({(network_id("vnet-app").lower(), "10.0.1.10"): FORBIDDEN}), "unknown", "AuthorizationFailed"),
        (unreadable, "unknown", "could not be read"),
    ],
)
def test_address(change, result, words):
    world = spoiled(change)
    assert_check(only(addresses.checks(world.facts, world.places), "private_ip_address", APP), result, words)


@pytest.mark.parametrize("last, reserved", [(0, True), (3, True), (4, False), (126, False), (127, True)])
def test_reserved(last, reserved):
    assert addresses.is_reserved(ipaddress.IPv4Address(f"10.0.1.{last}"), ipaddress.ip_network("10.0.1.0/25")) is reserved


def gateways(*listed):
    return lambda world: world.facts.gateways.update({(SUB, "rg-network"): Fact(list(listed))})


def peerings(name, *listed):
    return lambda world: world.network(name)["properties"].update(virtualNetworkPeerings=list(listed))


HUB = gateway("er-hub", "vnet-hub", "ExpressRoute")


@pytest.mark.parametrize(
    "server, change, result, words",
    [
        (APP, None, "ok", "vnet-app has VPN gateway vpn-app"),
        (APP, gateways(gateway("er", "vnet-app", "ExpressRoute")), "ok", "ExpressRoute gateway er"),
        (APP, gateways(gateway("x", "vnet-app", "LocalGateway")), "failed", "no VPN or ExpressRoute gateway of its own"),
        (APP, gateways(gateway("x", "vnet-app", state="Failed")), "failed", "no VPN or ExpressRoute gateway"),
        (APP, gateways(HUB), "failed", "Give the network a VPN or ExpressRoute gateway"),
        (APP, lambda world: world.facts.gateways.update({(SUB, "rg-network"): FORBIDDEN}), "unknown", "gateways of vnet-app could not be read"),
        (APP, unreadable, "unknown", "AuthorizationFailed"),
        (DB, None, "ok", "vnet-db uses ExpressRoute gateway er-hub of vnet-hub through peering"),
        (DB, peerings("vnet-db", peering("vnet-hub")), "failed", "does not use the gateways there"),
        (DB, peerings("vnet-db", peering("vnet-hub", uses=True, state="Initiated")), "failed", "is Initiated"),
        (DB, peerings("vnet-hub", peering("vnet-db")), "failed", "vnet-hub does not allow gateway transit"),
        (DB, peerings("vnet-hub"), "failed", "vnet-hub does not allow gateway transit"),
        (DB, peerings("vnet-hub", peering("vnet-app", allows=True)), "failed", "does not allow gateway transit"),
        (DB, gateways(), "failed", "vnet-hub, whose gateways it uses, has no VPN"),
        (DB, lambda world: world.facts.gateways.update({(SUB, "rg-network"): FORBIDDEN}), "unknown", "gateways of vnet-hub could not be read"),
        (DB, peerings("vnet-db", peering("vnet-none", uses=True)), "unknown", "vnet-none, which cannot be read"),
    ],
)
def test_connection_to_on_premises(server, change, result, words):
    world = spoiled(change)
    assert_check(only(on_premises.checks(world.facts, world.places), "on_premises_connection", server), result, words)


def test_gateways_are_looked_for_where_the_gateway_subnet_points():
    there = network("vnet-app", "10.0.1")
    there["properties"]["subnets"][1] = subnet("GatewaySubnet", "10.0.1.128/25")
    there["properties"]["subnets"][1]["properties"]["ipConfigurations"] = [
        {"id": "/subscriptions/S2/resourceGroups/RG-Gateways/providers/Microsoft.Network/virtualNetworkGateways/g/ipConfigurations/c"}
    ]
    assert on_premises.gateway_groups(there) == [(SUB, "rg-network"), ("s2", "rg-gateways")]


def tried(outcome, local="198.51.100.9", detail=""):
    return lambda world: world.facts.connections.update({("192.0.2.10", 443): Connection(outcome, detail, local)})


@pytest.mark.parametrize(
    "change, result, words",
    [
        # From elsewhere nothing is proven for the network, neither way.
        (None, "unknown", "accepts connections from 198.51.100.9, which does not lie in vnet-app"),
        (tried("silent"), "unknown", "does not answer from 198.51.100.9"),
        (tried("error", "", "No route to host"), "unknown", "No route to host"),
        (tried("open", "10.0.1.77"), "ok", "lies in vnet-app"),
        (tried("refused", "10.0.1.77"), "failed", "refuses connections"),
        (tried("silent", "10.0.1.77"), "failed", "Open TCP 443"),
        (lambda world: world.register(), "ok", "heartbeats arrive"),
        (lambda world: world.register(heartbeat=3600), "unknown", "does not lie in"),
        (lambda world: world.facts.connections.clear(), "unknown", "was not tried"),
    ],
)
def test_reachability(change, result, words):
    world = spoiled(change)
    found = reachability.checks(world.facts, world.places, world.fabric, "192.0.2.10")
    assert_check(only(found, "configuration_server_reachable", APP), result, words)


def test_reachability_without_an_address():
    world = spoiled(None)
    found = reachability.checks(world.facts, world.places, None, "")
    assert_check(only(found, "configuration_server_reachable", APP), "unknown", "configuration_server_address")
