"""Network interfaces: what is checked before one is made, and how one goes."""

from __future__ import annotations

import copy
import ipaddress
import uuid
from typing import TYPE_CHECKING, Any

from ..arm import ArmRequest, ArmResponse, Router, linked_authorization_failed
from . import addresses
from .resources import PROVIDER, Resources, etag, missing_reference, refusal

if TYPE_CHECKING:
    from ..world import World
    from .service import Network

JOIN_SUBNET = f"{PROVIDER}/virtualNetworks/subnets/join/action"
JOIN_GROUP = f"{PROVIDER}/networkSecurityGroups/join/action"
JOIN_PUBLIC = f"{PROVIDER}/publicIPAddresses/join/action"


class Interfaces(Resources):
    """All network interfaces."""

    def __init__(self, world: World, network: Network):
        super().__init__("networkInterfaces")
        self._world = world
        self._network = network

    def taken(self, subnet: str) -> dict[str, str]:
        """Address -> id of the interface's configuration, for one subnet."""
        return {
            configuration["properties"]["privateIPAddress"]: configuration["id"]
            for interface in self.all() for configuration in interface["properties"]["ipConfigurations"]
            if configuration["properties"]["subnet"]["id"].lower() == subnet.lower()
        }

    def remove(self, identifier: str) -> None:
        """An interface goes, as with a machine that takes it along; its public address goes if that says so."""
        interface = self.find(identifier)
        if interface is None:
            return
        for configuration in interface["properties"]["ipConfigurations"]:
            public = configuration["properties"].get("publicIPAddress")
            if public:
                self._network.public_addresses.leave(public)
        self.pop(identifier)

    def add(self, identifier: str, address: str, subnet: str, entry: dict[str, Any], location: str) -> None:
        """An interface of somebody else."""
        configuration = {"name": "ipconfig1", "properties": {
            "privateIPAddress": address, "privateIPAllocationMethod": "Static", "subnet": {"id": subnet}}}
        sent = {"location": location, "tags": entry.get("tags"), "properties": {"ipConfigurations": [configuration]}}
        self.put(body(identifier, sent, None, location))

    # --- requests ----------------------------------------------------------------------------------------------------

    def register(self, router: Router) -> None:
        path = f"/subscriptions/{{sub}}/resourceGroups/{{group}}/providers/{PROVIDER}/{self.kind}/{{name}}"
        router.add("PUT", path, self._put)
        router.add("DELETE", path, self._delete)

    def _put(self, request: ArmRequest) -> ArmResponse:
        self._world.resources.require_group(request)
        before = self.find(request.path)
        identifier = before["id"] if before else request.path.rstrip("/")
        interface = body(identifier, copy.deepcopy(request.body or {}), before, self._network.region)
        for configuration in interface["properties"]["ipConfigurations"]:
            self._check_subnet(request, interface, configuration)
            self._check_public_address(request, interface, configuration)
        self._check_security_group(request, interface)
        self._bind_public_addresses(interface, before)
        self.put(interface)
        seconds = self._world.latency("network_interface", request.params["name"])
        headers = self._world.operations.begin("network", seconds, request=request, location=interface["location"])
        return ArmResponse(200 if before else 201, copy.deepcopy(interface), headers)

    def _check_subnet(self, request: ArmRequest, interface: dict[str, Any], configuration: dict[str, Any]) -> None:
        properties = configuration["properties"]
        wanted = properties["subnet"]["id"]
        network, subnet = self._network.subnet(wanted)
        if subnet is None or network["location"].lower() != interface["location"].lower():
            raise missing_reference(wanted, interface["id"])
        self._require_linked(request, JOIN_SUBNET, subnet["id"])
        prefix = ipaddress.ip_network(subnet["properties"]["addressPrefix"])
        taken = self.taken(wanted)
        if not properties["privateIPAddress"]:
            address = next(addresses.free(prefix, taken), None)
            if address is None:
                raise refusal("SubnetIsFull", f"Subnet {subnet['name']} with address prefix {prefix} does not have "
                              "enough capacity for 1 IP addresses.")
            properties["privateIPAddress"] = address
            return
        address = ipaddress.ip_address(properties["privateIPAddress"])
        if address not in prefix:
            raise refusal("PrivateIPAddressNotInSubnet", f"Private static IP address {address} does not belong to the "
                          f"range of subnet prefix {prefix}.")
        if addresses.is_reserved(prefix, address):
            raise refusal("PrivateIPAddressInReservedRange", f"Private static IP address {address} falls within "
                          f"reserved IP range of subnet prefix {prefix}.")
        holder = taken.get(str(address))
        if holder and not holder.lower().startswith(interface["id"].lower() + "/"):
            raise refusal("PrivateIPAddressIsAllocated", f"IP configuration {configuration['id']} is using the private "
                          f"IP address {address} which is already allocated to resource {holder}.")

    def _check_public_address(self, request: ArmRequest, interface: dict, configuration: dict) -> None:
        reference = configuration["properties"].get("publicIPAddress")
        if not reference:
            return
        found = self._network.public_addresses.find(reference["id"])
        if found is None:
            raise missing_reference(reference["id"], interface["id"])
        self._require_linked(request, JOIN_PUBLIC, found["id"])
        user = found["properties"].get("ipConfiguration")
        if user and user["id"].lower() != configuration["id"].lower():
            raise refusal("PublicIPAddressInUse", f"Resource {configuration['id']} is referencing public IP address "
                          f"{found['id']} that is already allocated to resource {user['id']}.")

    def _check_security_group(self, request: ArmRequest, interface: dict[str, Any]) -> None:
        reference = interface["properties"].get("networkSecurityGroup")
        if not reference:
            return
        found = self._network.security_groups.find(reference["id"])
        if found is None or found["location"].lower() != interface["location"].lower():
            raise missing_reference(reference["id"], interface["id"])
        self._require_linked(request, JOIN_GROUP, found["id"])

    def _bind_public_addresses(self, interface: dict[str, Any], before: dict[str, Any] | None) -> None:
        for configuration in (before or interface)["properties"]["ipConfigurations"]:
            reference = configuration["properties"].get("publicIPAddress")
            found = self._network.public_addresses.find(reference["id"]) if before and reference else None
            if found:
                found["properties"].pop("ipConfiguration", None)
        for configuration in interface["properties"]["ipConfigurations"]:
            reference = configuration["properties"].get("publicIPAddress")
            if reference:
                found = self._network.public_addresses.find(reference["id"])
                found["properties"]["ipConfiguration"] = {"id": configuration["id"]}

    def _require_linked(self, request: ArmRequest, action: str, scope: str) -> None:
        if not self._world.access.allowed(request.caller, action, scope):
            raise linked_authorization_failed(request.caller, f"{self.type}/write", request.path, action, scope)

    def _delete(self, request: ArmRequest) -> ArmResponse:
        interface = self.find(request.path)
        if interface is None:
            return ArmResponse(204)
        machine = interface["properties"].get("virtualMachine")
        if machine:
            raise refusal("NicInUse", f"Network Interface {interface['id']} is used by existing resource "
                          f"{machine['id']}. In order to delete the network interface, it must be dissociated from the "
                          "resource. To learn more, see aka.ms/deletenic.")
        seconds = self._world.latency("network_interface_delete", request.params["name"])
        headers = self._world.operations.begin(
            "network", seconds, lambda: self.remove(interface["id"]), request=request, location=interface["location"],
            monitor=True)
        return ArmResponse(202, None, headers)


def body(identifier: str, sent: dict[str, Any], before: dict[str, Any] | None, region: str) -> dict[str, Any]:
    """An interface as it is shown, from what was sent."""
    properties = sent.get("properties") or {}
    configurations = [
        _configuration(identifier, given, index) for index, given in enumerate(properties.get("ipConfigurations") or [])
    ]
    if not configurations:
        raise refusal("NetworkInterfaceMustHaveIpConfiguration",
                      f"Network interface {identifier} must have at least one IP configuration.")
    kept = before["properties"] if before else {}
    shown = {
        "provisioningState": "Succeeded", "resourceGuid": kept.get("resourceGuid") or str(uuid.uuid4()),
        "ipConfigurations": configurations, "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
        "enableAcceleratedNetworking": False, "vnetEncryptionSupported": False, "enableIPForwarding": False,
        "hostedWorkloads": [], "tapConfigurations": [], "nicType": "Standard",
    }
    if properties.get("networkSecurityGroup"):
        shown["networkSecurityGroup"] = properties["networkSecurityGroup"]
    shown.update({name: kept[name] for name in ("virtualMachine", "primary") if name in kept})
    return {
        "name": identifier.rsplit("/", 1)[1], "id": identifier, "etag": etag(), "type": f"{PROVIDER}/networkInterfaces",
        "location": sent.get("location", region), "tags": dict(sent.get("tags") or {}), "properties": shown,
    }


def _configuration(identifier: str, given: dict[str, Any], index: int) -> dict[str, Any]:
    wanted = given.get("properties") or {}
    name = given.get("name") or f"ipconfig{index + 1}"
    shown = {
        "provisioningState": "Succeeded", "privateIPAddress": wanted.get("privateIPAddress"),
        "privateIPAllocationMethod": wanted.get("privateIPAllocationMethod") or "Dynamic",
        "subnet": {"id": (wanted.get("subnet") or {}).get("id", "")}, "primary": index == 0,
        "privateIPAddressVersion": wanted.get("privateIPAddressVersion") or "IPv4",
    }
    if shown["privateIPAllocationMethod"] == "Static" and not shown["privateIPAddress"]:
        # The code is our inference.
        raise refusal("IpConfigStaticAddressMissing",
                      f"IP configuration {identifier}/ipConfigurations/{name} is static and names no address.")
    if wanted.get("publicIPAddress"):
        shown["publicIPAddress"] = wanted["publicIPAddress"]
    return {"name": name, "id": f"{identifier}/ipConfigurations/{name}", "etag": etag(),
            "type": f"{PROVIDER}/networkInterfaces/ipConfigurations", "properties": shown}
