"""What is left to do until a machine is there, from what there is."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    vm_facts,
    vm_present as subject,
)
from tests.unit.process_server.vm_samples import (
    GROUP,
    NETWORK,
    OURS,
    SUB,
    address,
    disk,
    entry,
    interface,
    lists,
    machine,
    network,
)

ELSEWHERE = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/other"


def decide(entry, wait=True, **given):
    return subject.decide(entry, vm_facts.find(entry, lists(**given)), wait)


def whole(state="Succeeded", tags=OURS, **changes):
    return {"machines": [machine(state, tags, **changes)], "interfaces": [interface()]}


@pytest.mark.parametrize(
    "given, wait, action",
    [
        ({}, True, "create"),
        ({"interfaces": [interface(of_machine=False)]}, True, "create"),
        (whole(), True, "none"),
        (whole(), False, "none"),
        (whole("Creating"), True, "follow"),
        (whole("Creating"), False, "none"),
        (whole("Updating"), True, "follow"),
        (whole("Failed"), True, "repair"),
        (whole("Canceled"), False, "repair"),
        (whole("Deleting"), True, "create"),
    ],
)
def test_action(given, wait, action):
    plan = decide(entry(), wait, **given)
    assert plan.action == action and plan.refusal is None


@pytest.mark.parametrize(
    "given, words",
    [
        ({"machines": [machine(tags={})], "interfaces": [interface()]}, "not this collection's"),
        ({"machines": [machine(tags={"azure_dr_owner": "somebody"})]}, "not this collection's"),
        ({"interfaces": [interface(of_machine=False, tags={})]}, "network interface ps-1-nic is there, and it is not"),
        ({"disks": [disk("ps-1-os")]}, "there is still ps-1-os"),
        ({"disks": [disk("ps-1-cache", tags={}), disk("ps-1-os")]}, "there is still ps-1-os and ps-1-cache"),
    ],
)
def test_refused(given, words):
    plan = decide(entry(), **given)
    assert not plan.changed and words in str(plan.refusal) and plan.refusal.cure


def test_an_interface_of_another_machine_is_refused():
    taken = interface(of_machine=False)
    taken["properties"]["virtualMachine"] = {"id": ELSEWHERE}
    assert "belongs to" in str(decide(entry(), interfaces=[taken]).refusal)


def test_a_public_address_of_others_is_refused_only_where_one_is_wanted():
    assert "public address" in str(decide(entry(public_ip_address=True), addresses=[address(tags={})]).refusal)
    assert decide(entry(), addresses=[address(tags={})]).refusal is None


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"size": "Standard_D8s_v3"}, "size is Standard_A8_v2, wanted is Standard_D8s_v3"),
        (
            {"machines": 200},
            "size is Standard_A8_v2, wanted is Standard_D16s_v5; data_disk_size_gb is 600, wanted is 1024",
        ),
        ({"private_ip_address": "192.0.2.11"}, "private_ip_address is 192.0.2.10, wanted is 192.0.2.11"),
        ({"subnet": "other"}, "subnet is failback, wanted is other"),
        ({"virtual_network": NETWORK.replace("one", "two")}, "virtual_network is"),
        (
            {"method": "configuration_tool"},
            "image is MicrosoftWindowsServer:WindowsServer:2016-Datacenter, wanted is "
            "MicrosoftAzureSiteRecovery:Process-Server",
        ),
        ({"image": {"id": "/x/y"}}, "wanted is /x/y"),
        ({"admin_username": "someone"}, "admin_username is psadmin, wanted is someone"),
        ({"os_disk_type": "Premium_LRS"}, "os_disk_type is StandardSSD_LRS"),
        ({"data_disk_size_gb": 700}, "data_disk_size_gb is 600, wanted is 700"),
        ({"data_disk_size_gb": 0}, "data_disk_size_gb is 600, wanted is 0"),
        ({"public_ip_address": True}, "public_ip_address is False, wanted is True"),
        (
            {"network_security_group": f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg"},
            "network_security_group is",
        ),
    ],
)
def test_what_cannot_be_changed_is_named(changes, words):
    plan = decide(entry(**changes), **whole())
    assert plan.action == "refuse" and words in str(plan.refusal)


def test_case_and_what_the_user_left_out_are_no_difference():
    shown = whole(os_disk_type="Premium_LRS", size="Standard_D8s_v3", data_disk_size_gb=1024)
    assert (
        decide(entry(virtual_network=NETWORK.upper().replace("/SUBSCRIPTIONS", "/subscriptions")), **shown).action
        == "none"
    )
    assert decide(entry(size="standard_d8s_V3"), **shown).action == "none"


def test_tags_are_added_and_those_of_others_stay():
    plan = decide(entry(tags={"department": "dr"}), **whole(tags={**OURS, "billed": "yes"}))
    assert plan.action == "update"
    assert plan.before["tags"] == {"azure_dr_owner": "azure_dr.site_recovery", "billed": "yes"}
    assert plan.after["tags"] == {**plan.before["tags"], "department": "dr"}
    assert (
        decide(entry(tags={"department": "dr"}), **whole(tags={**OURS, "department": "dr", "billed": "yes"})).action
        == "none"
    )


def test_a_new_machine_is_shown_whole_and_without_its_password():
    plan = decide(entry())
    assert plan.before == {} and plan.after["location"] == "westeurope" and plan.after["size"] == "Standard_A8_v2"
    assert "Canary" not in repr(plan)


def test_the_run_is_no_part_of_how_things_should_be():
    assert "azure_dr_run" not in decide(entry(), **whole()).before["tags"]


@pytest.mark.parametrize(
    "changes, given, words",
    [
        ({}, {"networks": []}, "there is no virtual network"),
        ({"subnet": "nope"}, {}, "virtual network one has no subnet nope; it has failback"),
        ({"location": "North Europe"}, {}, "location is northeurope, but the virtual network is in westeurope"),
        ({"private_ip_address": "192.0.2.200"}, {}, "is outside of the range 192.0.2.0/25"),
        ({"private_ip_address": "192.0.2.3"}, {}, "Azure keeps to itself"),
        ({"private_ip_address": "192.0.2.127"}, {}, "Azure keeps to itself"),
        ({}, {"interfaces": [interface(name="app-nic")]}, "is taken by"),
    ],
)
def test_input_that_cannot_be_right(changes, given, words):
    one = entry(**changes)
    assert words in " ".join(subject.input_problems(one, vm_facts.find(one, lists(**given))))


def test_input_that_is_right():
    one = entry(private_ip_address="192.0.2.4")
    assert list(subject.input_problems(one, vm_facts.find(one, lists(**whole())))) == []


def test_the_same_address_in_another_network_is_free():
    other = interface(name="app-nic")
    other["properties"]["ipConfigurations"][0]["properties"]["subnet"]["id"] = f"{NETWORK}-two/subnets/failback"
    assert list(subject.input_problems(entry(), vm_facts.find(entry(), lists(interfaces=[other])))) == []


def test_a_subnet_with_several_ranges():
    both = network()
    both["properties"]["subnets"][0]["properties"] = {"addressPrefixes": ["198.51.100.0/24", "192.0.2.0/25"]}
    assert list(subject.input_problems(entry(), vm_facts.find(entry(), lists(networks=[both])))) == []


@pytest.mark.parametrize("given, missing", [({}, 2), (whole("Failed"), 2), (whole(), 0), (whole("Creating"), 0)])
def test_credentials_are_needed_for_a_machine_that_is_to_be_made(given, missing):
    one = entry(admin_username=None, admin_password=None)
    assert len(list(subject.missing_credentials(one, decide(one, **given)))) == missing


def test_a_machines_interface_is_found_whatever_its_name():
    other = machine()
    other["properties"]["networkProfile"]["networkInterfaces"] = [
        {"id": interface(name="second")["id"], "properties": {"primary": False}},
        {"id": interface(name="made-in-the-portal")["id"], "properties": {"primary": True}},
    ]
    found = vm_facts.find(
        entry(), lists(machines=[other], interfaces=[interface(name="second"), interface(name="made-in-the-portal")])
    )
    assert found.interface["name"] == "made-in-the-portal" and found.machine["id"].startswith(f"/subscriptions/{SUB}/")
