"""What goes with a machine, what stays, and what keeps a machine from going."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._plan import Plan
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    vm,
    vm_absent as subject,
    vm_facts,
    vm_in_use,
)
from tests.unit.process_server.vm_samples import GROUP, OURS, address, disk, entry, interface, lists, machine

MACHINE = machine()["id"]
PUBLIC = address()["id"]
NOW = datetime.datetime(2026, 1, 2, 6, 0, tzinfo=datetime.timezone.utc)
UNUSED = vm_in_use.Use([], [])


def find(**given):
    return vm_facts.find(entry(), lists(**given))


def going(**given):
    return [one.id.rpartition("/")[2] for one in subject.doomed(entry(), find(**given))]


def decide(use=UNUSED, follows=(), **given):
    return subject.decide(entry(), find(**given), use, NOW, follows)


def whole(**given):
    return {
        "machines": [machine()],
        "interfaces": [interface()],
        "disks": [disk("ps-1-os", managed_by=MACHINE), disk("ps-1-cache", managed_by=MACHINE)],
        **given,
    }


def test_a_machine_goes_with_its_own_in_the_order_in_which_they_can():
    both = whole(interfaces=[interface(public=PUBLIC)], addresses=[address(used_by=interface()["id"])])
    assert going(**both) == ["ps-1", "ps-1-nic", "ps-1-ip", "ps-1-os", "ps-1-cache"]
    assert all(one.goes_by_itself for one in subject.doomed(entry(), find(**both))[1:])


@pytest.mark.parametrize(
    "given, names",
    [
        ({}, []),
        ({"interfaces": [interface(of_machine=False)]}, ["ps-1-nic"]),
        ({"interfaces": [interface(of_machine=False, tags={})]}, []),
        ({"disks": [disk("ps-1-os"), disk("ps-1-cache", tags={}), disk("ps-10-os")]}, ["ps-1-os"]),
        ({"disks": [disk("ps-1-os", managed_by=f"{GROUP}/providers/Microsoft.Compute/virtualMachines/rescue")]}, []),
        ({"addresses": [address()]}, ["ps-1-ip"]),
        ({"addresses": [address(used_by=f"{GROUP}/providers/Microsoft.Network/networkInterfaces/other")]}, []),
        (whole(machines=[machine(tags={})]), []),
        (whole(disks=[disk("ps-1-os", tags={}, managed_by=MACHINE)]), ["ps-1", "ps-1-nic", "ps-1-os"]),
    ],
)
def test_nothing_without_our_tag_and_nothing_in_use_elsewhere(given, names):
    assert going(**given) == names


def test_an_interface_that_another_machine_uses_stays():
    taken = interface(of_machine=False)
    taken["properties"]["virtualMachine"] = {"id": f"{GROUP}/providers/Microsoft.Compute/virtualMachines/other"}
    assert going(interfaces=[taken]) == [] and "in use elsewhere" in decide(interfaces=[taken]).reasons[0]


def test_a_disk_that_azure_would_leave_goes_only_with_our_tag():
    left = machine()
    left["properties"]["storageProfile"]["dataDisks"][0]["deleteOption"] = "Detach"
    tagged = {"machines": [left], "interfaces": [interface()], "disks": [disk("ps-1-cache", managed_by=MACHINE)]}
    assert "ps-1-cache" in going(**tagged)
    assert "ps-1-cache" not in going(**{**tagged, "disks": [disk("ps-1-cache", tags={}, managed_by=MACHINE)]})


def test_nothing_there_is_nothing_to_do():
    plan = decide(use=None)
    assert plan.action == "none" and not plan.changed


def test_a_machine_of_others_is_refused():
    refusal = decide(**whole(machines=[machine(tags={})])).refusal
    assert "does not carry this collection's tag" in refusal.said and "off the list" in refusal.cure and "another name" not in refusal.cure


def test_an_interface_of_others_that_azure_would_remove_as_well_is_refused():
    assert "which is not this collection's" in str(decide(**whole(interfaces=[interface(tags={})])).refusal)


def with_a_second_interface(option, tags=(), public=None):
    busy = machine()
    second = interface(name="monitoring-nic", tags=dict(tags), address="192.0.2.99", public=public)
    busy["properties"]["networkProfile"]["networkInterfaces"].append({"id": second["id"], "properties": {"deleteOption": option}})
    return whole(machines=[busy], interfaces=[second, interface()])


def test_a_second_interface_of_others_that_azure_would_remove_as_well_is_refused():
    plan = decide(**with_a_second_interface("Delete"))
    assert plan.action == "refuse" and "monitoring-nic with it, which is not this collection's" in plan.refusal.said
    left = decide(**with_a_second_interface("Detach"))
    assert left.action == "delete" and left.reasons == ("monitoring-nic stays: it does not carry this collection's tag",)


def test_a_second_public_address_of_others_that_azure_would_remove_as_well_is_refused():
    found = {**with_a_second_interface("Delete", subject.vm_bodies.tags(entry(), "run"), PUBLIC), "addresses": [address(tags={})]}
    plan = decide(**found)
    assert plan.action == "refuse" and "ps-1-ip with it" in plan.refusal.said


@pytest.mark.parametrize(
    "tags, name, told",
    [(OURS, "PS-1", 1), ({}, "ps-1", 0), (OURS, "ps-10", 0)],
)
def test_a_machine_of_ours_in_another_group_is_told_and_stays(tags, name, told):
    other = {**machine(tags=tags), "id": machine()["id"].replace("/RG/", "/rg-other/"), "name": name}
    found = find(machines=[other])
    plan = subject.decide(entry(), found, None, NOW)
    assert plan.action == "none"
    texts = vm.warnings([entry()], [plan], vm.World({"ps-1": found}, "run"))
    assert len(texts) == told and all("/rg-other/" in text and "correct resource_group" in text for text in texts)
    # One that is there, or is to be made, is no reason to look elsewhere.
    assert find(machines=[machine(), other]).elsewhere == []
    assert vm.warnings([entry()], [Plan("create", {}, {})], vm.World({"ps-1": found}, "run")) == []


def server(**changes):
    return {
        "friendlyName": "PS-1",
        "id": "AAA",
        "ipAddress": "192.0.2.10",
        "machineCount": "0",
        "replicationPairCount": "0",
        **changes,
    }


def use(*servers, items=()):
    fabric = {
        "id": "/f",
        "name": "f",
        "properties": {
            "friendlyName": "CS",
            "customDetails": {"instanceType": "VMware", "processServers": list(servers)},
        },
    }
    return vm_in_use.Use(
        [fabric],
        [
            {"name": name, "properties": {"friendlyName": name, "providerSpecificDetails": details}}
            for name, details in items
        ],
    )


@pytest.mark.parametrize(
    "seen, words",
    [
        (use(server(machineCount="3")), "CS shows 3 machines on process server PS-1"),
        (use(server(replicationPairCount="7")), "7 replication pairs"),
        (use(server(machineCount=2)), "2 machines"),
        (use(server(machineCount="unknown")), "unknown machines"),
        (
            use(server(), items=[("vm1", {"instanceType": "InMage", "processServerId": "aaa"})]),
            "1 protected items (vm1)",
        ),
        (use(server(friendlyName="ps-1", ipAddress="10.0.0.1", machineCount="1")), "1 machines"),
        # A configuration server may know it by its full name.
        (use(server(friendlyName="PS-1.contoso.local", ipAddress="10.0.0.1", machineCount="1")), "1 machines"),
    ],
)
def test_a_server_in_use_stays(seen, words):
    plan = decide(use=seen, **whole())
    assert plan.action == "refuse" and words in str(plan.refusal) and "another process server" in plan.refusal.cure


@pytest.mark.parametrize(
    "seen",
    [
        use(),
        use(server()),
        use(server(machineCount=None, replicationPairCount="")),
        use(server(friendlyName="other", ipAddress="192.0.2.99", machineCount="9")),
        use(server(), items=[("vm1", {"processServerId": "BBB"}), ("vm2", {}), ("vm3", {"processServerId": ""})]),
    ],
)
def test_a_server_that_carries_nothing_goes(seen):
    assert decide(use=seen, **whole()).action == "delete"


def test_a_server_that_is_still_listed_is_warned_of():
    warnings = list(vm_in_use.still_registered(entry(), "192.0.2.10", use(server())))
    assert len(warnings) == 1 and "still registered with configuration server CS" in warnings[0]
    assert list(vm_in_use.still_registered(entry(), "192.0.2.10", use())) == []


def test_the_address_is_that_of_the_interface_even_where_none_is_given():
    one = entry(private_ip_address=None)
    assert subject.address(one, vm_facts.find(one, lists(**whole()))) == "192.0.2.10"


def test_what_goes_is_told_with_the_hours_of_the_machine():
    plan = decide(**whole())
    assert (plan.known["id"], plan.known["hours_since_creation"], plan.known["private_ip_address"]) == (MACHINE, 30.0, "192.0.2.10")
    assert [one.rpartition("/")[2] for one in plan.known["resources"]] == ["ps-1", "ps-1-nic", "ps-1-os", "ps-1-cache"]
    rest = decide(interfaces=[interface(of_machine=False)]).known
    assert "hours_since_creation" not in rest and len(rest["resources"]) == 1


BUSY, IDLE, ELSEWHERE = use(server(machineCount="3")), use(server()), use(server(friendlyName="ps-1", ipAddress="198.51.100.1"))


@pytest.mark.parametrize(
    "seen, follows, action, foretold",
    [
        (UNUSED, ("switch", "unregistration"), "delete", None),
        (IDLE, (), "delete", None),
        (IDLE, ("switch",), "delete", None),
        # Registered still, although it should have been unregistered by now: only check mode goes on.
        (IDLE, ("unregistration",), "refuse", "delete"),
        (BUSY, (), "refuse", None),
        (BUSY, ("unregistration",), "refuse", None),
        (BUSY, ("switch",), "refuse", "delete"),
        (BUSY, ("switch", "unregistration"), "refuse", "delete"),
        # Another registration of its name is not the machine's.
        (ELSEWHERE, ("unregistration",), "delete", None),
    ],
)
def test_what_the_play_does_before_is_believed_in_check_mode_alone(seen, follows, action, foretold):
    plan = decide(use=seen, follows=follows, **whole())
    assert plan.action == action and (plan.foretold.action if plan.foretold else None) == foretold
    if action == "refuse":
        assert not plan.changed and plan.known["resources"]


def test_no_warning_of_a_registration_that_goes_before():
    assert list(vm_in_use.still_registered(entry(), "192.0.2.10", IDLE, "192.0.2.10")) == []
    assert len(list(vm_in_use.still_registered(entry(), "192.0.2.10", ELSEWHERE, "192.0.2.10"))) == 1


@pytest.mark.parametrize("vault, action", [("/of/vault-dr", "delete"), ("/OF/Vault-DR/", "delete"), ("/of/another", "refuse")])
def test_a_server_of_another_vault_stays(vault, action):
    seen = vm_in_use.Use(use().fabrics, [], vault="/of/vault-dr")
    plan = decide(use=seen, follows=("switch", "unregistration"), **whole(machines=[machine(tags={**OURS, "Azure_DR_Vault": vault})]))
    assert plan.action == action and plan.foretold is None
    if action == "refuse":
        assert "works for another vault, /of/another" in plan.refusal.said and "remove the tag azure_dr_vault" in plan.refusal.cure


def of_another_site(*servers):
    """A vault whose configuration server that was named does not list the server."""
    return vm_in_use.Use(use().fabrics, [], use(*servers).fabrics)


@pytest.mark.parametrize(
    "listed, follows, action, words",
    [
        (server(machineCount="3"), ("switch", "unregistration"), "refuse", "3 machines"),
        (server(machineCount="3"), (), "refuse", "3 machines"),
        (server(friendlyName="ps-1.contoso.local"), ("unregistration",), "refuse", "registered with configuration server CS, another one"),
        # A machine that is deleted by itself may be registered still.
        (server(), (), "delete", ""),
        # Two sites may use one address, or one name.
        (server(friendlyName="other", machineCount="3"), ("unregistration",), "delete", ""),
        (server(ipAddress="192.0.2.99", machineCount="3"), ("unregistration",), "delete", ""),
    ],
)
def test_a_server_of_another_configuration_server_than_the_named_one_stays(listed, follows, action, words):
    seen = of_another_site(listed)
    plan = decide(use=seen, follows=follows, **whole())
    assert plan.action == action and plan.foretold is None
    if action == "refuse":
        assert words in plan.refusal.said and "Give that one as configuration_server: CS, /f" in plan.refusal.cure
    else:
        assert len(list(vm_in_use.still_registered(entry(), "192.0.2.10", seen))) == (listed == server())
