"""Short builders of TLS records and handshake messages, made by hand, and certificates made by the library."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from functools import cache

CHROME_CIPHERS = (
    0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F,
    0x0035,
)  # fmt: skip
"""Of the example in FoxIO's description of JA4."""


def vector8(data: bytes) -> bytes:
    """Return `data` with one byte of length."""
    return bytes([len(data)]) + data


def vector16(data: bytes) -> bytes:
    """Return `data` with two bytes of length."""
    return struct.pack("!H", len(data)) + data


def numbers(*values: int) -> bytes:
    """Return numbers of 16 bits."""
    return struct.pack(f"!{len(values)}H", *values)


def extension(number: int, value: bytes = b"") -> bytes:
    """Return an extension."""
    return struct.pack("!H", number) + vector16(value)


def server_name(name: bytes) -> bytes:
    """Return the extension with a server name."""
    return extension(0, vector16(b"\0" + vector16(name)))


def alpn(*names: bytes) -> bytes:
    """Return the extension with application protocols."""
    return extension(16, vector16(b"".join(map(vector8, names))))


def versions(*values: int) -> bytes:
    """Return the extension with the versions that a client supports."""
    return extension(43, vector8(numbers(*values)))


def handshake(kind: int, body: bytes) -> bytes:
    """Return a handshake message."""
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def record(content: int, body: bytes, version: int = 0x0303) -> bytes:
    """Return a record."""
    return struct.pack("!BHH", content, version, len(body)) + body


def client_hello(
    *extensions: bytes, ciphers: tuple[int, ...] = (0x1301, 0xC02F), version: int = 0x0303, session: bytes = b""
) -> bytes:
    """Return a ClientHello with its header."""
    body = numbers(version) + bytes(32) + vector8(session) + vector16(numbers(*ciphers)) + b"\1\0"
    return handshake(1, body + (vector16(b"".join(extensions)) if extensions else b""))


def usual_hello(name: bytes = b"example.com", *more: bytes) -> bytes:
    """Return a ClientHello of TLS 1.3 as browsers send it."""
    return client_hello(server_name(name), alpn(b"h2", b"http/1.1"), versions(0x0A0A, 0x0304, 0x0303), *more)


def server_hello(*extensions: bytes, cipher: int = 0x1301, version: int = 0x0303, random: bytes = bytes(32)) -> bytes:
    """Return a ServerHello with its header."""
    body = numbers(version) + random + b"\0" + numbers(cipher) + b"\0"
    return handshake(2, body + (vector16(b"".join(extensions)) if extensions else b""))


def certificate_message(*certificates: bytes) -> bytes:
    """Return a Certificate message of TLS 1.2."""
    listed = b"".join(len(each).to_bytes(3, "big") + each for each in certificates)
    return handshake(11, len(listed).to_bytes(3, "big") + listed)


@cache
def certificate(name: str = "example.com", issuer: str = "", years: tuple[int, int] = (2023, 2030)) -> bytes:
    """Return a certificate, the same each time, self-signed unless it has an issuer, valid between two years."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.x509.oid import NameOID

    key = Ed25519PrivateKey.from_private_bytes(bytes(32))

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    made = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer or name))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(years[0], 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(years[1], 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name), x509.DNSName(f"www.{name}")]), critical=False)
        .sign(key, None)
    )
    return made.public_bytes(serialization.Encoding.DER)
