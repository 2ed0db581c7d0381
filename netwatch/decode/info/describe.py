"""One packet of a batch in one line: which reader is asked, and what is added to its words."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from netwatch.decode.batch import (
    ETHERTYPE_UNKNOWN,
    FRAGMENT_OFFSET,
    MALFORMED,
    MORE_FRAGMENTS,
    PROTOCOL_NONE,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    TCP_FIN,
    TCP_RST,
    TCP_SYN,
)
from netwatch.decode.info import registry
from netwatch.decode.info.fields import hexadecimal
from netwatch.decode.info.numbers import ethertype_name, link_type_name, protocol_name
from netwatch.decode.info.reading import Context, Reading
from netwatch.decode.info.remarks import fragment_reading, remarks
from netwatch.decode.info.tcp import Segment, tcp_text
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.decode.batch import PacketBatch
    from netwatch.decode.info.reading import Reader

READ: Final = 4096
"""Bytes of a packet that are looked at for one line."""
LONGEST: Final = 512
"""Characters of the line."""

_TCP_HEADER = 20
_UDP_HEADER = 8


def describe(batch: PacketBatch, position: int) -> Reading:
    """Return protocol, line and colour class of the packet at `position`; the line is printable ASCII.

    Never raises on what the packet holds, looks at no more than READ bytes of it.
    """
    protocol = batch.protocol.item(position)
    if protocol == PROTOCOL_NONE:
        reading = _link_reading(batch, position)
    elif batch.fragment.item(position) & FRAGMENT_OFFSET:
        reading = fragment_reading(batch, position)
    elif protocol == PROTOCOL_TCP:
        reading = _tcp_reading(batch, position)
    elif protocol == PROTOCOL_UDP:
        reading = _udp_reading(batch, position)
    else:
        reading = _protocol_reading(batch, position, protocol)
    line = shown(reading.text + remarks(batch, position))
    kind = "malformed" if batch.status.item(position) & MALFORMED else reading.kind or "other"
    return Reading(reading.protocol, line, kind)


def shown(words: str) -> str:
    """Return words of readers as a line of printable ASCII, no longer than LONGEST."""
    line = printable(words, LONGEST).strip()
    return line if line.isascii() else line.encode("ascii", "backslashreplace").decode("ascii")


def read_payload(reader: Reader | None, data: bytes, context: Context) -> Reading | None:
    """Ask a reader; bytes that its author did not think of cost the packet its words, not the screen its row."""
    if reader is None or not data:
        return None
    try:
        return reader(data, context)
    except (LookupError, ValueError, ArithmeticError, struct.error):
        return None


def _tcp_reading(batch: PacketBatch, position: int) -> Reading:
    begin, payload_begin = batch.transport_offset.item(position), batch.payload_offset.item(position)
    source, destination = batch.sport.item(position), batch.dport.item(position)
    header = batch.frames.data[begin:payload_begin].tobytes()
    if len(header) < _TCP_HEADER:
        return Reading("TCP", f"{source} > {destination}" if header else "", "tcp")
    flags, length = batch.tcp_flags.item(position), batch.payload_length.item(position)
    line = tcp_text(
        Segment(
            source,
            destination,
            flags,
            batch.tcp_seq.item(position),
            batch.tcp_ack.item(position),
            batch.tcp_window.item(position),
            length,
        ),
        header,
    )
    kind = "reset" if flags & TCP_RST else "syn" if flags & (TCP_SYN | TCP_FIN) else ""
    captured = batch.payload_captured.item(position)
    if not captured:
        return Reading("TCP", line, kind or "tcp")
    payload = batch.frames.data[payload_begin : payload_begin + min(captured, READ)].tobytes()
    context = Context(length, source, destination)
    application = read_payload(registry.TCP_APPLICATIONS.read, payload, context) or registry.by_port_alone(
        context, udp=False, whole=False
    )
    if application is None:
        return Reading("TCP", line, kind or "tcp")
    words = f"{application.text} | {line}" if application.text else line
    return Reading(application.protocol, words, kind or application.kind or "tcp")


def _udp_reading(batch: PacketBatch, position: int) -> Reading:
    begin, payload_begin = batch.transport_offset.item(position), batch.payload_offset.item(position)
    context = Context(batch.payload_length.item(position), batch.sport.item(position), batch.dport.item(position))
    ports = f"{context.source_port} > {context.destination_port}"
    if payload_begin - begin < _UDP_HEADER:
        return Reading("UDP", ports if payload_begin > begin else "", "udp")
    captured = batch.payload_captured.item(position)
    payload = _bytes(batch, payload_begin, payload_begin + captured)
    application = read_payload(registry.UDP_APPLICATIONS.read, payload, context)
    if application is None and payload:
        whole = captured == context.length and not batch.fragment.item(position) & MORE_FRAGMENTS
        application = registry.by_port_alone(context, udp=True, whole=whole)
    if application is not None and application.text:
        return application if application.kind else application._replace(kind="udp")
    line = f"{ports} len={context.length} {hexadecimal(payload)}".rstrip()
    if application is not None:
        return Reading(application.protocol, line, application.kind or "udp")
    return Reading("UDP", line, "udp")


def _protocol_reading(batch: PacketBatch, position: int, protocol: int) -> Reading:
    begin = batch.transport_offset.item(position)
    end = batch.payload_offset.item(position) + batch.payload_captured.item(position)
    header = batch.payload_offset.item(position) - begin
    context = Context(
        max(header, 0) + batch.payload_length.item(position), batch.sport.item(position), batch.dport.item(position)
    )
    data = _bytes(batch, begin, end)
    return read_payload(registry.IP_PROTOCOLS.get(protocol), data, context) or Reading(
        protocol_name(protocol), f"len={context.length} {hexadecimal(data)}".rstrip()
    )


def _link_reading(batch: PacketBatch, position: int) -> Reading:
    frames = batch.frames
    ethertype, link_type = batch.ethertype.item(position), frames.link_type.item(position)
    begin = batch.network_offset.item(position)
    frame_begin = frames.offset.item(position)
    data = _bytes(batch, begin, frame_begin + frames.captured.item(position))
    length = max(min(frames.wire_length.item(position), 1 << 30) - (begin - frame_begin), 0)
    known = ethertype != ETHERTYPE_UNKNOWN
    reader = registry.ETHERTYPES.get(ethertype) if known else registry.LINK_TYPES.get(link_type)
    name = ethertype_name(ethertype) if known else link_type_name(link_type)
    return read_payload(reader, data, Context(length)) or Reading(name, f"len={length} {hexadecimal(data)}".rstrip())


def _bytes(batch: PacketBatch, begin: int, end: int) -> bytes:
    return batch.frames.data[begin : min(end, begin + READ)].tobytes()
