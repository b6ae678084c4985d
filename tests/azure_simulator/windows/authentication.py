"""Who may use a host's WinRM service: its own local administrators, by basic or NTLM authentication."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

import spnego
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

from .host import Host

OFFERED = ("Negotiate", "NTLM", 'Basic realm="WSMAN"')


class Authenticator:
    """The accounts of one host. NTLM authenticates a connection, basic each request."""

    def __init__(self, host: Host, certificate_sha256: str, folder: Path):
        self._host = host
        self._bindings = GssChannelBindings(application_data=b"tls-server-end-point:" + bytes.fromhex(certificate_sha256))
        self._users = folder / f"ntlm-{host.address}.users"

    def step(self, state: dict, header: str) -> tuple[bool, str | None]:
        """``(authenticated, WWW-Authenticate to answer or None)``; ``state`` belongs to the connection."""
        scheme, _space, token = header.partition(" ")
        if scheme.lower() == "basic":
            return self._basic(token), None
        if scheme.lower() in ("negotiate", "ntlm"):
            return self._ntlm(state, scheme, token)
        return bool(state.get("user")), None

    def _basic(self, token: str) -> bool:
        try:
            user, _colon, password = base64.b64decode(token, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        expected = self._host.account_password(user)
        return expected is not None and expected == password

    def _ntlm(self, state: dict, scheme: str, token: str) -> tuple[bool, str | None]:
        try:
            raw = base64.b64decode(token, validate=True)
        except binascii.Error:
            return False, None
        previous = os.environ.get("NTLM_USER_FILE")
        # The acceptor reads the file that this variable names at each step. All hosts share a process and a thread, so
        # the variable is set for this step alone: no other host's accounts are known while it runs.
        os.environ["NTLM_USER_FILE"] = str(self._write_users())
        try:
            context = state.get("context")
            if context is None:
                context = state["context"] = spnego.server(protocol="ntlm", channel_bindings=self._bindings, options=spnego.NegotiateOptions.use_ntlm)
            answer = context.step(raw)
        except (SpnegoError, ValueError):
            state.clear()
            return False, None
        finally:
            self._users.unlink(missing_ok=True)
            if previous is None:
                del os.environ["NTLM_USER_FILE"]
            else:
                os.environ["NTLM_USER_FILE"] = previous
        if context.complete:
            state["user"] = context.client_principal
            state.pop("context", None)
            return True, None
        return False, f"{scheme} {base64.b64encode(answer or b'').decode()}"

    def _write_users(self) -> Path:
        """Every account in each form in which a local account may be named."""
        lines = [f"{domain}:{user}:{password}" for user, password in self._host.accounts.items() for domain in ("", ".", self._host.computer_name)]
        self._users.touch(mode=0o600)
        self._users.write_text("\n".join(lines), encoding="utf-8")
        return self._users
