"""The main job: from machines that were failed over to a registered process server in each of their networks."""

from __future__ import annotations

from tests.playbooks.support.requests import arm_writes

SERVERS = ["ps-app-01", "ps-db-01", "ps-web-01"]
MODULES = ["process_server_prerequisites_info", "process_server_vm", "process_server_registration"]


def test_checked_then_done_then_unchanged(ansible, world):
    """One world, as an administrator goes about it: look first, do it, look again, do it again."""
    rehearsal = ansible.play(world, arguments=["--check", "--diff"])
    assert rehearsal.code == 0, rehearsal.output
    assert arm_writes(world) == []
    assert [server["action"] for server in rehearsal.of("process_server_vm")[0]["process_servers"]] == ["create"] * 3
    assert [diff["after_header"] for diff in rehearsal.of("process_server_vm")[0]["diff"]] == SERVERS
    assert [server["action"] for server in rehearsal.of("process_server_registration")[0]["process_servers"]] == ["register"] * 3
    for server in SERVERS:
        assert f"+++ after: {server}" in rehearsal.output

    first = ansible.play(world)
    assert first.code == 0, first.output
    registered = first.of("process_server_registration")[0]["process_servers"]
    assert [(server["name"], server["state"], server["version"]) for server in registered] == [(name, "registered", "9.62.7096.1") for name in SERVERS]
    assert all(server["heartbeat_age_seconds"] < 900 for server in registered)

    before = len(arm_writes(world))
    second = ansible.play(world)
    assert second.code == 0, second.output
    assert second.changed == []
    assert len(arm_writes(world)) == before

    again = ansible.play(world, arguments=["--check", "--diff"])
    assert again.code == 0 and again.changed == [], again.output
    assert len(arm_writes(world)) == before


def test_the_servers_own_secrets_do_not_stay_on_them(ansible, world):
    done = ansible.play(world)
    assert done.code == 0, done.output
    passphrase = world.playbook_vars()["passphrase"].encode()

    def files():
        hosts = [host for host in world.windows.hosts() if host.computer_name.lower() in SERVERS]
        return len(hosts), [path for host in hosts for path, file in host.files.items() if passphrase in (file.content or b"")]

    assert world.call(files) == (3, [])
