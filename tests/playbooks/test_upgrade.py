"""Process servers are upgraded by the shipped playbook: step by step, one network at a time where that matters, and again."""

from __future__ import annotations

import pytest

from tests.azure_simulator.running import running
from tests.azure_simulator.scenario import merge
from tests.playbooks.support.hosts import CONFIGURATION_SERVER, alter, left_behind, long_silent
from tests.playbooks.support.prepared import QUICK, SERVERS, register_servers
from tests.playbooks.support.requests import arm_requests, arm_writes
from tests.playbooks.support.scripts import Scripts
from tests.playbooks.support.tasks import task

PLAYBOOK = "azure_dr.site_recovery.upgrade_process_servers"
MODULE = "process_server_upgrade"
APP, DB, WEB = SERVERS
OLD, BETWEEN, NEW = "9.54.6682.1", "9.58.6934.1", "9.62.7096.1"
BRIEF = merge(QUICK, {"world": {"latencies": {"boot": {"default": 0.3, "by_name": {"ps-db-01": 0.3}}}}})
BOTH = [("CX_THIRDPARTY_SETUP.EXE", BETWEEN), ("UCX_SERVER_SETUP.EXE", BETWEEN), ("CX_THIRDPARTY_SETUP.EXE", NEW), ("UCX_SERVER_SETUP.EXE", NEW)]


@pytest.fixture
def world():
    with running("upgrade", BRIEF) as world:
        yield world


def upgrades(world, name):
    """Programs and versions by which a server was upgraded, in their order."""
    return alter(world, name, lambda host: list(world.windows.upgrades_started.get(host.address, [])))


def shown_version(world, address):
    """The version that the configuration server knows of a server."""
    server = world.site_recovery.configuration_server(CONFIGURATION_SERVER)
    return world.call(lambda: [entry.facts["agentVersion"] for entry in server.at_address(address)])


def test_from_check_mode_to_unchanged(ansible, world):
    """Over two versions, with a restart that the installer asks for; then there is nothing left to do."""
    servers = register_servers(world)
    variables = {"process_servers": servers}
    since = len(world.log.requests)
    run = ansible.play(world, variables, PLAYBOOK, ["--check", "--diff"])
    assert run.code == 0, run.output
    assert arm_writes(world, since) == []
    (shown,) = run.of(MODULE)
    assert shown["changed"] and [upgrades(world, name) for name in SERVERS] == [[], [], []]
    for server, diff in zip(shown["process_servers"], shown["diff"], strict=True):
        assert (server["action"], server["version_before"], server["steps"]) == ("upgrade", OLD, [BETWEEN, NEW])
        assert (diff["before"]["version"], diff["after"]["version"], diff["after"]["steps"]) == (OLD, NEW, [BETWEEN, NEW])
    # Each is the only one of its network, which everybody should know.
    assert run.output.count("replication stands still there") >= 3

    booted = [alter(world, name, lambda host: host.booted_utc) for name in SERVERS]
    run = ansible.play(world, variables, PLAYBOOK)
    assert run.code == 0, run.output
    (done,) = run.of(MODULE)
    for server in done["process_servers"]:
        assert (server["version"], server["state"], server["changed"]) == (NEW, "registered", True)
    assert [upgrades(world, name) for name in SERVERS] == [BOTH] * 3
    assert all(alter(world, name, lambda host: host.booted_utc) > before for name, before in zip(SERVERS, booted, strict=True))
    assert [left_behind(world, name) for name in SERVERS] == [[], [], []]
    assert [shown_version(world, server["private_ip_address"]) for server in servers] == [[NEW]] * 3
    tags = world.call(lambda: [world.compute.by_name(name).body["tags"] for name in SERVERS])
    assert all("azure_dr_setup" not in one for one in tags)

    since = len(world.log.requests)
    run = ansible.play(world, variables, PLAYBOOK)
    assert run.code == 0 and run.changed == [], run.output
    assert len(arm_requests(world, since)) <= 5 and arm_writes(world, since) == []
    assert [upgrades(world, name) for name in SERVERS] == [BOTH] * 3
