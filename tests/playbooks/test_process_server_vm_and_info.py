"""Machines and what is told of them, by real playbooks: looked at first, done, done again, in each state."""

from __future__ import annotations

import json

from tests.azure_simulator.running import running
from tests.playbooks.support.prepared import QUICK, register_servers
from tests.playbooks.support.requests import arm_requests, arm_writes
from tests.playbooks.support.tasks import task

SERVERS = ["ps-app-01", "ps-db-01", "ps-web-01"]
VAULT = {"vault_name": "{{ vault_name }}", "vault_resource_group": "{{ vault_resource_group }}"}


def play(ansible, world, *arguments, **options):
    """The result of one task, and how many requests and writes it took."""
    since = len(world.log.requests)
    run = ansible.play(world, playbook=[task("process_server_vm", **options)], arguments=["--diff", *arguments])
    assert run.code == 0, run.output
    return run.of("process_server_vm")[0], run.output, arm_requests(world, since), arm_writes(world, since)


def test_present_and_absent_are_looked_at_done_and_then_unchanged(ansible, world):
    result, output, unused, writes = play(ansible, world, "--check")
    assert result["changed"] and writes == []
    assert [one["after_header"] for one in result["diff"]] == SERVERS
    # A person reads the difference of each server on the terminal.
    assert output.count('+    "size": "Standard_A8_v2"') == 3

    result, *unused, writes = play(ansible, world, wait=True)
    assert [one["provisioning_state"] for one in result["process_servers"]] == ["Succeeded"] * 3 and len(writes) == 6
    result, unused, requests, writes = play(ansible, world, wait=True)
    assert not result["changed"] and writes == [] and len(requests) <= 5

    removal = {"state": "absent", **VAULT}
    result, *unused, writes = play(ansible, world, "--check", **removal)
    assert result["changed"] and writes == [] and [one["after"] for one in result["diff"]] == [{}, {}, {}]
    result, *unused, writes = play(ansible, world, **removal)
    assert [one["action"] for one in result["process_servers"]] == ["delete"] * 3
    assert world.call(lambda: world.compute.billable("azure_dr.site_recovery")) == []
    result, unused, requests, writes = play(ansible, world, **removal)
    assert not result["changed"] and writes == [] and len(requests) <= 5


def test_removal_needs_the_vault_to_ask(ansible, world):
    run = ansible.play(world, playbook=[task("process_server_vm", state="absent")])
    assert run.code != 0 and "vault_name" in run.failures[0] and arm_writes(world) == []


def test_registered_servers_are_told_with_their_machines_and_go_with_a_warning(ansible):
    with running("three_networks", QUICK) as world:
        register_servers(world)
        _told(ansible, world)
        _gone(ansible, world)


def _told(ansible, world):
    run = ansible.play(world, playbook=[task("process_server_info")], arguments=["--check"])
    assert run.code == 0 and run.changed == [], run.output
    (told,) = run.of("process_server_info")
    servers = {one["name"].lower(): one for one in told["process_servers"]}
    assert set(SERVERS) < set(servers), json.dumps(told)
    for name in SERVERS:
        one = servers[name]
        assert one["connected"] and one["experience"] == "classic" and one["machine_count"] == 0
        machine = one["virtual_machine"]
        assert (machine["name"], machine["power_state"], machine["managed"]) == (name, "running", True)
        assert 0 <= machine["hours_since_creation"] < 1


def _gone(ansible, world):
    run = ansible.play(world, playbook=[task("process_server_vm", state="absent", **VAULT)])
    assert run.code == 0, run.output
    assert run.output.count("still registered with configuration server") >= 3
