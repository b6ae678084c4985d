"""What the service shows of machines and disks (recorded: azure-cli@2023, azure-sdk-for-net@2019)."""

from __future__ import annotations

import copy
import uuid
from typing import Any

from .machine import KIND, Machine

PROVIDER = "Microsoft.Compute"
# Sent once, and never shown again.
_NOT_SHOWN = ("adminPassword", "customData")
_OS_DISK = {"osType": "Windows", "caching": "ReadWrite", "diskSizeGB": 127, "deleteOption": "Detach"}
_DATA_DISK = {"caching": "None", "deleteOption": "Detach", "toBeDetached": False}


def machine_body(identifier: str, sent: dict[str, Any], version: str, now: str) -> dict[str, Any]:
    """A machine as it is shown, from what was sent; `version`: the image's, which "latest" stands for."""
    properties = copy.deepcopy(sent["properties"])
    name = identifier.rsplit("/", 1)[1]
    profile = properties["storageProfile"]
    profile["osDisk"] = {"name": f"{name}_OsDisk_1_{uuid.uuid4().hex}", **_OS_DISK, **profile["osDisk"]}
    profile["dataDisks"] = [
        {"name": f"{name}_disk{number}_{uuid.uuid4().hex}", **_DATA_DISK, **disk}
        for number, disk in enumerate(profile.get("dataDisks") or [], 2)
    ]
    for disk in [profile["osDisk"], *profile["dataDisks"]]:
        group = identifier.partition("/providers/")[0]
        managed = {"storageAccountType": "Standard_LRS", **(disk.get("managedDisk") or {})}
        disk["managedDisk"] = {**managed, "id": f"{group}/providers/{PROVIDER}/disks/{disk['name']}"}
    reference = profile.get("imageReference") or {}
    if reference.get("publisher"):
        reference["exactVersion"] = version
    properties["osProfile"] = _os_profile(properties.get("osProfile") or {}, profile["osDisk"]["osType"])
    properties.update(vmId=str(uuid.uuid4()), provisioningState="Succeeded", timeCreated=now)
    shown = {
        "name": name, "id": identifier, "type": KIND, "location": sent["location"],
        "tags": dict(sent.get("tags") or {}), "properties": properties,
    }
    if sent.get("plan"):
        shown["plan"] = sent["plan"]
    return shown


def _os_profile(sent: dict[str, Any], system: str) -> dict[str, Any]:
    shown = {key: value for key, value in sent.items() if key not in _NOT_SHOWN}
    shown.setdefault("secrets", [])
    shown.update(allowExtensionOperations=True, requireGuestProvisionSignal=True)
    if system == "Windows":
        windows = shown.get("windowsConfiguration") or {}
        shown["windowsConfiguration"] = {"provisionVMAgent": True, "enableAutomaticUpdates": True, **windows}
    return shown


def disk_body(machine: Machine, disk: dict[str, Any], now: str) -> dict[str, Any]:
    """A managed disk that was made with a machine. It gets the machine's tags."""
    # How a failover makes the disks it attaches is not documented; that they are uploaded is our inference.
    made = {"Empty": "Empty", "Attach": "Upload"}.get(disk["createOption"], "FromImage")
    properties = {
        "creationData": {"createOption": made}, "diskSizeGB": disk["diskSizeGB"],
        "diskSizeBytes": disk["diskSizeGB"] * 2**30, "timeCreated": now, "provisioningState": "Succeeded",
        "diskState": "Attached", "uniqueId": str(uuid.uuid4()),
        "encryption": {"type": "EncryptionAtRestWithPlatformKey"}, "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled",
    }
    if made == "Upload" and "osType" in disk:
        properties["osType"] = disk["osType"]
    if made == "FromImage":
        properties["osType"] = disk.get("osType", "Windows")
        properties["creationData"]["imageReference"] = {"id": _image_id(machine)}
    kind = disk["managedDisk"]["storageAccountType"]
    return {
        "name": disk["name"], "id": disk["managedDisk"]["id"], "type": f"{PROVIDER}/disks",
        "location": machine.location, "tags": dict(machine.body["tags"]), "managedBy": machine.id,
        "sku": {"name": kind, "tier": kind.partition("_")[0].removesuffix("SSD").removesuffix("V2")},
        "properties": properties,
    }


def _image_id(machine: Machine) -> str:
    image = machine.properties["storageProfile"].get("imageReference") or {}
    if image.get("id"):
        return image["id"]
    parts = {
        "Publishers": image.get("publisher"), "ArtifactTypes": "VMImage", "Offers": image.get("offer"),
        "Skus": image.get("sku"), "Versions": image.get("exactVersion"),
    }
    root = f"/Subscriptions/{machine.id.split('/')[2]}/Providers/{PROVIDER}/Locations/{machine.location}"
    return root + "".join(f"/{name}/{value}" for name, value in parts.items())


def status_body(machine: Machine, view: dict[str, Any]) -> dict[str, Any]:
    """A machine of a list with `statusOnly=true`: its status and who it is. That nothing else comes with it is our
    inference; Microsoft's page only says that the run time status is fetched."""
    properties = {"vmId": machine.properties["vmId"], "provisioningState": machine.state, "instanceView": view}
    who = {key: machine.body[key] for key in ("name", "id", "type", "location")}
    return {**who, "properties": properties}


def instance_view(machine: Machine, guest: dict[str, Any], now: str) -> dict[str, Any]:
    """How a machine is at this moment; `guest`: what its agent tells."""
    state = machine.state.lower()
    if machine.error:
        status = _status(f"ProvisioningState/failed/{machine.error['code']}", "Provisioning failed", "Error")
        status["message"] = machine.error["message"]
    else:
        status = _status(f"ProvisioningState/{state}", f"Provisioning {state}")
    statuses = [{**status, "time": now}]
    if machine.power:
        statuses.append(_status(f"PowerState/{machine.power}", f"VM {machine.power}"))
    ready = _status("ProvisioningState/succeeded", "Provisioning succeeded")
    disks = [{"name": disk["name"], "statuses": [ready]} for disk in machine.disks]
    return {**guest, "statuses": statuses, "disks": disks, "hyperVGeneration": "V1"}


def guest_view(computer_name: str, os_version: str, ready: bool, now: str) -> dict[str, Any]:
    """What an agent tells: `displayStatus` is Ready when Run Command can work (recorded)."""
    if not ready:
        status = _status("ProvisioningState/Unavailable", "Not Ready", "Warning")
        status.update(message="VM status blob is found but not yet populated.", time=now)
        return {"vmAgent": {"vmAgentVersion": "Unknown", "statuses": [status]}}
    status = _status("ProvisioningState/succeeded", "Ready")
    status.update(message="GuestAgent is running and processing the extensions.", time=now)
    return {
        "computerName": computer_name,
        "osName": f"Windows Server {'2016' if os_version.startswith('10.') else '2012 R2'} Datacenter",
        # Recorded: 2012 R2 says 6.3.9600.0.
        "osVersion": f"Microsoft Windows NT {os_version}" + (".0" if os_version.count(".") == 2 else ""),
        "vmAgent": {"vmAgentVersion": "2.7.41491.1121", "statuses": [status], "extensionHandlers": []},
    }


def _status(code: str, text: str, level: str = "Info") -> dict[str, Any]:
    return {"code": code, "level": level, "displayStatus": text}
