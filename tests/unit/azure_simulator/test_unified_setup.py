"""Microsoft's set-up on a simulated host, run as the product runs it: by its scripts, over WinRM."""

from __future__ import annotations

import contextlib
import itertools
import time

import pytest

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows.winrm import open_winrm
from tests.azure_simulator.running import running
from tests.azure_simulator.windows import software, unified_setup

LATENCIES = {"default": 0.01, "download": 0, "extract": 0, "unified_setup": 0.05, "agent": 0}
PASSWORD = "cAnary-Host:1"
NUMBERS = itertools.count(60)
FOLDER, TASK = "C:\\Setup", "set-up"
PASSPHRASE_FILE = "C:\\Setup\\passphrase.txt"
GOOD = {
    "/AcceptThirdpartyEULA": None,
    "/ServerMode": "PS",
    "/InstallLocation": "F:\\ASR",
    "/EnvType": "VMware",
    "/CSIP": None,
    "/PassphraseFilePath": PASSPHRASE_FILE,
    "/DataTransferSecurePort": "9443",
}


@pytest.fixture(scope="module")
def shared():
    with running("three_networks", {"world": {"latencies": LATENCIES}}) as world:
        yield world


@pytest.fixture
def server(shared):
    """A host with the installer on it, as far as the product brings it before it starts the set-up."""
    with booted(shared) as made:
        yield made


class Server:
    def __init__(self, world, host, channel):
        self.world = world
        self.host = host
        self.channel = channel
        self.configuration_server = world.section("windows")["configuration_servers"][0]

    def prepare(self, passphrase=None):
        installer = self.world.section("windows")["installers"][0]
        path = f"{FOLDER}\\installer.exe"
        self.channel.run("initialize_data_disk", {"disk_number": 2, "drive_letter": "F", "label": "data"})
        assert self.channel.run("download_file", {"url": installer["url"], "path": path})["size_bytes"] == installer["size_bytes"]
        assert self.channel.run("extract_installer", {"path": path, "directory": f"{FOLDER}\\x"}) == {"exit_code": 0}
        self.channel.run("write_secret_file", {"path": PASSPHRASE_FILE, "text": passphrase or self.configuration_server["passphrase"]})

    def set_up(self, **changes):
        """The task's last result and the end of the log."""
        options = {**GOOD, "/CSIP": self.configuration_server["address"], **{f"/{name}": value for name, value in changes.items()}}
        arguments = " ".join(name if value is None else f'{name} "{value}"' for name, value in options.items() if value != "")
        parameters = {
            "task_name": TASK,
            "program": f"{FOLDER}\\x\\UNIFIEDSETUP.EXE",
            "arguments": arguments,
            "working_directory": FOLDER,
            "user": "psadmin",
            "password": PASSWORD,
        }
        self.channel.run("start_setup_task", parameters)
        for _look in range(200):
            task = self.channel.run("get_setup_task", {"task_name": TASK, "log_directory": software.LOG_DIRECTORY, "log_lines": 1})
            if task["state"] != "Running":
                return task["last_result"], task["log_tail"]
            time.sleep(0.02)
        raise AssertionError("the set-up does not end")

    def registered(self):
        return self.world.call(lambda: self.host.address in self.world.windows._registrations)


@contextlib.contextmanager
def booted(world, os_version="10.0.14393"):
    number = next(NUMBERS)
    address = f"127.{world.octet}.1.{number}"
    vm = {
        "id": f"/subscriptions/s/vm-{number}",
        "properties": {"osProfile": {"computerName": "ps-77", "windowsConfiguration": {"winRM": {"listeners": [{"protocol": "Https"}]}}}},
    }
    world.call(lambda: world.windows.boot(vm, address, {"os_version": os_version}, ("psadmin", PASSWORD), [{"lun": 0, "size_gb": 64}]))
    while world.windows.winrm_of(address) is None:  # The service starts with the machine, a moment later.
        time.sleep(0.01)
    host = world.windows.host_at(address)
    channel = open_winrm(address, 5986, "psadmin", PASSWORD, "ntlm", host.listeners[0].sha256)
    try:
        yield Server(world, host, channel)
    finally:
        channel.close()
        world.call(lambda: world.windows.delete(vm["id"]))


def test_the_documented_command_line_installs_and_registers(server):
    server.prepare()
    code, log = server.set_up()
    assert code == 0 and "success" in log
    names = list(unified_setup.SERVICES)
    state = server.channel.run(
        "get_server_state", {"services": names, "program_name_pattern": "Microsoft Azure Site Recovery*", "task_name": TASK, "paths": []}
    )
    assert sorted(service["name"] for service in state["services"]) == sorted(names)
    assert all(service["status"] == "Running" for service in state["services"])
    assert sorted(program["name"] for program in state["programs"]) == sorted(unified_setup.PROGRAMS)
    assert state["product_version"] == server.world.section("windows")["installers"][0]["version"]
    assert server.registered() and server.world.call(lambda: server.world.windows.process_server_alive(server.host.address))


@pytest.mark.parametrize(
    "changes, code, told",
    [
        ({"AcceptThirdpartyEULA": ""}, unified_setup.INVALID_ARGUMENTS, "EULA"),
        ({"ServerMode": ""}, unified_setup.INVALID_ARGUMENTS, "/servermode"),
        ({"ServerMode": "CS"}, unified_setup.INVALID_ARGUMENTS, "credentials"),
        ({"InstallLocation": ""}, unified_setup.INVALID_ARGUMENTS, "/installlocation"),
        ({"EnvType": "Azure"}, unified_setup.INVALID_ARGUMENTS, "/EnvType"),
        ({"CSIP": ""}, unified_setup.INVALID_ARGUMENTS, "/csip"),
        ({"PassphraseFilePath": ""}, unified_setup.INVALID_ARGUMENTS, "/passphrasefilepath"),
        ({"Passphrase": "given here"}, unified_setup.INVALID_ARGUMENTS, "/Passphrase"),
        ({"CSIP": "127.0.0.9"}, unified_setup.NOT_REACHABLE, "127.0.0.9"),
        ({"PassphraseFilePath": "C:\\none.txt"}, unified_setup.NO_FILE, "C:\\none.txt"),
        ({"InstallLocation": "G:\\ASR"}, unified_setup.NO_SPACE, "G:"),
    ],
)
def test_anything_else_ends_with_an_exit_code_and_a_reason_in_the_log(server, changes, code, told):
    server.prepare()
    ended, log = server.set_up(**changes)
    assert ended == code and told in log
    assert not server.registered() and server.host.programs == []


def test_a_wrong_passphrase_registers_nothing_and_is_not_in_the_log(server):
    server.prepare(passphrase="cAnary-wrong:9")
    code, log = server.set_up()
    assert code == unified_setup.WRONG_PASSPHRASE and "passphrase" in log and "cAnary" not in log
    assert not server.registered()


def test_a_drive_without_room_is_refused_unless_the_check_is_skipped(server):
    server.prepare()
    (volume,) = [volume for volume in server.host.volumes() if volume.drive_letter == "F"]
    server.world.call(lambda: setattr(volume, "free_bytes", 1 << 20))
    assert server.set_up()[0] == unified_setup.NO_SPACE
    assert server.set_up(SkipSpaceCheck=None)[0] == 0


def test_a_blocked_route_is_not_reachable_until_it_is_open(server):
    server.prepare()
    target = server.configuration_server["address"]
    server.world.call(lambda: server.world.windows.block_route(server.host.address, target))
    assert server.set_up()[0] == unified_setup.NOT_REACHABLE
    server.world.call(lambda: server.world.windows.open_route(server.host.address, target))
    assert server.set_up()[0] == 0


@pytest.mark.parametrize(
    "os_version, code", [("10.0.14393", 0), ("6.3.9600", 0), ("10.0.17763", unified_setup.UNSUPPORTED), ("6.1.7601", unified_setup.UNSUPPORTED)]
)
def test_only_2012_r2_and_2016_are_supported(shared, os_version, code):
    with booted(shared, os_version) as server:
        server.prepare()
        assert server.set_up()[0] == code


def test_the_installer_without_quiet_waits_for_somebody(server):
    server.prepare()
    path = f"{FOLDER}\\installer.exe"

    def start(*arguments):
        return server.world.call(lambda: server.host.executables.get(path.lower())(server.host, [path, *arguments]))

    assert start("/x:C:\\else").running
    assert start("/q").exit_code == unified_setup.INVALID_ARGUMENTS


def test_a_file_that_is_not_the_installer_is_no_program(server):
    server.prepare()
    file = server.host.file(f"{FOLDER}\\installer.exe")
    server.world.call(lambda: server.host.put_file(file.path, file.content[:-1]))
    with pytest.raises(Exception, match="not a valid Win32 application"):
        server.channel.run("extract_installer", {"path": file.path, "directory": "C:\\again"})
