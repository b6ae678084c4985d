"""Process servers are unregistered: on themselves, on the configuration server, by a person, or not at all, and never behind anybody's back."""

from __future__ import annotations

import signal

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import unregistration_steps as steps

from tests.azure_simulator.running import running
from tests.azure_simulator.scenario import merge
from tests.azure_simulator.windows import unregister_tool
from tests.playbooks.support import processes
from tests.playbooks.support.ansible import Run
from tests.playbooks.support.canaries import forms, secrets_in
from tests.playbooks.support.hosts import CONFIGURATION_SERVER, alter, left_behind, listed, long_silent
from tests.playbooks.support.prepared import QUICK, SERVERS, make_machines, register_servers, with_listeners
from tests.playbooks.support.requests import arm_requests, arm_writes
from tests.playbooks.support.scripts import Scripts
from tests.playbooks.support.tasks import task
from tests.playbooks.support.terminal import Terminal

APP, DB, WEB = SERVERS
MODULE = "process_server_registration"
WORLD = merge(QUICK, {"world": {"latencies": {"uninstall": {"default": 0.2, "by_name": {DB: 0.2}}, "virtual_machine_power": 0.1}}})
PROGRAMS = list(steps.PROGRAMS)


def absent(name="Unregister", **options):
    """The module as a task of its own. Neither passphrase nor installer is given: nothing of this needs them."""
    access = {"configuration_server_winrm": "{{ configuration_server_winrm }}"}
    return task(MODULE, name, state="absent", passphrase=None, installer=None, **{**access, **options})


ROLE = {
    "name": "Unregister",
    "ansible.builtin.include_role": {"name": "azure_dr.site_recovery.process_server_unregister"},
    "vars": {
        "process_server_unregister_vault_name": "{{ vault_name }}",
        "process_server_unregister_vault_resource_group": "{{ vault_resource_group }}",
        "process_server_unregister_configuration_server": "{{ configuration_server }}",
        "process_server_unregister_configuration_server_winrm": "{{ configuration_server_winrm }}",
        "process_server_unregister_process_servers": "{{ process_servers }}",
        "process_server_unregister_process_server_defaults": "{{ process_server_defaults }}",
        "process_server_unregister_interval": "{{ wait_interval }}",
        "process_server_unregister_timeout": "{{ wait_timeout }}",
    },
}


def of_vault(world, change):
    """Call ``change(configuration server)`` and let it report, on the world's own thread."""

    def altered():
        server = world.site_recovery.configuration_server(CONFIGURATION_SERVER)
        value = change(server)
        server.report(world.clock.now())
        return value

    return world.call(altered)


def carry(world, name, machines):
    of_vault(world, lambda server: server.server(name).facts.update(machineCount=str(machines), replicationPairCount=str(machines)))


def delete_machine(world, name):
    """Somebody deletes the machine in the portal, and its server is still registered."""

    def delete():
        machine = world.compute.by_name(name)
        world.windows.delete(machine.id)
        world.compute.machines = {key: one for key, one in world.compute.machines.items() if one is not machine}

    world.call(delete)
    long_silent(world, name)


def stop_machine(world, name):
    world.call(lambda: world.compute.deallocate(world.compute.by_name(name).id))
    long_silent(world, name)


def uninstalled(world, name):
    return alter(world, name, lambda host: world.windows.uninstalls_started.get(host.address, []))


def programs(world, name):
    return alter(world, name, lambda host: [program.name for program in host.programs])


def failed(result):
    return {server["name"]: server for server in result["failed_servers"]}


def actions(result):
    return [(server["name"], server["action"], server.get("way")) for server in result["process_servers"]]


def tags(world, name):
    return world.call(lambda: dict(world.compute.by_name(name).body.get("tags") or {}))


def test_in_use_connected_and_dead_from_check_mode_to_unchanged(ansible, monkeypatch):
    """By the role: one that still carries machines stays, one goes on itself, one whose machine is gone on the configuration server."""
    with running("three_networks", WORLD) as world:
        servers = register_servers(world)
        carry(world, APP, 2)
        delete_machine(world, WEB)

        def protect(server):
            item = next(iter(server.protected_items.values()))
            item["properties"]["providerSpecificDetails"]["processServerId"] = server.server(APP).id
            return item["properties"]["friendlyName"], item, server.server(CONFIGURATION_SERVER).id

        protected, item, built_in = of_vault(world, protect)
        scripts = Scripts(monkeypatch)
        variables = {"process_servers": servers, "process_server_unregister_follows": ["switch"]}

        since = len(world.log.requests)
        run = ansible.play(world, variables, [ROLE], arguments=["--check", "--diff"])
        (shown,) = run.of(MODULE)
        assert run.code == 0, run.output
        assert arm_writes(world, since) == [] and scripts.ran == [] and shown["changed"]
        # In check mode a switch before would have moved what the first one carries.
        assert actions(shown) == [
            (APP, "unregister", "on the server itself"),
            (DB, "unregister", "on the server itself"),
            (WEB, "unregister", "on the configuration server"),
        ]
        assert [(one["before_header"], one["before"]["registered"][:3], one["after"]["registered"]) for one in shown["diff"]] == [
            (name, "yes", "no") for name in SERVERS
        ]
        assert f"+++ after: {WEB}" in run.output

        run = ansible.play(world, variables, [ROLE])
        assert run.code != 0
        (done,) = run.of(MODULE)
        assert list(failed(done)) == [APP]
        for words in (
            "2 machines",
            "2 replication pairs",
            f"1 protected items ({protected})",
            "process_server_switch",
            "azure_dr.site_recovery.switch_process_servers",
        ):
            assert words in run.failures[0], run.failures
        assert [listed(world, server["private_ip_address"]) for server in servers] == [1, 0, 0]
        assert [server["state"] for server in done["process_servers"]] == ["registered", "absent", "absent"]
        assert uninstalled(world, DB) == PROGRAMS and programs(world, DB) == [] and left_behind(world, DB) == []
        assert scripts.of(APP) == [] and uninstalled(world, APP) == []
        assert scripts.of(CONFIGURATION_SERVER.lower()) == ["run_unregister_tool"] * 2
        assert "azure_dr_setup" not in tags(world, DB)

        # What the first one carried is moved by a switch.
        carry(world, APP, 0)
        item["properties"]["providerSpecificDetails"]["processServerId"] = built_in
        run = ansible.play(world, variables, [ROLE], environment={"ANSIBLE_SHOW_CUSTOM_STATS": "1"})
        assert run.code == 0, run.output
        stats = run.output.rpartition("CUSTOM STATS")[2]
        for words in ("process_servers_unregistered", APP, servers[0]["private_ip_address"], "process_server_id", "on the server itself"):
            assert words in stats, run.output
        assert [server["action"] for server in run.of(MODULE)[0]["process_servers"]] == ["unregister", "none", "none"]
        since = len(world.log.requests)
        again = ansible.play(world, variables, [ROLE])
        assert again.code == 0 and again.changed == [] and arm_writes(world, since) == [] and len(arm_requests(world, since)) <= 5
        assert [listed(world, server["private_ip_address"]) for server in servers] == [0, 0, 0]
        for secret in secrets_in({**world.playbook_vars(), **world.environment()}):
            assert not any(form in run.output.encode() for form in forms(secret))


def test_a_run_that_is_killed_one_that_hangs_and_a_tool_with_other_words(ansible, monkeypatch):
    with running("three_networks", WORLD) as world:
        servers = register_servers(world)
        variables = {"process_servers": servers}
        scripts = Scripts(monkeypatch)
        stop_machine(world, WEB)
        address = world.playbook_vars()["configuration_server_address"]
        wording = world.windows.unregister_tools[address]
        wording.prompt = "\r\nBitte die Nummer des Servers eingeben: "

        # The process server goes from the vault with its second program. The run dies before the third one.
        process, killed = None, []

        def kill(_server):
            if not killed and uninstalled_there(world, APP) == PROGRAMS[:2]:
                killed.append(processes.kill(process.pid))

        # The uninstaller on the second server stands still until somebody looks at it in a later run.
        later, held = world.windows.later, []

        def hold(kind, host, callback):
            if kind == "uninstall" and host.computer_name == DB and not held:
                held.append(callback)
            else:
                later(kind, host, callback)

        monkeypatch.setattr(world.windows, "later", hold)
        scripts.after("start_setup_task", kill, APP)
        process = ansible.start(world, variables, [absent()])
        process.communicate(timeout=300)
        assert killed and process.returncode == -signal.SIGKILL
        assert held and uninstalled(world, APP) == PROGRAMS[:2] and uninstalled(world, DB) == PROGRAMS[:1]
        assert tags(world, APP)["azure_dr_setup"] == "unfinished"

        run = ansible.play(world, variables, [absent(timeout=3)])
        assert run.code != 0
        (result,) = run.of(MODULE)
        assert sorted(failed(result)) == [DB, WEB]
        # The vault lists the first one no more; what the killed run left on it is done all the same.
        assert programs(world, APP) == [] and left_behind(world, APP) == [] and "azure_dr_setup" not in tags(world, APP)
        assert sorted(uninstalled(world, APP)) == sorted(PROGRAMS)
        hangs = failed(result)[DB]
        assert (hangs["step"], hangs["code"]) == ("follow what already runs on the server", "timeout")
        for words in (
            DB,
            steps.TASK_NAME,
            "is Running",
            "Removing Microsoft Azure Site Recovery Mobility Service",
            "ASRSetupLogs",
            "end the task there",
        ):
            assert words in hangs["message"], hangs
        other_words = failed(result)[WEB]
        assert (other_words["step"], other_words["code"]) == ("unregister on the configuration server", "ToolNotUnderstood")
        for words in (
            f"1 {servers[2]['private_ip_address']} {WEB}",
            "Bitte die Nummer",
            f"-IPAddress {servers[2]['private_ip_address']} -Component PS",
        ):
            assert words in other_words["message"], other_words
        assert listed(world, servers[2]["private_ip_address"]) == 1

        # The uninstaller goes on when it is looked at again, and the tool says what it is known to say.
        looks = []

        def release(server):
            looks.append(server)
            if len(looks) == 2:
                held[0]()

        scripts.after("get_setup_task", release, DB)
        wording.prompt = unregister_tool.Wording().prompt
        run = ansible.play(world, variables, [absent()])
        assert run.code == 0, run.output
        assert uninstalled(world, DB) == PROGRAMS and programs(world, DB) == []
        assert [listed(world, server["private_ip_address"]) for server in servers] == [0, 0, 0]
        # The machine that was off was never gone to.
        assert scripts.of(WEB) == [] and len(programs(world, WEB)) == 3


def uninstalled_there(world, name):
    """For use on the world's own thread."""
    return world.windows.uninstalls_started.get(world.windows.host_named(name).address, [])


def twin(server, name, address):
    server.register({"name": name, "address": address}, server.server(name).last_heartbeat)


def test_what_is_refused_and_what_only_a_person_can_do(ansible, monkeypatch):
    """Bad input first; then doubts about who is meant; in the end a server of the gallery's image."""
    with running("three_networks", WORLD) as world:
        servers = register_servers(world)
        scripts = Scripts(monkeypatch)
        app, db, web = servers
        elsewhere = f"127.{world.octet}.1.77"
        configuration_server = world.playbook_vars()["configuration_server_address"]
        built_in = {**app, "name": CONFIGURATION_SERVER, "private_ip_address": configuration_server}
        delete_machine(world, WEB)
        access = world.playbook_vars()["configuration_server_winrm"]
        cases = [
            ("one address twice", {"process_servers": [app, {**db, "private_ip_address": app["private_ip_address"]}]}, ["used twice", APP, DB]),
            ("no address", {"process_servers": [{"name": APP}]}, [APP, "private_ip_address is missing"]),
            ("no password", {"process_servers": [{**app, "admin_password": ""}]}, [APP, "admin_password is missing"]),
            ("built in", {"process_servers": [built_in]}, ["built into the configuration server"]),
            ("another name", {"process_servers": [{**app, "name": "ps-new-01"}]}, [f"is called {APP}", "right server"]),
            (
                "an old address",
                {"process_servers": [{**app, "private_ip_address": elsewhere}]},
                [f"listed at {elsewhere}", app["private_ip_address"], "old address"],
            ),
            (
                "no way to the configuration server",
                {"process_servers": [web], "configuration_server_winrm": None},
                ["its machine is gone", "Give configuration_server_winrm", "By hand"],
            ),
            (
                "another group",
                {"process_servers": [{**app, "resource_group": "rg-network"}]},
                ["no virtual machine", "rg-network", "behind its back"],
            ),
        ]
        since = len(world.log.requests)
        run = ansible.play(
            world, {"process_servers": servers}, [{**absent(name, **options), "ignore_errors": True} for name, options, _words in cases]
        )
        told = [(one["task"], one["status"], one["result"].get("msg", "")) for one in run.tasks]
        assert [
            name
            for (name, status, text), (_n, _o, words) in zip(told, cases, strict=True)
            if status != "failed" or not all(word in text for word in words)
        ] == [], told
        assert arm_writes(world, since) == [] and scripts.ran == []

        # The configuration server is there and says no, or does not answer, or another machine answers at a server's address.
        cases = [
            (
                "a wrong password",
                {"process_servers": [web], "configuration_server_winrm": {**access, "password": "cAnary-wrong"}},
                ["CredentialsRejected", "By hand"],
            ),
            (
                "nobody there",
                {"process_servers": [web], "configuration_server_winrm": {**access, "port": 5987}},
                ["ConnectionRefused", f"127.{world.octet}.250.10", "By hand"],
            ),
        ]
        alter(world, APP, lambda host: setattr(host, "computer_name", "WIN-STRANGER"))
        run = ansible.play(
            world,
            {"process_servers": servers},
            [{**absent(name, **options), "ignore_errors": True} for name, options, _words in cases]
            + [{**absent("a stranger", process_servers=[app]), "ignore_errors": True}],
        )
        told = [one["result"].get("msg", "") for one in run.tasks]
        for text, (_name, _options, words) in zip(told, cases):
            assert all(word in text for word in words), text
        assert "the computer that answers is called WIN-STRANGER" in told[2] and "Nothing was removed" in told[2]
        assert "cAnary-wrong" not in run.output
        world.call(lambda: setattr(world.windows.host_at(app["private_ip_address"]), "computer_name", APP))
        assert programs(world, APP) == PROGRAMS and listed(world, web["private_ip_address"]) == 1

        # Twins of one address; a name that is registered twice, where the address decides; and a server that may have another row by now.
        of_vault(world, lambda server: twin(server, DB, db["private_ip_address"]))
        of_vault(world, lambda server: twin(server, APP, elsewhere))
        run = ansible.play(world, {"process_servers": servers}, [absent()])
        (result,) = run.of(MODULE)
        assert list(failed(result)) == [DB]
        for words in ("shows 2 process servers with this address", "last heartbeat", "serial number", "perl Unregister-ASRComponent.pl"):
            assert words in failed(result)[DB]["message"], result
        assert f"{APP} is also registered under {elsewhere}" in " ".join(result["warnings"])
        assert [listed(world, server["private_ip_address"]) for server in servers] == [0, 2, 0] and listed(world, elsewhere) == 1
        assert scripts.of(DB) == []

        # With a configuration server that does not report nobody knows who is dead.
        world.call(lambda: world.site_recovery.configuration_server(CONFIGURATION_SERVER).disconnect(seconds_ago=7200))
        run = ansible.play(world, {"process_servers": [{**app, "private_ip_address": elsewhere}]}, [absent()])
        assert run.code != 0 and "its last heartbeat was" in run.failures[0] and "connect it to Azure" in run.failures[0], run.failures


def test_what_the_configuration_server_was_not_told_and_what_a_person_removes(ansible, monkeypatch):
    """One server cannot tell its configuration server that it goes; one of the gallery's image has no channel."""
    with running("three_networks", WORLD) as world:
        servers = world.playbook_vars()["process_servers"]
        servers[2]["method"] = "configuration_tool"
        make_machines(world, {"process_servers": servers})
        registered = with_listeners(world, {"process_servers": servers[:2]})
        register_servers(world, {"process_servers": registered[:1]})
        configuration_server = world.playbook_vars()["configuration_server_address"]
        world.call(lambda: world.windows.register_by_hand(WEB, configuration_server))
        of_vault(world, lambda _server: None)
        app, web = registered[0], servers[2]
        world.call(lambda: world.windows.block_route(app["private_ip_address"], configuration_server))
        long_silent(world, APP)
        # Somebody gave the gallery's certificate no name, and nobody knows it.
        process = ansible.start(world, {"process_servers": [app, registered[1], web]}, [absent(timeout=30), absent("Again")])
        terminal = Terminal(process)
        line = terminal.wait_for(WEB, "wait for the removal by hand", "started")
        for words in ("remote desktop as psadmin", web["private_ip_address"], *PROGRAMS):
            assert words in line, line
        scripts = Scripts(monkeypatch)
        alter(world, WEB, lambda host: [world.windows.unregister(host), host.programs.clear()])
        code = terminal.end()
        run = Run(code, terminal.text, ansible.results(process))
        assert code == 0, run.output
        done, again = run.of(MODULE)
        assert actions(done) == [
            (APP, "unregister", "on the server itself, or on the configuration server if it cannot be reached"),
            (DB, "none", None),
            (WEB, "unregister", "on the server itself, by a person where there is no channel to it"),
        ]
        steps_of_app = [line["step"] for line in done["timeline"] if line["server"] == APP]
        assert steps_of_app.index("uninstall Configuration/Process Server Dependencies") < steps_of_app.index(
            "unregister on the configuration server"
        )
        assert programs(world, APP) == [] and scripts.of(WEB) == []
        assert not again["changed"] and [listed(world, server["private_ip_address"]) for server in (app, web)] == [0, 0]
