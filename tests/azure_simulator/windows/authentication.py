"""Who may use a host's WinRM service: its own local administrators, by basic or NTLM authentication."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import spnego
from spnego._ntlm_raw.crypto import ntowfv1  # MD4, which neither hashlib nor cryptography still has
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

from .host import Host

# A Windows service names NTLM only by Negotiate.
OFFERED = ("Negotiate", 'Basic realm="WSMAN"')

# pyspnego's acceptor looks for its accounts in the file that NTLM_USER_FILE names while it takes a step. The variable is
# the whole process's, and so is this lock: worlds side by side have a thread each.
_ONE_STEP = threading.Lock()


class Authenticator:
    """The accounts of one host. NTLM authenticates a connection, basic each request."""

    def __init__(self, host: Host, certificate_sha256: str, folder: Path):
        self._host = host
        self._bindings = GssChannelBindings(application_data=b"tls-server-end-point:" + bytes.fromhex(certificate_sha256))
        self._users = folder / f"ntlm-{host.address}.users"
        self._written: dict[str, str] = {}

    def step(self, state: dict, header: str) -> tuple[str | None, str | None]:
        """``(account, WWW-Authenticate to answer)``: no account while there is none yet; ``state`` belongs to the connection."""
        scheme, _space, token = header.partition(" ")
        if scheme.lower() == "basic":
            return self._basic(token), None
        if scheme.lower() == "negotiate":
            return self._ntlm(state, token)
        return state.get("user"), None

    def _basic(self, token: str) -> str | None:
        try:
            user, _colon, password = base64.b64decode(token, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        expected = self._host.account_password(user)
        return _account(user) if expected is not None and expected == password else None

    def _ntlm(self, state: dict, token: str) -> tuple[str | None, str | None]:
        state.pop("user", None)
        try:
            with self._accounts_of_this_host_only():
                context = state.get("context")
                if context is None:
                    context = state["context"] = spnego.server(protocol="ntlm", channel_bindings=self._bindings, options=spnego.NegotiateOptions.use_ntlm)
                answer = context.step(base64.b64decode(token, validate=True))
        except (SpnegoError, ValueError):
            state.clear()
            return None, None
        if not context.complete:
            return None, f"Negotiate {base64.b64encode(answer or b'').decode()}"
        state.clear()
        state["user"] = _account(context.client_principal)
        return state["user"], None

    @contextlib.contextmanager
    def _accounts_of_this_host_only(self) -> Iterator[None]:
        self._write_users()
        with _ONE_STEP:
            before = os.environ.get("NTLM_USER_FILE")
            os.environ["NTLM_USER_FILE"] = str(self._users)
            try:
                yield
            finally:
                if before is None:
                    del os.environ["NTLM_USER_FILE"]
                else:
                    os.environ["NTLM_USER_FILE"] = before

    def _write_users(self) -> None:
        """Every account in each form in which a local one may be named; hashes, so that no password is ever in a file.

        The form is smbpasswd's: ``DOMAIN\\user:id:LM hash:NT hash:flags:time``.
        """
        if self._written == self._host.accounts and self._users.exists():
            return
        lines = []
        for user, password in self._host.accounts.items():
            hashed = ntowfv1(password).hex().upper()
            lines += [f"{domain}{user}:1000:{'0' * 32}:{hashed}:[U]:LCT-00000000" for domain in ("", ".\\", f"{self._host.computer_name}\\")]
        self._users.touch(mode=0o600)
        self._users.write_text("\n".join(lines), encoding="utf-8")
        self._written = dict(self._host.accounts)


def _account(name: str) -> str:
    """The account without its domain: all accounts of a host are local."""
    return name.rpartition("\\")[2].lower()
