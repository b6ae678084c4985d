# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What went wrong on the way to a server, said so that an administrator can act on it. Private to this collection."""

from __future__ import annotations

import dataclasses
import errno
import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout

# ERROR_WSMAN_UNEXPECTED_SELECTORS: the service's word for a shell that is not there (any more).
SHELL_NOT_FOUND = 2150858843
# ERROR_WSMAN_QUOTA_MAX_SHELLS, ERROR_WSMAN_QUOTA_MAX_SHELLS_PPQ
TOO_MANY_SHELLS = (2150859173, 2150859236)

_ROUTE = "Check that the machine runs, that WinRM listens there over HTTPS, and that firewalls and network security groups let this control node reach it"
_SERVICE = "Look at the WinRM service and its event log on the server"


@dataclasses.dataclass(frozen=True)
class Attempt:
    """What was tried: ``on`` is address and port, ``fingerprint`` the SHA-256 that was expected, if one was."""

    tried: str
    on: str
    username: str
    fingerprint: str | None = None

    def failed(self, code, said, cure, kind=AsrError):
        return kind(self.tried, on=self.on, code=code, said=said, cure=cure)

    def explain(self, error):
        """The `AsrError` for whatever pywinrm, requests or TLS raised."""
        if isinstance(error, AsrError):
            return error
        for judge in (_certificate, _credentials, _connection, _fault):
            judged = judge(self, error)
            if judged is not None:
                return judged
        return self.failed(type(error).__name__, str(error), _SERVICE)


def is_lost_connection(error):
    """A connection that existed and broke, or fell silent: the server may have done what was asked."""
    from requests import exceptions

    if isinstance(error, (exceptions.SSLError, exceptions.ConnectTimeout, exceptions.ProxyError)):
        return False
    if isinstance(error, (exceptions.ReadTimeout, exceptions.ChunkedEncodingError)):
        return True
    return isinstance(error, exceptions.ConnectionError) and not _never_connected(error)


def is_shell_gone(error):
    """The server has ended the shell: it was restarted, or the shell was idle for too long."""
    return getattr(error, "wsman_fault_code", None) == SHELL_NOT_FOUND


def causes(error):
    """The error and all that stands behind it; urllib3 puts a reason into an attribute or into the arguments."""
    seen = []
    pending = [error]
    while pending:
        current = pending.pop(0)
        if isinstance(current, BaseException) and not any(current is known for known in seen):
            seen.append(current)
            pending += [current.__cause__, getattr(current, "reason", None), *current.args]
    return seen


_HEX64 = re.compile(r"\b[0-9a-f]{64}\b")


def _certificate(attempt, error):
    from requests import exceptions

    text = " ".join(str(cause) for cause in causes(error))
    if attempt.fingerprint and "ingerprints did not match" in text:
        shown = next((found for found in _HEX64.findall(text) if found != attempt.fingerprint), "unknown")
        return attempt.failed(
            "CertificateChanged",
            f"the server shows a certificate with SHA-256 {shown}, expected was {attempt.fingerprint}. Nothing was sent to it",
            "If the certificate was renewed on purpose, give the new fingerprint; if not, another machine answers at this address",
        )
    if "CERTIFICATE_VERIFY_FAILED" in text:
        why = re.search(r"certificate verify failed: ([^(\]]+)", text)
        return attempt.failed(
            "CertificateNotTrusted",
            f"{why.group(1).strip() if why else 'no known authority vouches for it'}. Nothing was sent to the server",
            "Give the certificate's SHA-256 fingerprint where it is self-signed, or the file of the authority that issued it",
        )
    if isinstance(error, exceptions.SSLError):
        return attempt.failed("TlsFailed", _innermost(error), "Check that an HTTPS listener with TLS 1.2 answers on this port")
    return None


def _credentials(attempt, error):
    from winrm.exceptions import InvalidCredentialsError

    # requests_ntlm says PermissionError where the server breaks off the exchange.
    if not isinstance(error, (InvalidCredentialsError, PermissionError)):
        return None
    offered = _offered(error)
    return attempt.failed(
        "CredentialsRejected",
        f"the server does not accept the account {attempt.username}" + (f"; it offers {offered}" if offered else ""),
        "Check user name, password and transport, and that the account is an administrator of this very server",
    )


def _offered(error):
    response = getattr(error.__context__, "response", None)
    header = response.headers.get("WWW-Authenticate", "") if response is not None else ""
    return ", ".join(sorted({part.split()[0] for part in header.split(",") if part.split()}))


def _connection(attempt, error):
    from requests import exceptions

    if isinstance(error, exceptions.ProxyError):
        return attempt.failed("ProxyFailed", _innermost(error), "Check the proxy given for WinRM")
    if isinstance(error, exceptions.ConnectTimeout):
        return attempt.failed("ConnectionTimeout", "no answer to the attempt to connect", _ROUTE, AsrTimeout)
    if isinstance(error, exceptions.ReadTimeout):
        return attempt.failed("NoAnswer", "the connection stands, but the service does not answer", _SERVICE, AsrTimeout)
    if is_lost_connection(error):
        return attempt.failed(
            "ConnectionLost",
            f"the connection broke ({_innermost(error)}); the server may have done what was asked",
            "Run the same again: it looks at the server's state first and goes on from there",
        )
    if isinstance(error, exceptions.ConnectionError):
        refused = any(getattr(cause, "errno", None) == errno.ECONNREFUSED for cause in causes(error))
        return attempt.failed("ConnectionRefused" if refused else "ConnectionFailed", _innermost(error), _ROUTE)
    return None


def _never_connected(error):
    from urllib3.exceptions import NewConnectionError

    return any(isinstance(cause, NewConnectionError) for cause in causes(error))


def _innermost(error):
    return str(causes(error)[-1]) or type(causes(error)[-1]).__name__


def _fault(attempt, error):
    from winrm.exceptions import WinRMTransportError, WSManFaultError

    if isinstance(error, WSManFaultError):
        code = error.wsman_fault_code
        return attempt.failed(
            f"WSManFault {code}" if code else str(error.fault_subcode or error.fault_code or "WSManFault"),
            " ".join(error.reason.split()),
            "Close shells that are left open on the server (Get-WSManInstance shell -Enumerate), then run again" if code in TOO_MANY_SHELLS else _SERVICE,
        )
    if isinstance(error, WinRMTransportError):
        return attempt.failed(f"HTTP {error.code}", " ".join(error.response_text.split())[:500], "Check that it is the WinRM service that answers on this port")
    return None
