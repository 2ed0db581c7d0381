"""The hello messages of TLS: version, server name, application protocols and cipher suite."""

from __future__ import annotations

from typing import NamedTuple

from netwatch.decode.info.fields import text, u16

VERSIONS = {
    0x0002: "SSLv2", 0x0300: "SSLv3", 0x0301: "TLS1.0", 0x0302: "TLS1.1", 0x0303: "TLS1.2", 0x0304: "TLS1.3",
    0xFEFF: "DTLS1.0", 0xFEFD: "DTLS1.2", 0xFEFC: "DTLS1.3",
}  # fmt: skip
CIPHER_SUITES = {
    0x0004: "RSA_RC4_128_MD5", 0x0005: "RSA_RC4_128_SHA", 0x000A: "RSA_3DES_CBC_SHA",
    0x002F: "RSA_AES_128_CBC_SHA", 0x0033: "DHE_RSA_AES_128_CBC_SHA", 0x0035: "RSA_AES_256_CBC_SHA",
    0x0039: "DHE_RSA_AES_256_CBC_SHA", 0x003C: "RSA_AES_128_CBC_SHA256", 0x003D: "RSA_AES_256_CBC_SHA256",
    0x009C: "RSA_AES_128_GCM_SHA256", 0x009D: "RSA_AES_256_GCM_SHA384", 0x009E: "DHE_RSA_AES_128_GCM_SHA256",
    0x009F: "DHE_RSA_AES_256_GCM_SHA384", 0x1301: "AES_128_GCM_SHA256", 0x1302: "AES_256_GCM_SHA384",
    0x1303: "CHACHA20_POLY1305_SHA256", 0x1304: "AES_128_CCM_SHA256", 0xC009: "ECDHE_ECDSA_AES_128_CBC_SHA",
    0xC00A: "ECDHE_ECDSA_AES_256_CBC_SHA", 0xC011: "ECDHE_RSA_RC4_128_SHA", 0xC012: "ECDHE_RSA_3DES_CBC_SHA",
    0xC013: "ECDHE_RSA_AES_128_CBC_SHA", 0xC014: "ECDHE_RSA_AES_256_CBC_SHA",
    0xC023: "ECDHE_ECDSA_AES_128_CBC_SHA256", 0xC024: "ECDHE_ECDSA_AES_256_CBC_SHA384",
    0xC027: "ECDHE_RSA_AES_128_CBC_SHA256", 0xC028: "ECDHE_RSA_AES_256_CBC_SHA384",
    0xC02B: "ECDHE_ECDSA_AES_128_GCM_SHA256", 0xC02C: "ECDHE_ECDSA_AES_256_GCM_SHA384",
    0xC02F: "ECDHE_RSA_AES_128_GCM_SHA256", 0xC030: "ECDHE_RSA_AES_256_GCM_SHA384",
    0xCCA8: "ECDHE_RSA_CHACHA20_POLY1305", 0xCCA9: "ECDHE_ECDSA_CHACHA20_POLY1305",
    0xCCAA: "DHE_RSA_CHACHA20_POLY1305",
}  # fmt: skip
"""IANA's TLS cipher suites that servers choose in practice, without their TLS_ and WITH_."""

_SERVER_NAME = 0
_ALPN = 16
_SUPPORTED_VERSIONS = 43
_ENCRYPTED_CLIENT_HELLO = 0xFE0D
_MOST_EXTENSIONS = 64
_MOST_PROTOCOLS = 8
_GREASE = frozenset(0x0A0A + 0x1010 * step for step in range(16))
"""RFC 8701: values that mean nothing."""
_HELLO_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""RFC 8446 section 4.1.3: the random value that makes a Server Hello a Hello Retry Request."""


class ClientHello(NamedTuple):
    """What a client asks for, as printable ASCII."""

    version: int = 0
    """The highest version offered, 0 when the message ends before it."""
    server_name: str = ""
    protocols: tuple[str, ...] = ()
    """The application protocols offered (ALPN)."""
    encrypted: bool = False
    """The true server name is in an Encrypted Client Hello."""

    @property
    def text(self) -> str:
        """The parts that are there, with a space before each."""
        parts = [""]
        if self.version:
            parts.append(version_text(self.version))
        if self.server_name:
            parts.append(f"sni={self.server_name}")
        if self.protocols:
            parts.append("alpn=" + ",".join(self.protocols))
        if self.encrypted:
            parts.append("ech")
        return " ".join(parts)


def version_text(version: int) -> str:
    """Return the name of a protocol version."""
    return VERSIONS.get(version) or f"version 0x{version:04x}"


def client_hello(message: bytes, *, datagram: bool = False) -> ClientHello:
    """Read a ClientHello (RFC 8446 section 4.1.2) as far as it is there; with `datagram` the one of DTLS."""
    if len(message) < 2:
        return ClientHello()
    version = u16(message, 0)
    extensions = extensions_at(message, _extensions_begin(message, datagram=datagram))
    offered = extensions.get(_SUPPORTED_VERSIONS, b"")
    # DTLS counts its versions downwards
    best = min if datagram else max
    known = [number for at in range(1, min(len(offered), 64) - 1, 2) if (number := u16(offered, at)) not in _GREASE]
    return ClientHello(
        version=best(known, default=version),
        server_name=_server_name(extensions.get(_SERVER_NAME, b"")),
        protocols=_application_protocols(extensions.get(_ALPN, b"")),
        encrypted=_ENCRYPTED_CLIENT_HELLO in extensions,
    )


def hello_server_name(message: bytes) -> str:
    """Return only the server name that a ClientHello of TLS asks for, empty for none, without reading the rest."""
    at = _extensions_begin(message, datagram=False)
    end = min(at + 2 + u16(message, at), len(message))
    at += 2
    for _ in range(_MOST_EXTENSIONS):
        if at + 4 > end:
            break
        size = u16(message, at + 2)
        if u16(message, at) == _SERVER_NAME:
            return _server_name(message[at + 4 : min(at + 4 + size, end)])
        at += 4 + size
    return ""


def server_hello(message: bytes) -> str:
    """Return what a ServerHello (RFC 8446 section 4.1.3) says in one line."""
    name = "Hello Retry Request" if message[2:34] == _HELLO_RETRY else "Server Hello"
    at = 35 + _byte(message, 34)
    if len(message) < at + 2:
        return name
    extensions = extensions_at(message, at + 3)
    version = u16(extensions.get(_SUPPORTED_VERSIONS, b""), 0) or u16(message, 0)
    suite = u16(message, at)
    protocols = _application_protocols(extensions.get(_ALPN, b""))
    chosen = f" alpn={protocols[0]}" if protocols else ""
    return f"{name} {version_text(version)} {CIPHER_SUITES.get(suite) or f'cipher 0x{suite:04x}'}{chosen}"


def extensions_at(message: bytes, at: int) -> dict[int, bytes]:
    """Return the extensions whose list begins at `at`, by their type; one that comes again is ignored."""
    end = min(at + 2 + u16(message, at), len(message))
    at += 2
    extensions: dict[int, bytes] = {}
    while at + 4 <= end and len(extensions) < _MOST_EXTENSIONS:
        size = u16(message, at + 2)
        extensions.setdefault(u16(message, at), message[at + 4 : min(at + 4 + size, end)])
        at += 4 + size
    return extensions


def _extensions_begin(message: bytes, *, datagram: bool) -> int:
    """Return where the extensions of a ClientHello begin: behind session, cookie, cipher suites and compression."""
    at = 34
    at += 1 + _byte(message, at)
    if datagram:
        at += 1 + _byte(message, at)
    at += 2 + u16(message, at)
    return at + 1 + _byte(message, at)


def _byte(data: bytes, at: int) -> int:
    return data[at] if at < len(data) else 0


def _server_name(extension: bytes) -> str:
    # RFC 6066 section 3: a list whose first entry is of type host_name
    if len(extension) < 5 or extension[2] != 0:
        return ""
    return text(extension[5 : 5 + u16(extension, 3)], 253)


def _application_protocols(extension: bytes) -> tuple[str, ...]:
    names: list[str] = []
    at = 2
    while at < len(extension) and len(names) < _MOST_PROTOCOLS:
        size = extension[at]
        name = extension[at + 1 : at + 1 + size]
        if name and not (len(name) == 2 and u16(name, 0) in _GREASE):
            names.append(text(name, 32))
        at += 1 + size
    return tuple(names)
