"""ClientHello and ServerHello of TLS and DTLS, read as far as they are there; never raises, work bounded."""

from __future__ import annotations

from struct import unpack_from
from typing import Final, NamedTuple

from netwatch.decode.info.fields import text, u16
from netwatch.decode.tls_numbers import GREASE

MOST_EXTENSIONS: Final = 128
MOST_NUMBERS: Final = 512
"""Cipher suites, groups and the like of one list."""
MOST_PROTOCOLS: Final = 8
LONGEST_NAME: Final = 253
LONGEST_PROTOCOL: Final = 32

SERVER_NAME: Final = 0
ALPN: Final = 16
_GROUPS: Final = 10
_POINT_FORMATS: Final = 11
_SIGNATURE_ALGORITHMS: Final = 13
_SESSION_TICKET: Final = 35
_PRE_SHARED_KEY: Final = 41
_EARLY_DATA: Final = 42
_SUPPORTED_VERSIONS: Final = 43
_ENCRYPTED_HELLO: Final = 0xFE0D
_ENCRYPTED_NAME: Final = 0xFFCE
"""Of the drafts of Encrypted Client Hello up to 6."""
_RANDOM_END: Final = 34
"""Where the random value ends, behind the version."""
_RETRY: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""RFC 8446 section 4.1.3: the random value that makes a ServerHello a HelloRetryRequest."""


class ClientHello(NamedTuple):
    """What a client asks for; names are printable ASCII. GREASE is in `ciphers`, `extensions` and `groups`."""

    version: int = 0
    """The highest version offered, 0 when the message ends before it."""
    server_name: str = ""
    protocols: tuple[str, ...] = ()
    """The application protocols offered (ALPN), GREASE left out."""
    encrypted: bool = False
    """Another hello is inside, encrypted (ECH), or what pretends to be one."""
    resumption: bool = False
    """An earlier session is offered to go on: a key shared before, or a ticket."""
    early_data: bool = False
    legacy_version: int = 0
    """That of the field at the beginning."""
    ciphers: tuple[int, ...] = ()
    extensions: tuple[int, ...] = ()
    """Their types, in order."""
    groups: tuple[int, ...] = ()
    point_formats: bytes = b""
    signature_algorithms: tuple[int, ...] = ()
    first_protocol: bytes = b""
    """The first one of ALPN, as it is."""


class ServerHello(NamedTuple):
    """What a server chose."""

    version: int = 0
    """0 when the message ends before the cipher suite."""
    cipher: int = 0
    protocol: str = ""
    """The application protocol (ALPN), printable; in TLS 1.3 it is encrypted."""
    retry: bool = False
    """It is a HelloRetryRequest: the client shall ask anew."""
    resumed: bool = False
    """The server accepts a key shared before (TLS 1.3)."""
    legacy_version: int = 0
    extensions: tuple[int, ...] = ()


def read_client_hello(message: bytes, *, datagram: bool = False) -> ClientHello:
    """Read a ClientHello (RFC 8446 section 4.1.2) without its header; with `datagram` the one of DTLS."""
    if len(message) < 2:
        return ClientHello()
    legacy = u16(message, 0)
    at = _after_vector(message, _RANDOM_END)
    if datagram:
        at = _after_vector(message, at)
    ciphers = _numbers(message, at + 2, u16(message, at))
    types, values = _extensions(message, _after_vector(message, at + 2 + u16(message, at)))
    offered = values.get(_SUPPORTED_VERSIONS, b"")
    versions = [number for number in _numbers(offered, 1, len(offered)) if number not in GREASE]
    protocols, first = _protocols(values.get(ALPN, b""))
    groups, algorithms = values.get(_GROUPS, b""), values.get(_SIGNATURE_ALGORITHMS, b"")
    return ClientHello(
        # DTLS counts its versions downwards
        version=(min if datagram else max)(versions, default=legacy),
        server_name=_server_name(values.get(SERVER_NAME, b"")),
        protocols=protocols,
        encrypted=_ENCRYPTED_HELLO in values or _ENCRYPTED_NAME in values,
        resumption=_PRE_SHARED_KEY in values or bool(values.get(_SESSION_TICKET)),
        early_data=_EARLY_DATA in values,
        legacy_version=legacy,
        ciphers=ciphers,
        extensions=types,
        groups=_numbers(groups, 2, u16(groups, 0)),
        point_formats=_vector(values.get(_POINT_FORMATS, b"")),
        signature_algorithms=_numbers(algorithms, 2, u16(algorithms, 0)),
        first_protocol=first,
    )


def read_ssl_2_hello(message: bytes) -> ClientHello:
    """Read a ClientHello in the form of SSL 2.0 (RFC 5246 appendix E.2) without the length in front of it."""
    version = u16(message, 1)
    specifications = message[9 : 9 + u16(message, 3)]
    # those of later versions begin with a zero
    ciphers = tuple(
        u16(specifications, at + 1)
        for at in range(0, min(len(specifications) - 2, 3 * MOST_NUMBERS), 3)
        if specifications[at] == 0
    )
    return ClientHello(version=version, legacy_version=version, ciphers=ciphers)


def read_server_hello(message: bytes) -> ServerHello:
    """Read a ServerHello (RFC 8446 section 4.1.3) without its header."""
    retry = message[2:_RANDOM_END] == _RETRY
    at = _after_vector(message, _RANDOM_END)
    if len(message) < at + 2:
        return ServerHello(retry=retry)
    types, values = _extensions(message, at + 3)
    legacy = u16(message, 0)
    protocols, _ = _protocols(values.get(ALPN, b""))
    return ServerHello(
        version=u16(values.get(_SUPPORTED_VERSIONS, b""), 0) or legacy,
        cipher=u16(message, at),
        protocol=protocols[0] if protocols else "",
        retry=retry,
        resumed=_PRE_SHARED_KEY in values,
        legacy_version=legacy,
        extensions=types,
    )


def extensions_at(message: bytes, at: int) -> dict[int, bytes]:
    """Return the extensions whose list begins at `at`, by their type; one that comes again is ignored."""
    return _extensions(message, at)[1]


def _extensions(message: bytes, at: int) -> tuple[tuple[int, ...], dict[int, bytes]]:
    end = min(at + 2 + u16(message, at), len(message))
    at += 2
    types: list[int] = []
    values: dict[int, bytes] = {}
    while at + 4 <= end and len(types) < MOST_EXTENSIONS:
        number, size = unpack_from(">HH", message, at)
        at += 4
        types.append(number)
        values.setdefault(number, message[at : min(at + size, end)])
        at += size
    return tuple(types), values


def _after_vector(message: bytes, at: int) -> int:
    """Return where a vector with one byte of length ends."""
    return at + 1 + (message[at] if at < len(message) else 0)


def _vector(value: bytes) -> bytes:
    return value[1 : 1 + value[0]] if value else b""


def _numbers(data: bytes, begin: int, size: int) -> tuple[int, ...]:
    count = min(size, max(len(data) - begin, 0)) // 2
    return unpack_from(f">{min(count, MOST_NUMBERS)}H", data, begin) if count else ()


def _server_name(extension: bytes) -> str:
    # RFC 6066 section 3: a list whose first entry is of type host_name
    if len(extension) < 5 or extension[2] != 0:
        return ""
    return text(extension[5 : 5 + u16(extension, 3)], LONGEST_NAME)


def _protocols(extension: bytes) -> tuple[tuple[str, ...], bytes]:
    """Return the names that mean something, and the first one as it is."""
    names: list[str] = []
    first = b""
    at = 2
    while at < len(extension) and len(names) < MOST_PROTOCOLS:
        size = extension[at]
        name = extension[at + 1 : at + 1 + size]
        first = first or name
        if name and not (len(name) == 2 and u16(name, 0) in GREASE):
            names.append(text(name, LONGEST_PROTOCOL))
        at += 1 + size
    return tuple(names), first
