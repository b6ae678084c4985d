"""What is left over and costs money, by the shipped playbook against a world where each kind of leftover is."""

from __future__ import annotations

import pytest

from tests.azure_simulator.running import running
from tests.playbooks.support.hosts import CONFIGURATION_SERVER, long_silent
from tests.playbooks.support.prepared import QUICK, SERVERS, register_servers
from tests.playbooks.support.requests import arm_requests, arm_writes
from tests.playbooks.support.tasks import task

APP, DB, WEB = SERVERS
MODULE = "process_server_leftovers_info"
PLAYBOOK = "azure_dr.site_recovery.find_leftover_process_servers"


@pytest.fixture
def quick():
    with running("three_networks", QUICK) as world:
        yield world


def leave_over(world):
    """One server has nothing to do, one carries machines, and the machine of the third was deleted without its cache disk."""

    def change():
        server = world.site_recovery.configuration_server(CONFIGURATION_SERVER)
        server.server(DB).carry(2, 3)
        machine = world.compute.by_name(WEB)
        machine.body["properties"]["storageProfile"]["dataDisks"][0]["deleteOption"] = "Detach"
        world.compute.remove(machine.id)
        server.server(WEB).beats = lambda: False

    world.call(change)
    long_silent(world, WEB)


def kinds(result):
    return {(one["kind"], one["name"]): one for one in result["leftovers"]}


def test_each_kind_of_leftover_with_what_it_costs(ansible, quick):
    world = quick
    register_servers(world)
    leave_over(world)
    since = len(world.log.requests)
    run = ansible.play(world, playbook=PLAYBOOK, arguments=["--check"])
    assert run.code == 0 and run.changed == [] and arm_writes(world, since) == [], run.output
    # Five lists of the subscription, the fabrics and the protected items: the same for a hundred servers.
    assert len(arm_requests(world, since)) == 7
    (result,) = run.of(MODULE)
    found = kinds(result)
    assert sorted(found) == [("disk", f"{WEB}-cache"), ("registration", WEB), ("virtual_machine", APP)]
    assert found["virtual_machine", APP]["reason"] == "idle" and "machine Standard_A8_v2 (running)" in found["virtual_machine", APP]["costs"]
    assert "no heartbeat since" in found["registration", WEB]["evidence"]
    assert [one["name"] for one in result["in_use"]] == [DB] and "2 machines" in result["in_use"][0]["evidence"]
    # A person reads it on the terminal.
    assert "Left over: 1 machine, 1 disk, 1 registration;" in run.output and "the disk, attached or not" in run.output

    machine = world.call(lambda: world.compute.by_name(APP).id)
    world.call(lambda: world.compute.deallocate(machine))
    environment = world.environment()
    own = environment["AZURE_SUBSCRIPTION_ID"]
    # A list in one text, as a survey of AWX gives it, and one subscription named twice.
    again = [task(MODULE, subscription_ids=f"{own},{own.upper()}"), task(MODULE, older_than_hours=5)]
    since = len(world.log.requests)
    run = ansible.play(world, playbook=again)
    stopped, old = run.of(MODULE)
    assert run.code == 0 and len(arm_requests(world, since)) == 14
    assert kinds(stopped)["virtual_machine", APP]["costs"].startswith("2 disks only, since the machine is deallocated")
    assert (stopped["machine_hours"], kinds(stopped)["virtual_machine", APP]["machine_is_billed"]) == (0, False)
    # What has no age is told all the same.
    assert list(kinds(old)) == [("registration", WEB)] and "2 younger than asked for" in old["summary"]


def test_a_subscription_that_is_not_there_is_an_error_and_not_an_empty_answer(ansible, quick):
    run = ansible.play(quick, playbook=[task(MODULE, subscription_ids=["00000000-0000-4000-8000-00000000dead"])])
    assert run.code != 0 and "00000000-0000-4000-8000-00000000dead" in run.failures[0] and "listing" in run.failures[0]


def test_an_age_that_is_none_is_refused_and_not_taken_for_0(ansible, quick):
    run = ansible.play(quick, {"older_than_hours": "a week"}, PLAYBOOK)
    assert run.code != 0 and "older_than_hours" in run.failures[0] and quick.log.requests == [], run.output
