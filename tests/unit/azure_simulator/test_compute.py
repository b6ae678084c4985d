"""Machines, disks, quota and images as Microsoft's own client meets them."""

from __future__ import annotations

import re

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from .services import GALLERY, GROUP, PASSWORD, PLAN, ROOT, SUBSCRIPTION, interface_id, machine, make_interface, make_machine, services

MACHINES = f"{ROOT}/{GROUP}/providers/Microsoft.Compute/virtualMachines"


@pytest.fixture(scope="module")
def module_world():
    with services() as everything:
        yield everything


@pytest.fixture
def clients(module_world):
    """One world for what only reads or is refused; with an interface to refer to."""
    world, compute, network = module_world
    if world.network.nic(interface_id("ps-1-nic")) is None:
        make_interface(world, network)
    yield module_world
    assert not [name for name in world.compute.machines if name.endswith("/ps-1")]


def refused(compute, body, name="ps-1"):
    with pytest.raises(HttpResponseError) as caught:
        compute.virtual_machines.begin_create_or_update(GROUP, name, body)
    return caught.value


# --- creation ----------------------------------------------------------------------------------------------------------


def test_creation_is_accepted_polled_and_read():
    with services({"world": {"latencies": {"virtual_machine": 0.3}}}) as (world, compute, network):
        make_interface(world, network)
        world.log.clear()
        first = {}
        poller = compute.virtual_machines.begin_create_or_update(
            GROUP, "ps-1", machine(), raw_response_hook=lambda answer: first.setdefault("it", answer.http_response)
        )
        answer = first["it"]
        url = answer.headers["Azure-AsyncOperation"]
        assert answer.status_code == 201 and answer.json()["properties"]["provisioningState"] == "Creating"
        assert re.search(r"/Microsoft\.Compute/locations/westeurope/operations/[0-9a-f-]{36}\?p=[0-9a-f-]{36}&api-version=", url)
        assert (
            answer.headers["Azure-AsyncNotification"] == "Enabled"
            and answer.headers["Retry-After"] == "1"
            and "Location" not in answer.headers
        )
        # It counts and costs from here on, and nobody is there yet.
        assert world.compute.by_name("ps-1").power == "" and world.windows.host_at(f"127.{world.octet}.1.10") is None
        made = poller.result().as_dict()
        assert world.log.count("GET", "/operations/") >= 1 and world.log.requests[-1]["path"].endswith("/virtualMachines/ps-1")
        properties = made["properties"]
        assert properties["provisioningState"] == "Succeeded" and "adminPassword" not in properties["osProfile"]
        assert properties["storageProfile"]["imageReference"]["exactVersion"] == "14393.7699.250113"
        assert PASSWORD not in str(made) and PASSWORD not in str(world.log.requests)
        host = world.windows.host_at(f"127.{world.octet}.1.10")
        assert host.computer_name == "ps-1" and host.accounts == {"psadmin": PASSWORD} and host.vm_id == made["id"]
        assert [(disk.number, disk.partition_style, disk.size_bytes) for disk in host.disks][2:] == [(2, "RAW", 600 * 2**30)]


def test_an_agent_is_ready_later_than_its_machine_runs():
    with services({"world": {"latencies": {"agent": 600}}}) as (world, compute, network):
        make_machine(world, compute, network)

        def agent():
            view = compute.virtual_machines.get(GROUP, "ps-1", expand="instanceView").as_dict()["properties"]["instanceView"]
            assert {"ProvisioningState/succeeded", "PowerState/running"} == {status["code"] for status in view["statuses"]}
            return view["vmAgent"]["statuses"][0]["displayStatus"], view.get("osVersion")

        assert agent() == ("Not Ready", None)
        world.call(lambda: world.windows._agent_ready_at.update({f"127.{world.octet}.1.10": world.clock.ago(1)}))
        assert agent() == ("Ready", "Microsoft Windows NT 10.0.14393.0")


def test_the_gallery_image_is_2012_r2():
    with services() as (world, compute, network):
        make_machine(world, compute, network, storageProfile={"imageReference": GALLERY}, plan=PLAN)
        view = compute.virtual_machines.instance_view(GROUP, "ps-1").as_dict()
        assert view["osVersion"] == "Microsoft Windows NT 6.3.9600.0"


def test_a_creation_that_fails_later_leaves_a_failed_machine_that_the_same_request_takes_up():
    with services() as (world, compute, network):
        make_interface(world, network)
        world.call(lambda: world.compute.fail_next_creation("ps-1", "AllocationFailed", "We do not have sufficient capacity."))
        with pytest.raises(HttpResponseError, match="sufficient capacity") as caught:
            compute.virtual_machines.begin_create_or_update(GROUP, "ps-1", machine()).result()
        assert caught.value.error.code == "AllocationFailed"
        view = compute.virtual_machines.instance_view(GROUP, "ps-1").as_dict()
        assert [status["code"] for status in view["statuses"]] == ["ProvisioningState/failed/AllocationFailed"]
        assert (
            compute.virtual_machines.begin_create_or_update(GROUP, "ps-1", machine()).result().as_dict()["properties"]["provisioningState"]
            == "Succeeded"
        )
        assert world.windows.host_named("ps-1").powered_on


def test_a_machine_that_is_deleted_while_it_is_made_never_boots():
    with services({"world": {"latencies": {"virtual_machine": 0.4, "virtual_machine_delete": 1}}}) as (world, compute, network):
        make_interface(world, network)
        making = compute.virtual_machines.begin_create_or_update(GROUP, "ps-1", machine())
        deleting = compute.virtual_machines.begin_delete(GROUP, "ps-1")
        with pytest.raises(HttpResponseError, match="preempted"):
            making.result()
        deleting.result()
        assert world.windows.host_at(f"127.{world.octet}.1.10") is None and world.network.nic(interface_id("ps-1-nic")) is None


# --- refusals ----------------------------------------------------------------------------------------------------------

BAD = {
    "a computer name of 16": (dict(osProfile={"computerName": "a234567890123456"}), 400, "InvalidParameter", "15 characters"),
    "a number for a name": (dict(osProfile={"computerName": "12345"}), 400, "InvalidParameter", "entirely numeric"),
    "a simple password": (dict(osProfile={"adminPassword": "abcdefghijklmn"}), 400, "InvalidParameter", "complexity"),
    "a short password": (dict(osProfile={"adminPassword": "aB3$"}), 400, "InvalidParameter", "complexity"),
    "another region": (dict(location="nowhere"), 400, "LocationNotAvailableForResourceType", "'nowhere'"),
    "an unknown size": (
        dict(hardwareProfile={"vmSize": "Standard_Z1"}),
        400,
        "InvalidParameter",
        "Standard_Z1 provided for the VM size is not valid",
    ),
    "a size that is not offered": (
        dict(hardwareProfile={"vmSize": "Standard_D32s_v5"}),
        409,
        "SkuNotAvailable",
        "Standard_D32s_v5' is currently not available",
    ),
    "premium disks on a size without": (
        dict(storageProfile={"osDisk": {"createOption": "FromImage", "managedDisk": {"storageAccountType": "Premium_LRS"}}}),
        400,
        "InvalidParameter",
        "does not support the storage account type Premium_LRS",
    ),
    "more disks than the size takes": (
        dict(storageProfile={"dataDisks": [{"lun": lun, "createOption": "Empty", "diskSizeGB": 4} for lun in range(9)]}),
        409,
        "OperationNotAllowed",
        "of this size is 8",
    ),
    "no such image": (
        dict(storageProfile={"imageReference": {"publisher": "a", "offer": "b", "sku": "c", "version": "latest"}}),
        404,
        "PlatformImageNotFound",
        "'a:b:c:latest'",
    ),
    "no such image of one's own": (
        dict(storageProfile={"imageReference": {"id": f"{ROOT}/{GROUP}/providers/Microsoft.Compute/images/mine"}}),
        404,
        "ResourceNotFound",
        "'Microsoft.Compute/images/mine'",
    ),
    "an image with a plan, without it": (
        dict(storageProfile={"imageReference": GALLERY}),
        400,
        "VMMarketplaceInvalidInput",
        "requires Plan information",
    ),
    "a plan that the image has not": (dict(plan=PLAN), 400, "VMMarketplaceInvalidInput", "does not need Plan information"),
    "no such interface": (
        dict(networkProfile={"networkInterfaces": [{"id": interface_id("nothing")}]}),
        404,
        "NotFound",
        "networkInterfaces/nothing not found",
    ),
    "an interface in use": (
        dict(networkProfile={"networkInterfaces": [{"id": interface_id("app-front-01-nic")}]}),
        400,
        "InvalidParameter",
        "is used by existing VM",
    ),
    "no size": (dict(hardwareProfile={"vmSize": ""}), 400, "InvalidParameter", "Required parameter"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_creation_is_refused_for(clients, name):
    _world, compute, _network = clients
    parts, status, code, words = BAD[name]
    error = refused(compute, machine(**parts))
    assert (error.status_code, error.error.code) == (status, code) and words in error.message


def test_quota_is_of_the_region_and_of_the_family_in_the_recorded_words():
    limits = {"cores": {"limit": 35}, "standardAv2Family": {"limit": 7}}
    with services({"compute": {"regions": {"westeurope": {"usages": limits}}}}) as (world, compute, network):
        make_machine(world, compute, network)
        make_interface(world, network, "ps-2-nic", 11)
        second = machine(osProfile={"computerName": "ps-2"}, networkProfile={"networkInterfaces": [{"id": interface_id("ps-2-nic")}]})
        error = refused(compute, second, "ps-2")
        text = (
            "Operation results in exceeding quota limits of standardAv2Family Cores. Maximum allowed: 7, Current in use: 4, "
            "Additional requested: 4. Please read more about quota increase at http://aka.ms/corequotaincrease."
        )
        assert (error.status_code, error.error.code, error.error.message) == (409, "OperationNotAllowed", text)
        second["properties"]["hardwareProfile"]["vmSize"] = "Standard_D16s_v5"
        # 12 elsewhere, 2 x 2 of the scenario's machines, 4 of ps-1.
        assert (
            "limits of Core. Maximum allowed: 35, Current in use: 20, Additional requested: 16" in refused(compute, second, "ps-2").message
        )
        # A machine counts while it is stopped, and no longer when it is gone.
        world.call(lambda: world.compute.deallocate(f"{MACHINES}/ps-1"))
        assert usage(compute) == (20, 4)
        compute.virtual_machines.begin_delete(GROUP, "ps-1").result()
        assert usage(compute) == (16, 0)


def usage(compute):
    lines = {line["name"]["value"]: line["currentValue"] for line in (item.as_dict() for item in compute.usage.list("westeurope"))}
    return lines["cores"], lines["standardAv2Family"]


def test_terms_that_were_not_accepted_are_refused_in_the_recorded_words():
    with services({"resources": {"accepted_terms": []}}) as (world, compute, network):
        make_interface(world, network)
        error = refused(compute, machine(storageProfile={"imageReference": GALLERY}, plan=PLAN))
        assert (error.status_code, error.error.code) == (400, "ResourcePurchaseValidationFailed")
        assert error.error.message.startswith(
            "User failed validation to purchase resources. Error message: 'Legal terms have not been accepted for this item on "
            "this subscription."
        )


def test_a_key_vault_needs_a_permission_of_its_own():
    vault = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-dr/providers/Microsoft.KeyVault/vaults/kv"
    with services() as (world, compute, network):
        make_interface(world, network)
        error = refused(
            compute,
            machine(
                osProfile={
                    "secrets": [
                        {
                            "sourceVault": {"id": vault},
                            "vaultCertificates": [{"certificateUrl": "https://kv.vault.azure.net/secrets/c/1", "certificateStore": "My"}],
                        }
                    ]
                }
            ),
        )
        assert (error.status_code, error.error.code) == (403, "LinkedAuthorizationFailed")
        assert (
            "'Microsoft.KeyVault/vaults/deploy/action' on the linked scope(s)" in error.message
            and "'Microsoft.Compute/virtualMachines/write'" in error.message
        )


def test_permissions_are_those_of_the_scope(clients):
    world, compute, _network = clients
    client = world.section("world")["clients"][0]["id"]
    with pytest.raises(HttpResponseError) as caught:
        compute.virtual_machines.begin_create_or_update("rg-dr", "ps-1", machine())
    assert caught.value.error.code == "AuthorizationFailed" and client in caught.value.message
    assert "'Microsoft.Compute/virtualMachines/write' over scope" in caught.value.message


# --- changes and ends ----------------------------------------------------------------------------------------------------


def test_the_same_again_changes_nothing_and_some_things_cannot_be_changed():
    with services() as (world, compute, network):
        make_machine(world, compute, network)
        world.log.clear()
        seen = []
        compute.virtual_machines.begin_create_or_update(
            GROUP, "ps-1", machine(), raw_response_hook=lambda answer: seen.append(answer.http_response)
        ).result()
        assert seen[0].status_code == 200 and "Azure-AsyncOperation" not in seen[0].headers
        assert "osProfile.computerName" in refused(compute, machine(osProfile={"computerName": "other"})).message
        assert "imageReference" in refused(compute, machine(storageProfile={"imageReference": GALLERY})).message
        updated = compute.virtual_machines.begin_update(GROUP, "ps-1", {"tags": {"a": "b"}}).result().as_dict()
        assert updated["tags"] == {"a": "b"} and updated["properties"]["provisioningState"] == "Succeeded"


def test_what_says_delete_goes_with_the_machine_and_the_rest_stays():
    with services() as (world, compute, network):
        make_machine(
            world,
            compute,
            network,
            storageProfile={
                "dataDisks": [
                    {"lun": 0, "createOption": "Empty", "name": "goes", "diskSizeGB": 4, "deleteOption": "Delete"},
                    {"lun": 1, "createOption": "Empty", "name": "stays", "diskSizeGB": 4},
                ]
            },
        )
        disks = {disk["name"]: disk for disk in (item.as_dict() for item in compute.disks.list())}
        assert disks["stays"]["managedBy"].endswith("/ps-1") and disks["stays"]["tags"] == {"azure_dr_owner": "unit"}
        assert len(world.call(lambda: world.compute.billable("unit"))) == 4
        with pytest.raises(HttpResponseError, match="attached to VM"):
            compute.disks.begin_delete(GROUP, "stays")
        seen = []
        compute.virtual_machines.begin_delete(GROUP, "ps-1", raw_response_hook=lambda answer: seen.append(answer.http_response)).result()
        assert seen[0].status_code == 202 and "monitor=true" in seen[0].headers["Location"] and not seen[0].body()
        assert world.call(lambda: world.compute.billable("unit")) == [disks["stays"]["id"]]
        assert compute.disks.get(GROUP, "stays").as_dict()["properties"]["diskState"] == "Unattached"
        assert world.network.nic(interface_id("ps-1-nic")) is None and world.windows.hosts()[0].computer_name == "CS-ONPREM-01"
        compute.disks.begin_delete(GROUP, "stays").result()
        with pytest.raises(ResourceNotFoundError, match="Microsoft.Compute/disks/stays' under resource group"):
            compute.disks.get(GROUP, "stays")


def test_an_interface_that_says_detach_stays_free_for_others():
    with services() as (world, compute, network):
        make_machine(
            world,
            compute,
            network,
            networkProfile={"networkInterfaces": [{"id": interface_id("ps-1-nic"), "properties": {"deleteOption": "Detach"}}]},
        )
        with pytest.raises(HttpResponseError, match="is used by existing resource"):
            network.network_interfaces.begin_delete(GROUP, "ps-1-nic")
        compute.virtual_machines.begin_delete(GROUP, "ps-1").result()
        assert "virtualMachine" not in network.network_interfaces.get(GROUP, "ps-1-nic").as_dict()["properties"]


def test_power_is_what_the_host_feels():
    with services() as (world, compute, network):
        make_machine(world, compute, network)
        compute.virtual_machines.begin_deallocate(GROUP, "ps-1").result()
        assert not world.windows.host_named("ps-1").powered_on and not world.windows.agent_ready(f"{MACHINES}/ps-1")
        view = compute.virtual_machines.instance_view(GROUP, "ps-1").as_dict()
        assert view["statuses"][1]["code"] == "PowerState/deallocated" and "vmAgent" not in view
        compute.virtual_machines.begin_start(GROUP, "ps-1").result()
        assert world.windows.host_named("ps-1").powered_on


# --- lists and limits ------------------------------------------------------------------------------------------------------


def test_lists_have_pages_and_a_list_of_states_has_only_states():
    with services({"compute": {"page_size": 1}}) as (world, compute, _network):
        machines = [item.as_dict() for item in compute.virtual_machines.list_all()]
        assert [one["name"] for one in machines] == ["jump-01", "app-front-01"] and "instanceView" not in machines[0]["properties"]
        states = [item.as_dict() for item in compute.virtual_machines.list_all(status_only="true")]
        assert [set(one["properties"]) for one in states] == [{"vmId", "provisioningState", "instanceView"}] * 2 and "tags" not in states[0]
        assert [one.name for one in compute.virtual_machines.list("rg-network")] == ["jump-01"]
        assert world.log.count("GET", "providers/Microsoft.Compute/virtualMachines$") == 5
        assert len(world.log.without_pages()) == 3


def test_what_the_region_offers(clients):
    _world, compute, _network = clients
    skus = {sku["name"]: sku for sku in (item.as_dict() for item in compute.resource_skus.list(filter="location eq 'westeurope'"))}
    assert (
        skus["Standard_D32s_v5"]["restrictions"][0]["reasonCode"] == "NotAvailableForSubscription"
        and skus["Standard_A8_v2"]["restrictions"] == []
    )
    assert {"name": "vCPUs", "value": "8"} in skus["Standard_A8_v2"]["capabilities"]
    where = ("westeurope", "MicrosoftWindowsServer", "WindowsServer", "2016-Datacenter")
    newest = compute.virtual_machine_images.list(*where, top=1, orderby="name desc")
    assert [image.name for image in newest] == ["14393.7699.250113"]
    assert "plan" not in compute.virtual_machine_images.get(*where, newest[0].name).as_dict()["properties"]
    gallery = compute.virtual_machine_images.get("westeurope", *list(GALLERY.values())[:3], "9.62.70961").as_dict()
    assert gallery["properties"]["plan"] == PLAN
    with pytest.raises(ResourceNotFoundError):
        compute.virtual_machine_images.list("westeurope", "a", "b", "c")


@pytest.mark.parametrize(
    "buckets, code, group",
    [
        ({"arm": {"reads": {"size": 3, "refill": 0.5}}}, "SubscriptionRequestsThrottled", "arm reads"),
        ({"compute": {"HighCostGet": [3, 300]}}, "OperationNotAllowed", "compute HighCostGet"),
    ],
)
def test_too_many_requests_are_told_when_to_come_again(buckets, code, group):
    with services({"world": {"buckets": buckets}}) as (world, compute, _network):
        for _time in range(3):
            compute.virtual_machines.list_all().by_page().next()
        with pytest.raises(HttpResponseError) as caught:
            compute.virtual_machines.list_all().by_page().next()
        assert caught.value.status_code == 429 and caught.value.error.code == code
        assert int(caught.value.response.headers["Retry-After"]) >= 1 and world.buckets.refused == [group]
