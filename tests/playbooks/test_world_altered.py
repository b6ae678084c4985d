"""The world is altered behind the product's back, and the right thing is decided: mended, followed, or refused."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_steps as steps

from tests.azure_simulator.running import running
from tests.azure_simulator.windows.host import Disk, Task
from tests.playbooks.support.hosts import alter, holds, is_set_up, left_behind, listed, long_silent, set_up_to, setups_started
from tests.playbooks.support.prepared import QUICK, SERVERS, make_machines, register_servers, with_listeners
from tests.playbooks.support.scripts import Scripts
from tests.playbooks.support.tasks import task

APP, DB, WEB = SERVERS
MODULE = "process_server_registration"
GIB = 2**30


@pytest.fixture
def quick():
    with running("three_networks", QUICK) as world:
        yield world


def failed(result):
    return {server["name"]: server for server in result["failed_servers"]}


def stop_services(host):
    for service in host.services.values():
        if service.name in steps.SERVICES:
            service.status = "Stopped"


def test_registered_servers_that_fell_silent(ansible, quick, monkeypatch):
    """Three causes and three decisions; and then a passphrase that was changed on the configuration server."""
    world = quick
    servers = register_servers(world)
    started = [setups_started(world, name) for name in SERVERS]
    machine = world.call(lambda: world.compute.by_name(DB).id)
    alter(world, APP, stop_services)
    world.call(lambda: world.compute.deallocate(machine))
    # A certificate that nobody expects: credentials must not even be offered to whoever shows it.
    alter(world, WEB, stop_services)
    world.call(lambda: world.windows.change_certificate(world.windows.host_named(WEB)))
    long_silent(world, *SERVERS)
    scripts = Scripts(monkeypatch)

    run = ansible.play(world, {"process_servers": servers}, [task(MODULE)])
    assert run.code != 0
    (result,) = run.of(MODULE)
    assert [server["action"] for server in result["process_servers"]] == ["repair"] * 3
    assert {server for server, _script in scripts.ran} == {APP} and "start_services" in scripts.of(APP)
    assert result["process_servers"][0]["state"] == "registered" and result["process_servers"][0]["heartbeat_age_seconds"] < 900
    refused = failed(result)
    assert sorted(refused) == [DB, WEB]
    for words in ("the machine is stopped", "PowerState/deallocated", "Start it (from then on it is billed)"):
        assert words in refused[DB]["message"]
    shown = alter(world, WEB, lambda host: host.listeners[0].sha256)
    for words in ("CertificateChanged", shown, servers[2]["winrm_certificate_fingerprint"], "Nothing was sent to it"):
        assert words in refused[WEB]["message"]
    assert alter(world, WEB, lambda host: world.windows.winrm_of(host.address).requests) == 0
    assert all(name in run.failures[0] for name in (DB, WEB))

    # An administrator starts the one machine and confirms the other's new certificate.
    def start():
        world.compute.by_name(DB).power = "running"
        world.windows.start(machine)

    world.call(start)
    servers[2]["winrm_certificate_fingerprint"] = shown
    run = ansible.play(world, {"process_servers": servers}, [task(MODULE)])
    assert run.code == 0, run.output
    assert [server["action"] for server in run.of(MODULE)[0]["process_servers"]] == ["none", "repair", "repair"]

    # The passphrase is changed on the configuration server: the present one is given, the server still uses the old one.
    address = world.playbook_vars()["configuration_server_address"]
    world.call(lambda: world.windows.passphrases.update({address: "a-new-One&16/chars"}))
    long_silent(world, APP)
    only = {"process_servers": servers[:1], "passphrase": "a-new-One&16/chars"}
    run = ansible.play(world, only, [task(MODULE, timeout=3)])
    assert run.code != 0
    for words in (APP, "wait for the heartbeat", "all services run, but", "another passphrase", "cspsconfigtool"):
        assert words in run.failures[0], run.failures
    assert "a-new-One" not in run.output

    # Somebody does on the server what the message says.
    world.call(lambda: world.windows.register_by_hand(APP, address))
    run = ansible.play(world, only, [task(MODULE)])
    assert run.code == 0, run.output
    assert [setups_started(world, name) for name in SERVERS] == started == [1, 1, 1]
    assert listed(world, servers[0]["private_ip_address"]) == 1


def running_until_followed(world, name, scripts, monkeypatch):
    """A set-up that somebody began, and that ends when the product has looked at it twice; returns the looks."""
    later, held, looks = world.windows.later, [], []

    def hold(kind, host, callback):
        if kind == "unified_setup" and host.computer_name == name and not held:
            held.append(callback)
        else:
            later(kind, host, callback)

    def look(server):
        looks.append(server)
        if len(looks) == 2:
            held[0]()

    monkeypatch.setattr(world.windows, "later", hold)
    set_up_to(world, name)
    scripts.after("get_setup_task", look, name)
    return looks


def failed_before(world, name):
    """A set-up of an earlier run that ended badly, and the rests of a download that was cut."""
    set_up_to(world, name, "write_secret_file")

    def change(host):
        host.put_file(steps.LOG_DIRECTORY + "\\ASRUnifiedSetup.log", b"MySQL could not be installed.\r\n")
        host.put_file(steps.INSTALLER + ".partial", b"MZ")
        host.tasks[steps.TASK_NAME] = Task(steps.TASK_NAME, steps.SETUP_PROGRAM, user="psadmin", last_result=1603)

    alter(world, name, change)


def test_set_ups_that_are_found_half_done(ansible, quick, monkeypatch):
    """One that runs is followed, one that failed is done again, and rests of others are neither trusted nor kept."""
    world = quick
    make_machines(world)
    servers = with_listeners(world)

    scripts = Scripts(monkeypatch)
    looks = running_until_followed(world, APP, scripts, monkeypatch)
    failed_before(world, DB)
    # Of the right size, and not Microsoft's.
    set_up_to(world, WEB, "write_secret_file")
    size = int(world.playbook_vars()["installer"]["size_bytes"])
    alter(world, WEB, lambda host: host.put_file(steps.INSTALLER, b"MZ".ljust(size, b"x")))
    scripts.ran.clear()

    run = ansible.play(world, {"process_servers": servers}, [task(MODULE)])
    assert run.code == 0, run.output
    assert [server["state"] for server in run.of(MODULE)[0]["process_servers"]] == ["registered"] * 3
    assert len(looks) > 1
    assert not {"download_file", "write_secret_file", "start_setup_task"} & set(scripts.of(APP))
    # What a whole earlier download left is checked, and used where it is right.
    assert "download_file" not in scripts.of(DB) and "extract_installer" in scripts.of(DB)
    assert scripts.of(WEB).count("get_file_hash") == 2 and scripts.of(WEB).count("download_file") == 1
    assert [setups_started(world, name) for name in SERVERS] == [1, 1, 1]
    assert [left_behind(world, name) for name in SERVERS] == [[], [], []]
    assert [holds(world, name, world.playbook_vars()["passphrase"]) for name in SERVERS] == [[], [], []]
    assert [listed(world, server["private_ip_address"]) for server in servers] == [1, 1, 1]


def small_data_disk(host):
    next(disk for disk in host.disks if disk.partition_style == "RAW").size_bytes = 3 * GIB


def without_data_disk(host):
    host.disks[:] = [disk for disk in host.disks if disk.number < 2]


def test_what_only_the_server_can_tell(ansible, quick, monkeypatch):
    """Each server has a trouble of its own, then another one, and in the end none: nothing wrong is installed or registered."""
    world = quick
    make_machines(world)
    servers = with_listeners(world)
    variables = world.playbook_vars()
    installer = variables["installer"]
    elsewhere = installer["url"].replace("UnifiedSetup", "NotThere")
    scripts = Scripts(monkeypatch)
    alter(world, DB, lambda host: host.disks.append(Disk(3, 64 * GIB)))
    alter(world, WEB, small_data_disk)

    tasks = [
        {**task(MODULE, "Not there", process_servers=servers[:1], installer={**installer, "url": elsewhere}), "ignore_errors": True},
        {**task(MODULE, "Another file", process_servers=servers[:1], installer={**installer, "sha256": "ab" * 32}), "ignore_errors": True},
        # Nobody can compare this passphrase beforehand: Unified Setup refuses it.
        {**task(MODULE, "Wrong passphrase", process_servers=servers, passphrase="canary-not-the-right-one"), "ignore_errors": True},
    ]
    run = ansible.play(world, playbook=tasks)
    not_there, another_file, wrong = (failed(result) for result in run.of(MODULE))
    for words in ("download the installer", "(404) Not Found"):
        assert words in not_there[APP]["message"] + not_there[APP]["step"], not_there
    for words in ("checksum", installer["sha256"], "ab" * 32, "Nothing was installed and the file was removed"):
        assert words in another_file[APP]["message"]
    for words in ("exit code 1326", "The passphrase is not valid for the configuration server", steps.LOG_DIRECTORY):
        assert words in wrong[APP]["message"]
    for words in ("choosing the data disk", "2 disks are empty", "disk 2", "disk 3 (64 GiB, RAW)"):
        assert words in wrong[DB]["message"]
    for words in ("exit code 112", "not enough free space on drive F:"):
        assert words in wrong[WEB]["message"]
    assert "canary-not-the-right-one" not in run.output
    assert [setups_started(world, name) for name in SERVERS] == [1, 0, 1]
    for name in SERVERS:
        assert not is_set_up(world, name)
        assert holds(world, name, "canary-not-the-right-one") == []
        assert steps.PASSPHRASE_FILE not in left_behind(world, name)
    assert [listed(world, server["private_ip_address"]) for server in servers] == [0, 0, 0]

    # Other troubles; the vault's own look at the servers is shared and still right.
    configuration_server = variables["configuration_server_address"]
    world.call(lambda: world.windows.block_route(servers[0]["private_ip_address"], configuration_server))
    looks = running_until_followed(world, APP, scripts, monkeypatch)
    alter(world, DB, without_data_disk)

    def twins():
        known = world.site_recovery.configuration_server("CS-ONPREM-01")
        for _old in range(2):
            known.register({"name": WEB, "address": servers[2]["private_ip_address"]}, world.clock.now())
        known.report(world.clock.now())

    world.call(twins)
    scripts.ran.clear()
    run = ansible.play(world, {"process_servers": servers}, [task(MODULE)])
    other = failed(run.of(MODULE)[0])
    for words in ("exit code 10060", f"{configuration_server} could not be reached on port 443"):
        assert words in other[APP]["message"]
    for words in ("drive F: is not there and 0 disks are empty", "install_location"):
        assert words in other[DB]["message"]
    for words in ("shows 2 process servers with this address", "last heartbeat", "Unregister the one that is gone"):
        assert words in other[WEB]["message"]
    assert len(looks) > 1 and "start_setup_task" not in scripts.of(APP) and scripts.of(WEB) == []
    # Not even a passphrase that somebody else handed over stays, now that his set-up has failed.
    assert [holds(world, name, variables["passphrase"]) for name in SERVERS] == [[], [], []]

    # All is mended, but the configuration server may not be asked for news: these come by themselves.
    world.call(lambda: world.windows.open_route(servers[0]["private_ip_address"], configuration_server))
    alter(world, DB, lambda host: host.disks.append(Disk(2, 600 * GIB)))
    alter(world, WEB, lambda host: setattr(host.volumes()[-1], "free_bytes", 500 * GIB))
    known = world.site_recovery.configuration_server("CS-ONPREM-01")
    world.call(lambda: known.unregister(servers[2]["private_ip_address"]))
    world.call(lambda: known.report(world.clock.now()))
    refused = world.faults.add(
        method="POST",
        path="/refreshProvider$",
        nth="every",
        status=403,
        code="AuthorizationFailed",
        message="The client does not have authorization to perform action refreshProvider.",
    )
    scripts.after("get_server_state", lambda _server: known.report(world.clock.now()))
    run = ansible.play(world, {"process_servers": servers}, [task(MODULE)])
    assert run.code == 0, run.output
    assert refused.played > 0
    assert [listed(world, server["private_ip_address"]) for server in servers] == [1, 1, 1]
    assert [left_behind(world, name) for name in SERVERS] == [[], [], []]
