"""Fingerprints of hellos: JA3 and JA3S, and JA4, the part of FoxIO's family that has the BSD 3-clause licence."""

from __future__ import annotations

from hashlib import md5, sha256
from struct import pack
from typing import TYPE_CHECKING, Final

from netwatch.decode.tls_hello import ALPN, SERVER_NAME
from netwatch.decode.tls_numbers import GREASE

if TYPE_CHECKING:
    from netwatch.decode.tls_hello import ClientHello, ServerHello

TLS: Final = "t"
QUIC: Final = "q"
DTLS: Final = "d"
"""The first letter of a JA4."""

_JA4_VERSIONS: Final = {
    0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2",
    0xFEFF: "d1", 0xFEFD: "d2", 0xFEFC: "d3",
}  # fmt: skip
_NOT_HASHED: Final = frozenset({SERVER_NAME, ALPN})
_DIGITS: Final = 12
_NOTHING: Final = "0" * _DIGITS
_MOST: Final = 99


def ja3(hello: ClientHello) -> str:
    """Return the JA3 of a ClientHello (github.com/salesforce/ja3), 32 hexadecimal digits."""
    return _md5(ja3_text(hello))


def ja3_text(hello: ClientHello) -> str:
    """Return what the JA3 is the hash of."""
    return ",".join(
        (
            str(hello.legacy_version),
            _joined(hello.ciphers),
            _joined(hello.extensions),
            _joined(hello.groups),
            "-".join(map(str, hello.point_formats)),
        )
    )


def ja3s(hello: ServerHello) -> str:
    """Return the JA3S of a ServerHello."""
    return _md5(ja3s_text(hello))


def ja3s_text(hello: ServerHello) -> str:
    """Return what the JA3S is the hash of."""
    return f"{hello.legacy_version},{hello.cipher},{_joined(hello.extensions)}"


def ja4(hello: ClientHello, transport: str = TLS) -> str:
    """Return the JA4 of a ClientHello (github.com/FoxIO-LLC/ja4, technical_details/JA4.md)."""
    ciphers = [number for number in hello.ciphers if number not in GREASE]
    extensions = [number for number in hello.extensions if number not in GREASE]
    version = _JA4_VERSIONS.get(hello.version, "00")
    named = "d" if SERVER_NAME in hello.extensions else "i"
    head = f"{transport}{version}{named}{min(len(ciphers), _MOST):02}{min(len(extensions), _MOST):02}"
    algorithms = [number for number in hello.signature_algorithms if number not in GREASE]
    hashed = _hexadecimal(sorted([number for number in extensions if number not in _NOT_HASHED]))
    if algorithms:
        hashed += "_" + _hexadecimal(algorithms)
    middle = _sha256(_hexadecimal(sorted(ciphers))) if ciphers else _NOTHING
    return f"{head}{_ends(hello.first_protocol)}_{middle}_{_sha256(hashed) if extensions else _NOTHING}"


def _ends(protocol: bytes) -> str:
    """Return the first and the last character of a protocol's name, or of its hexadecimal digits."""
    if not protocol:
        return "00"
    shown = bytes((protocol[0], protocol[-1]))
    if shown.isalnum():
        return shown.decode("ascii")
    digits = protocol.hex()
    return digits[0] + digits[-1]


def _hexadecimal(numbers: list[int]) -> str:
    """Return numbers of four digits each, with commas between."""
    return pack(f">{len(numbers)}H", *numbers).hex(",", 2)


def _joined(numbers: tuple[int, ...]) -> str:
    return "-".join([str(number) for number in numbers if number not in GREASE])


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return sha256(text.encode(), usedforsecurity=False).hexdigest()[:_DIGITS]
