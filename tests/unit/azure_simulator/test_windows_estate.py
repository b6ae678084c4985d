"""Hosts that come and go with machines, routes between them, and ports that are open."""

from __future__ import annotations

import socket

import pytest

from tests.azure_simulator.running import running
from tests.azure_simulator.windows.host import Service, Task
from tests.azure_simulator.windows.unified_setup import SERVICES

CS = "127.{octet}.250.10"
WORLD = {
    "world": {"region": "westeurope", "tenant": {"id": "t"}, "subscriptions": [], "clients": []},
    "windows": {
        "configuration_servers": [{"name": "CS-1", "address": CS, "passphrase": "cAnary-Phrase:5", "accounts": {"asradmin": "cAnary-Cs:5"}}]
    },
}
VM = {"id": "/vm/ps-1", "properties": {"osProfile": {"computerName": "ps-1"}}}
IMAGE = {"os_version": "10.0.14393"}


@pytest.fixture
def world():
    with running(WORLD, subsystems=("windows",)) as world:
        world.site_recovery = Registrations()
        yield world


class Registrations:
    """Stands where the vault is: only what a configuration server is told matters here."""

    def __init__(self):
        self.seen = []

    def process_server_registered(self, configuration_server, server):
        self.seen.append((configuration_server, server["name"], server["id"]))


def boot(world, last=10, **image):
    address = f"127.{world.octet}.1.{last}"
    world.call(
        lambda: world.windows.boot(
            VM, address, {**IMAGE, **image}, ("admin", "cAnary-Ps:5"), [{"lun": 1, "size_gb": 8}, {"lun": 0, "size_gb": 4}]
        )
    )
    return world.windows.host_at(address)


def configuration_server(world):
    return CS.format(octet=world.octet)


def is_open(address, port):
    try:
        socket.create_connection((address, port), timeout=20).close()
    except OSError:
        return False
    return True


def has_ended(connection):
    """Whether the other side ends the connection; a time-out is an error of its own."""
    with connection:
        try:
            return connection.recv(1) == b""
        except ConnectionError:
            return True


def test_a_configuration_server_accepts_connections_on_443_where_this_user_may_open_it(world):
    address = configuration_server(world)
    assert is_open(address, 443) == (world.windows.closed_web_ports == [])
    assert is_open(address, 5986) and not is_open(address, 444)


def test_connections_that_stay_open_do_not_keep_the_world_from_ending():
    with running(WORLD, subsystems=("windows",)) as world:
        ports = world.windows.web_ports
        connections = [socket.create_connection((configuration_server(world), 443), timeout=20) for _one in range(3) for _port in ports]
        while sum(world.call(lambda: [port.connections for port in ports])) < len(connections):
            pass  # they are established, and not yet all accepted
    assert [has_ended(connection) for connection in connections] == [True] * len(connections)


def test_a_machine_comes_with_raw_data_disks_in_the_order_of_their_luns(world):
    host = boot(world)
    assert [(disk.number, disk.partition_style, disk.size_bytes // 2**30) for disk in host.disks] == [
        (0, "MBR", 127),
        (1, "MBR", 80),
        (2, "RAW", 4),
        (3, "RAW", 8),
    ]
    assert [volume.drive_letter for volume in host.volumes()] == ["C", "D"] and host.listeners == []


def test_a_task_that_ran_is_ended_with_its_machine(world):
    host = boot(world)
    host.tasks["setup"] = Task("setup", state="Running", last_result=267009)
    world.call(lambda: world.windows.stop(VM["id"]))
    assert not host.powered_on and not world.call(lambda: world.windows.agent_ready(VM["id"]))
    world.call(lambda: world.windows.start(VM["id"]))
    assert host.powered_on and (host.tasks["setup"].state, host.tasks["setup"].last_result) == ("Ready", 0x41306)


def test_heartbeats_need_services_a_route_the_machine_and_the_passphrase(world):
    address = configuration_server(world)
    host = boot(world)
    for name in SERVICES:
        host.put_service(Service(name))

    def alive():
        return world.call(lambda: world.windows.process_server_alive(host.address))

    assert not alive()
    world.call(lambda: world.windows.register_by_hand("ps-1", address))
    assert alive() and world.site_recovery.seen[0][:2] == (address, "ps-1")
    for name in ("ProcessServer", "cxprocessserver", "tmansvc"):
        host.service(name).status = "Stopped"
        assert not alive()
        host.service(name).status = "Running"
    world.call(lambda: world.windows.block_route(host.address, address))
    assert not alive()
    world.call(lambda: world.windows.open_route(host.address, address))
    world.windows.passphrases[address] = "another"
    assert not alive()
    world.windows.passphrases[address] = "cAnary-Phrase:5"
    assert alive()
    world.call(lambda: world.windows.stop(VM["id"]))
    assert not alive()


def test_a_server_registers_again_as_itself_and_a_new_one_as_another(world):
    address = configuration_server(world)
    boot(world)
    for _time in range(2):
        world.call(lambda: world.windows.register_by_hand("ps-1", address))
    world.call(lambda: world.windows.delete(VM["id"]))
    assert world.windows.host_of(VM["id"]) is None
    boot(world)
    world.call(lambda: world.windows.register_by_hand("ps-1", address))
    first, again, new = [identifier for _server, _name, identifier in world.site_recovery.seen]
    assert first == again != new


@pytest.mark.parametrize(
    "target, port, outcome",
    [
        ("cs", 443, None),
        ("cs", 5986, None),
        ("cs", 80, "ConnectionRefused"),
        ("itself", 443, "ConnectionRefused"),
        ("nobody", 443, "TimedOut"),
    ],
)
def test_what_a_host_reaches(world, target, port, outcome):
    host = boot(world)
    address = {"cs": configuration_server(world), "itself": host.address, "nobody": f"127.{world.octet}.9.9"}[target]
    assert world.call(lambda: world.windows.hooks.connect(host, address, port, 0.01)) == outcome
    world.call(lambda: world.windows.block_route(host.address, address))
    assert world.call(lambda: world.windows.hooks.connect(host, address, port, 0.01)) == "TimedOut"
