"""TLS records as layers, read without a cryptography library as far as they are in the clear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.decode.info.fields import hexadecimal, name_or_number, text, u16, u24
from netwatch.decode.info.tls import CONTENT_TYPES, HANDSHAKE_TYPES
from netwatch.decode.tls_hello import extensions_at
from netwatch.decode.tls_numbers import ALERT_LEVELS, ALERTS, CIPHER_SUITES, VERSIONS
from netwatch.decode.tls_records import RECORD_HEADER, is_record
from netwatch.dissection import Layer, LayerField

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_RECORDS: Final = 16
MOST_MESSAGES: Final = 16
MOST_ENTRIES: Final = 64

_CHANGE_CIPHER_SPEC, _ALERT, _HANDSHAKE = 20, 21, 22
_CLIENT_HELLO, _SERVER_HELLO, _CERTIFICATE = 1, 2, 11
_EXTENSIONS = {
    0: "server_name", 1: "max_fragment_length", 5: "status_request", 10: "supported_groups", 11: "ec_point_formats",
    13: "signature_algorithms", 16: "application_layer_protocol_negotiation", 18: "signed_certificate_timestamp",
    21: "padding", 22: "encrypt_then_mac", 23: "extended_master_secret", 27: "compress_certificate",
    28: "record_size_limit", 35: "session_ticket", 41: "pre_shared_key", 42: "early_data", 43: "supported_versions",
    44: "cookie", 45: "psk_key_exchange_modes", 49: "post_handshake_auth", 50: "signature_algorithms_cert",
    51: "key_share", 57: "quic_transport_parameters", 13172: "next_protocol_negotiation",
    17513: "application_settings", 17613: "application_settings", 65037: "encrypted_client_hello",
    65281: "renegotiation_info",
}  # fmt: skip
_GROUPS = {19: "secp192r1", 21: "secp224r1", 23: "secp256r1", 24: "secp384r1", 25: "secp521r1", 29: "x25519",
           30: "x448", 256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096", 4587: "SecP256r1MLKEM768",
           4588: "X25519MLKEM768", 25497: "X25519Kyber768Draft00"}  # fmt: skip


def tls_layers(data: bytes, offset: int) -> Iterator[Layer]:
    """Yield the TLS records that begin in `data`, which is `offset` bytes into the frame; none when it is not TLS."""
    at = 0
    for _ in range(MOST_RECORDS):
        if not is_record(data, at):
            return
        size = u16(data, at + 3)
        body = data[at + RECORD_HEADER : at + RECORD_HEADER + size]
        content = name_or_number(CONTENT_TYPES, data[at])
        here = offset + at
        fields = (
            _field("content type", f"{content} ({data[at]})", here, 1),
            _field("version", _version(u16(data, at + 1)), here + 1, 2),
            _field("length", str(size), here + 3, 2),
            *_body(data[at], body, size, here + RECORD_HEADER),
        )
        shown = f"TLS {content}" + ("" if len(body) == size else f", {len(body)} of {size} bytes in this segment")
        yield Layer("TLS", shown, fields, here, RECORD_HEADER + len(body))
        at += RECORD_HEADER + size


def _field(name: str, value: str, begin: int, size: int, fields: tuple[LayerField, ...] = ()) -> LayerField:
    """Return a field of `size` bytes from byte `begin` of the frame on."""
    return LayerField(name, value, fields, begin * 8, size * 8) if size > 0 else LayerField(name, value, fields)


def _body(content: int, body: bytes, size: int, begin: int) -> Iterator[LayerField]:
    if content == _ALERT and size == 2 and len(body) == 2 and body[0] in ALERT_LEVELS:
        yield _field("level", ALERT_LEVELS[body[0]], begin, 1)
        yield _field("description", name_or_number(ALERTS, body[1]), begin + 1, 1)
    elif content == _HANDSHAKE:
        yield from _messages(body, begin)
    elif body and content != _CHANGE_CIPHER_SPEC:
        yield _field("encrypted", hexadecimal(body, 32), begin, len(body))


def _messages(body: bytes, begin: int) -> Iterator[LayerField]:
    at = 0
    for _ in range(MOST_MESSAGES):
        if at + 4 > len(body):
            return
        kind, size = body[at], u24(body, at + 1)
        if kind not in HANDSHAKE_TYPES:
            yield _field("encrypted handshake message", hexadecimal(body[at:], 32), begin + at, len(body) - at)
            return
        message = body[at + 4 : at + 4 + size]
        reader = _MESSAGES.get(kind)
        fields = tuple(reader(message, begin + at + 4)) if reader else ()
        yield _field(HANDSHAKE_TYPES[kind], f"{size} bytes", begin + at, 4 + len(message), fields)
        at += 4 + size


def _client_hello(message: bytes, begin: int) -> Iterator[LayerField]:
    yield from _hello_start(message, begin)
    at = _after_session(message)
    size = u16(message, at)
    places = range(at + 2, min(at + 2 + size, len(message) - 1), 2)
    suites = [(u16(message, place), place) for place in places]
    names = tuple(
        _field(f"0x{suite:04x}", CIPHER_SUITES.get(suite, ""), begin + place, 2)
        for suite, place in suites[:MOST_ENTRIES]
    )
    yield _field("cipher suites", f"{len(suites)} offered", begin + at, 2 + 2 * len(suites), names)
    at += 2 + size
    yield from _extensions(message, at + 1 + (message[at] if at < len(message) else 0), begin)


def _server_hello(message: bytes, begin: int) -> Iterator[LayerField]:
    yield from _hello_start(message, begin)
    at = _after_session(message)
    suite = u16(message, at)
    yield _field("cipher suite", f"{CIPHER_SUITES.get(suite, '')} (0x{suite:04x})".lstrip(), begin + at, 2)
    yield from _extensions(message, at + 3, begin)


def _hello_start(message: bytes, begin: int) -> Iterator[LayerField]:
    """Yield version, random value and session identifier, which both hellos begin with."""
    yield _field("version", _version(u16(message, 0)), begin, min(len(message), 2))
    yield _field("random", message[2:34].hex(), begin + 2, len(message[2:34]))
    session = message[35 : _after_session(message)]
    yield _field("session id", session.hex(), begin + 35, len(session))


def _after_session(message: bytes) -> int:
    return 35 + (message[34] if len(message) > 34 else 0)


def _certificates(message: bytes, begin: int) -> Iterator[LayerField]:
    """Read the list of TLS 1.2 and before; in TLS 1.3 the message is encrypted."""
    at, end = 3, min(3 + u24(message, 0), len(message))
    for number in range(MOST_ENTRIES):
        if at + 3 > end:
            return
        size = u24(message, at)
        yield _field(f"certificate {number + 1}", f"{size} bytes", begin + at, min(3 + size, len(message) - at))
        at += 3 + size


def _extensions(message: bytes, at: int, begin: int) -> Iterator[LayerField]:
    place = at + 2
    for number, value in extensions_at(message, at).items():
        # one that came twice stands in the list once
        while u16(message, place) != number and place + 4 <= len(message):
            place += 4 + u16(message, place + 2)
        reader = _EXTENSION_VALUES.get(number)
        shown = (reader(value) if reader else hexadecimal(value)) or f"{len(value)} bytes"
        size = min(4 + len(value), len(message) - place)
        yield _field(name_or_number(_EXTENSIONS, number, "extension {}"), shown, begin + place, size)
        place += 4 + len(value)


def _version(number: int) -> str:
    return f"{VERSIONS.get(number, 'unknown')} (0x{number:04x})"


def _numbers(value: bytes, begin: int, names: dict[int, str]) -> str:
    numbers = [u16(value, at) for at in range(begin, min(len(value), begin + 2 * MOST_ENTRIES) - 1, 2)]
    return ", ".join(names.get(number) or f"0x{number:04x}" for number in numbers)


def _protocols(value: bytes) -> str:
    names: list[str] = []
    at = 2
    while at < len(value) and len(names) < MOST_ENTRIES:
        names.append(text(value[at + 1 : at + 1 + value[at]]))
        at += 1 + value[at]
    return ", ".join(names)


_EXTENSION_VALUES: dict[int, Callable[[bytes], str]] = {
    0: lambda value: text(value[5 : 5 + u16(value, 3)], 253),
    10: lambda value: _numbers(value, 2, _GROUPS),
    13: lambda value: _numbers(value, 2, {}),
    16: _protocols,
    # a list of one byte length in a Client Hello, a single number in a Server Hello
    43: lambda value: _numbers(value, 0 if len(value) == 2 else 1, VERSIONS),
}
_MESSAGES: dict[int, Callable[[bytes, int], Iterator[LayerField]]] = {
    _CLIENT_HELLO: _client_hello,
    _SERVER_HELLO: _server_hello,
    _CERTIFICATE: _certificates,
}
