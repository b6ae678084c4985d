from __future__ import annotations

import pytest
import requests
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError
from winrm.exceptions import InvalidCredentialsError, WinRMTransportError, WSManFaultError

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrTimeout, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows import winrm_errors

EXPECTED, SHOWN = "a" * 64, "b" * 64
ATTEMPT = winrm_errors.Attempt("starting probe", "10.1.1.4:5986", "psadmin", EXPECTED)
POOL = HTTPSConnectionPool("10.1.1.4", 5986)


def refused():
    try:
        try:
            raise ConnectionRefusedError(111, "Connection refused")
        except OSError as cause:
            raise NewConnectionError(POOL, "Failed to establish a new connection") from cause
    except NewConnectionError as error:
        return requests.exceptions.ConnectionError(MaxRetryError(POOL, "/wsman", error))


def tls(text):
    return requests.exceptions.SSLError(MaxRetryError(POOL, "/wsman", requests.packages.urllib3.exceptions.SSLError(text)))


def rejected():
    response = requests.Response()
    response.headers["WWW-Authenticate"] = 'Negotiate, Basic realm="WSMAN"'
    try:
        try:
            raise requests.HTTPError("401", response=response)
        except requests.HTTPError:
            raise InvalidCredentialsError("rejected")
    except InvalidCredentialsError as error:
        return error


def fault(code):
    return WSManFaultError(500, "Bad HTTP response", "<xml/>", "too many\n shells", "s:Receiver", "w:QuotaLimit", code)


@pytest.mark.parametrize(
    "error, code, told",
    [
        (tls(f'Fingerprints did not match. Expected "{EXPECTED}", got "{SHOWN}"'), "CertificateChanged", [EXPECTED, SHOWN, "Nothing was sent"]),
        (
            tls("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)"),
            "CertificateNotTrusted",
            ["self-signed certificate", "fingerprint"],
        ),
        (tls("UNEXPECTED_EOF_WHILE_READING"), "TlsFailed", ["UNEXPECTED_EOF"]),
        (rejected(), "CredentialsRejected", ["psadmin", "Basic", "Negotiate"]),
        (PermissionError("Access denied"), "CredentialsRejected", ["psadmin"]),
        (refused(), "ConnectionRefused", ["Connection refused", "firewalls"]),
        (
            requests.exceptions.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "reset by peer"))),
            "ConnectionLost",
            ["reset by peer", "may have done"],
        ),
        (requests.exceptions.ProxyError("no"), "ProxyFailed", ["proxy"]),
        (fault(winrm_errors.TOO_MANY_SHELLS[0]), f"WSManFault {winrm_errors.TOO_MANY_SHELLS[0]}", ["too many shells", "Get-WSManInstance"]),
        (WinRMTransportError("http", 503, "<h1>busy</h1>"), "HTTP 503", ["busy"]),
        (RuntimeError("odd"), "RuntimeError", ["odd"]),
    ],
)
def test_every_failure_names_the_server_the_code_and_what_to_do(error, code, told):
    explained = ATTEMPT.explain(error)
    assert explained.code == code
    assert "starting probe on 10.1.1.4:5986" in str(explained) and explained.cure
    for part in told:
        assert part in str(explained)


@pytest.mark.parametrize(
    "error, code", [(requests.exceptions.ConnectTimeout("t"), "ConnectionTimeout"), (requests.exceptions.ReadTimeout("t"), "NoAnswer")]
)
def test_limits_of_time_are_time_outs(error, code):
    explained = ATTEMPT.explain(error)
    assert isinstance(explained, AsrTimeout) and explained.code == code


def test_our_own_errors_pass_unchanged():
    refusal = Refusal("x")
    assert ATTEMPT.explain(refusal) is refusal


def test_only_a_connection_that_stood_can_be_lost():
    assert winrm_errors.is_lost_connection(requests.exceptions.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError())))
    assert winrm_errors.is_lost_connection(requests.exceptions.ReadTimeout())
    assert not winrm_errors.is_lost_connection(refused())
    assert not winrm_errors.is_lost_connection(tls("Fingerprints did not match"))
    assert not winrm_errors.is_lost_connection(requests.exceptions.ConnectTimeout())
    assert not winrm_errors.is_lost_connection(fault(1))
