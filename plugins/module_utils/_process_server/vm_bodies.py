# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent to Azure to make a process server: names, tags, bodies. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import resource_ids
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.entries import OWNER_TAG, RUN_TAG

OWNER = "azure_dr.site_recovery"

# What a thing of ours is -> its type in Azure, and what follows the server's name in its own.
KINDS = {
    "machine": ("Microsoft.Compute/virtualMachines", ""),
    "interface": ("Microsoft.Network/networkInterfaces", "-nic"),
    "address": ("Microsoft.Network/publicIPAddresses", "-ip"),
    "os_disk": ("Microsoft.Compute/disks", "-os"),
    "data_disk": ("Microsoft.Compute/disks", "-cache"),
}


def own_name(entry, kind):
    """The name of one of a server's resources. It follows from the server's, so that what a killed run left is found."""
    return entry["name"] + KINDS[kind][1]


def own_id(entry, kind):
    return resource_ids.build(entry["subscription_id"], entry["resource_group"], KINDS[kind][0], own_name(entry, kind))


def tags(entry, run_id):
    """All tags of a new resource."""
    return {**entry["tags"], OWNER_TAG: OWNER, RUN_TAG: run_id}


def is_ours(resource):
    """Whether a resource carries our tag. Azure keeps the case of a tag's name but does not heed it."""
    found = {key.lower(): value for key, value in ((resource or {}).get("tags") or {}).items()}
    return found.get(OWNER_TAG) == OWNER


def public_address(entry, location, run_id):
    """A Standard address, the only kind Azure still makes; it goes with its machine."""
    return {
        "location": location,
        "tags": tags(entry, run_id),
        "sku": {"name": "Standard"},
        "properties": {
            "publicIPAllocationMethod": "Static",
            "publicIPAddressVersion": "IPv4",
            "deleteOption": "Delete",
        },
    }


def network_interface(entry, location, subnet_id, run_id):
    configuration = {
        "subnet": {"id": subnet_id},
        "privateIPAddress": entry["private_ip_address"],
        # "Static IPv4, no NAT" (vmware-physical-azure-troubleshoot-process-server): the configuration server
        # knows it by this address.
        "privateIPAllocationMethod": "Static",
        "privateIPAddressVersion": "IPv4",
        "primary": True,
    }
    if entry["public_ip_address"]:
        configuration["publicIPAddress"] = {"id": own_id(entry, "address"), "properties": {"deleteOption": "Delete"}}
    properties = {"ipConfigurations": [{"name": "primary", "properties": configuration}]}
    if entry["network_security_group"]:
        properties["networkSecurityGroup"] = {"id": entry["network_security_group"]}
    return {"location": location, "tags": tags(entry, run_id), "properties": properties}


def virtual_machine(entry, location, run_id, purchase_plan=None):
    """The whole machine. ``deleteOption`` everywhere: nothing billable stays, even where our own removal is killed half
    way.

    ``purchase_plan``: ``{"name", "product", "publisher"}`` of an image whose terms must be accepted.
    """
    body = {
        "location": location,
        "tags": tags(entry, run_id),
        "properties": {
            "hardwareProfile": {"vmSize": entry["size"]},
            "storageProfile": {
                "imageReference": image_reference(entry["image"]),
                "osDisk": _os_disk(entry),
                "dataDisks": _data_disks(entry),
            },
            "osProfile": _os_profile(entry),
            "networkProfile": {
                "networkInterfaces": [
                    {"id": own_id(entry, "interface"), "properties": {"primary": True, "deleteOption": "Delete"}}
                ]
            },
            # Without a storage account's URI Azure keeps the boot diagnostics itself.
            "diagnosticsProfile": {"bootDiagnostics": {"enabled": True}},
        },
    }
    if purchase_plan:
        body["plan"] = {key: purchase_plan[key] for key in ("name", "product", "publisher")}
    return body


def image_reference(image):
    return (
        {"id": image["id"]}
        if image.get("id")
        else {key: image[key] for key in ("publisher", "offer", "sku", "version")}
    )


def _os_disk(entry):
    return {
        "name": own_name(entry, "os_disk"),
        "createOption": "FromImage",
        "caching": "ReadWrite",
        "deleteOption": "Delete",
        "managedDisk": {"storageAccountType": entry["os_disk_type"]},
    }


def _data_disks(entry):
    if not entry["data_disk_size_gb"]:
        return []
    disk = {
        "lun": 0,
        "name": own_name(entry, "data_disk"),
        "createOption": "Empty",
        "diskSizeGB": entry["data_disk_size_gb"],
        "caching": "None",
        "deleteOption": "Delete",
        "managedDisk": {"storageAccountType": entry["data_disk_type"]},
    }
    return [disk]


def _os_profile(entry):
    windows = {"provisionVMAgent": True}
    profile = {
        "computerName": entry["name"],
        "adminUsername": entry["admin_username"],
        "adminPassword": entry["admin_password"],
        "windowsConfiguration": windows,
    }
    if entry["winrm_certificate_url"]:
        url = entry["winrm_certificate_url"]
        windows["winRM"] = {"listeners": [{"protocol": "Https", "certificateUrl": url}]}
        profile["secrets"] = [
            {
                "sourceVault": {"id": entry["key_vault_id"]},
                "vaultCertificates": [{"certificateUrl": url, "certificateStore": "My"}],
            }
        ]
    return profile


def interface_fits(interface, body):
    """Whether an interface that is there is what ``body`` would make."""
    if (interface["properties"].get("provisioningState") or "Succeeded").lower() != "succeeded":
        return False
    return _essence(interface) == _essence(body)


def _essence(interface):
    properties = interface["properties"]
    group = (properties.get("networkSecurityGroup") or {}).get("id")
    found = []
    for one in properties.get("ipConfigurations") or []:
        configuration = one.get("properties") or {}
        found.append(
            (
                resource_ids.key((configuration.get("subnet") or {}).get("id")),
                configuration.get("privateIPAddress"),
                configuration.get("privateIPAllocationMethod"),
                resource_ids.key((configuration.get("publicIPAddress") or {}).get("id")),
            )
        )
    return resource_ids.key(group), found
