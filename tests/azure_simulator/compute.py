"""Microsoft.Compute: machines, disks, images, sizes, quota. Run Command is in run_commands.py."""

from __future__ import annotations

import copy
import re
import uuid
from typing import TYPE_CHECKING, Any

from . import run_commands
from .arm import ArmError, ArmRequest, ArmResponse, Router, page, resource_group_not_found, resource_not_found
from .network import linked_authorization_failed

if TYPE_CHECKING:
    from .world import World

PROVIDER = "Microsoft.Compute"
MACHINES = f"{PROVIDER}/virtualMachines"
PAGE = 50
_NOT_SHOWN = ("adminPassword",)
# virtual-machines/windows/faq: passwords that are refused whatever their length.
_FORBIDDEN_PASSWORDS = {"abc@123", "iloveyou!", "p@$$w0rd", "p@ssw0rd", "p@ssword123", "pa$$word", "pass@word1", "password!", "password1", "password22"}


def install(world: World, router: Router) -> None:
    world.compute = Compute(world)
    world.compute.register(router)
    run_commands.install(world, router)


class Machine:
    """One virtual machine: what ARM shows of it, and how it really is."""

    def __init__(self, body: dict[str, Any], password: str):
        self.body = body
        self.password = password
        self.power = ""
        self.run_commands: dict[str, dict[str, Any]] = {}
        self.booted = False
        self.error: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        return self.body["id"]

    @property
    def name(self) -> str:
        return self.body["name"]

    @property
    def properties(self) -> dict[str, Any]:
        return self.body["properties"]


class Compute:
    """Machines and disks. The section ``compute``: ``regions`` (usages, sizes, images), ``virtual_machines`` of others."""

    def __init__(self, world: World):
        self._world = world
        self._section = world.section("compute")
        self.machines: dict[str, Machine] = {}
        self.disks: dict[str, dict[str, Any]] = {}
        for entry in self._section.get("virtual_machines") or []:
            self._add_machine_of_others(entry)

    # --- for other subsystems and for tests that alter the world -----------------------------------------------------

    def machine(self, identifier: str) -> Machine:
        return self.machines[identifier.rstrip("/").lower()]

    def by_name(self, name: str) -> Machine:
        return next(machine for machine in self.machines.values() if machine.name.lower() == name.lower())

    def deallocate(self, identifier: str) -> None:
        """Somebody stops a machine in the portal."""
        machine = self.machine(identifier)
        machine.power = "deallocated"
        self._world.windows.stop(machine.id)

    def remove(self, identifier: str) -> None:
        """The machine is gone; what says `Delete` goes with it."""
        machine = self.machines.pop(identifier.rstrip("/").lower(), None)
        if machine is None:
            return
        profile = machine.properties["storageProfile"]
        for disk in [profile["osDisk"], *profile["dataDisks"]]:
            self._leave_disk(disk)
        for reference in machine.properties["networkProfile"]["networkInterfaces"]:
            self._world.network.detach(reference["id"])
            if (reference.get("properties") or {}).get("deleteOption") == "Delete":
                self._world.network.delete_interface(reference["id"])
        self._world.windows.delete(machine.id)

    def billable(self, owner: str) -> list[str]:
        """Ids of what costs money and carries the tag azure_dr_owner with this value."""
        things = [machine.body for machine in self.machines.values()] + list(self.disks.values()) + self._world.network.public_addresses.all()
        return sorted(thing["id"] for thing in things if (thing.get("tags") or {}).get("azure_dr_owner") == owner)

    def _leave_disk(self, disk: dict[str, Any]) -> None:
        identifier = disk["managedDisk"]["id"].lower()
        if disk.get("deleteOption") == "Delete":
            self.disks.pop(identifier, None)
        elif identifier in self.disks:
            self.disks[identifier].pop("managedBy", None)
            self.disks[identifier]["properties"]["diskState"] = "Unattached"

    def _add_machine_of_others(self, entry: dict[str, Any]) -> None:
        subscription = entry.get("subscription") or self._world.section("world")["subscriptions"][0]["id"]
        root = f"/subscriptions/{subscription}/resourceGroups/{entry['resource_group']}/providers"
        nic = f"{root}/Microsoft.Network/networkInterfaces/{entry['network_interface']}"
        body = {
            "location": entry.get("location") or self._world.section("world").get("region"), "tags": entry.get("tags") or {},
            "properties": {
                "hardwareProfile": {"vmSize": entry["size"]}, "osProfile": {"computerName": entry["name"][:15], "adminUsername": "azureuser"},
                "storageProfile": {"imageReference": {"publisher": "MicrosoftWindowsServer", "offer": "WindowsServer", "sku": "2019-Datacenter", "version": "latest"}, "osDisk": {"createOption": "FromImage", "osType": entry.get("os", "Windows")}},
                "networkProfile": {"networkInterfaces": [{"id": nic}]},
            },
        }
        machine = Machine(self._shown(f"{root}/{MACHINES}/{entry['name']}", body, None, "17763.5830.240508"), "")
        machine.properties["provisioningState"] = "Succeeded"
        machine.power = entry.get("power", "running")
        machine.booted = True
        self.machines[machine.id.lower()] = machine
        self._make_disks(machine)
        if self._world.network.nic(nic):
            self._world.network.attach(nic, machine.id)

    # --- requests ----------------------------------------------------------------------------------------------------

    def register(self, router: Router) -> None:
        group = "/subscriptions/{sub}/resourceGroups/{group}/providers/Microsoft.Compute"
        whole = "/subscriptions/{sub}/providers/Microsoft.Compute"
        router.add("GET", f"{whole}/virtualMachines", self._list)
        router.add("GET", f"{group}/virtualMachines", self._list)
        router.add("GET", f"{group}/virtualMachines/{{name}}", self._get)
        router.add("GET", f"{group}/virtualMachines/{{name}}/instanceView", self._instance_view_request)
        router.add("PUT", f"{group}/virtualMachines/{{name}}", self._put)
        router.add("PATCH", f"{group}/virtualMachines/{{name}}", self._patch)
        router.add("DELETE", f"{group}/virtualMachines/{{name}}", self._delete)
        for action, power in (("start", "running"), ("deallocate", "deallocated"), ("powerOff", "stopped"), ("restart", "running")):
            router.add("POST", f"{group}/virtualMachines/{{name}}/{action}", self._change_power(power))
        router.add("GET", f"{whole}/disks", self._list_disks)
        router.add("GET", f"{group}/disks", self._list_disks)
        router.add("GET", f"{group}/disks/{{name}}", self._get_disk)
        router.add("DELETE", f"{group}/disks/{{name}}", self._delete_disk)
        router.add("GET", f"{whole}/locations/{{location}}/usages", self._usages)
        router.add("GET", f"{whole}/skus", self._skus)
        image = f"{whole}/locations/{{location}}/publishers/{{publisher}}/artifacttypes/vmimage/offers/{{offer}}/skus/{{sku}}/versions"
        router.add("GET", image, self._image_versions)
        router.add("GET", f"{image}/{{version}}", self._image_version)

    def find(self, request: ArmRequest) -> Machine:
        root = f"/subscriptions/{request.params['sub']}/resourceGroups/{request.params['group']}/providers/{MACHINES}/{request.params['name']}"
        machine = self.machines.get(root.lower())
        if machine is None:
            self._require_group(request)
            raise resource_not_found(MACHINES, request.params["name"], request.params["group"])
        return machine

    def _require_group(self, request: ArmRequest) -> None:
        if self._world.resources.group(request.params["sub"], request.params["group"]) is None:
            raise resource_group_not_found(request.params["group"])

    def _list(self, request: ArmRequest) -> dict:
        prefix = f"/subscriptions/{request.params['sub']}/".lower()
        if "group" in request.params:
            self._require_group(request)
            prefix += f"resourcegroups/{request.params['group']}/".lower()
        found = [machine for key, machine in self.machines.items() if key.startswith(prefix)]
        with_status = request.query.get("statusOnly", "").lower() == "true"
        return page([self._public(machine, with_status) for machine in found], request, PAGE)

    def _get(self, request: ArmRequest) -> dict:
        return self._public(self.find(request), request.query.get("$expand", "").lower() == "instanceview")

    def _instance_view_request(self, request: ArmRequest) -> dict:
        return self._instance_view(self.find(request))

    def _public(self, machine: Machine, with_status: bool = False) -> dict:
        shown = copy.deepcopy(machine.body)
        if with_status:
            shown["properties"]["instanceView"] = self._instance_view(machine)
        return shown

    def _instance_view(self, machine: Machine) -> dict:
        state = machine.properties["provisioningState"]
        status = {"code": f"ProvisioningState/{state.lower()}", "level": "Info", "displayStatus": f"Provisioning {state.lower()}", "time": self._world.clock.text_with_offset()}
        if machine.error:
            status = {"code": f"ProvisioningState/failed/{machine.error['code']}", "level": "Error", "displayStatus": "Provisioning failed", "message": machine.error["message"], "time": self._world.clock.text_with_offset()}
        view: dict[str, Any] = {"statuses": [status]}
        if machine.power:
            view["statuses"].append({"code": f"PowerState/{machine.power}", "level": "Info", "displayStatus": f"VM {machine.power}"})
        if machine.booted and machine.power == "running":
            view.update(self._guest(machine))
        view["disks"] = [{"name": disk["name"], "statuses": [{"code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Provisioning succeeded"}]} for disk in _disks(machine)]
        view["hyperVGeneration"] = "V1"
        return view

    def _guest(self, machine: Machine) -> dict:
        host = self._world.windows.host_of(machine.id)
        if host is None:
            return {}
        ready = self._world.windows.agent_ready(machine.id)
        status = {"code": "ProvisioningState/succeeded" if ready else "ProvisioningState/Unavailable", "level": "Info" if ready else "Warning", "displayStatus": "Ready" if ready else "Not Ready", "message": "GuestAgent is running and processing the extensions." if ready else "VM status blob is found but not yet populated.", "time": self._world.clock.text_with_offset()}
        agent = {"vmAgentVersion": "2.7.41491.1121" if ready else "Unknown", "statuses": [status], "extensionHandlers": []}
        if not ready:
            return {"vmAgent": agent}
        return {"computerName": host.computer_name, "osName": "Windows Server 2016 Datacenter" if host.os_version.startswith("10.") else "Windows Server 2012 R2 Datacenter", "osVersion": f"Microsoft Windows NT {host.os_version}.0" if host.os_version.count(".") == 2 else f"Microsoft Windows NT {host.os_version}", "vmAgent": agent}

    # --- creation ----------------------------------------------------------------------------------------------------

    def _put(self, request: ArmRequest) -> ArmResponse:
        self._require_group(request)
        body = copy.deepcopy(request.body or {})
        identifier = request.path.rstrip("/")
        before = self.machines.get(identifier.lower())
        if before is not None:
            return self._update(request, before, body)
        image = self._check(request, body)
        self._check_quota(request, body["location"], body["properties"]["hardwareProfile"]["vmSize"])
        password = (body["properties"].get("osProfile") or {}).get("adminPassword", "")
        machine = Machine(self._shown(identifier, body, image, None), password)
        machine.properties["provisioningState"] = "Creating"
        self.machines[identifier.lower()] = machine
        for reference in machine.properties["networkProfile"]["networkInterfaces"]:
            self._world.network.attach(reference["id"], machine.id)
        self._make_disks(machine)
        return self._begin_creation(request, machine, image, 201)

    def _begin_creation(self, request: ArmRequest, machine: Machine, image: dict[str, Any], status: int) -> ArmResponse:
        operation = self._world.operations.start("compute", self._world.latency("virtual_machine", machine.name), lambda: self._boot(machine, image), request=request, location=machine.body["location"])
        return ArmResponse(status, self._public(machine), operation.headers)

    def _boot(self, machine: Machine, image: dict[str, Any]) -> None:
        if self.machines.get(machine.id.lower()) is not machine:
            raise ArmError(409, "OperationPreempted", "Operation execution has been preempted by a more recent operation.")
        machine.properties["provisioningState"] = "Succeeded"
        machine.power, machine.booted, machine.error = "running", True, None
        profile = machine.properties["osProfile"]
        nic = self._world.network.nic(machine.properties["networkProfile"]["networkInterfaces"][0]["id"])
        data = [{"lun": disk["lun"], "size_gb": disk["diskSizeGB"]} for disk in machine.properties["storageProfile"]["dataDisks"]]
        self._world.windows.boot(machine.body, self._world.network.address_of(nic), image, (profile["adminUsername"], machine.password), data)

    def _shown(self, identifier: str, body: dict[str, Any], image: dict[str, Any] | None, version: str | None) -> dict[str, Any]:
        properties = copy.deepcopy(body["properties"])
        profile = properties["storageProfile"]
        name = identifier.rsplit("/", 1)[1]
        os_disk = profile["osDisk"]
        os_disk.setdefault("name", f"{name}_OsDisk_1_{uuid.uuid4().hex}")
        os_disk.setdefault("osType", "Windows")
        os_disk.setdefault("caching", "ReadWrite")
        os_disk.setdefault("diskSizeGB", 127)
        os_disk.setdefault("deleteOption", "Detach")
        for disk in profile.setdefault("dataDisks", []):
            disk.setdefault("caching", "None")
            disk.setdefault("deleteOption", "Detach")
            disk["toBeDetached"] = False
        for disk in [os_disk, *profile["dataDisks"]]:
            managed = disk.setdefault("managedDisk", {})
            managed.setdefault("storageAccountType", "Standard_LRS")
            managed["id"] = f"{identifier.partition('/providers/')[0]}/providers/{PROVIDER}/disks/{disk['name']}"
        reference = profile.get("imageReference") or {}
        if reference.get("publisher"):
            reference["exactVersion"] = (image or {}).get("version") or version
        for secret in _NOT_SHOWN:
            (properties.get("osProfile") or {}).pop(secret, None)
        os_profile = properties.setdefault("osProfile", {})
        os_profile.setdefault("secrets", [])
        os_profile["allowExtensionOperations"] = True
        os_profile["requireGuestProvisionSignal"] = True
        if os_disk["osType"] == "Windows":
            os_profile.setdefault("windowsConfiguration", {"provisionVMAgent": True, "enableAutomaticUpdates": True})
            os_profile["windowsConfiguration"].setdefault("enableAutomaticUpdates", True)
        properties.update({"vmId": str(uuid.uuid4()), "provisioningState": "Succeeded", "timeCreated": self._world.clock.text_with_offset()})
        shown = {"name": name, "id": identifier, "type": MACHINES, "location": body["location"], "tags": dict(body.get("tags") or {}), "properties": properties}
        if body.get("plan"):
            shown["plan"] = body["plan"]
        return shown

    def _make_disks(self, machine: Machine) -> None:
        for disk in _disks(machine):
            properties = {"creationData": {"createOption": disk["createOption"] if disk["createOption"] == "Empty" else "FromImage"}, "diskSizeGB": disk["diskSizeGB"], "diskSizeBytes": disk["diskSizeGB"] * 2**30, "timeCreated": self._world.clock.text_with_offset(), "provisioningState": "Succeeded", "diskState": "Attached", "uniqueId": str(uuid.uuid4()), "encryption": {"type": "EncryptionAtRestWithPlatformKey"}, "networkAccessPolicy": "AllowAll", "publicNetworkAccess": "Enabled"}
            if disk["createOption"] != "Empty":
                properties["osType"] = disk.get("osType", "Windows")
                properties["creationData"]["imageReference"] = {"id": f"/Subscriptions/{machine.id.split('/')[2]}/Providers/Microsoft.Compute/Locations/{machine.body['location']}/Publishers/MicrosoftWindowsServer/ArtifactTypes/VMImage/Offers/WindowsServer/Skus/2016-Datacenter/Versions/latest"}
            self.disks[disk["managedDisk"]["id"].lower()] = {
                "name": disk["name"], "id": disk["managedDisk"]["id"], "type": f"{PROVIDER}/disks", "location": machine.body["location"], "tags": dict(machine.body["tags"]), "managedBy": machine.id,
                # Tags of a machine are given to the disks that are made with it.
                "sku": {"name": disk["managedDisk"]["storageAccountType"], "tier": "Standard"}, "properties": properties,
            }

    def _check(self, request: ArmRequest, body: dict[str, Any]) -> dict[str, Any]:
        """Everything the service refuses before it begins; returns the image's entry."""
        properties = body.get("properties") or {}
        profile = properties.get("osProfile") or {}
        name = profile.get("computerName", "")
        if len(name) > 15 or not re.fullmatch(r"[A-Za-z0-9-]+", name) or name.isdigit():
            raise ArmError(400, "InvalidParameter", "Windows computer name cannot be more than 15 characters long, be entirely numeric, or contain the following characters: ` ~ ! @ # $ % ^ & * ( ) = + _ [ ] { } \\ | ; : . ' \" , < > / ?.", target="computerName")
        _check_password(profile.get("adminPassword", ""))
        location = body["location"].lower()
        region = (self._section.get("regions") or {}).get(location)
        if region is None:
            raise ArmError(400, "LocationNotAvailableForResourceType", f"The provided location '{location}' is not available for resource type '{MACHINES}'.")
        size = properties["hardwareProfile"]["vmSize"]
        known = {key.lower(): value for key, value in region["sizes"].items()}
        if size.lower() not in known:
            raise ArmError(400, "InvalidParameter", f"The value {size} provided for the VM size is not valid. The valid sizes in the current region are: {', '.join(region['sizes'])}.", target="vmSize")
        if known[size.lower()].get("restricted"):
            raise ArmError(409, "SkuNotAvailable", f"The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: {size}' is currently not available in location '{location}'. Please try another size or deploy to a different location or different zone. See https://aka.ms/azureskunotavailable for details.")
        image = self._image(region, properties["storageProfile"].get("imageReference") or {}, location)
        self._check_terms(image, body)
        for reference in properties["networkProfile"]["networkInterfaces"]:
            self._check_interface(request, reference["id"], request.path)
        for group in profile.get("secrets") or []:
            vault = group["sourceVault"]["id"]
            if request.caller and not self._world.access.allowed(request.caller, "Microsoft.KeyVault/vaults/deploy/action", vault):
                raise linked_authorization_failed(request, f"{MACHINES}/write", "Microsoft.KeyVault/vaults/deploy/action", vault)
        return image

    def _check_interface(self, request: ArmRequest, nic_id: str, machine: str) -> None:
        nic = self._world.network.nic(nic_id)
        if nic is None:
            raise ArmError(404, "NotFound", f"Resource {nic_id} not found.")
        user = nic["properties"].get("virtualMachine")
        if user and user["id"].lower() != machine.lower():
            raise ArmError(400, "InvalidParameter", f"Network interface {nic_id} is used by existing VM {user['id']}.", target="networkInterface")

    def _image(self, region: dict[str, Any], reference: dict[str, Any], location: str) -> dict[str, Any]:
        for image in region["images"]:
            if all(image[key].lower() == (reference.get(key) or "").lower() for key in ("publisher", "offer", "sku")):
                if reference.get("version", "latest").lower() in ("latest", image["version"].lower()):
                    return image
        wanted = ":".join(reference.get(key) or "" for key in ("publisher", "offer", "sku", "version"))
        raise ArmError(404, "PlatformImageNotFound", f"The platform image '{wanted}' is not available. Verify that all fields in the storage profile are correct. For more details about storage profile information, please refer to https://aka.ms/storageprofile", target="imageReference")

    def _check_terms(self, image: dict[str, Any], body: dict[str, Any]) -> None:
        plan = image.get("plan")
        if not plan:
            return
        if not body.get("plan"):
            raise ArmError(400, "VMMarketplaceInvalidInput", "Creating a virtual machine from Marketplace image or a custom image sourced from a Marketplace image requires Plan information in the request.")
        if (plan["publisher"].lower(), plan["product"].lower(), plan["name"].lower()) not in self._world.resources.accepted:
            raise ArmError(400, "ResourcePurchaseValidationFailed", "User failed validation to purchase resources. Error message: 'Legal terms have not been accepted for this item on this subscription. To accept legal terms using PowerShell, please use Get-AzMarketplaceTerms and Set-AzMarketplaceTerms API(https://go.microsoft.com/fwlink/?linkid=862451) or deploy via the Azure portal to accept the terms'")

    def _usage_of(self, subscription: str, location: str) -> list[dict[str, Any]]:
        """The quota lines of a region: what the scenario says is in use, and what was made since."""
        region = self._section["regions"][location.lower()]
        used: dict[str, int] = {}
        for machine in self.machines.values():
            if machine.id.lower().startswith(f"/subscriptions/{subscription}/".lower()) and machine.body["location"].lower() == location.lower():
                size = region["sizes"].get(machine.properties["hardwareProfile"]["vmSize"])
                if size:
                    for name in ("cores", size["family"]):
                        used[name] = used.get(name, 0) + size["cores"]
                used["virtualMachines"] = used.get("virtualMachines", 0) + 1
        return [{"unit": "Count", "currentValue": line.get("used_elsewhere", 0) + used.get(name, 0), "limit": line["limit"], "name": {"value": name, "localizedValue": line["text"]}} for name, line in region["usages"].items()]

    def _check_quota(self, request: ArmRequest, location: str, size: str) -> None:
        region = self._section["regions"][location.lower()]
        wanted = next(value for key, value in region["sizes"].items() if key.lower() == size.lower())
        for line in self._usage_of(request.params["sub"], location):
            name = line["name"]["value"]
            if name not in ("cores", wanted["family"]) or line["currentValue"] + wanted["cores"] <= line["limit"]:
                continue
            what = "Core" if name == "cores" else f"{name} Cores"
            raise ArmError(409, "OperationNotAllowed", f"Operation results in exceeding quota limits of {what}. Maximum allowed: {line['limit']}, Current in use: {line['currentValue']}, Additional requested: {wanted['cores']}. Please read more about quota increase at http://aka.ms/corequotaincrease.")

    def _update(self, request: ArmRequest, machine: Machine, body: dict[str, Any]) -> ArmResponse:
        if machine.properties["provisioningState"] in ("Creating", "Deleting"):
            raise ArmError(409, "OperationNotAllowed", f"The operation cannot be performed because the virtual machine '{machine.name}' is in the state {machine.properties['provisioningState']}.")
        wanted = body.get("properties") or {}
        if ((wanted.get("osProfile") or {}).get("computerName") or machine.properties["osProfile"]["computerName"]) != machine.properties["osProfile"]["computerName"]:
            raise ArmError(409, "PropertyChangeNotAllowed", "Changing property 'osProfile.computerName' is not allowed.", target="osProfile.computerName")
        reference = (wanted.get("storageProfile") or {}).get("imageReference") or {}
        now = machine.properties["storageProfile"].get("imageReference") or {}
        if any(reference.get(key) and reference[key] != now.get(key) for key in ("publisher", "offer", "sku", "id")):
            raise ArmError(409, "PropertyChangeNotAllowed", "Changing property 'imageReference' is not allowed.", target="imageReference")
        machine.body["tags"] = dict(body.get("tags") or {})
        if machine.properties["provisioningState"] == "Failed":
            machine.properties["provisioningState"] = "Updating"
            image = self._image(self._section["regions"][machine.body["location"].lower()], now, machine.body["location"])
            return self._begin_creation(request, machine, image, 200)
        return ArmResponse(200, self._public(machine))

    def _patch(self, request: ArmRequest) -> ArmResponse:
        machine = self.find(request)
        if "tags" in (request.body or {}):
            machine.body["tags"] = dict(request.body["tags"] or {})
        operation = self._world.operations.start("compute", self._world.latency("virtual_machine_update", machine.name), request=request, location=machine.body["location"])
        return ArmResponse(200, self._public(machine), operation.headers)

    def _delete(self, request: ArmRequest) -> ArmResponse:
        machine = self.machines.get(request.path.rstrip("/").lower())
        if machine is None:
            return ArmResponse(204)
        machine.properties["provisioningState"] = "Deleting"
        operation = self._world.operations.start("compute", self._world.latency("virtual_machine_delete", machine.name), lambda: self.remove(machine.id), request=request, location=machine.body["location"], monitor=True)
        return ArmResponse(202, None, operation.headers)

    def _change_power(self, power: str):
        def handler(request: ArmRequest) -> ArmResponse:
            machine = self.find(request)

            def finish() -> None:
                machine.power = power
                (self._world.windows.start if power == "running" else self._world.windows.stop)(machine.id)

            operation = self._world.operations.start("compute", self._world.latency("virtual_machine_power", machine.name), finish, request=request, location=machine.body["location"], monitor=True)
            return ArmResponse(202, None, operation.headers)
        return handler

    # --- disks, quota, sizes, images ---------------------------------------------------------------------------------

    def _list_disks(self, request: ArmRequest) -> dict:
        prefix = f"/subscriptions/{request.params['sub']}/".lower()
        if "group" in request.params:
            prefix += f"resourcegroups/{request.params['group']}/".lower()
        return page([copy.deepcopy(disk) for key, disk in self.disks.items() if key.startswith(prefix)], request, 100)

    def _get_disk(self, request: ArmRequest) -> dict:
        disk = self.disks.get(request.path.rstrip("/").lower())
        if disk is None:
            raise resource_not_found(f"{PROVIDER}/disks", request.params["name"], request.params["group"])
        return copy.deepcopy(disk)

    def _delete_disk(self, request: ArmRequest) -> ArmResponse:
        disk = self.disks.get(request.path.rstrip("/").lower())
        if disk is None:
            return ArmResponse(204)
        if disk.get("managedBy"):
            raise ArmError(409, "OperationNotAllowed", f"Disk {disk['name']} is attached to VM {disk['managedBy']}.")
        operation = self._world.operations.start("compute", self._world.latency("disk_delete", disk["name"]), lambda: self.disks.pop(disk["id"].lower(), None) and None, request=request, location=disk["location"], kind="DiskOperations", monitor=True)
        return ArmResponse(202, None, operation.headers)

    def _region(self, request: ArmRequest) -> dict[str, Any]:
        location = request.params["location"].lower()
        region = (self._section.get("regions") or {}).get(location)
        if region is None:
            raise ArmError(400, "NoRegisteredProviderFound", f"No registered resource provider found for location '{location}' and API version '{request.api_version}' for type 'locations'.")
        return region

    def _usages(self, request: ArmRequest) -> dict:
        self._region(request)
        return {"value": self._usage_of(request.params["sub"], request.params["location"])}

    def _skus(self, request: ArmRequest) -> dict:
        wanted = re.search(r"location eq '([^']+)'", request.query.get("$filter", ""))
        skus = []
        for location, region in (self._section.get("regions") or {}).items():
            if wanted and wanted.group(1).lower() != location:
                continue
            skus += [_sku(location, name, size) for name, size in region["sizes"].items()]
        return page(skus, request, 200)

    def _image_versions(self, request: ArmRequest) -> ArmResponse:
        images = [image for image in self._region(request)["images"] if all(image[key].lower() == request.params[key].lower() for key in ("publisher", "offer", "sku"))]
        if not images:
            raise ArmError(404, "NotFound", f"Artifact: VMImage was not found.")
        images.sort(key=lambda image: image["version"], reverse="desc" in request.query.get("$orderby", ""))
        top = int(request.query.get("$top", len(images)))
        return ArmResponse(200, [{"location": request.params["location"], "name": image["version"], "id": f"{request.path}/{image['version']}"} for image in images[:top]])

    def _image_version(self, request: ArmRequest) -> dict:
        for image in self._region(request)["images"]:
            if all(image[key].lower() == request.params[key].lower() for key in ("publisher", "offer", "sku", "version")):
                properties = {"osDiskImage": {"operatingSystem": "Windows"}, "dataDiskImages": [], "hyperVGeneration": "V1", "features": []}
                if image.get("plan"):
                    properties["plan"] = image["plan"]
                return {"location": request.params["location"], "name": image["version"], "id": request.path, "properties": properties}
        raise ArmError(404, "NotFound", "Artifact: VMImage was not found.")


def _disks(machine: Machine) -> list[dict[str, Any]]:
    profile = machine.properties["storageProfile"]
    return [profile["osDisk"], *profile["dataDisks"]]


def _sku(location: str, name: str, size: dict[str, Any]) -> dict[str, Any]:
    capabilities = {"vCPUs": size["cores"], "MemoryGB": size["memory_gb"], "MaxDataDiskCount": size.get("data_disks", 16), "PremiumIO": bool(size.get("premium"))}
    restrictions = []
    if size.get("restricted"):
        restrictions.append({"type": "Location", "values": [location], "restrictionInfo": {"locations": [location]}, "reasonCode": "NotAvailableForSubscription"})
    return {
        "resourceType": "virtualMachines", "name": name, "tier": "Standard", "size": name.partition("_")[2], "family": size["family"], "locations": [location],
        "locationInfo": [{"location": location, "zones": [], "zoneDetails": []}], "capabilities": [{"name": key, "value": str(value)} for key, value in capabilities.items()], "restrictions": restrictions,
    }


def _check_password(password: str) -> None:
    """virtual-machines/windows/faq: 12 to 123 characters, three of lower case, upper case, digit and other."""
    kinds = sum(bool(re.search(pattern, password)) for pattern in ("[a-z]", "[A-Z]", "[0-9]", r"[\W_]"))
    if not 12 <= len(password) <= 123 or kinds < 3:
        raise ArmError(400, "InvalidParameter", "The supplied password must be between 8-123 characters long and must satisfy at least 3 of password complexity requirements from the following:\r\n1) Contains an uppercase character\r\n2) Contains a lowercase character\r\n3) Contains a numeric digit\r\n4) Contains a special character\r\n5) Control characters are not allowed", target="adminPassword")
    if password.lower() in _FORBIDDEN_PASSWORDS:
        raise ArmError(400, "InvalidParameter", "The Admin password is not allowed.", target="adminPassword")
