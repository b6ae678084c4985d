"""What a region offers and allows: sizes, images, quota. From `regions` of the scenario's section `compute`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from ..arm import ArmError, ArmRequest, ArmResponse, Router, page, resource_not_found
from .machine import Machine

_SKUS_PAGE = 200
_REFERENCE = ("publisher", "offer", "sku")


def normal(location: str) -> str:
    """`West Europe` and `westeurope` are one region."""
    return location.replace(" ", "").lower()


class Catalogue:
    """`machines()` gives the machines that count against the quota, beside `used_elsewhere` of the scenario."""

    def __init__(self, regions: dict[str, Any] | None, machines: Callable[[], Iterable[Machine]]):
        self._regions = {normal(name): region for name, region in (regions or {}).items()}
        self._machines = machines

    def register(self, router: Router) -> None:
        root = "/subscriptions/{sub}/providers/Microsoft.Compute"
        router.add("GET", f"{root}/locations/{{location}}/usages", self._usages)
        router.add("GET", f"{root}/skus", self._skus)
        image = (f"{root}/locations/{{location}}/publishers/{{publisher}}/artifacttypes/vmimage/offers/{{offer}}"
                 "/skus/{sku}/versions")
        router.add("GET", image, self._image_versions)
        router.add("GET", f"{image}/{{version}}", self._image_version)

    # --- for creations -----------------------------------------------------------------------------------------------

    def has(self, location: str) -> bool:
        return normal(location) in self._regions

    def sizes(self, location: str) -> list[str]:
        return list(self._regions[normal(location)]["sizes"])

    def size(self, location: str, name: str) -> dict[str, Any] | None:
        """family, cores, memory_gb, data_disks, premium, restricted; None where the region lacks the size."""
        sizes = (self._regions.get(normal(location)) or {}).get("sizes") or {}
        return next((size for known, size in sizes.items() if known.lower() == name.lower()), None)

    def image(self, location: str, reference: dict[str, Any]) -> dict[str, Any]:
        """The entry behind an image reference, or the service's refusal."""
        identifier = reference.get("id")
        for image in self._regions[normal(location)]["images"]:
            if identifier:
                if (image.get("id") or "").lower() == identifier.lower():
                    return image
            elif _is(image, reference) and reference.get("version", "latest").lower() in ("latest", image["version"]):
                return image
        if identifier:
            parts = identifier.split("/")
            raise resource_not_found("/".join(parts[6:-1]), parts[-1], parts[4] if len(parts) > 4 else "")
        wanted = ":".join(reference.get(key) or "" for key in (*_REFERENCE, "version"))
        raise ArmError(404, "PlatformImageNotFound", f"The platform image '{wanted}' is not available. Verify that all "
                       "fields in the storage profile are correct. For more details about storage profile information, "
                       "please refer to https://aka.ms/storageprofile", target="imageReference")

    def require_quota(self, subscription: str, location: str, size: str) -> None:
        """409 as recorded, when a machine of this size would exceed the region's or the family's cores."""
        wanted = self.size(location, size)
        for line in self.usage(subscription, location):
            name = line["name"]["value"]
            beyond = line["currentValue"] + wanted["cores"] > line["limit"]
            if beyond and name in ("cores", wanted["family"]):
                what = "Core" if name == "cores" else f"{name} Cores"
                raise ArmError(
                    409, "OperationNotAllowed", f"Operation results in exceeding quota limits of {what}. Maximum "
                    f"allowed: {line['limit']}, Current in use: {line['currentValue']}, Additional requested: "
                    f"{wanted['cores']}. Please read more about quota increase at http://aka.ms/corequotaincrease.")

    def usage(self, subscription: str, location: str) -> list[dict[str, Any]]:
        """The quota lines of a region. A machine counts from the request that makes it, and while it is stopped."""
        used: dict[str, int] = {}
        prefix = f"/subscriptions/{subscription}/".lower()
        for machine in self._machines():
            if not machine.id.lower().startswith(prefix) or normal(machine.location) != normal(location):
                continue
            used["virtualMachines"] = used.get("virtualMachines", 0) + 1
            size = self.size(location, machine.properties["hardwareProfile"]["vmSize"])
            for name in ("cores", size["family"]) if size else ():
                used[name] = used.get(name, 0) + size["cores"]
        return [
            {"unit": "Count", "currentValue": line.get("used_elsewhere", 0) + used.get(name, 0), "limit": line["limit"],
             "name": {"value": name, "localizedValue": line["text"]}}
            for name, line in self._regions[normal(location)]["usages"].items()
        ]

    # --- requests ----------------------------------------------------------------------------------------------------

    def _region(self, request: ArmRequest) -> dict[str, Any]:
        location = request.params["location"]
        if not self.has(location):
            raise ArmError(400, "NoRegisteredProviderFound", "No registered resource provider found for location "
                           f"'{location}' and API version '{request.api_version}' for type 'locations'.")
        return self._regions[normal(location)]

    def _usages(self, request: ArmRequest) -> dict:
        self._region(request)
        return {"value": self.usage(request.params["sub"], request.params["location"])}

    def _skus(self, request: ArmRequest) -> dict:
        wanted = re.search(r"location eq '([^']+)'", request.query.get("$filter", ""))
        skus = [
            _sku(location, name, size)
            for location, region in self._regions.items() if not wanted or normal(wanted.group(1)) == location
            for name, size in region["sizes"].items()
        ]
        return page(skus, request, _SKUS_PAGE)

    def _images(self, request: ArmRequest) -> list[dict[str, Any]]:
        found = [image for image in self._region(request)["images"] if _is(image, request.params)]
        if not found:
            raise ArmError(404, "NotFound", "Artifact: VMImage was not found.")
        return found

    def _image_versions(self, request: ArmRequest) -> ArmResponse:
        newest_first = "desc" in request.query.get("$orderby", "")
        images = sorted(self._images(request), key=lambda image: image["version"], reverse=newest_first)
        top = int(request.query.get("$top", len(images)))
        location = request.params["location"]
        names = [image["version"] for image in images[:top]]
        return ArmResponse(200, [{"location": location, "name": name, "id": f"{request.path}/{name}"} for name in names])

    def _image_version(self, request: ArmRequest) -> dict:
        for image in self._images(request):
            if image["version"].lower() == request.params["version"].lower():
                properties = {"osDiskImage": {"operatingSystem": "Windows"}, "dataDiskImages": [],
                              "hyperVGeneration": "V1", "features": []}
                if image.get("plan"):
                    properties["plan"] = image["plan"]
                return {"location": request.params["location"], "name": image["version"], "id": request.path,
                        "properties": properties}
        raise ArmError(404, "NotFound", "Artifact: VMImage was not found.")


def _is(image: dict[str, Any], reference: dict[str, Any]) -> bool:
    return all((image.get(key) or "").lower() == (reference.get(key) or "").lower() for key in _REFERENCE)


def _sku(location: str, name: str, size: dict[str, Any]) -> dict[str, Any]:
    capabilities = {"vCPUs": size["cores"], "MemoryGB": size["memory_gb"],
                    "MaxDataDiskCount": size.get("data_disks", 16), "PremiumIO": bool(size.get("premium"))}
    restrictions = []
    if size.get("restricted"):
        restrictions.append({"type": "Location", "values": [location], "restrictionInfo": {"locations": [location]},
                             "reasonCode": "NotAvailableForSubscription"})
    return {
        "resourceType": "virtualMachines", "name": name, "tier": "Standard", "size": name.partition("_")[2],
        "family": size["family"], "locations": [location],
        "locationInfo": [{"location": location, "zones": [], "zoneDetails": []}],
        "capabilities": [{"name": key, "value": str(value)} for key, value in capabilities.items()],
        "restrictions": restrictions,
    }
