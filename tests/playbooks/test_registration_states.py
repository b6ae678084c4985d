"""The module process_server_registration by itself: both channels, both methods, check mode, unchanged, bad input."""

from __future__ import annotations

from tests.azure_simulator.running import running
from tests.playbooks.support.ansible import Run
from tests.playbooks.support.hosts import CONFIGURATION_SERVER, holds, left_behind, setups_started
from tests.playbooks.support.prepared import QUICK, SERVERS, make_machines, register_servers
from tests.playbooks.support.requests import arm_requests, arm_writes
from tests.playbooks.support.tasks import task
from tests.playbooks.support.terminal import Terminal
from tests.playbooks.support.scripts import Scripts

APP, DB, WEB = SERVERS
KEY_VAULT = "/subscriptions/5a1e0000-0000-4000-8000-000000000001/resourceGroups/rg-failback/providers/Microsoft.KeyVault/vaults/kv-failback"
MODULE = "process_server_registration"


def each_in_its_own_way(world):
    """One server with a listener from a key vault, one that is reached through Azure alone, and one of the gallery image."""
    servers = world.playbook_vars()["process_servers"]
    servers[0].update(
        key_vault_id=KEY_VAULT,
        winrm_certificate_url="https://kv-failback.vault.azure.net/secrets/winrm/0123456789abcdef0123456789abcdef",
        winrm_transport="basic",
    )
    servers[1].update(channel="run_command")
    servers[2].update(method="configuration_tool")
    make_machines(world, {"process_servers": servers})
    # The certificate of the key vault is known to whoever put it there.
    listener = world.call(lambda: world.windows.host_named(APP).listeners[0])
    servers[0]["winrm_certificate_fingerprint"] = ":".join(listener.sha256[at : at + 2].upper() for at in range(0, 64, 2))
    return servers


def of_each_run(world, since):
    """The requests after the first ``since``, module by module: each begins by signing in. Following pages of a list are not counted."""
    runs = []
    for entry in world.log.requests[since:]:
        if entry["host"].startswith("login.") and entry["method"] == "POST":
            runs.append([])
        elif runs and entry["host"] == "management.azure.com" and "skiptoken" not in (entry["query"] or "").lower():
            runs[-1].append(entry)
    return runs


def test_each_channel_and_method_from_check_mode_to_unchanged(ansible, monkeypatch):
    with running("three_networks", QUICK) as world:
        variables = {"process_servers": each_in_its_own_way(world)}
        scripts = Scripts(monkeypatch)
        since = len(world.log.requests)
        process = ansible.start(
            world,
            variables,
            [
                {**task(MODULE, "Show"), "check_mode": True, "diff": True},
                task(MODULE, "Register"),
                task(MODULE, "Again"),
                {**task(MODULE, "Show again"), "check_mode": True, "diff": True},
            ],
        )
        terminal = Terminal(process)
        line = terminal.wait_for(WEB, "wait for the registration by hand", "started")
        address = world.playbook_vars()["configuration_server_address"]
        for words in ("cspsconfigtool", f"127.{world.octet}.3.10", "psadmin", f"{address} port 443", "data transfer port 9443"):
            assert words in line, line
        world.call(lambda: world.windows.register_by_hand(WEB, address))
        code = terminal.end()
        run = Run(code, terminal.text, ansible.results(process))
        assert code == 0, run.output

        shown, done, again, shown_again = run.of(MODULE)
        first, _doing, *unchanged = of_each_run(world, since)
        assert [entry for entry in first if entry["method"] != "GET"] == []
        for requests in unchanged:
            assert len(requests) <= 5 and {entry["method"] for entry in requests} == {"GET"}
        for result in (shown, done):
            assert result["changed"]
            assert [(server["name"], server["action"]) for server in result["process_servers"]] == [(name, "register") for name in SERVERS]
            assert [diff["after_header"] for diff in result["diff"]] == list(SERVERS)
            assert [(diff["before"]["registered"], diff["after"]["registered"]) for diff in result["diff"]] == [("no", "yes")] * 3
        assert f"+++ after: {WEB}" in run.output
        for result in (again, shown_again):
            assert not result["changed"]
            assert [(server["action"], server["state"]) for server in result["process_servers"]] == [("none", "registered")] * 3
            assert all(diff["before"] == diff["after"] for diff in result["diff"])

        # The first server was reached over WinRM alone, the second through Azure alone, the third not at all.
        commands = [entry["path"] for entry in world.log.requests[since:] if "/runcommands/" in entry["path"].lower()]
        assert commands and all(f"/{DB}/" in path for path in commands)
        host = {name: world.windows.host_named(name) for name in SERVERS}
        assert world.windows.winrm_of(host[APP].address).requests > 0
        assert world.windows.winrm_of(host[DB].address) is None and scripts.of(DB)[0] == "get_server_state"
        assert scripts.of(WEB) == []
        assert [setups_started(world, name) for name in SERVERS] == [1, 1, 0]
        assert [left_behind(world, name) for name in SERVERS] == [[], [], []]
        assert [holds(world, name, world.playbook_vars()["passphrase"]) for name in SERVERS] == [[], [], []]
        assert world.call(lambda: [name for machine in world.compute.machines.values() for name in machine.run_commands]) == []


def test_what_is_refused_before_anything_is_sent(ansible):
    """Mistakes that only a registration can have; nothing is asked of the servers."""
    with running("three_networks", QUICK) as world:
        servers = register_servers(world)
        other = {"name": "ps-new-01", "private_ip_address": f"127.{world.octet}.1.60"}
        unknown = [{**servers[0], **other}, *servers[1:]]
        cases = [
            ("the web server's port", {"process_servers": unknown, "data_transfer_port": 443}, ["443", "9443"]),
            ("a short fingerprint", {"process_servers": [{**servers[0], "winrm_certificate_fingerprint": "ab" * 20}]}, [APP, "SHA-1", "64"]),
            (
                "Run Command for the gallery image",
                {"process_servers": [{**servers[0], "method": "configuration_tool", "channel": "run_command"}]},
                [APP, "2012 R2"],
            ),
            ("no password", {"process_servers": [{**servers[0], "admin_password": ""}]}, [APP, "admin_password"]),
            ("a folder that is none", {"process_servers": [{**servers[0], "install_location": "ASR"}]}, [APP, "install_location"]),
            ("no machine", {"process_servers": unknown}, ["ps-new-01", "there is no virtual machine", "process_server_vm"]),
        ]
        since = len(world.log.requests)
        run = ansible.play(world, playbook=[{**task(MODULE, name, **options), "ignore_errors": True} for name, options, _words in cases])
        told = [(one["task"], one["status"], one["result"].get("msg", "")) for one in run.tasks]
        wrong = [
            one for one, (_name, _options, words) in zip(told, cases, strict=True) if one[1] != "failed" or not all(word in one[2] for word in words)
        ]
        assert wrong == [], run.output
        assert arm_writes(world, since) == []
        # The others of the list are registered: that one has no machine is no reason to touch them.
        assert [server["action"] for server in run.tasks[-1]["result"]["process_servers"]] == ["register", "none", "none"]
        assert [failed["name"] for failed in run.tasks[-1]["result"]["failed_servers"]] == ["ps-new-01"]

        # With a configuration server that does not report nothing can be registered, and what was registered is not taken for dead.
        world.call(lambda: world.site_recovery.configuration_server(CONFIGURATION_SERVER).disconnect(seconds_ago=7200))
        since = len(world.log.requests)
        run = ansible.play(world, {"process_servers": servers}, [task(MODULE)])
        assert run.code != 0
        for words in (CONFIGURATION_SERVER, "its last heartbeat was", "connect it to Azure"):
            assert words in run.failures[0]
        assert arm_writes(world, since) == [] and len(arm_requests(world, since)) == 1
