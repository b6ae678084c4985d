# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripts over WinRM (WS-Management over HTTPS), by pywinrm. Private to this collection."""

from __future__ import annotations

import time

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _loading
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrTimeout
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows import envelope, pinning, scripts
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows.winrm_errors import Attempt, is_lost_connection, is_shell_gone

# One request lasts no longer than this: the service answers "nothing yet", and is asked again.
OPERATION_SECONDS = 20
# A busy service needs a little longer than the time it was given.
READ_SECONDS = OPERATION_SECONDS + 15
# pywinrm announces envelopes of 153,600 bytes; as base64, 64 KiB of input are 87 KB of one.
INPUT_CHUNK_BYTES = 64 * 1024
# So often a connection that breaks is made anew for one script, where that repeats nothing but reading.
RECONNECTS = 3
RECONNECT_PAUSE_SECONDS = 2
# Scripts that only look: they may be sent again when nobody knows how far they came.
READING = ("get_", "test_", "compare_")


def open_winrm(address, port, username, password, transport, fingerprint=None, ca_file=None, proxy=None):
    """A channel to a server's HTTPS listener. Nothing is sent before its first script.

    ``transport``: ``ntlm`` or ``basic``. ``fingerprint``: SHA-256 of the one certificate that is accepted; without it
    the authorities of ``ca_file``, or of this system, decide. ``proxy``: URL of a proxy for WinRM; none by default,
    whatever the environment says. ``username`` is sent as given: ``name``, ``.\\name`` and ``COMPUTER\\name`` are local.
    """
    place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    if fingerprint:
        fingerprint = pinning.normalize_fingerprint(fingerprint)
    protocol = _protocol(f"https://{place}/wsman", username, password, transport, fingerprint, ca_file, proxy)
    return WinRmChannel(protocol, place, username, fingerprint)


def _protocol(endpoint, username, password, transport, fingerprint, ca_file, proxy):
    with _loading.quickly():
        from winrm.protocol import Protocol

    protocol = Protocol(
        endpoint,
        transport=transport,
        username=username,
        password=password,
        server_cert_validation="validate",
        ca_trust_path=None,
        read_timeout_sec=READ_SECONDS,
        operation_timeout_sec=OPERATION_SECONDS,
        proxy=proxy,
    )
    wire = protocol.transport

    def build_session():
        if wire.session is None:
            wire.session = _session(wire.default_headers, username, password, transport, fingerprint, ca_file, proxy)
        return wire.session

    # pywinrm's own session would read proxies and certificate authorities from the environment, and while it does so
    # change `no_proxy` for the whole process, in which other threads are talking to Azure.
    wire.build_session = build_session
    return protocol


def _session(headers, username, password, transport, fingerprint, ca_file, proxy):
    with _loading.quickly():
        import requests
        import requests.auth
        import requests_ntlm

    session = requests.Session()
    session.trust_env = False
    if proxy:
        session.proxies = {"https": proxy}
    session.headers.update(headers)
    authentication = {"ntlm": requests_ntlm.HttpNtlmAuth, "basic": requests.auth.HTTPBasicAuth}[transport]
    if transport == "basic":
        # requests would send ISO 8859-1 and fail for what is not in it.
        username, password = username.encode("utf-8"), password.encode("utf-8")
    session.auth = authentication(username, password)
    pinning.protect(session, fingerprint, ca_file)
    return session


class WinRmChannel:
    """One account on one server; one shell, opened with the first script and used for all of them. For one thread."""

    def __init__(self, protocol, place, username, fingerprint, clock=time.monotonic, sleep=time.sleep):
        self._protocol = protocol
        self._place = place
        self._username = username
        self._fingerprint = fingerprint
        self._clock = clock
        self._sleep = sleep
        self._shell = None
        self._doing = ""
        self._connected = False
        self._loss = None
        self._handed_over = False

    def __repr__(self):
        return f"<WinRM to {self._place} as {self._username}>"

    def run(self, script_name, parameters, timeout=300):
        """Run one of our scripts with a dict of parameters, and return its result, a dict.

        ``timeout``: seconds for the whole script; when they are over the script is ended and `AsrTimeout` raised.
        Raises `AsrError` for everything else: the script failed, the server cannot be reached, shows another
        certificate, or rejects the account.
        """
        document = envelope.document(scripts.ALL[script_name], parameters)
        limit = self._clock() + timeout
        lost = 0
        while True:
            self._loss, self._handed_over = None, False
            try:
                return envelope.read_answer(script_name, self._place, parameters, *self._output(script_name, document, limit, timeout))
            except Exception as error:  # pylint: disable=broad-except
                cause = self._cause(error)
                # A script whose input is not complete has not begun.
                repeatable = script_name.startswith(READING) or not self._handed_over
                if not is_lost_connection(cause) or not repeatable or lost == RECONNECTS or self._clock() > limit:
                    # What pywinrm raises holds the request with its credentials: it goes no further than here.
                    raise Attempt(self._doing, self._place, self._username, self._fingerprint).explain(cause) from None
            lost += 1
            self._disconnect()

    def close(self):
        """End the shell and the connection. A shell that cannot be ended now is ended by the server, for being idle."""
        shell, self._shell = self._shell, None
        try:
            if shell and self._connected:
                self._protocol.close_shell(shell, close_session=False)
        except Exception:  # pylint: disable=broad-except
            pass  # It must not hide the reason for closing.
        finally:
            self._protocol.transport.close_session()

    def _output(self, script_name, document, limit, timeout):
        """Output, error output and exit code of one attempt."""
        self._connected = False
        self._doing = f"starting {script_name}"
        command = self._start()
        self._connected = True
        try:
            self._doing = f"sending {script_name}"
            self._send(command, document)
            self._doing = f"reading the answer of {script_name}"
            return self._receive(command, limit, timeout)
        except Exception as error:
            self._connected = not is_lost_connection(error)
            raise
        finally:
            self._end(command)

    def _cause(self, error):
        """The service hands output out once: after a lost connection a part of it may be missing, or the command gone."""
        from winrm.exceptions import WSManFaultError

        if self._loss is not None and (isinstance(error, WSManFaultError) or getattr(error, "code", "") == envelope.UNREADABLE):
            return self._loss
        return error

    def _disconnect(self):
        """Before the next request, which makes a connection of its own."""
        self._protocol.transport.close_session()
        self._sleep(RECONNECT_PAUSE_SECONDS)

    def _start(self):
        """The id of a command that waits for its input. A shell that the server has ended is opened anew, once."""
        from winrm.exceptions import WSManFaultError

        if self._shell is not None:
            try:
                return self._command()
            except WSManFaultError as fault:
                if not is_shell_gone(fault):
                    raise
        self._shell = self._protocol.open_shell()
        return self._command()

    def _command(self):
        self._protocol.operation_timeout_sec = OPERATION_SECONDS
        # The input is a pipe and not a console, which would give some of its characters a meaning.
        return self._protocol.run_command(self._shell, envelope.PROGRAM, envelope.command_arguments(), console_mode_stdin=False)

    def _send(self, command, document):
        data = document.encode("ascii")
        for start in range(0, len(data), INPUT_CHUNK_BYTES):
            chunk = data[start : start + INPUT_CHUNK_BYTES]
            last = start + len(chunk) == len(data)
            self._handed_over = last
            self._protocol.send_command_input(self._shell, command, chunk, end=last)

    def _receive(self, command, limit, timeout):
        """Output, error output and exit code. Reading alone is taken up again on a new connection: it repeats nothing."""
        from winrm.exceptions import WinRMOperationTimeoutError

        stdout, stderr = [], []
        reconnects = 0
        done = False
        while not done:
            left = limit - self._clock()
            if left <= 0:
                said = f"no end within {timeout:g} s, so the script was ended"
                raise AsrTimeout(self._doing, on=self._place, code="timeout", said=said, cure="Look at what keeps the server busy, then run again")
            self._protocol.operation_timeout_sec = max(1, min(OPERATION_SECONDS, int(left)))
            try:
                out, err, exit_code, done = self._protocol.get_command_output_raw(self._shell, command)
            except WinRMOperationTimeoutError:
                continue
            except Exception as error:
                if reconnects == RECONNECTS or not is_lost_connection(error):
                    raise
                reconnects += 1
                self._loss = error
                self._disconnect()
                continue
            stdout.append(out)
            stderr.append(err)
        return _text(stdout), _text(stderr), exit_code

    def _end(self, command):
        """Ends the command, running or not, so that it does not count against the server's limits any more."""
        if not self._connected:
            return
        try:
            self._protocol.cleanup_command(self._shell, command)
        except Exception:  # pylint: disable=broad-except
            pass  # The script's own outcome is what counts; the shell's end ends its commands too.


def _text(chunks):
    # The answer is ASCII; anything else is shown to a person at most.
    return b"".join(chunks).decode("utf-8", "replace")
