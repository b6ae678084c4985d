"""Microsoft's upgrade programs and restarts on a simulated host, run as the product runs them: by its scripts."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time

import pytest

from tests.azure_simulator.running import running
from tests.azure_simulator.windows import script_handlers, software, unified_setup, uninstallers, upgrades
from tests.azure_simulator.windows.handlers.notation import TASK_RUNNING

PASSWORD = "cAnary-Host:1"
OLD, BETWEEN, NEW = "9.54.6682.1", "9.58.6934.1", "9.62.7096.1"
LATENCIES = {"default": 0.01, "download": 0, "extract": 0, "unified_setup": 0.02, "agent": 0, "boot": 0.05}
NUMBERS = itertools.count(60)


@pytest.fixture(scope="module")
def world():
    with running("upgrade", {"world": {"latencies": LATENCIES}}) as world:
        yield world


@pytest.fixture
def server(world):
    with registered(world) as made:
        yield made


@contextlib.contextmanager
def registered(world, version=OLD, gallery=False):
    """A process server with a version that is known to its configuration server."""
    number = next(NUMBERS)
    address = f"127.{world.octet}.1.{number}"
    vm = {"id": f"/subscriptions/s/vm-{number}", "properties": {"osProfile": {"computerName": f"ps-{number}"}}}
    known = world.section("windows")["configuration_servers"][0]

    def boot():
        world.windows.boot(vm, address, {"os_version": "10.0.14393"}, ("psadmin", PASSWORD), [{"lun": 0, "size_gb": 64}])
        host = world.windows.host_at(address)
        if gallery:
            world.windows.register_by_hand(host.computer_name, known["address"], version)
        else:
            unified_setup._put_software(host, "F:\\ASR", version)
            world.windows.register(host, known["address"], known["passphrase"], version)
        return host

    try:
        yield Server(world, world.call(boot))
    finally:
        world.call(lambda: world.windows.delete(vm["id"]))


class Server:
    def __init__(self, world, host):
        self.world = world
        self.host = host

    def run(self, script, **parameters):
        return self.world.call(lambda: script_handlers.run(script, self.host, parameters, self.world.windows.hooks))

    def prepare(self, version):
        installer = next(entry for entry in self.world.windows.installers() if entry["version"] == version)
        self.run("download_file", url=installer["url"], path=f"C:\\{version}\\setup.exe")
        assert self.run("extract_installer", path=f"C:\\{version}\\setup.exe", directory=f"C:\\{version}\\x") == {"exit_code": 0}

    def start(self, program, arguments, version):
        self.run(
            "start_setup_task",
            task_name="upgrade",
            program=f"C:\\{version}\\x\\{program}",
            arguments=arguments,
            working_directory="C:\\",
            user="psadmin",
            password=PASSWORD,
        )
        return self.host.task("upgrade").last_result == TASK_RUNNING

    def upgrade(self, program, arguments, version):
        """Exit code and the end of the log, once it has ended."""
        self.start(program, arguments, version)
        until(lambda: self.host.task("upgrade").state != "Running")
        task = self.run("get_setup_task", task_name="upgrade", log_directory=software.LOG_DIRECTORY, log_lines=1)
        return task["last_result"], task["log_tail"]

    def upgrade_parts(self, version):
        """Exit codes of both component installers, one after the other."""
        return [self.upgrade(*part, version)[0] for part in PARTS]

    def versions(self):
        programs = {program.name: program.version for program in self.host.programs}
        return self.host.registry_value(uninstallers.PRODUCT_KEY, "Build_Version"), programs

    def statuses(self):
        return {service.status for service in self.host.services.values() if service.name in software.GALLERY_SERVICES}


def until(condition):
    for _look in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it does not happen")


SILENT = "/VERYSILENT /SUPPRESSMSGBOXES /NORESTART"
PARTS = ((upgrades.DEPENDENCIES_SETUP, SILENT), (upgrades.SERVER_SETUP, f"{SILENT} /UPGRADE"))


def test_by_its_parts_in_their_order(server):
    server.prepare(BETWEEN)
    code, log = server.upgrade(upgrades.SERVER_SETUP, f"{SILENT} /UPGRADE", BETWEEN)
    assert code == upgrades.FAILED and "dependencies" in log
    assert server.upgrade(upgrades.DEPENDENCIES_SETUP, SILENT, BETWEEN)[0] == 0
    assert server.versions()[0] == OLD and server.statuses() == {"Running"}
    assert server.start(upgrades.SERVER_SETUP, f"{SILENT} /UPGRADE", BETWEEN) and server.statuses() == {"Stopped"}
    until(lambda: server.host.task("upgrade").last_result == 0)
    version, programs = server.versions()
    assert version == programs[uninstallers.SERVER] == programs[uninstallers.DEPENDENCIES] == BETWEEN
    assert programs[uninstallers.MOBILITY] == OLD and server.statuses() == {"Running"}
    # The configuration server hears of it, and the vault when that reports.
    configuration_server = server.world.site_recovery.configuration_server("CS-ONPREM-01")
    (entry,) = configuration_server.at_address(server.host.address)
    until(lambda: entry.facts["agentVersion"] == BETWEEN)
    assert entry.facts["agentVersionDetails"]["version"] == BETWEEN
    assert [version for _program, version in server.world.windows.upgrades_started[server.host.address]] == [BETWEEN, BETWEEN]


@pytest.mark.parametrize(
    "version, program, arguments, code, told",
    [
        (NEW, upgrades.SERVER_SETUP, f"{SILENT} /UPGRADE", upgrades.NOT_SUPPORTED, f"from {OLD} to {NEW} is not supported"),
        (OLD, upgrades.SERVER_SETUP, f"{SILENT} /UPGRADE", upgrades.NOT_SUPPORTED, "is installed already"),
        (BETWEEN, upgrades.SERVER_SETUP, SILENT, upgrades.FAILED, "told to be upgraded"),
    ],
)
def test_what_it_refuses(server, version, program, arguments, code, told):
    server.prepare(version)
    ended, log = server.upgrade(program, arguments, version)
    assert ended == code and told in log
    assert server.versions()[0] == OLD and server.statuses() == {"Running"}


def test_an_older_version_and_a_bare_server_are_refused(world):
    with registered(world, NEW) as server:
        server.prepare(BETWEEN)
        code, log = server.upgrade(*PARTS[1], BETWEEN)
        assert code == upgrades.NOT_SUPPORTED and "newer version" in log
        world.call(server.host.programs.clear)
        assert server.upgrade(*PARTS[1], BETWEEN)[0] == upgrades.FAILED
        assert server.upgrade(upgrades.DEPENDENCIES_SETUP, SILENT, BETWEEN)[0] == upgrades.FAILED


@pytest.mark.parametrize("program, arguments", [(upgrades.DEPENDENCIES_SETUP, "/SILENT"), (upgrades.SERVER_SETUP, "/UPGRADE")])
def test_what_is_not_silent_waits_for_somebody(server, program, arguments):
    server.prepare(BETWEEN)
    assert server.start(program, arguments, BETWEEN)
    assert server.versions()[0] == OLD and server.host.address not in server.world.windows.upgrades_started


def test_an_installation_over_another_one_is_refused(server):
    server.prepare(OLD)
    target = server.world.section("windows")["configuration_servers"][0]["address"]
    arguments = f'/AcceptThirdpartyEULA /ServerMode PS /InstallLocation "C:\\A" /EnvType VMware /CSIP {target} /PassphraseFilePath C:\\p.txt'
    code, log = server.upgrade(unified_setup.SETUP, arguments, OLD)
    assert code == unified_setup.ALREADY_INSTALLED and "installed on this server already" in log


def test_the_gallerys_server_is_upgraded_without_the_mobility_service(world):
    with registered(world, gallery=True) as server:
        server.prepare(BETWEEN)
        assert server.upgrade_parts(BETWEEN) == [0, 0]
        version, programs = server.versions()
        assert version == BETWEEN and set(programs) == set(uninstallers.GALLERY_PROGRAMS)


def test_a_set_up_that_is_to_fail_fails_once(server):
    server.prepare(BETWEEN)
    server.world.call(lambda: server.world.windows.fail_next_setup(server.host.computer_name, 5, "Files are in use."))
    code, log = server.upgrade(*PARTS[0], BETWEEN)
    assert code == 5 and "Files are in use." in log
    assert server.versions()[0] == OLD and server.statuses() == {"Stopped"}
    assert server.upgrade_parts(BETWEEN) == [0, 0] and server.statuses() == {"Running"}


def test_a_restart_is_wanted_where_the_installer_says_so_and_ends_what_runs(world):
    with registered(world, BETWEEN) as server:
        server.prepare(NEW)
        assert server.upgrade_parts(NEW) == [0, upgrades.RESTART_WANTED]
        before = server.run("get_boot_time")
        assert server.run("restart_server", delay_seconds=0) == {"exit_code": 0}
        assert server.run("restart_server", delay_seconds=0)["exit_code"] in (0, 1190)
        until(lambda: server.run("get_boot_time")["boot_utc"] > before["utc"])
        after = server.run("get_boot_time")
        assert before["boot_utc"] < before["utc"] <= after["boot_utc"] <= after["utc"]
        assert server.host.powered_on and server.statuses() == {"Running"}
        # What is to be started by hand is not started by Windows.
        assert server.host.service("obengine").status == "Stopped"


def test_a_set_up_is_ended_by_a_restart(server):
    server.prepare(BETWEEN)
    later = server.world.windows.later
    server.world.windows.later = lambda kind, host, callback: None if kind == "unified_setup" else later(kind, host, callback)
    try:
        server.start(*PARTS[0], BETWEEN)
        server.run("restart_server", delay_seconds=0)
        until(lambda: server.host.task("upgrade").state == "Ready")
    finally:
        server.world.windows.later = later
    assert server.host.task("upgrade").last_result == 0x41306 and server.versions()[0] == OLD
    assert server.upgrade_parts(BETWEEN) == [0, 0]


def test_a_server_that_is_to_hang_does_not_come_back_until_somebody_starts_it(server):
    server.world.call(lambda: server.world.windows.stuck_at_boot.add(server.host.computer_name))
    server.run("restart_server", delay_seconds=0)
    until(lambda: not server.host.powered_on)
    server.world.call(lambda: asyncio.sleep(3 * LATENCIES["boot"]))
    assert not server.host.powered_on
    server.world.call(lambda: server.world.windows.start(server.host.vm_id))
    assert server.host.powered_on and not server.host.restart_scheduled
