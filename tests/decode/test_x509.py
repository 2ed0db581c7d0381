"""Certificates: what they say, and those that nobody can read."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from netwatch.decode.x509 import LARGEST, CertificateFacts, read_certificate
from tests.tls_messages import certificate


def made(
    key, *, subject: str = "example.com", until: int = 2030, names: x509.SubjectAlternativeName | None = None
) -> bytes:
    """Return a self-signed certificate."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example, Inc."),
            x509.NameAttribute(NameOID.COMMON_NAME, subject),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2023, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(until, 1, 1, tzinfo=UTC))
    )
    if names is not None:
        builder = builder.add_extension(names, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_a_usual_certificate() -> None:
    """Everything that is shown."""
    assert read_certificate(certificate("example.com", "Some CA")) == CertificateFacts(
        readable=True,
        subject="CN=example.com",
        issuer="CN=Some CA",
        names=("example.com", "www.example.com"),
        not_before=1672531200,
        not_after=1893456000,
        self_signed=False,
        key="Ed25519",
        signature="ed25519",
    )


@pytest.mark.parametrize(
    ("key", "shown", "signature"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "EC secp384r1 384", "ecdsa-with-sha256"),
        (rsa.generate_private_key(65537, 1024), "RSA 1024", "rsa-with-sha256"),
    ],
    ids=["EC", "RSA"],
)
def test_keys(key, shown: str, signature: str) -> None:
    """Type and size, and a year that nanoseconds do not reach."""
    facts = read_certificate(made(key, until=9999))
    assert (facts.key, facts.signature, facts.self_signed) == (shown, signature, True)
    assert facts.not_after == int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())


def test_names_of_every_kind() -> None:
    """Host names, addresses, mail, and control characters that are shown, not obeyed."""
    from ipaddress import ip_address

    key = ec.derive_private_key(5, ec.SECP256R1())
    names = x509.SubjectAlternativeName(
        [x509.DNSName("a.example"), x509.IPAddress(ip_address("10.0.0.1")), x509.RFC822Name("me@a.example")]
    )
    facts = read_certificate(made(key, subject="a\x1b[31mb", names=names))
    assert facts.names == ("a.example", "10.0.0.1", "me@a.example")
    assert facts.subject == r"CN=a\x1b[31mb,O=Example\, Inc."


def test_what_can_not_be_read() -> None:
    """It says so, quietly."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for data in (b"", b"\x30\x03\x02\x01\x01", certificate()[:-1], certificate() + b"x", bytes(LARGEST + 1)):
            assert read_certificate(data) == CertificateFacts()


@given(st.data())
def test_no_change_makes_it_fail(data: st.DataObject) -> None:
    """Single bytes and pieces of a certificate replaced by anything."""
    der = bytearray(certificate())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(der) - 1))
        piece = data.draw(st.binary(max_size=6))
        der[at : at + data.draw(st.integers(0, 6))] = piece
        if not der:
            break
    facts = read_certificate(bytes(der))
    assert facts.subject.isprintable()
    assert all(name.isprintable() for name in facts.names)
