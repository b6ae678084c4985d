"""Certificates: an authority made for each run, leaves for the hosts it vouches for, and self-signed ones as a Windows
host makes for its own listener."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key. `thumbprint` is what Windows shows (SHA-1, upper case), `sha256` what is pinned."""

    pem: bytes
    key_pem: bytes
    thumbprint: str
    sha256: str
    not_after: datetime

    def server_context(self) -> ssl.SSLContext:
        """A TLS context that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # The ssl module reads keys from files only; this one is gone before the context is used.
        with tempfile.TemporaryDirectory(prefix="azure-simulator-") as folder:
            path = Path(folder) / "pair.pem"
            path.touch(mode=0o600)
            path.write_bytes(self.key_pem + self.pem)
            context.load_cert_chain(path)
        return context


class Authority:
    """The certificate authority of one run."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Rehearsal world, certificate authority of one run")
        now = datetime.now(timezone.utc)
        self._certificate = (
            _builder(self._name, self._name, self._key.public_key(), now, now + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256()))
        self._contexts: dict[str, ssl.SSLContext] = {}

    @property
    def pem(self) -> bytes:
        """The authority's certificate, for REQUESTS_CA_BUNDLE."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def leaf(self, host: str) -> Certificate:
        """A certificate for a host name or address."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(timezone.utc)
        certificate = (
            _builder(_name(host), self._name, key.public_key(), now, now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256()))
        return _pair(certificate, key)

    def context(self, host: str) -> ssl.SSLContext:
        """A server's TLS context for `host`, made once."""
        host = host.lower()
        if host not in self._contexts:
            self._contexts[host] = self.leaf(host).server_context()
        return self._contexts[host]


def self_signed(common_name: str, alternatives: Iterable[str] = (), days: int = 365) -> Certificate:
    """A certificate as New-SelfSignedCertificate makes one: nobody vouches for it. `alternatives` are further names and
    addresses beside `common_name`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(common_name)
    now = datetime.now(timezone.utc)
    names = [_alternative(text) for text in dict.fromkeys([common_name, *alternatives])]
    certificate = (
        _builder(name, name, key.public_key(), now - timedelta(minutes=10), now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
                       critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256()))
    return _pair(certificate, key)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _builder(subject, issuer, public_key, not_before, not_after) -> x509.CertificateBuilder:
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public_key)
            .serial_number(x509.random_serial_number())
            # An hour back, so that a caller whose clock is a little slow accepts it.
            .not_valid_before(not_before - timedelta(hours=1)).not_valid_after(not_after))


def _alternative(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Certificate:
    der = certificate.public_bytes(serialization.Encoding.DER)
    return Certificate(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                          serialization.NoEncryption()),
        hashlib.sha1(der, usedforsecurity=False).hexdigest().upper(), hashlib.sha256(der).hexdigest(),
        certificate.not_valid_after_utc)
