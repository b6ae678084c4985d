"""The thread, the timers, the end, and the command line."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.azure_simulator.certificates import self_signed
from tests.azure_simulator.errors import ScenarioError, WorldError

from .support import CLIENT, SECRET, SUBSCRIPTION, TENANT, small_world

CHECKOUT = Path(__file__).parents[3]


def test_everything_is_released_at_the_end():
    before = set(threading.enumerate())
    with small_world() as world:
        folder, address = world.folder, world.proxy_address
        # A connection that is left open, and a timer and a task that would run for long.
        left = socket.create_connection(address)
        world.later(3600, lambda: None)

        async def forever():
            import asyncio
            await asyncio.sleep(3600)

        world.call(lambda: world.spawn(forever()) and None)
        assert folder.exists()
    assert not folder.exists() and set(threading.enumerate()) == before
    left.settimeout(5)
    try:
        assert left.recv(1) == b""
    except ConnectionResetError:
        pass
    left.close()
    with pytest.raises(OSError):
        socket.create_connection(address, timeout=1)


def test_two_worlds_do_not_meet():
    with small_world() as one, small_world() as two:
        assert one.octet != two.octet and one.proxy_address != two.proxy_address
        assert one.authority.pem != two.authority.pem


def test_the_environment_leads_into_the_world_and_away_from_the_machines_own_proxy():
    with small_world() as world:
        environment = world.environment()
        assert environment["HTTPS_PROXY"] == environment["https_proxy"] == "http://{}:{}".format(*world.proxy_address)
        assert environment["NO_PROXY"] == environment["no_proxy"] == ""
        assert environment["AZURE_TENANT"] == environment["AZURE_TENANT_ID"] == TENANT
        assert environment["AZURE_SECRET"] == environment["AZURE_CLIENT_SECRET"] == SECRET
        assert (environment["AZURE_CLIENT_ID"], environment["AZURE_SUBSCRIPTION_ID"]) == (CLIENT, SUBSCRIPTION)
        assert b"BEGIN CERTIFICATE" in Path(environment["REQUESTS_CA_BUNDLE"]).read_bytes()
        assert b"PRIVATE" not in Path(environment["REQUESTS_CA_BUNDLE"]).read_bytes()


def test_call_runs_on_the_loops_thread_and_gives_back_values_and_exceptions():
    async def later():
        return threading.current_thread().name

    with small_world() as world:
        name = world.call(lambda: threading.current_thread().name)
        assert name != threading.current_thread().name and world.call(later) == name
        with pytest.raises(KeyError):
            world.call(lambda: {}["x"])
        with pytest.raises(WorldError, match="other threads"):
            world.call(lambda: world.call(lambda: 1))


def test_latencies_and_retry_after_are_scenario_data():
    changes = {"world": {"latencies": {"default": 0.5, "boot": {"default": 2, "by_name": {"ps-1": 3}}, "x": "fast"},
                         "retry_after": {"network": [3, 10], "compute": 4, "y": 0.5}}}
    with small_world(changes) as world:
        assert [world.latency("boot", "PS-1"), world.latency("boot", "ps-2"), world.latency("other")] == [3, 2, 0.5]
        assert [world.retry_after("network"), world.retry_after("network", first=False)] == [3, 10]
        assert [world.retry_after("compute"), world.retry_after("none", default=7)] == [4, 7]
        with pytest.raises(ScenarioError):
            world.latency("x")
        with pytest.raises(ScenarioError):
            world.retry_after("y")


def test_an_error_in_the_scenario_is_raised_by_running():
    with pytest.raises(ScenarioError, match="https only"):
        with small_world({"windows": {"installers": [{"url": "http://x.example/a", "size_bytes": 1}]}}):
            pass
    with pytest.raises(ScenarioError, match="which the scenario does not describe"):
        with small_world({"world": {"clients": [{"id": "c", "roles": [{"role": "King", "scope": "/"}]}]}}):
            pass


def test_a_self_signed_certificate_is_shown_and_pinned_by_its_fingerprint():
    import hashlib

    made = self_signed("ps-app-01", ["127.0.0.1"])
    context = made.server_context()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            connection, unused = listener.accept()
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        client = ssl.create_default_context()
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        with client.wrap_socket(socket.create_connection(listener.getsockname())) as secured:
            der = secured.getpeercert(binary_form=True)
        thread.join()
    assert hashlib.sha256(der).hexdigest() == made.sha256
    assert hashlib.sha1(der).hexdigest().upper() == made.thumbprint
    assert made.sha256 != self_signed("ps-app-01").sha256


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_serving_from_the_command_line(tmp_path, signum):
    command = [sys.executable, "-m", "tests.azure_simulator", "serve", "--scenario", "three_networks",
               "--environment-file", str(tmp_path / "environment"), "--variables-file", str(tmp_path / "v.json")]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        lines = [process.stdout.readline() for unused in range(4)]
        assert f". {tmp_path}/environment" in lines[2] and "canary" not in "".join(lines)
        assert (tmp_path / "environment").stat().st_mode & 0o777 == 0o600
        assert len(json.loads((tmp_path / "v.json").read_text())["process_servers"]) == 3
        shell = subprocess.run(["sh", "-c", f". {tmp_path}/environment; printf %s \"$AZURE_SECRET|$HTTPS_PROXY\""],
                               capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=True)
        secret, proxy = shell.stdout.split("|")
        assert "canary" in secret
        host, port = proxy.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))):
            pass
    finally:
        process.send_signal(signum)
        output, unused = process.communicate(timeout=30)
    assert process.returncode == 0, output
    assert not (tmp_path / "environment").exists() and not (tmp_path / "v.json").exists()
    with pytest.raises(OSError):
        socket.create_connection((host, int(port)), timeout=1)


def test_the_command_line_names_what_is_wrong():
    done = subprocess.run([sys.executable, "-m", "tests.azure_simulator", "serve", "--scenario", "nowhere"],
                          cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "there is no scenario 'nowhere'" in done.stderr
