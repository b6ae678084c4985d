"""Public addresses, out of the documentation's range 203.0.113.0/24."""

from __future__ import annotations

import copy
import uuid
from typing import TYPE_CHECKING, Any

from ..arm import ArmRequest, ArmResponse, Router
from .resources import PROVIDER, Resources, etag, refusal

if TYPE_CHECKING:
    from ..world import World
    from .service import Network


class PublicAddresses(Resources):
    """All public addresses."""

    def __init__(self, world: World, network: Network):
        super().__init__("publicIPAddresses")
        self._world = world
        self._network = network
        self._last = 10

    def leave(self, reference: dict[str, Any]) -> None:
        """The interface that used it is gone; it goes too where the reference or the address itself says `Delete`."""
        address = self.find(reference["id"])
        if address is None:
            return
        said = (reference.get("properties") or {}).get("deleteOption") or address["properties"].get("deleteOption")
        if said == "Delete":
            self.pop(address["id"])
        else:
            address["properties"].pop("ipConfiguration", None)

    def register(self, router: Router) -> None:
        path = f"/subscriptions/{{sub}}/resourceGroups/{{group}}/providers/{PROVIDER}/{self.kind}/{{name}}"
        router.add("PUT", path, self._put)
        router.add("DELETE", path, self._delete)

    def _put(self, request: ArmRequest) -> ArmResponse:
        self._world.resources.require_group(request)
        before = self.find(request.path)
        sent = request.body or {}
        address = self.put({
            "name": request.params["name"], "id": before["id"] if before else request.path.rstrip("/"), "etag": etag(),
            "type": self.type, "location": sent.get("location", self._network.region),
            "tags": dict(sent.get("tags") or {}),
            "sku": {"name": (sent.get("sku") or {}).get("name") or "Standard", "tier": "Regional"},
            "properties": self._properties(sent.get("properties") or {}, (before or {}).get("properties")),
        })
        headers = self._begin(request, address)
        return ArmResponse(200 if before else 201, copy.deepcopy(address), headers)

    def _properties(self, sent: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
        if before is None:
            self._last += 1
        shown = {
            "provisioningState": "Succeeded", "resourceGuid": before["resourceGuid"] if before else str(uuid.uuid4()),
            "ipAddress": before["ipAddress"] if before else f"203.0.113.{self._last}",
            "publicIPAddressVersion": sent.get("publicIPAddressVersion") or "IPv4",
            "publicIPAllocationMethod": sent.get("publicIPAllocationMethod") or "Static",
            "idleTimeoutInMinutes": 4, "ipTags": [], "deleteOption": sent.get("deleteOption") or "Detach",
        }
        if before and before.get("ipConfiguration"):
            shown["ipConfiguration"] = before["ipConfiguration"]
        return shown

    def _delete(self, request: ArmRequest) -> ArmResponse:
        address = self.find(request.path)
        if address is None:
            return ArmResponse(204)
        user = address["properties"].get("ipConfiguration")
        if user:
            raise refusal("PublicIPAddressCannotBeDeleted", f"Public IP address {address['id']} can not be deleted "
                          f"since it is still allocated to resource {user['id']}. In order to delete the public IP, "
                          "disassociate/detach the Public IP address from the resource. To learn how to do this, see "
                          "aka.ms/deletepublicip.")
        return ArmResponse(202, None, self._begin(request, address, lambda: self.pop(address["id"]), monitor=True))

    def _begin(self, request: ArmRequest, address: dict[str, Any], finish=None, monitor=False) -> dict[str, str]:
        seconds = self._world.latency("public_address", request.params["name"])
        return self._world.operations.begin("network", seconds, finish, request=request, location=address["location"],
                                            monitor=monitor)
