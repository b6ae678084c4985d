"""The networks of a world and what stands in them."""

from __future__ import annotations

import copy
import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..arm import ArmRequest, Router, page, resource_not_found
from . import addresses
from .interfaces import Interfaces
from .public_addresses import PublicAddresses
from .resources import PROVIDER, Resources, etag, refusal
from .topology import gateway_body, network_body, security_group_body

if TYPE_CHECKING:
    from ..world import World

PAGE = 100


class Network:
    """`networks`, `interfaces`, `public_addresses`, `gateways`, `security_groups`: resources by type."""

    def __init__(self, world: World):
        self._world = world
        section = world.section("network")
        self.region = section.get("region") or world.section("world").get("region", "westeurope")
        self._page_size = int(section.get("page_size") or PAGE)
        self.networks = Resources("virtualNetworks")
        self.gateways = Resources("virtualNetworkGateways")
        self.security_groups = Resources("networkSecurityGroups")
        self.interfaces = Interfaces(world, self)
        self.public_addresses = PublicAddresses(world, self)
        for entry in section.get("virtual_networks") or []:
            network = self.networks.put(network_body(entry, self._id, entry.get("location", self.region)))
            if entry.get("gateway"):
                self.gateways.put(gateway_body(entry, network, self._id))
        for entry in section.get("network_security_groups") or []:
            self.security_groups.put(security_group_body(entry, self._id, entry.get("location", self.region)))
        for entry in section.get("network_interfaces") or []:
            self._add_interface(entry)

    def _id(self, entry: dict[str, Any], kind: str, name: str) -> str:
        subscription = entry.get("subscription") or self._world.section("world")["subscriptions"][0]["id"]
        group = f"/subscriptions/{subscription}/resourceGroups/{entry['resource_group']}"
        return f"{group}/providers/{PROVIDER}/{kind}/{name}"

    def _add_interface(self, entry: dict[str, Any]) -> None:
        subnet = f"{self._id(entry, 'virtualNetworks', entry['virtual_network'])}/subnets/{entry['subnet']}"
        group = entry.get("own_resource_group") or entry["resource_group"]
        identifier = self._id({**entry, "resource_group": group}, "networkInterfaces", entry["name"])
        self.interfaces.add(identifier, entry["address"], subnet, entry, entry.get("location", self.region))

    # --- for other subsystems ----------------------------------------------------------------------------------------

    def nic(self, identifier: str) -> dict[str, Any] | None:
        """An interface, or None."""
        return self.interfaces.find(identifier)

    def address_of(self, nic: dict[str, Any]) -> str:
        return nic["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"]

    def attach(self, nic_id: str, vm_id: str) -> None:
        nic = self.interfaces.find(nic_id)
        if nic is not None:
            nic["properties"].update(virtualMachine={"id": vm_id}, primary=True)

    def detach(self, nic_id: str) -> None:
        nic = self.interfaces.find(nic_id)
        if nic is not None:
            nic["properties"].pop("virtualMachine", None)

    def delete_interface(self, nic_id: str) -> None:
        """An interface goes with its machine."""
        self.interfaces.remove(nic_id)

    def subnet(self, identifier: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """The network and the subnet of a subnet's id."""
        network = self.networks.find(identifier.rpartition("/subnets/")[0])
        subnets = network["properties"]["subnets"] if network else []
        return network, next((one for one in subnets if one["id"].lower() == identifier.lower()), None)

    # --- requests ----------------------------------------------------------------------------------------------------

    def register(self, router: Router) -> None:
        group = f"/subscriptions/{{sub}}/resourceGroups/{{group}}/providers/{PROVIDER}"
        whole = f"/subscriptions/{{sub}}/providers/{PROVIDER}"
        for resources in (self.networks, self.interfaces, self.public_addresses, self.security_groups):
            router.add("GET", f"{whole}/{resources.kind}", self._list(resources))
        # Gateways can be listed by group only.
        for resources in (self.networks, self.interfaces, self.public_addresses, self.security_groups, self.gateways):
            router.add("GET", f"{group}/{resources.kind}", self._list(resources))
            router.add("GET", f"{group}/{resources.kind}/{{name}}", self._get(resources))
        for resources in (self.interfaces, self.public_addresses):
            resources.register(router)
            router.add("PATCH", f"{group}/{resources.kind}/{{name}}", self._patch(resources))
        router.add("GET", f"{group}/virtualNetworks/{{name}}/CheckIPAddressAvailability", self._check_address,
                   permission=f"{PROVIDER}/virtualNetworks/read")
        router.add("GET", f"{whole}/locations/{{location}}/usages", self._usages)

    def _list(self, resources: Resources) -> Callable[[ArmRequest], dict]:
        def handler(request: ArmRequest) -> dict:
            prefix = f"/subscriptions/{request.params['sub']}/"
            if "group" in request.params:
                self._world.resources.require_group(request)
                prefix += f"resourceGroups/{request.params['group']}/"
            return page(copy.deepcopy(resources.all(prefix)), request, self._page_size)
        return handler

    def _get(self, resources: Resources) -> Callable[[ArmRequest], dict]:
        return lambda request: copy.deepcopy(self._find(resources, request))

    def _patch(self, resources: Resources) -> Callable[[ArmRequest], dict]:
        def handler(request: ArmRequest) -> dict:
            found = self._find(resources, request)
            found["tags"] = dict((request.body or {}).get("tags") or {})
            found["etag"] = etag()
            return copy.deepcopy(found)
        return handler

    def _find(self, resources: Resources, request: ArmRequest) -> dict[str, Any]:
        found = resources.find(request.path)
        if found is None:
            self._world.resources.require_group(request)
            raise resource_not_found(resources.type, request.params["name"], request.params["group"])
        return found

    def _check_address(self, request: ArmRequest) -> dict:
        network = self.networks.find(request.path.rsplit("/", 1)[0])
        if network is None:
            raise resource_not_found(self.networks.type, request.params["name"], request.params["group"])
        text = request.query.get("ipAddress", "")
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            raise refusal("InvalidIPAddressFormat", f"The IP address {text} is not correctly formatted.") from None
        for subnet in network["properties"]["subnets"]:
            prefix = ipaddress.ip_network(subnet["properties"]["addressPrefix"])
            if address in prefix:
                return addresses.availability(prefix, address, self.interfaces.taken(subnet["id"]))
        raise refusal("PrivateIPAddressNotInAnySubnet", f"Private static IP address {text} does not fall within the "
                      f"range of any subnet prefix of virtual network {network['name']}.")

    def _usages(self, request: ArmRequest) -> dict:
        root = f"/subscriptions/{request.params['sub']}"
        path = f"{root}/providers/{PROVIDER}/locations/{request.params['location']}/usages"
        lines = (("VirtualNetworks", "Virtual Networks", self.networks, 1000),
                 ("NetworkInterfaces", "Network Interfaces", self.interfaces, 65536),
                 ("PublicIPAddresses", "Public IP Addresses", self.public_addresses, 1000))
        return {"value": [
            {"id": f"{path}/{name}", "unit": "Count", "currentValue": len(resources.all(f"{root}/")), "limit": limit,
             "name": {"value": name, "localizedValue": text}}
            for name, text, resources, limit in lines
        ]}
