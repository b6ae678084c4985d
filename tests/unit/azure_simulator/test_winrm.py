"""The product's WinRM channel against the simulated hosts: real pywinrm, real TLS, real sockets."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
from unittest import mock

import pytest
import xmltodict
from winrm.exceptions import WinRMOperationTimeoutError, WSManFaultError
from winrm.transport import Transport

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows import envelope, winrm
from tests.azure_simulator.running import running
from tests.azure_simulator.windows import script_handlers

CS, OTHER = "CS-1", "CS-2"
PASSWORD, OTHER_PASSWORD = 'cAnary-One:1"é☃', "cAnary-Two:2"
PHRASE = "cAnary-Phrase:3"
WORLD = {
    "world": {"region": "westeurope", "tenant": {"id": "t"}, "subscriptions": [], "clients": []},
    "windows": {
        "configuration_servers": [
            {"name": CS, "address": "127.{octet}.250.10", "passphrase": PHRASE, "accounts": {"asradmin": PASSWORD}},
            {"name": OTHER, "address": "127.{octet}.250.11", "passphrase": "other", "accounts": {"asradmin": OTHER_PASSWORD, "two": PASSWORD}},
        ]
    },
}


@pytest.fixture(scope="module")
def shared():
    with running(WORLD, subsystems=("windows",)) as world:
        yield world


@pytest.fixture
def world(shared):
    yield shared
    shared.call(shared.faults.clear)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(winrm, "RECONNECT_PAUSE_SECONDS", 0)


@contextlib.contextmanager
def channel_to(world, name=CS, user="asradmin", password=PASSWORD, transport="ntlm", fingerprint=None, **more):
    host = world.windows.host_named(name)
    channel = winrm.open_winrm(host.address, 5986, user, password, transport, fingerprint or host.listeners[0].sha256, **more)
    try:
        yield channel
    finally:
        channel.close()


def read(channel, path="C:\\nothing", timeout=60):
    return channel.run("get_file_hash", {"path": path}, timeout=timeout)


def failing(channel, **more):
    with pytest.raises(AsrError) as raised:
        read(channel, **more)
    return raised.value


def operations(world, name=CS, since=0):
    address = world.windows.host_named(name).address
    return [entry["path"].rpartition("/")[2] for entry in world.log.requests[since:] if entry["host"] == address and entry["status"] != 401]


def server(world, name=CS):
    return world.windows.winrm_of(world.windows.host_named(name).address)


# --- accounts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
@pytest.mark.parametrize("user", ["asradmin", "ASRADMIN", ".\\asradmin", f"{CS}\\asradmin", f"{CS.lower()}\\AsrAdmin"])
def test_a_local_account_is_taken_in_each_way_to_write_it(world, transport, user):
    with channel_to(world, user=user, transport=transport) as channel:
        assert read(channel)["exists"] is False


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
@pytest.mark.parametrize(
    "user, password",
    [
        ("asradmin", OTHER_PASSWORD),
        ("two", PASSWORD),
        ("asradmin", ""),
        ("asradmin", PASSWORD[:-1]),
        ("nobody", PASSWORD),
        (f"{OTHER}\\asradmin", PASSWORD),
        ("CONTOSO\\asradmin", PASSWORD),
    ],
)
def test_another_hosts_account_and_a_wrong_password_are_refused(world, transport, user, password):
    with channel_to(world, user=user, password=password, transport=transport) as channel:
        error = failing(channel)
        assert error.code == "CredentialsRejected" and user in str(error)
        assert "Negotiate" in str(error) or transport == "ntlm"
    # The same account is right where it belongs.
    with channel_to(world, OTHER, "two", PASSWORD, transport) as channel:
        assert read(channel)["exists"] is False


def test_hosts_take_turns_and_never_each_others_accounts(world):
    with channel_to(world) as one, channel_to(world, OTHER, password=OTHER_PASSWORD) as two, channel_to(world, OTHER) as wrong:
        for _turn in range(3):
            assert read(one)["exists"] is False
            assert read(two)["exists"] is False
            assert failing(wrong).code == "CredentialsRejected"
    assert "NTLM_USER_FILE" not in os.environ


def test_a_changed_password_counts_from_the_next_connection_on(world):
    host = world.windows.host_named(OTHER)
    world.call(lambda: host.accounts.update(two="cAnary-New:4"))
    try:
        with channel_to(world, OTHER, "two", PASSWORD) as channel:
            assert failing(channel).code == "CredentialsRejected"
        with channel_to(world, OTHER, "two", "cAnary-New:4") as channel:
            assert read(channel)["exists"] is False
    finally:
        world.call(lambda: host.accounts.update(two=PASSWORD))


def test_channel_bindings_tie_the_login_to_the_certificate(world):
    """A login that was made for another certificate, as one in the middle would hand it on, is refused."""
    with mock.patch("requests_ntlm.requests_ntlm._get_certificate_hash", return_value=b"\1" * 32), channel_to(world) as channel:
        assert failing(channel).code == "CredentialsRejected"


def test_no_password_is_ever_in_a_file(world):
    with channel_to(world) as channel:
        read(channel)
    for path in world.folder.iterdir():
        content = path.read_bytes()
        for secret in (PASSWORD, OTHER_PASSWORD, PHRASE):
            assert secret.encode() not in content and secret.encode("utf-16-le") not in content


def test_the_channel_and_its_errors_hold_no_password(world):
    with channel_to(world, password=OTHER_PASSWORD) as channel:
        error = failing(channel)
        assert OTHER_PASSWORD not in repr(channel) + repr(error) + str(error) + str(error.as_dict())
        assert error.__cause__ is None and error.__suppress_context__


# --- certificates ------------------------------------------------------------------------------------------------------


def test_a_wrong_pin_reaches_no_service(world):
    before = server(world).requests
    with channel_to(world, fingerprint="ab" * 32) as channel:
        error = failing(channel)
    assert error.code == "CertificateChanged" and server(world).requests == before
    assert world.windows.host_named(CS).listeners[0].sha256 in str(error)


def test_a_hosts_certificate_is_nobody_elses(world):
    assert world.windows.host_named(CS).listeners[0].sha256 != world.windows.host_named(OTHER).listeners[0].sha256
    host = world.windows.host_named(CS)
    (world.folder / "run-ca.pem").write_bytes(world.authority.pem)
    channel = winrm.open_winrm(host.address, 5986, "asradmin", PASSWORD, "ntlm", None, str(world.folder / "run-ca.pem"))
    assert failing(channel).code == "CertificateNotTrusted"


def test_a_certificate_that_changes_between_two_scripts_is_noticed():
    with running(WORLD, subsystems=("windows",)) as world, channel_to(world) as channel:
        assert read(channel)["exists"] is False
        host = world.windows.host_named(CS)
        world.call(lambda: world.windows.change_certificate(host))
        error = failing(channel)
        assert error.code == "CertificateChanged" and host.listeners[0].sha256 in str(error)


# --- what travels ------------------------------------------------------------------------------------------------------


def test_400_kilobytes_and_any_character_arrive_in_small_envelopes(world):
    text = "äö☃😀\"'`$x\r\n\\u0041\t" + "x" * 400_000
    with envelopes() as sent, channel_to(world) as channel:
        channel.run("write_secret_file", {"path": "C:\\Temp\\big.txt", "text": text}, timeout=60)
        host = world.windows.host_named(CS)
        assert world.call(host.file("C:\\Temp\\big.txt").content.decode) == text
        assert read(channel, "C:\\Temp\\big.txt")["size_bytes"] == len(text.encode())
    assert len(sent) > 10 and max(len(message) for message in sent) < 153_600


@contextlib.contextmanager
def envelopes():
    """All that is sent, as texts."""
    sent = []
    send = Transport.send_message

    def note(transport, message):
        sent.append(message)
        return send(transport, message)

    with mock.patch.object(Transport, "send_message", note):
        yield sent


def test_no_secret_is_on_the_command_line_or_in_the_log(world):
    since = len(world.log.requests)
    with envelopes() as sent, channel_to(world) as channel:
        channel.run("write_secret_file", {"path": "C:\\Temp\\p.txt", "text": "cAnary-unknown:5"}, timeout=60)
    (line,) = [message[message.index("<rsp:CommandLine>") :] for message in sent if "shell/Command<" in message]
    assert len(line) < 8191 and "-EncodedCommand" in line and "get_" not in line
    decoded = base64.b64decode(line.rpartition("-EncodedCommand ")[2].partition("<")[0]).decode("utf-16-le")
    assert decoded == envelope.BOOTSTRAP
    entries = world.log.requests[since:]
    assert "cAnary" not in json.dumps(entries)
    assert [entry["body"]["script"] for entry in entries if entry["body"]] == ["write_secret_file"]
    assert {entry["caller"] for entry in entries if entry["status"] == 200} == {"asradmin"}


def test_one_shell_serves_all_scripts_and_goes_with_the_channel(world):
    before, since = server(world).shells, len(world.log.requests)
    with channel_to(world) as channel:
        for _turn in range(4):
            read(channel)
        assert server(world).shells == before + 1
    assert server(world).shells == before
    assert operations(world, since=since) == ["Create"] + ["Command", "Send", "Receive", "Signal"] * 4 + ["Delete"]


def test_a_failing_script_is_told_in_the_servers_words(world):
    with channel_to(world) as channel:
        with pytest.raises(AsrError) as raised:
            channel.run("initialize_data_disk", {"disk_number": 7, "drive_letter": "F", "label": "x"})
        assert "initialize_data_disk on 127." in str(raised.value) and raised.value.code not in ("", envelope.UNREADABLE)
        assert read(channel)["exists"] is False


def test_the_passphrase_is_compared_where_it_is_and_never_comes_out(world):
    with channel_to(world) as channel:
        assert channel.run("compare_passphrase", {"passphrase": PHRASE}) == {"equal": True}
        assert channel.run("compare_passphrase", {"passphrase": PHRASE + " "}) == {"equal": False}


# --- trouble -----------------------------------------------------------------------------------------------------------


def test_no_listener_is_a_refused_connection():
    channel = winrm.open_winrm("127.0.0.1", 1, "u", "cAnary", "ntlm", "ab" * 32)
    error = failing(channel)
    assert error.code == "ConnectionRefused" and "127.0.0.1:1" in str(error) and "firewalls" in error.cure


@pytest.mark.parametrize("operation", ["Create", "Command", "Send", "Receive"])
@pytest.mark.parametrize("after", [False, True])
def test_looking_is_repeated_when_the_connection_breaks_anywhere(world, operation, after):
    with channel_to(world) as channel:
        world.call(lambda: world.faults.add(path=f"^/wsman/{operation}$", cut=True, after=after, nth=range(1, 3)))
        assert read(channel)["exists"] is False
        assert read(channel)["exists"] is False


@pytest.mark.parametrize(
    "operation, after, times", [("Command", False, 1), ("Command", True, 1), ("Receive", False, 1), ("Send", False, 0), ("Send", True, 1), ("Receive", True, 1)]
)
def test_a_step_is_never_taken_twice(world, operation, after, times):
    """Where it is not known how far a step came, that is told, and the caller looks for itself."""
    directory = f"C:\\Twice\\{operation}{after}"
    told = operation == "Send" or (operation, after) == ("Receive", True)
    with channel_to(world) as channel:
        since = len(world.log.requests)
        world.call(lambda: world.faults.add(path=f"^/wsman/{operation}$", cut=True, after=after))
        if told:
            with pytest.raises(AsrError) as raised:
                channel.run("write_secret_file", {"path": directory + "\\a.txt", "text": "x"})
            assert raised.value.code == "ConnectionLost" and "may have done" in str(raised.value)
        else:
            channel.run("write_secret_file", {"path": directory + "\\a.txt", "text": "x"})
        started = [entry for entry in world.log.requests[since:] if entry["body"]]
        assert len(started) == times
        assert read(channel)["exists"] is False


def test_a_connection_that_breaks_every_time_ends_with_what_happened(world):
    with channel_to(world) as channel:
        world.call(lambda: world.faults.add(path="^/wsman/Create$", cut=True, nth="every"))
        assert failing(channel).code == "ConnectionLost"


def test_a_shell_that_the_server_ended_is_opened_anew(world):
    with channel_to(world) as channel:
        read(channel)
        world.call(server(world).end_shells)
        assert read(channel)["exists"] is False


def test_a_script_that_takes_longer_than_one_request_is_waited_for(world):
    with slow(world, 1.5), channel_to(world) as channel, mock.patch.object(winrm, "OPERATION_SECONDS", 1):
        since = len(world.log.requests)
        assert read(channel)["exists"] is False
        assert operations(world, since=since).count("Receive") >= 2


def test_a_script_that_takes_too_long_is_ended(world):
    # Tests before this one have left shells whose end was lost on purpose.
    before = world.call(lambda: set(server(world)._shells))
    with slow(world, 30), channel_to(world) as channel:
        with pytest.raises(AsrTimeout) as raised:
            read(channel, timeout=1)
        assert raised.value.code == "timeout" and "get_file_hash" in str(raised.value)
        assert world.call(lambda: [shell.commands for key, shell in server(world)._shells.items() if key not in before]) == [{}]


@contextlib.contextmanager
def slow(world, seconds):
    real = script_handlers.HANDLERS["get_file_hash"]

    async def later(host, parameters, hooks):
        await asyncio.sleep(seconds)
        return real(host, parameters, hooks)

    with mock.patch.dict(script_handlers.HANDLERS, get_file_hash=later):
        yield


def test_too_many_shells_are_told_as_that(world):
    with contextlib.ExitStack() as stack:
        for _shell in range(30):
            read(stack.enter_context(channel_to(world, OTHER, "two")))
        error = failing(stack.enter_context(channel_to(world, OTHER, "two")))
        assert error.code == "WSManFault 2150859173" and "30 concurrent shells" in str(error) and "Get-WSManInstance" in error.cure
        # Another account's shells do not count.
        assert read(stack.enter_context(channel_to(world, OTHER, password=OTHER_PASSWORD)))["exists"] is False


def test_a_service_that_answers_with_something_else_is_shown(world):
    with channel_to(world) as channel:
        world.call(lambda: world.faults.add(path="^/wsman/Command$", status=503, body="<h1>busy</h1>"))
        error = failing(channel)
        assert error.code == "HTTP 503" and "busy" in str(error)


@pytest.mark.parametrize("text", ["param($p)\nGet-Anything\n", "", winrm.scripts.ALL["get_file_hash"] + " "])
def test_another_text_fails_like_an_unknown_command(world, text):
    with channel_to(world) as channel, mock.patch.object(winrm.envelope, "document", return_value=json.dumps({"script": text, "parameters": {}})):
        error = failing(channel)
        assert "CommandNotFoundException" in error.code and "not recognized" in str(error)


# --- the service itself, by pywinrm alone ------------------------------------------------------------------------------


@contextlib.contextmanager
def protocol_to(world, **account):
    with channel_to(world, **account) as channel:
        protocol = channel._protocol
        shell = protocol.open_shell()
        try:
            yield protocol, shell
        finally:
            with contextlib.suppress(WSManFaultError):
                protocol.close_shell(shell, close_session=False)


def fault_of(call):
    with pytest.raises(WSManFaultError) as raised:
        call()
    return raised.value.fault_subcode, raised.value.wsman_fault_code


@pytest.mark.parametrize(
    "command, arguments", [("cmd", ["/c", "dir"]), (envelope.PROGRAM, ["-Command", "1"]), (envelope.PROGRAM, [*envelope.OPTIONS, "ZQB4AGkAdAA="])]
)
def test_another_command_line_fails_like_an_unknown_program(world, command, arguments):
    with protocol_to(world) as (protocol, shell):
        identifier = protocol.run_command(shell, command, arguments)
        protocol.send_command_input(shell, identifier, b"{}", end=True)
        stdout, stderr, exit_code = protocol.get_command_output(shell, identifier)
        assert (stdout, exit_code) == (b"", 1) and b"not recognized" in stderr


def test_nothing_yet_is_a_fault_of_its_own(world):
    with protocol_to(world) as (protocol, shell):
        identifier = protocol.run_command(shell, envelope.PROGRAM, envelope.command_arguments())
        protocol.operation_timeout_sec = 1
        with pytest.raises(WinRMOperationTimeoutError):
            protocol.get_command_output_raw(shell, identifier)


def test_output_is_handed_out_once(world):
    with protocol_to(world) as (protocol, shell):
        identifier = protocol.run_command(shell, envelope.PROGRAM, envelope.command_arguments())
        protocol.send_command_input(shell, identifier, b"{}", end=True)
        assert protocol.get_command_output(shell, identifier)[2] == 0
        assert fault_of(lambda: protocol.get_command_output(shell, identifier))[1] == 2150858752


def test_what_the_service_does_not_understand_is_a_soap_fault(world):
    with protocol_to(world) as (protocol, shell):
        assert fault_of(lambda: protocol.send_message("<nothing")) == ("w:SchemaValidationError", 2150858817)
        assert fault_of(lambda: protocol.send_message("<a/>")) == ("w:SchemaValidationError", 2150858817)
        assert fault_of(lambda: protocol.send_message("<a>" + "x" * 600_000 + "</a>")) == ("w:EncodingLimit", 2150858825)
        for action, resource, expected in (
            ("urn:other", None, ("a:ActionNotSupported", 2150858753)),
            (None, "urn:other", ("a:DestinationUnreachable", 2150858811)),
        ):
            header = protocol.build_wsman_header(
                action or "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", resource or "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd"
            )
            assert fault_of(lambda: protocol.send_message(xmltodict.unparse({"env:Envelope": {**header, "env:Body": {}}}))) == expected
        # Faults leave the shell as it was.
        assert protocol.run_command(shell, "x")


def test_a_shell_belongs_to_the_account_that_made_it(world):
    with protocol_to(world, name=OTHER, password=OTHER_PASSWORD) as (_protocol, shell), protocol_to(world, name=OTHER, user="two") as (protocol, _own):
        assert fault_of(lambda: protocol.run_command(shell, "x")) == ("w:InvalidSelectors", 2150858843)


def test_an_idle_shell_is_ended(world):
    with protocol_to(world) as (protocol, shell):
        world.call(lambda: setattr(server(world)._shells[shell], "used", world.clock.ago(3 * 3600)))
        assert fault_of(lambda: protocol.run_command(shell, "x"))[1] == 2150858843


# --- the environment ---------------------------------------------------------------------------------------------------


def test_the_environments_proxy_is_not_used_and_the_environment_not_touched(world, monkeypatch):
    """pywinrm's own session sets no_proxy for the whole process while other threads talk to Azure."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with mock.patch("requests.Session.merge_environment_settings", side_effect=AssertionError("the environment was read")), channel_to(world) as channel:
        assert read(channel)["exists"] is False
    with channel_to(world, proxy="http://127.0.0.1:1") as channel:
        assert failing(channel).code == "ProxyFailed"
