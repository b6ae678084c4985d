"""A world of Compute, Network and Windows that loses no time, and Microsoft's own clients in it."""

from __future__ import annotations

import contextlib
import copy

from azure.identity import ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.network import NetworkManagementClient

from tests.azure_simulator import scenario
from tests.azure_simulator.running import running

from .support import environment

SUBSCRIPTION = "5a1e0000-0000-4000-8000-000000000001"
GROUP, NETWORKS = "rg-failback", "rg-network"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
SUBSYSTEMS = ("entra", "installer_host", "resources", "network", "compute", "windows")
PASSWORD = "cAnary-Unit+09/pw%4="
GALLERY = {"publisher": "MicrosoftAzureSiteRecovery", "offer": "Process-Server", "sku": "Windows-2012-R2-Datacenter", "version": "latest"}
PLAN = {"publisher": "MicrosoftAzureSiteRecovery", "product": "Process-Server", "name": "Windows-2012-R2-Datacenter"}


@contextlib.contextmanager
def services(changes=None):
    """``(world, compute client, network client)``; nothing takes time unless the changes say so, and no vault is there."""
    at_once = scenario.load("three_networks")
    at_once["world"]["latencies"] = {"default": 0}
    with running(at_once, changes, subsystems=SUBSYSTEMS) as world, environment(world):
        given = world.environment()
        credential = ClientSecretCredential(given["AZURE_TENANT"], given["AZURE_CLIENT_ID"], given["AZURE_SECRET"])
        options = {"polling_interval": 0.05, "retry_total": 0}
        with ComputeManagementClient(credential, SUBSCRIPTION, **options) as compute, NetworkManagementClient(
            credential, SUBSCRIPTION, **options
        ) as network:
            yield world, compute, network


def subnet(network="vnet-app", name="failback"):
    return f"{ROOT}/{NETWORKS}/providers/Microsoft.Network/virtualNetworks/{network}/subnets/{name}"


def interface_id(name):
    return f"{ROOT}/{GROUP}/providers/Microsoft.Network/networkInterfaces/{name}"


def interface(address, network="vnet-app", **more):
    """The request for an interface with a static address (none: a dynamic one)."""
    configuration = {"subnet": {"id": subnet(network)}, "privateIPAllocationMethod": "Static" if address else "Dynamic"}
    if address:
        configuration["privateIPAddress"] = address
    return {"location": "westeurope", "properties": {"ipConfigurations": [{"name": "ipconfig1", "properties": configuration}], **more}}


MACHINE = {
    "location": "westeurope",
    "tags": {"azure_dr_owner": "unit"},
    "properties": {
        "hardwareProfile": {"vmSize": "Standard_A4_v2"},
        "osProfile": {"computerName": "ps-1", "adminUsername": "psadmin", "adminPassword": PASSWORD},
        "storageProfile": {
            "imageReference": {
                "publisher": "MicrosoftWindowsServer",
                "offer": "WindowsServer",
                "sku": "2016-Datacenter",
                "version": "latest",
            },
            "osDisk": {"createOption": "FromImage", "name": "ps-1-os", "deleteOption": "Delete"},
            "dataDisks": [{"lun": 0, "createOption": "Empty", "name": "ps-1-data", "diskSizeGB": 600, "deleteOption": "Delete"}],
        },
        "networkProfile": {"networkInterfaces": [{"id": interface_id("ps-1-nic"), "properties": {"deleteOption": "Delete"}}]},
    },
}


def machine(**parts):
    """The request for ps-1; `parts` replaces profiles of its properties, or `plan` and `location` of the whole."""
    body = copy.deepcopy(MACHINE)
    for name, value in parts.items():
        if name in ("plan", "location", "tags"):
            body[name] = value
        else:
            body["properties"][name].update(value)
    return body


def make_interface(world, network, name="ps-1-nic", last=10, **more):
    address = f"127.{world.octet}.1.{last}"
    return network.network_interfaces.begin_create_or_update(GROUP, name, interface(address, **more)).result()


def make_machine(world, compute, network, **parts):
    """ps-1 with its interface, booted."""
    make_interface(world, network)
    return compute.virtual_machines.begin_create_or_update(GROUP, "ps-1", machine(**parts)).result()


def asked(world, method, path):
    """How often the world was asked."""
    return world.log.count(method, path)
