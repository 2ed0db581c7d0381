"""The lines of ordinary TCP segments and UDP datagrams of a batch at once, as `describe` says them one by one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import (
    CUT_SHORT,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    FORWARDED_COPY,
    FRAGMENT_OFFSET,
    MALFORMED,
    MORE_FRAGMENTS,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    TCP_ACK,
    TCP_URG,
)
from netwatch.decode.info import registry
from netwatch.decode.info.describe import READ, read_payload, shown
from netwatch.decode.info.fields import hexadecimal
from netwatch.decode.info.reading import Context
from netwatch.decode.info.remarks import IPV4_HEADER, IPV6_HEADER
from netwatch.decode.info.tcp import FLAGS, options_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

REMEMBERED: Final = 20_000
"""Pairs of ports whose protocol is kept."""
_TCP_HEADER: Final = 20
_UDP_HEADER: Final = 8
_DIGITS: Final = 17
"""Bytes of a datagram that nobody reads, of which one more than is shown makes the dots."""
_TIMESTAMP: Final = 0x0101080A
"""Two paddings, then the option that nearly every segment has (RFC 7323 appendix A)."""
_TIMESTAMPED: Final = 32
_NUMBER: Final = np.dtype(">u4")
_PPPOE: Final = 8, 0x11
"""How far in front of the network header a PPPoE header begins, and with what."""


class Ordinary(NamedTuple):
    """What is said of those packets of a batch about which there is nothing unusual to say."""

    rows: NDArray[np.intp]
    """Their places, ascending; all others are to be asked about one by one."""
    protocols: list[str]
    texts: list[str]


def ordinary(batch: PacketBatch) -> Ordinary:
    """Return protocol and line of the whole, well-formed TCP and UDP packets behind plain IP headers."""
    plain = _plain(batch)
    tcp, udp = ((batch.protocol == protocol) & plain for protocol in (PROTOCOL_TCP, PROTOCOL_UDP))
    header = batch.payload_offset - batch.transport_offset
    tcp &= (header >= _TCP_HEADER) & (batch.tcp_flags & TCP_URG == 0)
    udp &= header >= _UDP_HEADER
    rows = np.flatnonzero(tcp | udp)
    found: list[tuple[str, str]] = [("", "")] * len(rows)
    for wanted, lines in ((tcp, _segments), (udp, _datagrams)):
        for at, said in zip(np.flatnonzero(wanted[rows]).tolist(), lines(batch, np.flatnonzero(wanted)), strict=True):
            found[at] = said
    return Ordinary(rows, [protocol for protocol, _ in found], [text for _, text in found])


def _plain(batch: PacketBatch) -> NDArray[np.bool_]:
    """Return where `remarks` has nothing to say; a PPPoE header may be meant by some others too."""
    size = batch.transport_offset - batch.network_offset
    before = np.maximum(batch.network_offset - _PPPOE[0], 0)
    plain: NDArray[np.bool_] = (
        ((batch.ethertype == ETHERTYPE_IPV4) & (size == IPV4_HEADER))
        | ((batch.ethertype == ETHERTYPE_IPV6) & (size == IPV6_HEADER))
    ) & (
        (batch.fragment & (FRAGMENT_OFFSET | MORE_FRAGMENTS) == 0)
        & (batch.tunnel_depth == 0)
        & (batch.status & (CUT_SHORT | FORWARDED_COPY | MALFORMED) == 0)
    )
    plain &= batch.frames.data[np.where(plain, before, 0)] != _PPPOE[1]
    return plain


def _segments(batch: PacketBatch, rows: NDArray[np.intp]) -> Iterator[tuple[str, str]]:
    data = batch.frames.data.data
    read = registry.TCP_APPLICATIONS.read
    for source, destination, flags, seq, ack, window, length, options, captured, begin, readable in zip(
        batch.sport[rows].tolist(),
        batch.dport[rows].tolist(),
        batch.tcp_flags[rows].tolist(),
        batch.tcp_seq[rows].tolist(),
        batch.tcp_ack[rows].tolist(),
        batch.tcp_window[rows].tolist(),
        batch.payload_length[rows].tolist(),
        _options(batch, rows),
        batch.payload_captured[rows].tolist(),
        batch.payload_offset[rows].tolist(),
        _readable(batch, rows, registry.TCP_APPLICATIONS).tolist(),
        strict=True,
    ):
        acknowledged = f" ack={ack}" if flags & TCP_ACK else ""
        line = f"{source} > {destination} [{FLAGS[flags]}] seq={seq}{acknowledged} win={window} len={length}{options}"
        if not captured:
            yield "TCP", line
            continue
        application = None
        if readable:
            payload = bytes(data[begin : begin + min(captured, READ)])
            application = read_payload(read, payload, Context(length, source, destination))
        if application is None:
            yield _port_protocol(source, destination, udp=False) or "TCP", line
        else:
            yield application.protocol, shown(f"{application.text} | {line}") if application.text else line


def _options(batch: PacketBatch, rows: NDArray[np.intp]) -> list[str]:
    """Return the text of each segment's options."""
    data = batch.frames.data
    begin, end = batch.transport_offset[rows], batch.payload_offset[rows]
    texts = [""] * len(rows)
    size = end - begin
    stamped = np.flatnonzero(size == _TIMESTAMPED)
    places = begin[stamped, None] + np.arange(_TCP_HEADER, _TIMESTAMPED, dtype=begin.dtype)
    numbers = data[places].view(_NUMBER)
    usual = numbers[:, 0] == _TIMESTAMP
    for at, (_, value, reply) in zip(stamped[usual].tolist(), numbers[usual].tolist(), strict=True):
        texts[at] = f" tsval={value} tsecr={reply}"
    size[stamped[usual]] = _TCP_HEADER
    for at in np.flatnonzero(size > _TCP_HEADER).tolist():
        texts[at] = options_text(data[begin.item(at) + _TCP_HEADER : end.item(at)].tobytes())
    return texts


def _datagrams(batch: PacketBatch, rows: NDArray[np.intp]) -> Iterator[tuple[str, str]]:
    data = batch.frames.data.data
    applications = registry.UDP_APPLICATIONS
    for source, destination, length, captured, begin, readable in zip(
        batch.sport[rows].tolist(),
        batch.dport[rows].tolist(),
        batch.payload_length[rows].tolist(),
        batch.payload_captured[rows].tolist(),
        batch.payload_offset[rows].tolist(),
        _readable(batch, rows, applications).tolist(),
        strict=True,
    ):
        payload = bytes(data[begin : begin + min(captured, READ if readable else _DIGITS)])
        application = None
        if readable:
            application = read_payload(applications.read, payload, Context(length, source, destination))
        if application is not None and application.text:
            yield application.protocol, shown(application.text)
            continue
        if application is not None:
            protocol = application.protocol
        elif not payload or (captured == length and readable and _known(source, destination)):
            protocol = "UDP"
        else:
            protocol = _port_protocol(source, destination, udp=True) or "UDP"
        yield protocol, f"{source} > {destination} len={length} {hexadecimal(payload)}".rstrip()


def _readable(batch: PacketBatch, rows: NDArray[np.intp], applications: registry.Applications) -> NDArray[np.bool_]:
    """Return whether there is a reader for what each of `rows` begins with, or for a port that it uses."""
    first = batch.frames.data[np.where(batch.payload_captured[rows] > 0, batch.payload_offset[rows], 0)]
    by_first = np.array([bool(readers) for readers in applications.by_first_byte])
    by_port = np.zeros(1 << 16, np.bool_)
    by_port[list(applications.by_port)] = True
    found: NDArray[np.bool_] = by_first[first] | by_port[batch.sport[rows]] | by_port[batch.dport[rows]]
    return found & (batch.payload_captured[rows] > 0)


def _known(source: int, destination: int) -> bool:
    return not registry.UDP_APPLICATIONS.by_port.keys().isdisjoint((source, destination))


@lru_cache(REMEMBERED)
def _port_protocol(source: int, destination: int, *, udp: bool) -> str:
    """Return the protocol of the well-known port of two, which is all that is said of most payload."""
    reading = registry.by_port_alone(Context(0, source, destination), udp=udp, whole=False)
    return reading.protocol if reading is not None else ""
