"""Programs of a simulated server go by their own uninstallers, and its configuration server forgets it, or is made to."""

from __future__ import annotations

import contextlib
import itertools
import time

import pytest

from tests.azure_simulator.running import running
from tests.azure_simulator.windows import uninstallers as subject
from tests.azure_simulator.windows.handlers.setup import start_program
from tests.azure_simulator.windows.host import Service, split_command_line
from tests.azure_simulator.windows.unregister_tool import TOOL, Wording

NUMBERS = itertools.count(120)
SILENT = "/VERYSILENT /SUPPRESSMSGBOXES /NORESTART"
INNO = "F:\\ASR\\home\\svsystems\\unins000.exe"
LOG = "C:\\ProgramData\\ASRSetupLogs\\u.log"


@pytest.fixture(scope="module")
def shared():
    with running("three_networks", {"world": {"latencies": {"default": 0, "uninstall": 0.01}}}) as world:
        yield world


@contextlib.contextmanager
def registered(world):
    """A process server as Unified Setup leaves it."""
    number = next(NUMBERS)
    address = f"127.{world.octet}.1.{number}"
    vm = {"id": f"/subscriptions/s/vm-{number}", "properties": {"osProfile": {"computerName": f"ps-{number}"}}}
    configuration_server = world.section("windows")["configuration_servers"][0]["address"]

    def make():
        world.windows.boot(vm, address, {}, ("psadmin", "cAnary-Host:1"), [{"lun": 0, "size_gb": 64}])
        host = world.windows.host_at(address)
        subject.put_programs(host, "F:\\ASR", "9.62.7096.1")
        for service in itertools.chain(*subject.SERVICES.values()):
            host.put_service(Service(service))
        host.make_directory("C:\\ProgramData\\ASRSetupLogs")
        world.windows.register_by_hand(host.computer_name, configuration_server)
        return host

    host = world.call(make)
    try:
        yield host
    finally:
        world.call(lambda: world.windows.delete(vm["id"]))


def start(world, path, arguments=""):
    def on(host):
        return world.call(lambda: start_program(host, path, split_command_line(arguments)))

    return on


def ended(process):
    limit = time.monotonic() + 30
    while process.running and time.monotonic() < limit:
        time.sleep(0.005)
    return process.exit_code


def listed(world, host):
    return len(world.call(lambda: world.site_recovery.configuration_server("CS-ONPREM-01").at_address(host.address)))


def msiexec(arguments):
    return subject.MSIEXEC, f"/x {subject.MSI_PRODUCT} {arguments}"


def remove_in_order(world, host):
    for path, arguments in (msiexec("/qn"), (INNO, SILENT), ("C:\\thirdparty\\unins000.exe", SILENT)):
        assert ended(start(world, path, arguments)(host)) == 0


def test_each_goes_by_its_own_uninstaller_and_takes_what_is_its_own(shared):
    with registered(shared) as host:
        alive = shared.windows.process_server_alive
        assert shared.call(lambda: alive(host.address)) and listed(shared, host) == 1
        assert len({program.uninstall_string for program in host.programs}) == 3
        assert ended(start(shared, *msiexec(f'/qn /norestart /L+*V "{LOG}"'))(host)) == 0
        assert host.service("svagents") is None and host.service("tmansvc") and b"Removed." in host.file(LOG).content
        assert shared.call(lambda: alive(host.address)) and listed(shared, host) == 1
        assert ended(start(shared, INNO, SILENT)(host)) == 0
        assert host.service("tmansvc") is None and host.file(INNO) is None
        assert not shared.call(lambda: alive(host.address)) and listed(shared, host) == 0
        assert ended(start(shared, "C:\\thirdparty\\unins000.exe", SILENT)(host)) == 0
        assert host.programs == [] and shared.windows.uninstalls_started[host.address] == list(subject.PROGRAMS)


@pytest.mark.parametrize(
    "path, arguments, code",
    [
        (INNO, SILENT, subject.FAILED),
        (INNO, SILENT + ' /LOG="C:\\none\\u.log"', subject.NO_LOG),
        (subject.MSIEXEC, "/x {00000000-0000-0000-0000-000000000000} /qn", subject.UNKNOWN_PRODUCT),
        (subject.MSIEXEC, f"/x {subject.MSI_PRODUCT} /qn /surprise", subject.INVALID_ARGUMENTS),
        (*msiexec('/qn /L+*V "C:\\none\\u.log"'), subject.NO_LOG),
    ],
)
def test_what_does_not_go(shared, path, arguments, code):
    with registered(shared) as host:
        assert ended(start(shared, path, arguments)(host)) == code
        assert len(host.programs) == 3 and listed(shared, host) == 1


@pytest.mark.parametrize("path, arguments", [(INNO, ""), (INNO, "/SILENT /SUPPRESSMSGBOXES"), (INNO, "/VERYSILENT"), msiexec("")])
def test_what_is_not_told_to_be_silent_waits_for_somebody(shared, path, arguments):
    with registered(shared) as host:
        assert start(shared, path, arguments)(host).running


def test_two_at_a_time_do_not_go(shared):
    with registered(shared) as host:

        def both():
            started = [start_program(host, path, split_command_line(arguments)) for path, arguments in (msiexec("/qn"), (INNO, SILENT))]
            return started

        first, second = shared.call(both)
        assert second.exit_code == 1618 and ended(first) == 0


@pytest.mark.parametrize("trouble", ["the route is cut", "the passphrase is another one", "the configuration server is off"])
def test_a_configuration_server_that_is_not_told_goes_on_listing_it(shared, trouble):
    with registered(shared) as host:
        (address,) = shared.windows.passphrases
        known = shared.windows.passphrases[address]
        if "route" in trouble:
            shared.call(lambda: shared.windows.block_route(host.address, address))
        elif "passphrase" in trouble:
            shared.windows.passphrases[address] = "another"
        else:
            shared.windows.host_at(address).powered_on = False
        try:
            remove_in_order(shared, host)
        finally:
            shared.windows.passphrases[address] = known
            shared.windows.host_at(address).powered_on = True
        assert listed(shared, host) == 1 and not shared.call(lambda: shared.windows.process_server_alive(host.address))
        asked = start(shared, TOOL, f"-IPAddress {host.address} -Component PS")(configuration_server(shared))
        shared.call(lambda: asked.answer("1"))
        assert listed(shared, host) == 0


def configuration_server(world):
    (address,) = world.windows.passphrases
    return world.windows.host_at(address)


def test_the_tool_lists_asks_and_forgets_the_one_that_is_named(shared):
    with registered(shared) as host:
        server = shared.site_recovery.configuration_server("CS-ONPREM-01")
        shared.call(lambda: server.register({"name": "ps-older", "address": host.address}, shared.clock.now()))
        asked = start(shared, TOOL, f"-IPAddress {host.address} -Component PS")(configuration_server(shared))
        assert asked.running and asked.stdout.endswith(Wording().prompt)
        first, second = [line for line in asked.stdout.splitlines() if host.address in line]
        assert first.startswith(f"1\t{host.address}\t{host.computer_name}\t") and second.startswith(f"2\t{host.address}\tps-older\t")
        shared.call(lambda: asked.answer("2"))
        assert asked.exit_code == 0 and f"Successfully unregistered ps-older ({host.address})" in asked.stdout
        assert [entry.name for entry in server.at_address(host.address)] == [host.computer_name]


@pytest.mark.parametrize("answer", ["0", "3", "x", ""])
def test_another_answer_forgets_nothing(shared, answer):
    with registered(shared) as host:
        asked = start(shared, TOOL, f"-IPAddress {host.address} -Component PS")(configuration_server(shared))
        shared.call(lambda: asked.answer(answer))
        assert asked.exit_code == 1 and listed(shared, host) == 1


@pytest.mark.parametrize(
    "arguments, told",
    [
        ("-IPAddress 192.0.2.77 -Component PS", "192.0.2.77"),
        ("-Component PS", "Usage"),
        ("-IPAddress 192.0.2.7 -Component MT", "Usage"),
        ("", "Usage"),
    ],
)
def test_without_a_server_or_with_other_arguments_it_ends(shared, arguments, told):
    asked = start(shared, TOOL, arguments)(configuration_server(shared))
    assert asked.exit_code == 1 and told in asked.stdout
