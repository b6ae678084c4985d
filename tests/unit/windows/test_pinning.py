"""Which certificates are accepted, and that nothing at all is sent where one is not."""

from __future__ import annotations

import socket
import ssl

import pytest
import requests

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows import pinning
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows.winrm import open_winrm
from tests.azure_simulator.certificates import Authority, self_signed
from tests.unit.windows.tls_listener import listening, tunnel

PASSWORD = "cAnary-Pinning=1"


def run(listener, transport="basic", **trust):
    channel = open_winrm("127.0.0.1", listener.port, "psadmin", PASSWORD, transport, **trust)
    try:
        with pytest.raises(AsrError) as raised:
            channel.run("get_winrm_listener", {}, timeout=20)
    finally:
        channel.close()
    return raised.value


@pytest.mark.parametrize("text", ["AB" * 32, ":".join(["ab"] * 32), " " + "ab" * 32 + "\n", " ".join(["Ab"] * 32)])
def test_a_fingerprint_may_be_written_as_the_tools_print_it(text):
    assert pinning.normalize_fingerprint(text) == "ab" * 32


@pytest.mark.parametrize("text", ["", "ab" * 20, "ab" * 16, "ab" * 33, "zz" * 32, "SHA256:" + "ab" * 32])
def test_anything_but_a_sha_256_is_refused_since_shorter_hashes_can_be_forged(text):
    with pytest.raises(Refusal):
        pinning.normalize_fingerprint(text)
    with pytest.raises(Refusal):
        open_winrm("192.0.2.1", 5986, "u", "p", "ntlm", text or "-")


def test_an_authority_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refusal):
        pinning.authorities(str(tmp_path / "none.pem"))


def test_authorities_do_not_come_from_the_variables_for_azure(monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "proxy.pem"))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "proxy.pem"))
    assert "proxy.pem" not in str(pinning.authorities(None))


@pytest.mark.parametrize("transport", ["basic", "ntlm"])
def test_another_certificate_ends_the_handshake_and_not_one_byte_is_sent(transport):
    expected, shown = self_signed("ps1"), self_signed("ps1")
    with listening(shown.server_context()) as listener:
        error = run(listener, transport, fingerprint=expected.sha256)
        assert error.code == "CertificateChanged"
        assert expected.sha256 in str(error) and shown.sha256 in str(error)
    assert listener.connections >= 1 and listener.received == b""


@pytest.mark.parametrize("transport", ["basic", "ntlm"])
def test_a_self_signed_certificate_without_a_fingerprint_ends_the_handshake(transport):
    with listening(self_signed("127.0.0.1").server_context()) as listener:
        error = run(listener, transport)
        assert error.code == "CertificateNotTrusted" and "fingerprint" in error.cure
    assert listener.connections >= 1 and listener.received == b""


def test_a_certificate_of_another_authority_ends_the_handshake(tmp_path):
    known, other = Authority(), Authority()
    (tmp_path / "ca.pem").write_bytes(known.pem)
    with listening(other.context("127.0.0.1")) as listener:
        assert run(listener, ca_file=str(tmp_path / "ca.pem")).code == "CertificateNotTrusted"
    assert listener.received == b""


def test_a_certificate_of_the_right_authority_for_another_name_ends_the_handshake(tmp_path):
    authority = Authority()
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    with listening(authority.context("127.0.0.2")) as listener:
        assert run(listener, ca_file=str(tmp_path / "ca.pem")).code == "CertificateNotTrusted"
    assert listener.received == b""


def test_the_right_fingerprint_is_enough(tmp_path):
    certificate = self_signed("some other name")
    with listening(certificate.server_context()) as listener:
        assert run(listener, fingerprint=certificate.sha256.upper()).code == "HTTP 503"
    assert listener.received.startswith(b"POST /wsman") and b"Authorization: Basic" in listener.received


def test_the_right_authority_and_name_are_enough(tmp_path):
    authority = Authority()
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    with listening(authority.context("127.0.0.1")) as listener:
        assert run(listener, ca_file=str(tmp_path / "ca.pem")).code == "HTTP 503"
    assert listener.received.startswith(b"POST /wsman")


def test_a_pinned_session_stays_pinned_whatever_verify_says():
    expected, shown = self_signed("ps1"), self_signed("ps1")
    with listening(shown.server_context()) as listener, requests.Session() as session:
        session.trust_env = False
        pinning.protect(session, expected.sha256, None)
        for verify in (True, False):
            with pytest.raises(requests.exceptions.SSLError):
                session.get(f"https://127.0.0.1:{listener.port}/", verify=verify, timeout=10)
    assert listener.received == b""


def test_a_proxy_changes_nothing_about_the_certificate():
    """The proxy hands the connection on to a server with another certificate: it ends there."""
    expected, shown = self_signed("ps1"), self_signed("ps1")
    with listening(shown.server_context()) as listener, tunnel(listener.port) as proxy:
        error = run(listener, fingerprint=expected.sha256, proxy=f"http://127.0.0.1:{proxy}")
        assert error.code == "CertificateChanged"
    assert listener.connections >= 1 and listener.received == b""


def test_the_standard_library_sees_the_listener_as_we_do():
    """Were the listener to swallow bytes, the tests above would prove nothing."""
    certificate = self_signed("ps1")
    with listening(certificate.server_context()) as listener:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", listener.port)) as raw, context.wrap_socket(raw) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 503")
    assert listener.received == b"GET / HTTP/1.1\r\n\r\n"
