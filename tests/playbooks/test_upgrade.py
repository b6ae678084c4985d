"""Process servers are upgraded by the shipped playbook: step by step, in turn where that matters, killed, and again."""

from __future__ import annotations

import signal

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_steps as setup
from tests.azure_simulator.running import running
from tests.azure_simulator.scenario import load, merge
from tests.playbooks.support import processes
from tests.playbooks.support.canaries import leaks, secrets_in
from tests.playbooks.support.hosts import CONFIGURATION_SERVER, alter, left_behind, long_silent, run_scripts, setups_started
from tests.playbooks.support.prepared import QUICK, SERVERS, make_machines, register_servers
from tests.playbooks.support.requests import arm_requests, arm_writes
from tests.playbooks.support.scripts import Scripts
from tests.playbooks.support.tasks import task

PLAYBOOK = "azure_dr.site_recovery.upgrade_process_servers"
MODULE = "process_server_upgrade"
APP, DB, WEB = SERVERS
APP2 = "ps-app-02"
OLD, BETWEEN, NEW = "9.54.6682.1", "9.58.6934.1", "9.62.7096.1"
DEPENDENCIES, SERVER = "CX_THIRDPARTY_SETUP.EXE", "UCX_SERVER_SETUP.EXE"
SILENT = "/VERYSILENT /SUPPRESSMSGBOXES /NORESTART"
BOTH_VERSIONS = [(DEPENDENCIES, BETWEEN), (SERVER, BETWEEN), (DEPENDENCIES, NEW), (SERVER, NEW)]
LATENCIES = {
    "boot": {"default": 0.3, "by_name": {"ps-db-01": 0.3}},
    "winrm": {"default": 0.1, "by_name": {"ps-db-01": 0.1}},
}
BRIEF = merge(QUICK, {"world": {"latencies": LATENCIES}})
_OLDEST, _MIDDLE, _NEWEST = load("upgrade")["windows"]["installers"]
# Registered one step before the configuration server's version, which asks for no restart.
ONE_STEP = merge(BRIEF, {"windows": {"installers": [_MIDDLE, {**_NEWEST, "restart": False}, _OLDEST]}})


def upgrades(world, name):
    """Programs and versions by which a server was upgraded, in their order."""
    return alter(world, name, lambda host: list(world.windows.upgrades_started.get(host.address, [])))


def shown_version(world, name):
    """The version that the configuration server knows of a server."""
    server = world.site_recovery.configuration_server(CONFIGURATION_SERVER)
    return alter(world, name, lambda host: [entry.facts["agentVersion"] for entry in server.at_address(host.address)])


def failed(run):
    return {server["name"]: server for server in run.of(MODULE)[0]["failed_servers"]}


def kill_at(ansible, world, variables, scripts, moment, name):
    """Start the playbook and kill it, with all its processes, when a script has run on a server."""
    process = ansible.start(world, variables, PLAYBOOK)
    killed = []

    def kill(_server):
        if not killed:
            killed.append(True)
            processes.kill(process.pid)

    scripts.after(moment, kill, name)
    output, _nothing = process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL, output


def test_killed_and_hung_from_check_mode_to_unchanged(ansible, monkeypatch):
    """Over two versions, with a restart that the installer asks for, from which one server does not come back at first."""
    with running("upgrade", BRIEF) as world:
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

        scripts = Scripts(monkeypatch)
        booted = [alter(world, name, lambda host: host.booted_utc) for name in SERVERS]
        kill_at(ansible, world, variables, scripts, "start_setup_task", WEB)
        kill_at(ansible, world, {"process_servers": [servers[0], servers[2]]}, scripts, "restart_server", APP)
        world.call(lambda: world.windows.stuck_at_boot.add(DB))
        run = ansible.play(world, {"process_servers": [servers[1]], "wait_timeout": 10}, PLAYBOOK)
        assert run.code != 0 and set(failed(run)) == {DB}, run.output
        for words in (f"waiting for {DB} to come back from its restart", "last seen: Connection", "boot diagnostics"):
            assert words in failed(run)[DB]["message"]

        # Somebody starts it.
        world.call(lambda: world.windows.start(world.windows.host_named(DB).vm_id))
        run = ansible.play(world, variables, PLAYBOOK, ["-vvvvv"])
        assert run.code == 0, run.output
        (done,) = run.of(MODULE)
        assert [(server["version"], server["changed"]) for server in done["process_servers"]] == [(NEW, True)] * 3
        assert leaks(secrets_in(world.playbook_vars()), run.output.encode()) == []
        # Each program ran once, whoever was killed meanwhile.
        assert [upgrades(world, name) for name in SERVERS] == [BOTH_VERSIONS] * 3
        assert all(alter(world, name, lambda host: host.booted_utc) > before for name, before in zip(SERVERS, booted, strict=True))
        assert [left_behind(world, name) for name in SERVERS] == [[], [], []]
        assert [shown_version(world, name) for name in SERVERS] == [[NEW]] * 3
        tags = world.call(lambda: [world.compute.by_name(name).body["tags"] for name in SERVERS])
        assert all("azure_dr_setup" not in one for one in tags)

        since = len(world.log.requests)
        run = ansible.play(world, variables, PLAYBOOK)
        assert run.code == 0 and run.changed == [], run.output
        handed_on = run.tasks[-1]["result"]["ansible_stats"]["data"]["process_servers_upgraded"]
        assert [(one["name"], one["version"], one["state"], bool(one["process_server_id"])) for one in handed_on] == [
            (name, NEW, "registered", True) for name in SERVERS
        ]
        assert len(arm_requests(world, since)) <= 5 and arm_writes(world, since) == []


def two_in_one_network(world):
    """Two servers in one network, one that is reached through Azure alone, and one of the gallery's image."""
    app, db, web = world.playbook_vars()["process_servers"]
    app.update(share_network=True)
    second = {**app, "name": APP2, "private_ip_address": f"127.{world.octet}.1.11"}
    app, second, db = register_servers(world, {"process_servers": [app, second, db]})
    web.update(
        method="configuration_tool",
        key_vault_id="/subscriptions/5a1e0000-0000-4000-8000-000000000001/resourceGroups/rg-failback/providers/Microsoft.KeyVault/vaults/kv",
        winrm_certificate_url="https://kv.vault.azure.net/secrets/winrm/0123456789abcdef0123456789abcdef",
    )
    make_gallery_server(world, web)
    return [app, second, {**db, "channel": "run_command"}, web]


def make_gallery_server(world, web):
    make_machines(world, {"process_servers": [web]})
    configuration_server = world.playbook_vars()["configuration_server_address"]
    world.call(lambda: world.windows.register_by_hand(WEB, configuration_server, BETWEEN))
    world.call(lambda: world.site_recovery.configuration_server(CONFIGURATION_SERVER).report(world.clock.now()))
    web["winrm_certificate_fingerprint"] = alter(world, WEB, lambda host: host.listeners[0].sha256)


def test_faults_turns_and_every_kind_of_server(ansible, monkeypatch):
    with running("upgrade", ONE_STEP) as world:
        servers = two_in_one_network(world)
        names = [server["name"] for server in servers]
        (installer,) = [one for one in world.windows.installers() if one["version"] == NEW]
        right = {name: installer[name] for name in ("url", "sha256", "version")}
        # As in the README, the installer of the set-up has no version.
        bare = {name: world.playbook_vars()["installer"][name] for name in ("url", "sha256")}
        variables = {"process_servers": servers, "installers": [right], "installer": bare}

        # Another file than Microsoft's: told before anything is run, and before anybody is taken down.
        run = ansible.play(world, {**variables, "installers": [{**right, "sha256": "ab" * 32}]}, PLAYBOOK)
        assert run.code != 0 and set(failed(run)) == set(names)
        for one in failed(run).values():
            assert all(words in one["message"] for words in ("checksum", installer["sha256"], "ab" * 32, "Nothing was installed")), one
        assert [upgrades(world, name) for name in names] == [[]] * 4
        assert [left_behind(world, name) for name in names] == [[]] * 4

        # Whichever of the two in one network goes first fails, and the other one is spared. Meanwhile the one that is reached
        # through Azure is being upgraded by somebody else.
        for name in (APP, APP2):
            world.call(lambda name=name: world.windows.fail_next_setup(name, 5, "Some files are in use."))
        world.call(lambda: world.windows.host_named(DB).put_file(f"C:\\Temp\\{DEPENDENCIES}", f"MZ {DEPENDENCIES} {NEW}".encode()))
        program = {"task_name": setup.TASK_NAME, "program": f"C:\\Temp\\{DEPENDENCIES}", "arguments": SILENT, "working_directory": "C:\\Temp"}
        run_scripts(world, DB, ("start_setup_task", {**program, "user": "psadmin", "password": servers[2]["admin_password"]}))
        scripts = Scripts(monkeypatch)
        run = ansible.play(world, variables, PLAYBOOK)
        assert run.code != 0 and set(failed(run)) == {APP, APP2}, run.output
        (broken,) = [name for name in (APP, APP2) if "exit code 5" in failed(run)[name]["message"]]
        (spared,) = {APP, APP2} - {broken}
        assert all(words in failed(run)[broken]["message"] for words in ("Some files are in use.", setup.LOG_DIRECTORY))
        assert all(words in failed(run)[spared]["message"] for words in ("last process server of vnet-app that works", broken))
        assert (upgrades(world, broken), upgrades(world, spared)) == ([(DEPENDENCIES, NEW)], [])
        assert upgrades(world, DB) == upgrades(world, WEB) == [(DEPENDENCIES, NEW), (SERVER, NEW)]
        assert scripts.of(DB).count("start_setup_task") == 1
        assert alter(world, WEB, lambda host: world.windows.winrm_of(host.address).requests) > 0

        # The cause is mended: the broken one first, and never both at once.
        world.call(world.windows.setup_faults.clear)
        running_services = []
        scripts.ran.clear()

        def look_at_the_other(server):
            (other,) = {APP, APP2} - {server}
            running_services.append(world.windows.host_named(other).service("ProcessServer").status)

        scripts.before("start_setup_task", look_at_the_other)
        run = ansible.play(world, variables, PLAYBOOK)
        assert run.code == 0, run.output
        started = [server for server, script in scripts.ran if script == "start_setup_task"]
        assert started == [broken, broken, spared, spared] and running_services == ["Running"] * 4
        assert "wait for its turn" in run.output and f"{spared} | wait for its turn | started" in run.output
        assert [shown_version(world, name) for name in names] == [[NEW]] * 4
        assert [left_behind(world, name) for name in (APP, APP2, DB, WEB)] == [[]] * 4


def test_what_is_refused_before_anything_is_sent(ansible):
    """What a vault can look like that was not looked after, and options that cannot be meant."""
    with running("upgrade", ONE_STEP) as world:
        servers = register_servers(world)
        known = world.site_recovery.configuration_server(CONFIGURATION_SERVER)
        entry = {**servers[0], "share_network": True}
        moved = {**entry, "name": "ps-moved-01", "private_ip_address": f"127.{world.octet}.1.61"}
        doubled = {**entry, "name": "ps-twice-01", "private_ip_address": f"127.{world.octet}.1.62"}

        def neglect():
            now = world.clock.now()
            known.register({"name": "PS-MOVED-01", "address": f"127.{world.octet}.1.99", "version": BETWEEN}, now)
            for _again in range(2):
                known.register({"name": "ps-twice-01", "address": doubled["private_ip_address"], "version": BETWEEN}, now)
            known.server(DB).facts["agentVersion"] = "9.64.7300.1"
            world.compute.remove(world.compute.by_name(WEB).id)

        world.call(neglect)
        long_silent(world, APP)
        since = len(world.log.requests)
        mistakes = [
            ("too new", {"version": "9.63.7200.1"}, ["9.63.7200.1", NEW, "Upgrade the configuration server first"]),
            ("no version", {"version": "9.62"}, ["version 9.62 is not a version in its four numbers"]),
            ("a short hash", {"installers": [{"url": "https://x.example", "sha256": "ab", "version": NEW}]}, ["installers[0].sha256"]),
            ("none at once", {"max_unavailable": 0}, ["max_unavailable 0"]),
            ("no password", {"process_servers": [{**servers[0], "admin_password": ""}]}, [APP, "admin_password"]),
            ("two in one network", {"process_servers": [servers[0], {**moved, "share_network": False}]}, ["share_network"]),
        ]
        tasks = [{**task(MODULE, name, **options), "ignore_errors": True} for name, options, _words in mistakes]
        neglected = [entry, *servers[1:], moved, doubled]
        run = ansible.play(world, {"process_servers": neglected}, [*tasks, task(MODULE, version=NEW)])
        assert run.code != 0
        for result, (name, _options, words) in zip(run.tasks, mistakes, strict=False):
            assert result["status"] == "failed" and all(word in result["result"]["msg"] for word in words), (name, result["result"]["msg"])
        refused = {server["name"]: server["message"] for server in run.tasks[-1]["result"]["failed_servers"]}
        expected = {
            APP: ["no heartbeat since", "process_server_registration"],
            DB: ["9.64.7300.1", "newer than 9.62.7096.1 of its configuration server"],
            WEB: ["there is no virtual machine", "unregister"],
            "ps-moved-01": ["lists it under 127.", ".1.99", "unregister the old one"],
            "ps-twice-01": ["2 process servers with this address"],
        }
        assert {name: [word for word in words if word not in refused[name]] for name, words in expected.items()} == {name: [] for name in expected}
        assert "canary" not in run.output.lower()

        # With a configuration server that is not heard of nothing could be proven.
        world.call(lambda: known.server(DB).facts.update(agentVersion=BETWEEN))
        world.call(lambda: known.report(world.clock.now()))
        world.call(lambda: known.disconnect(seconds_ago=7200))
        run = ansible.play(world, {"process_servers": [servers[1]]}, [task(MODULE)])
        assert run.code != 0 and all(words in run.failures[0] for words in (CONFIGURATION_SERVER, "its last heartbeat was", "connect it to Azure"))
        assert arm_writes(world, since) == [] and [setups_started(world, name) for name in (APP, DB)] == [1, 1]
        assert upgrades(world, APP) == upgrades(world, DB) == []


def test_a_vault_that_shows_releases_without_their_builds(ansible):
    """As in everything that was recorded: 9.58.0.0, where the installer and the server itself say 9.58.6934.1."""
    vaults = {"vault-dr": {"fabrics": {CONFIGURATION_SERVER: {"version": "9.62.0.0"}}}}
    with running("upgrade", merge(BRIEF, {"site_recovery": {"vaults": vaults}})) as world:
        (server,) = register_servers(world, {"process_servers": world.playbook_vars()["process_servers"][:1]})
        assert shown_version(world, APP) == ["9.54.0.0"]
        run = ansible.play(world, {"process_servers": [server], "process_server_version": NEW}, PLAYBOOK)
        assert run.code == 0, run.output
        assert upgrades(world, APP) == BOTH_VERSIONS and shown_version(world, APP) == ["9.62.0.0"]
        # Without a version it is the configuration server's, which has it under its release alone.
        for variables in ({}, {"process_server_version": NEW}):
            run = ansible.play(world, {"process_servers": [server], **variables}, PLAYBOOK)
            assert run.code == 0 and run.changed == [], run.output
