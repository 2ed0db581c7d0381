"""Fields of TCP, UDP, SCTP and their like that a packet tells alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.window import headers
from netwatch.filter.builders import columnar, each, either, flag, number, present, protocol
from netwatch.filter.tcp_option_list import options_of
from netwatch.filter.values import Kind, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets

TCP_HEADER: Final = 20
SACK: Final = 5
DOT, LETTERS = "\u00b7", "RRRACEUAPRSF"
"""How Wireshark writes flags: three that are reserved, then AE, CWR, ECE and the others."""
_BITS: Final = np.dtype([("value", ">u2")])
_OFFSET: Final = np.dtype([("value", "u1")])


def _has_header(packets: Packets, _rows: NDArray[np.intp], begin: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which headers are whole; ICMP errors quote only 8 bytes."""
    found = packets.layers("tcp")
    return begin + TCP_HEADER <= found.end


def _payload_lengths(packets: Packets) -> Values:
    found = packets.layers("tcp")
    whole = found.begin + TCP_HEADER <= found.end
    begin, wire = found.begin[whole], found.wire_end[whole]
    size = (headers(packets.batch.frames.data, begin + 12, _OFFSET)["value"].astype(np.int64) >> 4) * 4
    return Values(found.rows[whole], np.maximum(wire - begin - np.maximum(size, TCP_HEADER), 0))


def _payload(protocol_number: int, title: str, name: str) -> Field:
    def gate(packets: Packets) -> NDArray[np.bool_]:
        batch = packets.batch
        there: NDArray[np.bool_] = (batch.protocol == protocol_number) & (batch.payload_captured > 0)
        return there

    return each(name, Kind.BYTES, gate, lambda packets, row: (packets.payload(row),), title)


def _with_options(packets: Packets) -> NDArray[np.bool_]:
    found = packets.layers("tcp")
    whole = found.begin + TCP_HEADER <= found.end
    size = headers(packets.batch.frames.data, found.begin[whole] + 12, _OFFSET)["value"] >> 4
    mask = np.zeros(len(packets), np.bool_)
    mask[found.rows[whole][size > TCP_HEADER // 4]] = True
    return mask


def _option(name: str, kind: int, place: int, size: int, title: str, change: Callable[[int], int] = int) -> Field:
    """Return the field of a number in an option, `place` bytes behind its kind and length, as `change` makes it."""

    def read(packets: Packets, row: int) -> Iterator[int]:
        for code, data in options_of(packets, row):
            if code == kind and len(data) >= place + size:
                yield change(int.from_bytes(data[place : place + size], "big"))

    return each(name, Kind.NUMBER, _with_options, read, title)


def _power(shift: int) -> int:
    """Return the factor of a window scale; 14 is the most (RFC 7323 section 2.3)."""
    return 1 << min(shift, 14)


def _edges(name: str, place: int, title: str) -> Field:
    """Return the field of one edge of every block of a SACK option, relative to the stream (RFC 2018 section 3)."""

    def read(packets: Packets, row: int) -> Iterator[int]:
        for code, data in options_of(packets, row):
            for at in range(place, len(data) - 3, 8) if code == SACK else ():
                yield int.from_bytes(data[at : at + 4], "big")

    return each(name, Kind.NUMBER, _with_options, read, title)


def _blocks(packets: Packets, row: int) -> Iterator[int]:
    return (len(data) // 8 for code, data in options_of(packets, row) if code == SACK)


def _lengths(packets: Packets, row: int) -> Iterator[int]:
    return (2 + len(data) for code, data in options_of(packets, row) if code not in (0, 1))


def _flag_letters(packets: Packets) -> Values:
    """Wireshark writes a flag that is not set as a middle dot."""
    found = packets.layers("tcp")
    whole = found.begin + TCP_HEADER <= found.end
    bits = headers(packets.batch.frames.data, found.begin[whole] + 12, _BITS)["value"].astype(np.int64) & 0xFFF
    known = {
        value: "".join(letter if value >> 11 - at & 1 else DOT for at, letter in enumerate(LETTERS))
        for value in np.unique(bits).tolist()
    }
    return Values(found.rows[whole], [known[value] for value in bits.tolist()])


def _with_flags(mask: int, wanted: int) -> Callable[[Packets], NDArray[np.bool_]]:
    """Return what tells which packets have a header in which just the flags `wanted` of a `mask` are set."""

    def there(packets: Packets) -> NDArray[np.bool_]:
        batch = packets.batch
        whole = batch.payload_offset - batch.transport_offset >= TCP_HEADER
        found: NDArray[np.bool_] = (batch.protocol == 6) & whole & (batch.tcp_flags & mask == wanted)
        return found

    return there


def _kinds(packets: Packets, row: int) -> Iterator[int]:
    return (code for code, _ in options_of(packets, row))


def _option_there(name: str, kind: int, title: str) -> Field:
    def read(packets: Packets, row: int) -> Iterator[bytes]:
        return (data for code, data in options_of(packets, row) if code == kind)

    return each(name, Kind.BYTES, _with_options, read, title)


def _all_options(packets: Packets, row: int) -> Iterator[Any]:
    begin = packets.batch.transport_offset.item(row)
    end = packets.batch.payload_offset.item(row)
    yield packets.block[begin + TCP_HEADER : end]


TCP_PORTS: Final = (
    number("tcp.srcport", "tcp", 0, "u2", "source port"),
    number("tcp.dstport", "tcp", 2, "u2", "destination port"),
)
UDP_PORTS: Final = (
    number("udp.srcport", "udp", 0, "u2", "source port"),
    number("udp.dstport", "udp", 2, "u2", "destination port"),
)
SCTP_PORTS: Final = (
    number("sctp.srcport", "sctp", 0, "u2", "source port"),
    number("sctp.dstport", "sctp", 2, "u2", "destination port"),
)
_FLAGS: Final = (
    ("ae", 0x100, "accurate ECN"), ("cwr", 0x80, "congestion window reduced"), ("ece", 0x40, "ECN echo"),
    ("urg", 0x20, "urgent"), ("ack", 0x10, "acknowledges"), ("push", 0x08, "push"), ("reset", 0x04, "reset"),
    ("syn", 0x02, "opens"), ("fin", 0x01, "closes"),
)  # fmt: skip

FIELDS: Final = (
    protocol("tcp", "tcp", "TCP"),
    *TCP_PORTS,
    either("tcp.port", TCP_PORTS, "port of either end"),
    number("tcp.seq_raw", "tcp", 4, "u4", "sequence number as it is in the header"),
    number("tcp.ack_raw", "tcp", 8, "u4", "acknowledgement number as it is in the header", where=_has_header),
    number("tcp.hdr_len", "tcp", 12, "u1", "bytes of the header", mask=0xF0, scale=4, where=_has_header),
    number("tcp.flags", "tcp", 12, "u2", "all flags", mask=0xFFF, where=_has_header),
    *(flag(f"tcp.flags.{name}", "tcp", 12, "u2", bit, title) for name, bit, title in _FLAGS),
    flag("tcp.flags.ns", "tcp", 12, "u2", 0x100, "nonce"),
    number("tcp.flags.res", "tcp", 12, "u2", "reserved bits", mask=0xE00, kind=Kind.BOOLEAN),
    *(
        present(f"tcp.connection.{name}", _with_flags(mask, wanted), title)
        for name, mask, wanted, title in (
            ("syn", 0x12, 0x02, "asks for a connection"),
            ("synack", 0x12, 0x12, "takes it"),
            ("fin", 0x01, 0x01, "closes it"),
            ("rst", 0x04, 0x04, "ends it at once"),
        )
    ),
    columnar("tcp.flags.str", Kind.TEXT, _flag_letters, "all flags as letters"),
    number("tcp.window_size_value", "tcp", 14, "u2", "window as it is in the header"),
    number("tcp.checksum", "tcp", 16, "u2", "checksum"),
    number("tcp.urgent_pointer", "tcp", 18, "u2", "urgent pointer"),
    columnar("tcp.len", Kind.NUMBER, _payload_lengths, "bytes of payload"),
    _payload(6, "payload", "tcp.payload"),
    each("tcp.options", Kind.BYTES, _with_options, _all_options, "all options"),
    each("tcp.option_kind", Kind.NUMBER, _with_options, _kinds, "kind of an option"),
    _option_there("tcp.options.mss", 2, "maximum segment size option"),
    _option("tcp.options.mss_val", 2, 0, 2, "maximum segment size"),
    _option_there("tcp.options.wscale", 3, "window scale option"),
    _option("tcp.options.wscale.shift", 3, 0, 1, "window scale"),
    _option_there("tcp.options.sack_perm", 4, "selective acknowledgements permitted"),
    _option_there("tcp.options.sack", 5, "selective acknowledgement"),
    _option_there("tcp.options.timestamp", 8, "timestamps option"),
    _option("tcp.options.timestamp.tsval", 8, 0, 4, "timestamp"),
    _option("tcp.options.timestamp.tsecr", 8, 4, 4, "timestamp that is echoed"),
    _option("tcp.options.wscale.multiplier", 3, 0, 1, "what the window is multiplied by", _power),
    each("tcp.option_len", Kind.NUMBER, _with_options, _lengths, "bytes of an option"),
    _edges("tcp.options.sack_le", 0, "left edge of a block that arrived"),
    _edges("tcp.options.sack_re", 4, "right edge of a block that arrived"),
    each("tcp.options.sack.count", Kind.NUMBER, _with_options, _blocks, "blocks that arrived"),
    _option_there("tcp.options.nop", 1, "padding"),
    _option_there("tcp.options.eol", 0, "end of the options"),
    _option_there("tcp.options.md5", 19, "MD5 signature option"),
    _option_there("tcp.options.tfo", 34, "fast open option"),
    protocol("udp", "udp", "UDP"),
    *UDP_PORTS,
    either("udp.port", UDP_PORTS, "port of either end"),
    number("udp.length", "udp", 4, "u2", "bytes of header and payload"),
    number("udp.checksum", "udp", 6, "u2", "checksum"),
    _payload(17, "payload", "udp.payload"),
    protocol("sctp", "sctp", "SCTP"),
    *SCTP_PORTS,
    either("sctp.port", SCTP_PORTS, "port of either end"),
    number("sctp.verification_tag", "sctp", 4, "u4", "verification tag"),
    protocol("dccp", "dccp", "DCCP"),
    protocol("udplite", "udplite", "UDP-Lite"),
)
