"""Networks, interfaces and public addresses as Microsoft's own client meets them."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from tests.azure_simulator.network import addresses

from .services import GROUP, NETWORKS, ROOT, SUBSCRIPTION, interface, interface_id, make_interface, services

GROUPS = f"{ROOT}/{NETWORKS}/providers/Microsoft.Network/networkSecurityGroups"


@pytest.fixture(scope="module")
def clients():
    with services({"network": {"network_security_groups": [{"name": "nsg", "resource_group": NETWORKS}]}}) as everything:
        yield everything


def refused(network, body, name="refused-nic"):
    with pytest.raises(HttpResponseError) as caught:
        network.network_interfaces.begin_create_or_update(GROUP, name, body)
    with pytest.raises(ResourceNotFoundError):
        network.network_interfaces.get(GROUP, name)
    return caught.value


def test_an_interface_is_there_at_once_and_its_operation_says_no_more_than_that():
    with services() as (world, _compute, network):
        seen = []
        body = interface(f"127.{world.octet}.1.10")
        made = (
            network.network_interfaces.begin_create_or_update(
                GROUP, "nic", body, raw_response_hook=lambda answer: seen.append(answer.http_response)
            )
            .result()
            .as_dict()
        )
        first = seen[0]
        assert first.status_code == 201 and first.json()["properties"]["provisioningState"] == "Succeeded"
        assert "/Microsoft.Network/locations/westeurope/operations/" in first.headers["Azure-AsyncOperation"]
        assert (
            made["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] == f"127.{world.octet}.1.10"
            and "virtualMachine" not in made["properties"]
        )
        again = []
        network.network_interfaces.begin_create_or_update(
            GROUP, "nic", body, raw_response_hook=lambda answer: again.append(answer.http_response)
        ).result()
        assert again[0].status_code == 200 and again[0].json()["properties"]["resourceGuid"] == made["properties"]["resourceGuid"]
        gone = []
        network.network_interfaces.begin_delete(GROUP, "nic", raw_response_hook=lambda answer: gone.append(answer.http_response)).result()
        assert gone[0].status_code == 202 and "/operationResults/" in gone[0].headers["Location"]
        assert network.network_interfaces.begin_delete(GROUP, "nic").result() is None and world.log.requests[-1]["status"] == 204


def bad_interfaces(octet):
    inside = f"127.{octet}.1.11"
    other_subnet = interface(inside)
    other_subnet["properties"]["ipConfigurations"][0]["properties"]["subnet"]["id"] += "-not"
    elsewhere = interface(inside)
    elsewhere["location"] = "northeurope"
    none = interface(inside)
    none["properties"]["ipConfigurations"] = []
    static = interface(inside)
    del static["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"]
    public = interface(inside)
    public["properties"]["ipConfigurations"][0]["properties"]["publicIPAddress"] = {
        "id": f"{ROOT}/{GROUP}/providers/Microsoft.Network/publicIPAddresses/none"
    }
    return {
        "taken": (
            interface(f"127.{octet}.1.20"),
            "PrivateIPAddressIsAllocated",
            f"{interface_id('app-front-01-nic')}/ipConfigurations/ipconfig1",
        ),
        "outside": (interface(f"127.{octet}.1.200"), "PrivateIPAddressNotInSubnet", f"127.{octet}.1.0/25"),
        "reserved": (interface(f"127.{octet}.1.3"), "PrivateIPAddressInReservedRange", f"127.{octet}.1.3 falls within reserved"),
        "last of the subnet": (interface(f"127.{octet}.1.127"), "PrivateIPAddressInReservedRange", f"127.{octet}.1.127"),
        "no such subnet": (other_subnet, "InvalidResourceReference", "subnets/failback-not referenced by resource"),
        "another region": (elsewhere, "InvalidResourceReference", "both resources are in the same region"),
        "no configuration": (none, "NetworkInterfaceMustHaveIpConfiguration", "at least one"),
        "static without address": (static, "IpConfigStaticAddressMissing", "names no address"),
        "no such public address": (public, "InvalidResourceReference", "publicIPAddresses/none"),
        "no such security group": (
            interface(inside, networkSecurityGroup={"id": f"{GROUPS}/none"}),
            "InvalidResourceReference",
            "networkSecurityGroups/none",
        ),
    }


@pytest.mark.parametrize("name", bad_interfaces(0))
def test_an_interface_is_refused_for(clients, name):
    world, _compute, network = clients
    body, code, words = bad_interfaces(world.octet)[name]
    error = refused(network, body)
    assert (error.status_code, error.error.code) == (400, code) and words in error.message
    assert error.response.json()["error"]["details"] == []


def test_a_dynamic_address_is_the_first_free_one_and_a_small_subnet_gets_full():
    small = [
        {
            "name": "vnet-app",
            "resource_group": NETWORKS,
            "prefix": "127.{octet}.1.0/24",
            "subnets": [{"name": "failback", "prefix": "127.{octet}.1.0/29"}],
        }
    ]
    with services({"network": {"virtual_networks": small, "network_interfaces": []}, "compute": {"virtual_machines": []}}) as (
        world,
        _compute,
        network,
    ):
        given = [
            network.network_interfaces.begin_create_or_update(GROUP, f"nic-{number}", interface(None)).result().as_dict()
            for number in range(3)
        ]
        assert [one["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] for one in given] == [
            f"127.{world.octet}.1.{last}" for last in (4, 5, 6)
        ]
        assert refused(network, interface(None)).error.code == "SubnetIsFull"


def test_another_group_a_security_group_and_their_permissions(clients):
    world, _compute, network = clients
    made = make_interface(world, network, "with-nsg", 40, networkSecurityGroup={"id": f"{GROUPS}/NSG"}).as_dict()
    assert made["properties"]["networkSecurityGroup"]["id"].lower() == f"{GROUPS}/nsg".lower()
    client = world.section("world")["clients"][0]["id"]
    scope = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{NETWORKS}"
    world.call(lambda: world.access.withdraw(client, scope))
    try:
        error = refused(network, interface(f"127.{world.octet}.1.41"))
        assert (error.status_code, error.error.code) == (403, "LinkedAuthorizationFailed")
        assert "'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s)" in error.message
    finally:
        world.call(lambda: world.access.assign(client, "Network Contributor", scope))


def test_whether_an_address_is_free(clients):
    world, _compute, network = clients

    def check(last):
        return network.virtual_networks.check_ip_address_availability(
            NETWORKS, "vnet-app", ip_address=f"127.{world.octet}.1.{last}"
        ).as_dict()

    assert check(90) == {"available": True, "availableIPAddresses": [], "isPlatformReserved": False}
    taken = check(20)
    assert not taken["available"] and not taken["isPlatformReserved"] and len(taken["availableIPAddresses"]) == 5
    assert taken["availableIPAddresses"][0] == f"127.{world.octet}.1.4"
    assert (
        check(0)["isPlatformReserved"]
        and check(127)["isPlatformReserved"]
        and check(3)["isPlatformReserved"]
        and not check(4)["isPlatformReserved"]
    )
    with pytest.raises(HttpResponseError, match="does not fall within the range of any subnet"):
        network.virtual_networks.check_ip_address_availability(NETWORKS, "vnet-db", ip_address="192.0.2.1")
    with pytest.raises(HttpResponseError, match="not correctly formatted"):
        network.virtual_networks.check_ip_address_availability(NETWORKS, "vnet-db", ip_address="here")


def test_public_addresses_are_kept_while_they_are_used():
    with services() as (world, _compute, network):
        body = {"location": "westeurope", "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}}
        public = network.public_ip_addresses.begin_create_or_update(GROUP, "pip", body).result().as_dict()
        assert public["properties"]["ipAddress"].startswith("203.0.113.")
        nic = interface(f"127.{world.octet}.1.30")
        nic["properties"]["ipConfigurations"][0]["properties"]["publicIPAddress"] = {"id": public["id"]}
        network.network_interfaces.begin_create_or_update(GROUP, "nic", nic).result()
        with pytest.raises(HttpResponseError, match="still allocated to resource"):
            network.public_ip_addresses.begin_delete(GROUP, "pip")
        second = interface(f"127.{world.octet}.1.31")
        second["properties"]["ipConfigurations"][0]["properties"]["publicIPAddress"] = {"id": public["id"]}
        assert refused(network, second).error.code == "PublicIPAddressInUse"
        # An interface that gives it up.
        network.network_interfaces.begin_create_or_update(GROUP, "nic", interface(f"127.{world.octet}.1.30")).result()
        network.public_ip_addresses.begin_delete(GROUP, "pip").result()
        assert list(network.public_ip_addresses.list_all()) == []


def test_how_networks_reach_on_premises_is_in_the_networks_and_gateways(clients):
    _world, _compute, network = clients
    found = {one["name"]: one for one in (item.as_dict() for item in network.virtual_networks.list_all())}
    assert set(found) == {"vnet-app", "vnet-db", "vnet-web", "vnet-hub"}
    (peering,) = found["vnet-db"]["properties"]["virtualNetworkPeerings"]
    assert peering["properties"]["useRemoteGateways"] and peering["properties"]["remoteVirtualNetwork"]["id"] == found["vnet-hub"]["id"]
    gateways = {
        one["name"]: one["properties"]["gatewayType"]
        for one in (item.as_dict() for item in network.virtual_network_gateways.list(NETWORKS))
    }
    assert gateways == {"vnet-app-gateway": "Vpn", "vnet-web-gateway": "ExpressRoute", "vnet-hub-gateway": "Vpn"}


def test_lists_have_pages(clients):
    world, _compute, network = clients
    world.log.clear()
    assert len(list(network.virtual_networks.list_all())) == 4
    assert world.log.count("GET", "virtualNetworks$") == 2 and len(world.log.without_pages()) == 1


def test_what_is_not_there_is_told_with_its_type(clients):
    _world, _compute, network = clients
    with pytest.raises(ResourceNotFoundError, match="'Microsoft.Network/virtualNetworks/none' under resource group 'rg-network'"):
        network.virtual_networks.get(NETWORKS, "none")
    with pytest.raises(ResourceNotFoundError, match="Resource group 'rg-none' could not be found"):
        network.virtual_networks.get("rg-none", "none")


@pytest.mark.parametrize("address, reserved", [(0, True), (1, True), (3, True), (4, False), (14, False), (15, True)])
def test_azure_keeps_the_first_four_and_the_last_address(address, reserved):
    prefix = addresses.Prefix("192.0.2.0/28")
    assert addresses.is_reserved(prefix, addresses.Address(f"192.0.2.{address}")) is reserved
