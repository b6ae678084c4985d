"""What the creation of a machine is refused for before it begins, in the service's words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..arm import ArmError, ArmRequest, linked_authorization_failed
from .catalogue import Catalogue
from .machine import KIND

if TYPE_CHECKING:
    from ..world import World

# virtual-machines/windows/faq: refused whatever else they are.
_FORBIDDEN_PASSWORDS = frozenset((
    "abc@123", "iloveyou!", "p@$$w0rd", "p@ssw0rd", "p@ssword123", "pa$$word", "pass@word1", "password!", "password1",
    "password22",
))
_DEPLOY = "Microsoft.KeyVault/vaults/deploy/action"


class CreationChecks:
    """Answers with the image's entry, or refuses."""

    def __init__(self, world: World, catalogue: Catalogue):
        self._world = world
        self._catalogue = catalogue

    def image_for(self, request: ArmRequest, body: dict[str, Any]) -> dict[str, Any]:
        properties = _needed(body, "properties")
        profile = _needed(properties, "osProfile")
        _check_computer_name(profile.get("computerName", ""))
        check_password(profile.get("adminPassword", ""))
        location = _needed(body, "location")
        self._check_size(location, properties)
        image = self._catalogue.image(location, _needed(properties, "storageProfile").get("imageReference") or {})
        self._check_terms(image, body)
        for reference in _needed(_needed(properties, "networkProfile"), "networkInterfaces"):
            self._check_interface(request, reference["id"])
        for group in profile.get("secrets") or []:
            self._require_linked(request, _DEPLOY, group["sourceVault"]["id"])
        self._catalogue.require_quota(request.params["sub"], location, properties["hardwareProfile"]["vmSize"])
        return image

    def _check_size(self, location: str, properties: dict[str, Any]) -> None:
        if not self._catalogue.has(location):
            raise ArmError(400, "LocationNotAvailableForResourceType", f"The provided location '{location}' is not "
                           f"available for resource type '{KIND}'.")
        name = _needed(_needed(properties, "hardwareProfile"), "vmSize")
        size = self._catalogue.size(location, name)
        if size is None:
            raise _invalid("vmSize", f"The value {name} provided for the VM size is not valid. The valid sizes in the "
                           f"current region are: {', '.join(self._catalogue.sizes(location))}.")
        if size.get("restricted"):
            raise ArmError(409, "SkuNotAvailable", "The requested VM size for resource 'Following SKUs have failed for "
                           f"Capacity Restrictions: {name}' is currently not available in location '{location}'. "
                           "Please try another size or deploy to a different location or different zone. See "
                           "https://aka.ms/azureskunotavailable for details.")
        storage = _needed(properties, "storageProfile")
        data = storage.get("dataDisks") or []
        if len(data) > size.get("data_disks", 16):
            raise ArmError(409, "OperationNotAllowed", "The maximum number of data disks allowed to be attached to a "
                           f"VM of this size is {size.get('data_disks', 16)}.", target="dataDisks")
        for disk in [_needed(storage, "osDisk"), *data]:
            kind = (disk.get("managedDisk") or {}).get("storageAccountType", "Standard_LRS")
            if kind.startswith("Premium") and not size.get("premium"):
                raise _invalid("managedDisk.storageAccountType", "Requested operation cannot be performed because the "
                               f"VM size {name} does not support the storage account type {kind} of disk "
                               f"'{disk.get('name', '')}'. Consider updating the VM to a size that supports Premium "
                               "storage.")

    def _check_terms(self, image: dict[str, Any], body: dict[str, Any]) -> None:
        plan = image.get("plan")
        if not plan:
            if body.get("plan"):
                raise ArmError(400, "VMMarketplaceInvalidInput", "Creating a virtual machine from a non Marketplace "
                               "image does not need Plan information in the request. Please remove the Plan "
                               "information in the request to create the virtual machine.")
            return
        if not body.get("plan"):
            raise ArmError(400, "VMMarketplaceInvalidInput", "Creating a virtual machine from Marketplace image or a "
                           "custom image sourced from a Marketplace image requires Plan information in the request.")
        wanted = tuple(plan[key].lower() for key in ("publisher", "product", "name"))
        if wanted not in self._world.resources.accepted:
            raise ArmError(
                400, "ResourcePurchaseValidationFailed", "User failed validation to purchase resources. Error message: "
                "'Legal terms have not been accepted for this item on this subscription. To accept legal terms using "
                "PowerShell, please use Get-AzMarketplaceTerms and Set-AzMarketplaceTerms "
                "API(https://go.microsoft.com/fwlink/?linkid=862451) or deploy via the Azure portal to accept the "
                "terms'")

    def _check_interface(self, request: ArmRequest, identifier: str) -> None:
        interface = self._world.network.nic(identifier)
        if interface is None:
            raise ArmError(404, "NotFound", f"Resource {identifier} not found.")
        self._require_linked(request, "Microsoft.Network/networkInterfaces/join/action", interface["id"])
        user = interface["properties"].get("virtualMachine")
        if user and user["id"].lower() != request.path.rstrip("/").lower():
            raise _invalid("networkInterface", f"Network interface {identifier} is used by existing VM {user['id']}.")

    def _require_linked(self, request: ArmRequest, action: str, scope: str) -> None:
        if not self._world.access.allowed(request.caller, action, scope):
            raise linked_authorization_failed(request.caller, f"{KIND}/write", request.path, action, scope)


def _needed(value: dict[str, Any], key: str) -> Any:
    if not value.get(key):
        raise _invalid(key, f"Required parameter '{key}' is missing (null).")
    return value[key]


def _check_computer_name(name: str) -> None:
    if len(name) > 15 or not re.fullmatch(r"[A-Za-z0-9-]+", name) or name.isdigit():
        raise _invalid("computerName", "Windows computer name cannot be more than 15 characters long, be entirely "
                       "numeric, or contain the following characters: ` ~ ! @ # $ % ^ & * ( ) = + _ [ ] { } \\ | ; : . "
                       "' \" , < > / ?.")


def check_password(password: str) -> None:
    """virtual-machines/windows/faq: 12 to 123 characters, three of lower case, upper case, digit and other."""
    kinds = sum(bool(re.search(pattern, password)) for pattern in ("[a-z]", "[A-Z]", "[0-9]", r"[\W_]"))
    if not 12 <= len(password) <= 123 or kinds < 3:
        raise _invalid("adminPassword", "The supplied password must be between 8-123 characters long and must satisfy "
                       "at least 3 of password complexity requirements from the following:\r\n1) Contains an uppercase "
                       "character\r\n2) Contains a lowercase character\r\n3) Contains a numeric digit\r\n4) Contains a "
                       "special character\r\n5) Control characters are not allowed")
    if password.lower() in _FORBIDDEN_PASSWORDS:
        raise _invalid("adminPassword", "The Admin password is not allowed.")


def _invalid(target: str, message: str) -> ArmError:
    return ArmError(400, "InvalidParameter", message, target=target)
