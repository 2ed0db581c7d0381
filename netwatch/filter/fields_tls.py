"""Fields of TLS records and handshake messages in the clear (RFC 8446, RFC 5246), and of QUIC's long headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from netwatch.decode.info.fields import u16, u32
from netwatch.decode.tls_fingerprint import ja3, ja3_text, ja3s, ja3s_text, ja4
from netwatch.decode.tls_hello import read_client_hello, read_server_hello
from netwatch.filter.builders import each, protocol
from netwatch.filter.tls_records import Records, read_records
from netwatch.filter.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.decode.tls_hello import ClientHello
    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets

CONTENT: Final = {"change_cipher_spec": 20, "alert": 21, "handshake": 22, "application_data": 23}
MESSAGES: Final = {
    "client_hello": 1, "server_hello": 2, "new_session_ticket": 4, "certificate": 11, "server_key_exchange": 12,
    "certificate_request": 13, "server_hello_done": 14, "certificate_verify": 15, "client_key_exchange": 16,
    "finished": 20,
}  # fmt: skip
VERSIONS: Final = {"ssl3.0": 0x0300, "tls1.0": 0x0301, "tls1.1": 0x0302, "tls1.2": 0x0303, "tls1.3": 0x0304}
LONG_HEADER: Final = 0x80
POINT_FORMATS, KEY_SHARE = 11, 51
"""Extensions (RFC 8422 section 5.1.2, RFC 8446 section 4.2.8)."""


def _gate(packets: Packets) -> NDArray[np.bool_]:
    return packets.has("tls")


def _records(packets: Packets, row: int) -> Records:
    return packets.read("tls", row, lambda: read_records(packets.payload(row)))


def _each(
    name: str,
    kind: Kind,
    read: Callable[[Records], Iterable[Any]],
    title: str,
    symbols: dict[str, int] | None = None,
) -> Field:
    return each(name, kind, _gate, lambda packets, row: read(_records(packets, row)), title, symbols)


def _extension_numbers(kind: int, skip: int) -> Callable[[Records], Iterator[int]]:
    """Return what reads a list of 16 bit numbers in an extension, behind `skip` bytes of length."""

    def read(found: Records) -> Iterator[int]:
        for hello in found.hellos:
            for number, data in hello.extensions:
                if number == kind:
                    begin = skip if hello.client else 0
                    yield from (u16(data, at) for at in range(begin, len(data) - 1, 2))

    return read


def _quic_gate(packets: Packets) -> NDArray[np.bool_]:
    return packets.has("quic")


def _quic(name: str, kind: Kind, read: Callable[[bytes], Iterable[Any]], title: str) -> Field:
    def read_payload(packets: Packets, row: int) -> Iterable[Any]:
        data = packets.payload(row)
        return read(data) if data and data[0] & LONG_HEADER and len(data) >= 7 else ()

    return each(name, kind, _quic_gate, read_payload, title)


def _source_identifier(data: bytes) -> tuple[bytes, ...]:
    at = 6 + data[5]
    return (data[at + 1 : at + 1 + data[at]],) if at < len(data) else ()


def _of_clients(fingerprint: Callable[[ClientHello], str]) -> Callable[[Records], Iterator[str]]:
    return lambda found: (fingerprint(read_client_hello(h.message)) for h in found.hellos if h.client)


def _of_servers(found: Records) -> Iterator[str]:
    return (ja3s(read_server_hello(h.message)) for h in found.hellos if not h.client)


def _server_texts(found: Records) -> Iterator[str]:
    return (ja3s_text(read_server_hello(h.message)) for h in found.hellos if not h.client)


def _point_formats(found: Records) -> Iterator[int]:
    return (code for h in found.hellos for kind, data in h.extensions if kind == POINT_FORMATS for code in data[1:])


def _key_shares(found: Records) -> Iterator[int]:
    """Yield the groups of key shares, of which a server sends one without a length (RFC 8446 section 4.2.8)."""
    for hello in found.hellos:
        for kind, data in hello.extensions:
            at = 2 if hello.client else 0
            while kind == KEY_SHARE and at + 2 <= len(data):
                yield u16(data, at)
                at += 4 + (u16(data, at + 2) if at + 4 <= len(data) else 0)


FIELDS: Final = (
    protocol("tls", "tls", "TLS"),
    _each("tls.record.content_type", Kind.NUMBER, lambda r: r.types, "kind of record", CONTENT),
    _each("tls.record.version", Kind.NUMBER, lambda r: r.versions, "version of a record", VERSIONS),
    _each("tls.record.length", Kind.NUMBER, lambda r: r.lengths, "bytes of a record"),
    _each("tls.app_data", Kind.BYTES, lambda r: r.data, "encrypted data"),
    _each("tls.change_cipher_spec", Kind.NONE, lambda r: (20 for kind in r.types if kind == 20), "encryption begins"),
    _each("tls.alert_message", Kind.NONE, lambda r: range(len(r.alerts) or r.types.count(21)), "an alert"),
    _each("tls.alert_message.level", Kind.NUMBER, lambda r: (level for level, _ in r.alerts), "1 warning, 2 fatal"),
    _each("tls.alert_message.desc", Kind.NUMBER, lambda r: (code for _, code in r.alerts), "what is wrong"),
    _each("tls.handshake", Kind.NONE, lambda r: range(len(r.messages) or r.types.count(22)), "a handshake message"),
    _each("tls.handshake.type", Kind.NUMBER, lambda r: r.messages, "kind of handshake message", MESSAGES),
    _each(
        "tls.handshake.version", Kind.NUMBER, lambda r: (h.version for h in r.hellos), "version of a hello", VERSIONS
    ),
    _each("tls.handshake.random", Kind.BYTES, lambda r: (h.random for h in r.hellos), "random bytes of a hello"),
    _each("tls.handshake.session_id", Kind.BYTES, lambda r: (h.session for h in r.hellos if h.session), "session"),
    _each(
        "tls.handshake.session_id_length",
        Kind.NUMBER,
        lambda r: (len(h.session) for h in r.hellos),
        "bytes of a session",
    ),
    _each(
        "tls.handshake.ciphersuite",
        Kind.NUMBER,
        lambda r: (suite for h in r.hellos for suite in h.suites),
        "cipher suite offered or chosen",
    ),
    _each(
        "tls.handshake.extension.type",
        Kind.NUMBER,
        lambda r: (kind for h in r.hellos for kind, _ in h.extensions),
        "extension of a hello",
    ),
    _each(
        "tls.handshake.extensions_server_name",
        Kind.TEXT,
        lambda r: (name for h in r.hellos for name in h.server_names),
        "server name that the client asks for",
    ),
    _each(
        "tls.handshake.extensions_server_name_len",
        Kind.NUMBER,
        lambda r: (len(name.encode()) for h in r.hellos for name in h.server_names),
        "bytes of the server name",
    ),
    _each(
        "tls.handshake.extension.len",
        Kind.NUMBER,
        lambda r: (len(data) for h in r.hellos for _, data in h.extensions),
        "bytes of an extension",
    ),
    _each(
        "tls.handshake.cipher_suites_length",
        Kind.NUMBER,
        lambda r: (2 * len(h.suites) for h in r.hellos if h.client),
        "bytes of the cipher suites offered",
    ),
    _each("tls.handshake.extensions_ec_point_format", Kind.NUMBER, _point_formats, "form of points on a curve"),
    _each("tls.handshake.extensions_key_share_group", Kind.NUMBER, _key_shares, "group of a key share"),
    _each("tls.handshake.length", Kind.NUMBER, lambda r: r.sizes, "bytes of a handshake message"),
    _each("tls.handshake.ja3s_full", Kind.TEXT, _server_texts, "what a server's fingerprint is made of"),
    _each("tls.handshake.ja3", Kind.TEXT, _of_clients(ja3), "fingerprint of a client"),
    _each("tls.handshake.ja3_full", Kind.TEXT, _of_clients(ja3_text), "what the fingerprint is made of"),
    _each("tls.handshake.ja3s", Kind.TEXT, _of_servers, "fingerprint of a server"),
    _each("tls.handshake.ja4", Kind.TEXT, _of_clients(ja4), "fingerprint of a client, JA4"),
    _each(
        "tls.handshake.extensions_alpn_str",
        Kind.TEXT,
        lambda r: (name for h in r.hellos for name in h.protocols),
        "application protocol",
    ),
    _each(
        "tls.handshake.extensions.supported_version",
        Kind.NUMBER,
        _extension_numbers(43, 1),
        "version offered or chosen",
        VERSIONS,
    ),
    _each("tls.handshake.extensions_supported_group", Kind.NUMBER, _extension_numbers(10, 2), "group offered"),
    _each("tls.handshake.sig_hash_alg", Kind.NUMBER, _extension_numbers(13, 2), "signature algorithm offered"),
    protocol("quic", "quic", "QUIC"),
    _quic("quic.version", Kind.NUMBER, lambda data: (u32(data, 1),), "version"),
    each(
        "quic.header_form",
        Kind.NUMBER,
        _quic_gate,
        lambda packets, row: (packets.payload(row)[0] >> 7,),
        "1 long, 0 short header",
    ),
    _quic("quic.long.packet_type", Kind.NUMBER, lambda data: (data[0] >> 4 & 3,), "kind of packet"),
    _quic("quic.dcil", Kind.NUMBER, lambda data: (data[5],), "bytes of the destination connection identifier"),
    _quic("quic.scil", Kind.NUMBER, lambda data: data[6 + data[5] : 7 + data[5]], "bytes of the source's"),
    _quic("quic.dcid", Kind.BYTES, lambda data: (data[6 : 6 + data[5]],), "destination connection identifier"),
    _quic("quic.scid", Kind.BYTES, _source_identifier, "source connection identifier"),
)
