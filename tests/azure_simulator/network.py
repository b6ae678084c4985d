"""Microsoft.Network: virtual networks, network interfaces, public addresses and gateways.

The scenario's section ``network`` names the virtual networks; interfaces and addresses are made by whoever asks.
"""

from __future__ import annotations

import copy
import ipaddress
import uuid
from typing import TYPE_CHECKING, Any

from .arm import ArmError, ArmRequest, ArmResponse, Router, page, resource_group_not_found, resource_not_found

if TYPE_CHECKING:
    from .world import World

PROVIDER = "Microsoft.Network"
PAGE = 100
# virtual-networks-faq: Azure keeps the first four and the last address of every subnet for itself.
RESERVED_FIRST = 4


def install(world: World, router: Router) -> None:
    world.network = Network(world)
    world.network.register(router)


class Resources:
    """Resources of one type, found without regard to case."""

    def __init__(self, kind: str):
        self.kind = kind
        self._items: dict[str, dict[str, Any]] = {}

    def put(self, resource: dict[str, Any]) -> dict[str, Any]:
        self._items[resource["id"].lower()] = resource
        return resource

    def find(self, identifier: str) -> dict[str, Any] | None:
        return self._items.get(identifier.rstrip("/").lower())

    def pop(self, identifier: str) -> None:
        self._items.pop(identifier.rstrip("/").lower(), None)

    def all(self, prefix: str = "") -> list[dict[str, Any]]:
        wanted = prefix.lower()
        return [item for key, item in self._items.items() if key.startswith(wanted)]


class Network:
    """The networks and what stands in them. Bodies are kept as the service shows them."""

    def __init__(self, world: World):
        self._world = world
        section = world.section("network")
        self.region = section.get("region") or world.section("world").get("region", "westeurope")
        self.networks = Resources("virtualNetworks")
        self.interfaces = Resources("networkInterfaces")
        self.public_addresses = Resources("publicIPAddresses")
        self.gateways = Resources("virtualNetworkGateways")
        self._next_public = 10
        for entry in section.get("virtual_networks") or []:
            self._add_network(entry)
        for entry in section.get("network_interfaces") or []:
            self._add_interface(entry)

    # --- the scenario's things ---------------------------------------------------------------------------------------

    def _id(self, entry: dict[str, Any], kind: str, name: str | None = None) -> str:
        subscription = entry.get("subscription") or self._world.section("world")["subscriptions"][0]["id"]
        return f"/subscriptions/{subscription}/resourceGroups/{entry['resource_group']}/providers/{PROVIDER}/{kind}/{name or entry['name']}"

    def _add_network(self, entry: dict[str, Any]) -> None:
        identifier = self._id(entry, "virtualNetworks")
        location = entry.get("location", self.region)
        subnets = []
        for subnet in entry["subnets"]:
            subnets.append(_subnet(identifier, subnet["name"], subnet["prefix"]))
        peerings = []
        for peering in entry.get("peerings") or []:
            remote = self._id({**entry, **peering}, "virtualNetworks", peering["remote"])
            peerings.append(_peering(identifier, peering, remote))
        self.networks.put({
            "name": entry["name"], "id": identifier, "etag": _etag(), "type": f"{PROVIDER}/virtualNetworks", "location": location,
            "tags": entry.get("tags") or {},
            "properties": {
                "provisioningState": "Succeeded", "resourceGuid": str(uuid.uuid4()),
                "addressSpace": {"addressPrefixes": [entry["prefix"]]}, "subnets": subnets,
                "virtualNetworkPeerings": peerings, "enableDdosProtection": False,
            },
        })
        if entry.get("gateway"):
            self._add_gateway(entry, identifier, location)

    def _add_gateway(self, entry: dict[str, Any], network: str, location: str) -> None:
        name = f"{entry['name']}-gateway"
        identifier = self._id(entry, "virtualNetworkGateways", name)
        subnet = f"{network}/subnets/GatewaySubnet"
        configuration = {
            "name": "default", "id": f"{identifier}/ipConfigurations/default", "etag": _etag(),
            "properties": {"provisioningState": "Succeeded", "privateIPAllocationMethod": "Dynamic", "subnet": {"id": subnet}},
        }
        kind = {"vpn": "Vpn", "expressroute": "ExpressRoute"}[entry["gateway"]]
        sku = "VpnGw1" if kind == "Vpn" else "Standard"
        self.gateways.put({
            "name": name, "id": identifier, "etag": _etag(), "type": f"{PROVIDER}/virtualNetworkGateways", "location": location,
            "properties": {
                "provisioningState": "Succeeded", "resourceGuid": str(uuid.uuid4()), "ipConfigurations": [configuration],
                "gatewayType": kind, "vpnType": "RouteBased", "enableBgp": False, "activeActive": False,
                "sku": {"name": sku, "tier": sku, "capacity": 2},
            },
        })

    def _add_interface(self, entry: dict[str, Any]) -> None:
        subnet = f"{self._id(entry, 'virtualNetworks', entry['virtual_network'])}/subnets/{entry['subnet']}"
        group = entry.get("own_resource_group") or entry["resource_group"]
        identifier = self._id({**entry, "resource_group": group}, "networkInterfaces")
        body = {
            "location": entry.get("location", self.region), "tags": entry.get("tags") or {},
            "properties": {"ipConfigurations": [{"name": "ipconfig1", "properties": {
                "privateIPAddress": entry["address"], "privateIPAllocationMethod": "Static", "subnet": {"id": subnet}}}]},
        }
        self.interfaces.put(self._interface(identifier, body, None))

    # --- for other subsystems ----------------------------------------------------------------------------------------

    def nic(self, identifier: str) -> dict[str, Any] | None:
        """An interface, or None."""
        return self.interfaces.find(identifier)

    def address_of(self, nic: dict[str, Any]) -> str:
        return nic["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"]

    def attach(self, nic_id: str, vm_id: str) -> None:
        nic = self.interfaces.find(nic_id)
        nic["properties"]["virtualMachine"] = {"id": vm_id}
        nic["properties"]["primary"] = True

    def detach(self, nic_id: str) -> None:
        nic = self.interfaces.find(nic_id)
        if nic:
            nic["properties"].pop("virtualMachine", None)

    def delete_interface(self, nic_id: str) -> None:
        """An interface goes, as with a machine whose interface says `Delete`; its public address goes if that says so."""
        nic = self.interfaces.find(nic_id)
        if nic is None:
            return
        for configuration in nic["properties"]["ipConfigurations"]:
            public = configuration["properties"].get("publicIPAddress")
            if not public:
                continue
            kept = self.public_addresses.find(public["id"])
            option = (public.get("properties") or {}).get("deleteOption") or (kept or {}).get("properties", {}).get("deleteOption")
            if option == "Delete":
                self.public_addresses.pop(public["id"])
            elif kept:
                kept["properties"].pop("ipConfiguration", None)
        self.interfaces.pop(nic_id)

    def _taken(self, subnet_id: str) -> dict[str, str]:
        """Address -> id of the interface's configuration, for one subnet."""
        found = {}
        for nic in self.interfaces.all():
            for configuration in nic["properties"]["ipConfigurations"]:
                if configuration["properties"]["subnet"]["id"].lower() == subnet_id.lower():
                    found[configuration["properties"]["privateIPAddress"]] = configuration["id"]
        return found

    # --- requests ----------------------------------------------------------------------------------------------------

    def register(self, router: Router) -> None:
        group = "/subscriptions/{sub}/resourceGroups/{group}/providers/Microsoft.Network"
        whole = "/subscriptions/{sub}/providers/Microsoft.Network"
        for kind, resources in (("virtualNetworks", self.networks), ("networkInterfaces", self.interfaces), ("publicIPAddresses", self.public_addresses)):
            router.add("GET", f"{whole}/{kind}", self._list(resources))
            router.add("GET", f"{group}/{kind}", self._list(resources))
            router.add("GET", f"{group}/{kind}/{{name}}", self._get(resources))
        router.add("GET", f"{group}/virtualNetworkGateways", self._list(self.gateways))
        router.add("GET", f"{group}/virtualNetworkGateways/{{name}}", self._get(self.gateways))
        router.add("GET", f"{group}/virtualNetworks/{{name}}/CheckIPAddressAvailability", self._check_address, permission="Microsoft.Network/virtualNetworks/read")
        router.add("PUT", f"{group}/networkInterfaces/{{name}}", self._put_interface)
        router.add("PATCH", f"{group}/networkInterfaces/{{name}}", self._patch(self.interfaces))
        router.add("DELETE", f"{group}/networkInterfaces/{{name}}", self._delete_interface)
        router.add("PUT", f"{group}/publicIPAddresses/{{name}}", self._put_public_address)
        router.add("PATCH", f"{group}/publicIPAddresses/{{name}}", self._patch(self.public_addresses))
        router.add("DELETE", f"{group}/publicIPAddresses/{{name}}", self._delete_public_address)
        router.add("GET", f"{whole}/locations/{{location}}/usages", self._usages)

    def _list(self, resources: Resources):
        def handler(request: ArmRequest) -> dict:
            prefix = f"/subscriptions/{request.params['sub']}/"
            if "group" in request.params:
                self._require_group(request)
                prefix += f"resourceGroups/{request.params['group']}/"
            return page([_shown(item) for item in resources.all(prefix)], request, PAGE)
        return handler

    def _get(self, resources: Resources):
        def handler(request: ArmRequest) -> dict:
            return _shown(self._find(resources, request))
        return handler

    def _patch(self, resources: Resources):
        def handler(request: ArmRequest) -> dict:
            found = self._find(resources, request)
            found["tags"] = dict((request.body or {}).get("tags") or {})
            found["etag"] = _etag()
            return _shown(found)
        return handler

    def _find(self, resources: Resources, request: ArmRequest) -> dict[str, Any]:
        found = resources.find(request.path)
        if found is None:
            raise resource_not_found(f"{PROVIDER}/{resources.kind}", request.params["name"], request.params["group"])
        return found

    def _require_group(self, request: ArmRequest) -> dict[str, Any]:
        group = self._world.resources.group(request.params["sub"], request.params["group"])
        if group is None:
            raise resource_group_not_found(request.params["group"])
        return group

    def _check_address(self, request: ArmRequest) -> dict:
        network = self.networks.find(request.path.rsplit("/", 1)[0])
        if network is None:
            raise resource_not_found(f"{PROVIDER}/virtualNetworks", request.params["name"], request.params["group"])
        text = request.query.get("ipAddress", "")
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            raise ArmError(400, "InvalidIPAddressFormat", f"The IP address {text} is not correctly formatted.", details=[]) from None
        for subnet in network["properties"]["subnets"]:
            prefix = ipaddress.ip_network(subnet["properties"]["addressPrefix"])
            if address in prefix:
                return self._availability(subnet, prefix, address)
        raise ArmError(400, "PrivateIPAddressNotInAnySubnet", f"Private static IP address {text} does not fall within the range of any subnet prefix of virtual network {network['name']}.", details=[])

    def _availability(self, subnet: dict[str, Any], prefix: Any, address: Any) -> dict:
        taken = self._taken(subnet["id"])
        reserved = _is_reserved(prefix, address)
        if not reserved and str(address) not in taken:
            return {"available": True, "availableIPAddresses": [], "isPlatformReserved": False}
        free = [str(one) for one in prefix.hosts() if not _is_reserved(prefix, one) and str(one) not in taken]
        return {"available": False, "availableIPAddresses": free[:5], "isPlatformReserved": reserved}

    def _put_interface(self, request: ArmRequest) -> ArmResponse:
        self._require_group(request)
        body = copy.deepcopy(request.body or {})
        identifier = request.path.rstrip("/")
        before = self.interfaces.find(identifier)
        nic = self._interface(before["id"] if before else identifier, body, before)
        for configuration in nic["properties"]["ipConfigurations"]:
            self._check_configuration(request, nic, configuration)
        self.interfaces.put(nic)
        headers = self._world.operations.begin("network", self._world.latency("network_interface", request.params["name"]), request=request, location=nic["location"])
        return ArmResponse(200 if before else 201, _shown(nic), headers)

    def _interface(self, identifier: str, body: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
        properties = body.get("properties") or {}
        configurations = []
        for index, given in enumerate(properties.get("ipConfigurations") or []):
            wanted = given.get("properties") or {}
            name = given.get("name") or f"ipconfig{index + 1}"
            shown = {
                "provisioningState": "Succeeded", "privateIPAddress": wanted.get("privateIPAddress"),
                "privateIPAllocationMethod": wanted.get("privateIPAllocationMethod") or "Dynamic", "subnet": {"id": (wanted.get("subnet") or {}).get("id", "")},
                "primary": index == 0, "privateIPAddressVersion": wanted.get("privateIPAddressVersion") or "IPv4",
            }
            if wanted.get("publicIPAddress"):
                shown["publicIPAddress"] = wanted["publicIPAddress"]
            configurations.append({"name": name, "id": f"{identifier}/ipConfigurations/{name}", "etag": _etag(), "type": f"{PROVIDER}/networkInterfaces/ipConfigurations", "properties": shown})
        if not configurations:
            raise ArmError(400, "NetworkInterfaceMustHaveIpConfiguration", f"Network interface {identifier} must have at least one IP configuration.", details=[])
        shown_nic = {
            "provisioningState": "Succeeded", "resourceGuid": (before or {}).get("properties", {}).get("resourceGuid") or str(uuid.uuid4()),
            "ipConfigurations": configurations, "dnsSettings": {"dnsServers": [], "appliedDnsServers": []}, "enableAcceleratedNetworking": False,
            "vnetEncryptionSupported": False, "enableIPForwarding": False, "hostedWorkloads": [], "tapConfigurations": [], "nicType": "Standard",
        }
        if properties.get("networkSecurityGroup"):
            shown_nic["networkSecurityGroup"] = properties["networkSecurityGroup"]
        if before and before["properties"].get("virtualMachine"):
            shown_nic["virtualMachine"] = before["properties"]["virtualMachine"]
        return {
            "name": identifier.rsplit("/", 1)[1], "id": identifier, "etag": _etag(), "type": f"{PROVIDER}/networkInterfaces",
            "location": body.get("location", self.region), "tags": dict(body.get("tags") or {}), "properties": shown_nic,
        }

    def _check_configuration(self, request: ArmRequest, nic: dict[str, Any], configuration: dict[str, Any]) -> None:
        properties = configuration["properties"]
        subnet_id = properties["subnet"]["id"]
        network = self.networks.find(subnet_id.rpartition("/subnets/")[0])
        subnet = next((one for one in (network or {}).get("properties", {}).get("subnets", []) if one["id"].lower() == subnet_id.lower()), None)
        if network is None or subnet is None:
            raise ArmError(400, "InvalidResourceReference", f"Resource {subnet_id} referenced by resource {nic['id']} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.", details=[])
        self._require_linked(request, "Microsoft.Network/virtualNetworks/subnets/join/action", subnet_id)
        if network["location"].lower() != nic["location"].lower():
            raise ArmError(400, "InvalidResourceReference", f"Resource {subnet_id} referenced by resource {nic['id']} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.", details=[])
        prefix = ipaddress.ip_network(subnet["properties"]["addressPrefix"])
        taken = self._taken(subnet_id)
        if properties["privateIPAllocationMethod"] == "Dynamic" and not properties["privateIPAddress"]:
            free = next((one for one in prefix.hosts() if not _is_reserved(prefix, one) and str(one) not in taken), None)
            if free is None:
                raise ArmError(400, "SubnetIsFull", f"Subnet {subnet['name']} with address prefix {prefix} does not have enough capacity for 1 IP addresses.", details=[])
            properties["privateIPAddress"] = str(free)
            return
        address = ipaddress.ip_address(properties["privateIPAddress"])
        if address not in prefix:
            raise ArmError(400, "PrivateIPAddressNotInSubnet", f"Private static IP address {address} does not belong to the range of subnet prefix {prefix}.", details=[])
        if _is_reserved(prefix, address):
            raise ArmError(400, "PrivateIPAddressInReservedRange", f"Private static IP address {address} falls within reserved IP range of subnet prefix {prefix}.", details=[])
        holder = taken.get(str(address))
        if holder and not holder.lower().startswith(nic["id"].lower() + "/"):
            raise ArmError(400, "PrivateIPAddressIsAllocated", f"IP configuration {configuration['id']} is using the private IP address {address} which is already allocated to resource {holder}.", details=[])
        public = properties.get("publicIPAddress")
        if public:
            found = self.public_addresses.find(public["id"])
            if found is None:
                raise ArmError(400, "InvalidResourceReference", f"Resource {public['id']} referenced by resource {nic['id']} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.", details=[])
            found["properties"]["ipConfiguration"] = {"id": configuration["id"]}

    def _require_linked(self, request: ArmRequest, action: str, scope: str) -> None:
        if request.caller and not self._world.access.allowed(request.caller, action, scope):
            raise linked_authorization_failed(request, "Microsoft.Network/networkInterfaces/write", action, scope)

    def _delete_interface(self, request: ArmRequest) -> ArmResponse:
        nic = self.interfaces.find(request.path)
        if nic is None:
            return ArmResponse(204)
        machine = nic["properties"].get("virtualMachine")
        if machine:
            raise ArmError(400, "NicInUse", f"Network Interface {nic['id']} is used by existing resource {machine['id']}. In order to delete the network interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic.", details=[])
        seconds = self._world.latency("network_interface_delete", request.params["name"])
        headers = self._world.operations.begin("network", seconds, lambda: self.delete_interface(nic["id"]), request=request, location=nic["location"], monitor=True)
        return ArmResponse(202, None, headers)

    def _put_public_address(self, request: ArmRequest) -> ArmResponse:
        self._require_group(request)
        body = copy.deepcopy(request.body or {})
        before = self.public_addresses.find(request.path)
        properties = body.get("properties") or {}
        if before is None:
            self._next_public += 1
        shown = {
            "provisioningState": "Succeeded", "resourceGuid": str(uuid.uuid4()),
            "ipAddress": before["properties"]["ipAddress"] if before else f"203.0.113.{self._next_public}",
            "publicIPAddressVersion": properties.get("publicIPAddressVersion") or "IPv4", "publicIPAllocationMethod": properties.get("publicIPAllocationMethod") or "Static",
            "idleTimeoutInMinutes": 4, "ipTags": [], "deleteOption": properties.get("deleteOption") or "Detach",
        }
        if before and before["properties"].get("ipConfiguration"):
            shown["ipConfiguration"] = before["properties"]["ipConfiguration"]
        identifier = before["id"] if before else request.path.rstrip("/")
        address = self.public_addresses.put({
            "name": request.params["name"], "id": identifier, "etag": _etag(), "type": f"{PROVIDER}/publicIPAddresses", "location": body.get("location", self.region),
            "tags": dict(body.get("tags") or {}), "sku": {"name": (body.get("sku") or {}).get("name") or "Standard", "tier": "Regional"}, "properties": shown,
        })
        headers = self._world.operations.begin("network", self._world.latency("public_address", request.params["name"]), request=request, location=address["location"])
        return ArmResponse(200 if before else 201, _shown(address), headers)

    def _delete_public_address(self, request: ArmRequest) -> ArmResponse:
        address = self.public_addresses.find(request.path)
        if address is None:
            return ArmResponse(204)
        user = address["properties"].get("ipConfiguration")
        if user:
            raise ArmError(400, "PublicIPAddressCannotBeDeleted", f"Public IP address {address['id']} can not be deleted since it is still allocated to resource {user['id']}. In order to delete the public IP, disassociate/detach the Public IP address from the resource. To learn how to do this, see aka.ms/deletepublicip.", details=[])
        headers = self._world.operations.begin("network", self._world.latency("public_address", request.params["name"]), lambda: self.public_addresses.pop(address["id"]), request=request, location=address["location"], monitor=True)
        return ArmResponse(202, None, headers)

    def _usages(self, request: ArmRequest) -> dict:
        root = f"/subscriptions/{request.params['sub']}/providers/{PROVIDER}/locations/{request.params['location']}/usages"
        counts = {"VirtualNetworks": (self.networks, "Virtual Networks"), "NetworkInterfaces": (self.interfaces, "Network Interfaces"), "PublicIPAddresses": (self.public_addresses, "Public IP Addresses")}
        return {"value": [
            {"id": f"{root}/{name}", "unit": "Count", "currentValue": len(resources.all(f"/subscriptions/{request.params['sub']}/")), "limit": 1000 if name != "NetworkInterfaces" else 65536, "name": {"value": name, "localizedValue": text}}
            for name, (resources, text) in counts.items()
        ]}


def linked_authorization_failed(request: ArmRequest, action: str, linked: str, scope: str) -> ArmError:
    """403 for something referred to that the caller may not use."""
    who = f"The client '{request.caller.client_id}' with object id '{request.caller.object_id}'"
    return ArmError(403, "LinkedAuthorizationFailed", f"{who} has permission to perform action '{action}' on scope '{request.path}'; however, it does not have permission to perform action '{linked}' on the linked scope(s) '{scope}' or the linked scope(s) are invalid.")


def _is_reserved(prefix: Any, address: Any) -> bool:
    offset = int(address) - int(prefix.network_address)
    return offset < RESERVED_FIRST or address == prefix.broadcast_address


def _subnet(network: str, name: str, prefix: str) -> dict[str, Any]:
    return {
        "name": name, "id": f"{network}/subnets/{name}", "etag": _etag(), "type": f"{PROVIDER}/virtualNetworks/subnets",
        "properties": {"provisioningState": "Succeeded", "addressPrefix": prefix, "delegations": [], "privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled"},
    }


def _peering(network: str, peering: dict[str, Any], remote: str) -> dict[str, Any]:
    name = f"to-{peering['remote']}"
    return {
        "name": name, "id": f"{network}/virtualNetworkPeerings/{name}", "etag": _etag(), "type": f"{PROVIDER}/virtualNetworks/virtualNetworkPeerings",
        "properties": {
            "provisioningState": "Succeeded", "peeringState": "Connected", "peeringSyncLevel": "FullyInSync", "remoteVirtualNetwork": {"id": remote},
            "allowVirtualNetworkAccess": True, "allowForwardedTraffic": True, "allowGatewayTransit": bool(peering.get("allow_gateway_transit")), "useRemoteGateways": bool(peering.get("use_remote_gateways")),
        },
    }


def _shown(resource: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(resource)


def _etag() -> str:
    return f'W/"{uuid.uuid4()}"'
