"""What the one line says besides the protocol: fragments, options, tunnels, PPPoE, cut-short and malformed packets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.decode.batch import (
    CUT_SHORT,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_PPPOE_SESSION,
    FORWARDED_COPY,
    FRAGMENT_OFFSET,
    MALFORMED,
    MORE_FRAGMENTS,
)
from netwatch.decode.info.fields import u16, u32
from netwatch.decode.info.numbers import protocol_name
from netwatch.decode.info.outer import tunnel_text
from netwatch.decode.info.reading import Reading

if TYPE_CHECKING:
    from netwatch.decode.batch import PacketBatch

IPV4_HEADER: Final = 20
IPV6_HEADER: Final = 40
_PPPOE_AND_PPP: Final = 8
_MOST_OPTIONS = 16
_FRAGMENT, _AUTHENTICATION = 44, 51
_EXTENSIONS = {0: "hop-by-hop", 43: "routing", 44: "fragment", 51: "AH", 60: "destination options", 135: "mobility",
               139: "HIP", 140: "shim6"}  # fmt: skip
_IPV4_OPTIONS = {7: "record route", 68: "timestamp", 130: "security", 131: "loose source route", 134: "CIPSO",
                 136: "stream identifier", 137: "strict source route", 148: "router alert"}  # fmt: skip


def fragment_reading(batch: PacketBatch, position: int) -> Reading:
    """Return what there is to say of a fragment that is not the first: nobody can tell its ports."""
    ipv4 = batch.ethertype.item(position) == ETHERTYPE_IPV4
    offset = (batch.fragment.item(position) & FRAGMENT_OFFSET) * 8
    carried = protocol_name(batch.protocol.item(position)).lower()
    words = f"fragment of {carried} offset={offset} len={batch.payload_length.item(position)}"
    return Reading("IPv4" if ipv4 else "IPv6", words)


def remarks(batch: PacketBatch, position: int) -> str:
    """Return the remarks on a packet in brackets, each with a space before it; empty for an ordinary packet."""
    words = _network_remarks(batch, position)
    if batch.tunnel_depth.item(position):
        words += _tunnel_remark(batch, position)
    status = batch.status.item(position)
    if status & CUT_SHORT:
        frames = batch.frames
        words += f" [cut short: {frames.captured.item(position)} of {frames.wire_length.item(position)}]"
    if status & FORWARDED_COPY:
        words += " [sent on: seen before on another interface]"
    return words + " [malformed]" if status & MALFORMED else words


def _network_remarks(batch: PacketBatch, position: int) -> str:
    ethertype = batch.ethertype.item(position)
    if ethertype not in (ETHERTYPE_IPV4, ETHERTYPE_IPV6):
        return ""
    begin, end = batch.network_offset.item(position), batch.transport_offset.item(position)
    words = _pppoe_remark(batch, position, begin)
    size = IPV4_HEADER if ethertype == ETHERTYPE_IPV4 else IPV6_HEADER
    fragment = batch.fragment.item(position)
    if end - begin == size and not fragment & (FRAGMENT_OFFSET | MORE_FRAGMENTS):
        return words
    header = batch.frames.data[begin:end].tobytes()
    if ethertype == ETHERTYPE_IPV4:
        names, identification = _ipv4_names(header), u16(header, 4)
    else:
        names, identification = _ipv6_names(header)
    if names:
        words += f" [{', '.join(names)}]"
    if fragment & (FRAGMENT_OFFSET | MORE_FRAGMENTS):
        place = "more follow" if fragment & MORE_FRAGMENTS else "last"
        first = "" if fragment & FRAGMENT_OFFSET else "first fragment, "
        words += f" [{first}{place}, id=0x{identification:x}]"
    return words


def _ipv4_names(header: bytes) -> list[str]:
    """Return the names of IPv4 options and of an authentication header behind them."""
    if len(header) < IPV4_HEADER:
        return []
    names: list[str] = []
    at, end = IPV4_HEADER, min((header[0] & 15) * 4, len(header))
    for _ in range(_MOST_OPTIONS):
        if at >= end or header[at] == 0:
            break
        if header[at] == 1:
            at += 1
            continue
        names.append(_IPV4_OPTIONS.get(header[at]) or f"option {header[at]}")
        size = header[at + 1] if at + 1 < end else 0
        if size < 2:
            break
        at += size
    return [*names, "AH"] if header[9] == _AUTHENTICATION else names


def _ipv6_names(header: bytes) -> tuple[list[str], int]:
    """Return the names of the extension headers and the identification of a fragment header."""
    names: list[str] = []
    identification = 0
    if len(header) < IPV6_HEADER:
        return names, identification
    kind, at = header[6], IPV6_HEADER
    while kind in _EXTENSIONS and at + 8 <= len(header) and len(names) < _MOST_OPTIONS:
        size = (header[at + 1] + 1) * 8
        if kind == _FRAGMENT:
            identification, size = u32(header, at + 4), 8
        elif kind == _AUTHENTICATION:
            size = (header[at + 1] + 2) * 4
        names.append(_EXTENSIONS[kind])
        kind, at = header[at], at + size
    return [name for name in names if name != "fragment"], identification


def _pppoe_remark(batch: PacketBatch, position: int, begin: int) -> str:
    head = begin - _PPPOE_AND_PPP
    if head - 2 < batch.frames.offset.item(position):
        return ""
    data = batch.frames.data
    # the EtherType in front of a PPPoE header, its version and type, and a session packet (RFC 2516 section 4)
    if data[head] != 0x11 or data[head + 1] != 0 or data[head - 1] != ETHERTYPE_PPPOE_SESSION & 0xFF:
        return ""
    session = data[head - 2 : head + 4].tobytes()
    return f" [PPPoE session 0x{u16(session, 4):04x}]" if u16(session, 0) == ETHERTYPE_PPPOE_SESSION else ""


def _tunnel_remark(batch: PacketBatch, position: int) -> str:
    frames = batch.frames
    begin = frames.offset.item(position)
    outer = frames.data[begin : batch.network_offset.item(position)].tobytes()
    return f" [in {tunnel_text(outer, frames.link_type.item(position)) or 'a tunnel'}]"
