"""What is left over: machines without work, parts without a machine, registrations without a machine."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    leftover_machines,
    leftover_parts,
    leftovers as subject,
    vm_in_use,
)
from tests.unit.process_server.vm_samples import GROUP, SUB, address, disk, interface, machine

NOW = datetime.datetime(2026, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)
FRESH, OLD = "2026-01-01T23:59:00.0000000Z", "2026-01-01T12:00:00.0000000Z"
PARAMS = {"vault_name": "vault-dr", "older_than_hours": 0}
RUN = {"azure_dr_owner": "azure_dr.site_recovery", "azure_dr_run": "20260101T060000Z-0a1b2c"}


def status(power="running"):
    return {**machine(), "properties": {"instanceView": {"statuses": [{"code": f"PowerState/{power}"}]}}}


def lists(**given):
    own = machine()["id"]
    whole = {
        "machines": [machine()],
        "statuses": [status()],
        "interfaces": [interface()],
        "disks": [disk("ps-1-os", managed_by=own), disk("ps-1-cache", managed_by=own)],
        "addresses": [],
    }
    return {**whole, **given}


NOTHING = {"machines": [], "statuses": [], "interfaces": [], "disks": [], "addresses": []}


def server(**changes):
    counts = {"machineCount": "0", "replicationPairCount": "0"}
    return {"friendlyName": "PS-1", "id": "AAA", "ipAddress": "192.0.2.10", **counts, "lastHeartbeat": FRESH, **changes}


def use(*servers, heard=FRESH, items=()):
    built_in = server(friendlyName="CS", id="BBB", ipAddress="192.0.2.99", machineCount="12", lastHeartbeat=heard)
    details = {"instanceType": "VMware", "ipAddress": "192.0.2.99", "lastHeartbeat": heard, "processServers": [built_in, *servers]}
    fabric = {"name": "f", "properties": {"friendlyName": "CS", "customDetails": details}}
    return vm_in_use.Use([fabric], list(items))


def judge(found, said, **params):
    return subject.judge(found, said, {**PARAMS, **params}, NOW)


@pytest.mark.parametrize(
    "said, reason, words",
    [
        (use(), "not_registered", "no configuration server of vault vault-dr lists it"),
        (use(server()), "idle", "registered with configuration server CS, and carries no machine"),
        (use(server(ipAddress="198.51.100.7")), "idle", "registered"),
        (use(server(lastHeartbeat=OLD)), "silent", "without a heartbeat"),
        (use(server(), heard=OLD), "configuration_server_silent", "CS is not heard of any more, and carried nothing"),
        (use(server(machineCount="3"), heard=OLD), "configuration_server_silent", "what it last said: configuration server CS shows 3 machines"),
    ],
)
def test_why_a_machine_is_left_over(said, reason, words):
    (told,) = judge(lists(), said)["leftovers"]
    assert (told["kind"], told["name"], told["reason"]) == ("virtual_machine", "ps-1", reason) and words in told["evidence"]
    assert told["cure"]


@pytest.mark.parametrize("listed, reason", [((), "of_another_vault"), ((server(),), "idle")])
def test_a_machine_of_another_vault_is_told_as_that(listed, reason):
    given = lists(machines=[machine(tags={**RUN, "azure_dr_vault": "/of/another"})])
    (told,) = judge(given, use(*listed))["leftovers"]
    assert told["reason"] == reason
    if reason != "idle":
        assert "/of/another" in told["evidence"] and "Name that vault" in told["cure"]


@pytest.mark.parametrize(
    "said",
    [
        use(server(machineCount="3")),
        use(server(replicationPairCount="1")),
        use(server(machineCount="3", lastHeartbeat=OLD)),
        use(server(), items=[{"name": "vm", "properties": {"providerSpecificDetails": {"processServerId": "aaa"}}}]),
    ],
)
def test_a_machine_that_carries_work_is_not(said):
    told = judge(lists(), said)
    assert told["leftovers"] == [] and [one["name"] for one in told["in_use"]] == ["ps-1"]
    assert told["table"] == [] and told["summary"] == "Left over: nothing. Not among them: 1 machine in use"


def test_a_machine_of_others_is_nobodys_leftover():
    assert judge(lists(machines=[machine(tags={})], disks=[]), use())["leftovers"] == []


def test_a_machine_that_is_being_made_is_told_as_such():
    (told,) = judge(lists(machines=[machine("Creating")]), use())["leftovers"]
    assert told["reason"] == "being_made"


@pytest.mark.parametrize(
    "power, billed, words",
    [
        ("running", True, "machine Standard_A8_v2 (running), 24.0 machine hours since it was made, and 2 disks"),
        ("stopped", True, "machine Standard_A8_v2 (stopped), 24.0 machine hours since it was made, and 2 disks"),
        ("deallocated", False, "2 disks only, since the machine is deallocated; made 24.0 h ago"),
    ],
)
def test_what_a_machine_costs(power, billed, words):
    told = judge(lists(statuses=[status(power)]), use())
    assert told["leftovers"][0]["costs"] == words and told["leftovers"][0]["machine_is_billed"] is billed
    assert told["machine_hours"] == (24.0 if billed else 0)


def test_a_machine_in_an_unknown_state_counts_as_billed():
    (told,) = judge(lists(statuses=[]), use())["leftovers"]
    assert told["machine_is_billed"] and "(in an unknown state)" in told["costs"]


def test_the_public_address_of_a_machine_is_among_its_costs():
    public = address()["id"]
    found = lists(interfaces=[interface(public=public)], addresses=[address(used_by=interface()["id"])])
    told = judge(found, use())["leftovers"]
    assert [one["kind"] for one in told] == ["virtual_machine"] and told[0]["costs"].endswith("2 disks and 1 public address")


@pytest.mark.parametrize(
    "given, names",
    [
        ({"disks": [disk("ps-1-os"), disk("theirs", tags={}), disk("used", managed_by="/some/machine")]}, ["ps-1-os"]),
        ({"interfaces": [interface(of_machine=False)]}, ["ps-1-nic"]),
        ({"interfaces": [interface(of_machine=False, tags={})]}, []),
        ({"addresses": [address()]}, ["ps-1-ip"]),
        ({"addresses": [address(tags={})]}, []),
        ({"addresses": [address(used_by=f"{GROUP}/providers/Microsoft.Network/loadBalancers/lb")]}, []),
        (
            {"interfaces": [interface(of_machine=False)], "addresses": [address(used_by=interface()["id"])]},
            ["ps-1-nic", "ps-1-ip"],
        ),
    ],
)
def test_parts_without_a_machine(given, names):
    told = judge({**NOTHING, **given}, use())["leftovers"]
    assert [one["name"] for one in told] == names
    assert all(one["reason"] == "unattached" and "name ps-1" in one["cure"] for one in told)


def test_the_age_of_a_part_is_azures_word_or_that_of_the_run_that_made_it():
    dated = disk("ps-1-os")
    dated["properties"]["timeCreated"] = "2026-01-01T12:00:00.0000000+00:00"
    told = judge({**NOTHING, "disks": [dated], "interfaces": [interface(of_machine=False, tags=RUN)]}, use())["leftovers"]
    assert [(one["kind"], one["created"], one["hours_since_creation"]) for one in told] == [
        ("disk", "2026-01-01T12:00:00Z", 12.0),
        ("network_interface", "2026-01-01T06:00:00Z", 18.0),
    ]


@pytest.mark.parametrize("tag", ["earlier", "", "20261301T060000Z-aa"])
def test_a_tag_that_is_no_time_gives_no_age(tag):
    assert leftover_parts.made_by_run({"tags": {"azure_dr_run": tag}}) is None


def test_what_is_younger_is_left_out_but_for_what_has_no_known_age():
    found = {**lists(), "addresses": [address()]}
    told = judge(found, use(), older_than_hours=24.5)
    assert [one["kind"] for one in told["leftovers"]] == ["public_address"] and "1 younger than asked for" in told["summary"]
    assert len(judge(found, use(), older_than_hours=24)["leftovers"]) == 2


@pytest.mark.parametrize(
    "said, count",
    [
        (use(server(lastHeartbeat=OLD)), 1),
        (use(server(lastHeartbeat="0001-01-01T00:00:00")), 1),
        (use(server()), 0),
        (use(), 0),
        # A configuration server that is silent itself tells nothing new of anybody.
        (use(server(lastHeartbeat=OLD), heard=OLD), 0),
    ],
)
def test_registered_dead_and_without_a_machine(said, count):
    told = judge(NOTHING, said)["leftovers"]
    assert [(one["kind"], one["name"], one["private_ip_address"], one["reason"]) for one in told] == [
        ("registration", "PS-1", "192.0.2.10", "machine_gone")
    ] * count


def test_a_dead_registration_that_still_carries_machines_says_to_switch_first():
    (told,) = judge(NOTHING, use(server(lastHeartbeat=OLD, machineCount="2")))["leftovers"]
    assert "2 machines" in told["evidence"] and "switch_process_servers" in told["cure"]


def test_a_dead_server_whose_machine_is_there_is_told_once():
    assert [one["kind"] for one in judge(lists(), use(server(lastHeartbeat=OLD)))["leftovers"]] == ["virtual_machine"]
    # A machine of somebody else that is called so may be the server.
    theirs = lists(machines=[machine(tags={})], disks=[])
    assert judge(theirs, use(server(lastHeartbeat=OLD)))["leftovers"] == []


def test_table_and_summary():
    told = judge(lists(disks=[disk("ps-1-old")]), use())
    assert told["table"][0].split() == ["WHAT", "NAME", "GROUP", "WHY", "COSTS"]
    assert told["table"][1].startswith("machine  ps-1 ") and "-> Retire it" in told["table"][2]
    assert told["summary"] == "Left over: 1 machine, 1 disk; 24.0 machine hours so far"


def test_hours_that_are_not_known_are_not_none():
    ageless = machine()
    ageless["properties"].pop("timeCreated")
    told = judge(lists(machines=[ageless]), use())
    assert told["summary"] == "Left over: 1 machine; 0 machine hours so far, without those of 1 machine of unknown age"


@pytest.mark.parametrize("given, found", [(None, ["own"]), ([], ["own"]), (["", " "], ["own"]), (["a", "A", "b"], ["A", "b"])])
def test_subscriptions_are_looked_through_once(given, found):
    assert subject.wanted_subscriptions({"subscription_ids": given}, "own") == found


def test_without_a_subscription_there_is_nothing_to_look_through():
    with pytest.raises(Refusal, match="AZURE_SUBSCRIPTION_ID"):
        subject.wanted_subscriptions({}, "")


@pytest.mark.parametrize(
    "power, billed", [("running", True), ("starting", True), ("stopped", True), ("deallocated", False), ("deallocating", False), (None, True)]
)
def test_which_states_are_billed(power, billed):
    assert leftover_machines.is_billed(power) is billed


def test_ids_of_the_samples_are_taken_apart():
    (told,) = judge(lists(), use())["leftovers"]
    assert (told["subscription_id"], told["resource_group"].lower()) == (SUB, "rg")
