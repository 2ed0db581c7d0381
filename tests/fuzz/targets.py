"""What is fuzzed: functions that take any bytes and must neither raise nor take long."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.stream_protocol import StreamProtocol
    from netwatch.track.stream_reader import Stream, StreamReader
    from netwatch.track.tls import TlsTables
    from netwatch.track.vendors import Vendors

LONGEST_PIECE: Final = 255


def stream(data: bytes) -> None:
    """Give pieces of `data` to the reader that its first byte chooses, as packets of both ends, with gaps."""
    protocols = _protocols()
    if len(data) < 2:
        return
    reader = protocols[data[0] % len(protocols)].reader(_stream())
    _feed(reader, data[1:])


def recognition(data: bytes) -> None:
    """Ask every protocol whether it knows `data`."""
    if data:
        for protocol in _protocols():
            if protocol.recognises is not None:
                protocol.recognises(bool(data[0] & 1), data)


def tls(data: bytes) -> None:
    """Give pieces of `data` to the reader of TLS."""
    from netwatch.track.tls import begins_tls

    begins_tls(data)
    _feed(_tls_tables().reader(_stream()), data)


def packets(data: bytes) -> None:
    """Send `data` as a datagram and as segments to all trackers; the first two bytes choose the port."""
    from netwatch.track.analysis import Analysis

    if len(data) < 2:
        return
    port = int.from_bytes(data[:2], "big")
    analysis = Analysis(_vendors())
    for batch in _batches(port, data[2:]):
        analysis.feed(batch)
    analysis.settle()
    analysis.summary("bytes", 10)
    assert not analysis.parts.problems, analysis.parts.problems


def info(data: bytes) -> None:
    """Describe `data` in the Info column, as a payload of TCP and of UDP."""
    from netwatch.decode.info.describe import describe

    if len(data) < 2:
        return
    for batch in _batches(int.from_bytes(data[:2], "big"), data[2:]):
        for position in range(len(batch)):
            describe(batch, position)


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "stream": stream,
    "recognition": recognition,
    "tls": tls,
    "packets": packets,
    "info": info,
}


def _feed(reader: StreamReader, data: bytes) -> None:
    """Cut `data` into pieces: each begins with its length and a byte that tells its direction, or a gap."""
    from netwatch.track.stream_reader import Moment

    at = number = 0
    while at + 2 <= len(data):
        size, how = data[at], data[at + 1]
        piece, at, number = data[at + 2 : at + 2 + size], at + 2 + size, number + 1
        moment, forth = Moment(number, number), bool(how & 1)
        if how & 0x3E == 0x3E:
            reader.lost(forth, 1 + size * LONGEST_PIECE, moment)
        elif piece:
            reader.read(forth, piece, moment)
        reader.unwanted(forth)
    for forth in (True, False):
        reader.closed(forth, Moment(number, number))


@cache
def _protocols() -> tuple[StreamProtocol, ...]:
    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.application_protocols import application_protocols
    from netwatch.track.flow import FlowTracker
    from netwatch.track.http_records import HttpRecords
    from netwatch.track.tunnel_reader import Tunnels
    from netwatch.track.web import WebTracker

    facts, tunnels = ApplicationFacts(FlowTracker(seed=1).applications), Tunnels()
    protocols = application_protocols(HttpRecords(WebTracker(), facts, tunnels.reader), facts, None, tunnels.reader)
    tunnels.know(protocols)
    return protocols


@cache
def _tls_tables() -> TlsTables:
    from netwatch.track.flow import FlowTracker
    from netwatch.track.names import NameCache
    from netwatch.track.tls import TlsTables
    from netwatch.track.web import WebTracker

    return TlsTables(WebTracker(), NameCache(), FlowTracker(seed=1).applications)


@cache
def _vendors() -> Vendors:
    from netwatch.track.vendors import Vendors

    return Vendors(lambda: "")


def _stream() -> Stream:
    from netwatch.track.stream_reader import Moment, Stream

    return Stream(1, -1, 0, 1, 40000, 0, 2, 80, Moment(0, 1))


def _batches(port: int, payload: bytes) -> Iterator[PacketBatch]:
    from netwatch.capture.frames import LINKTYPE_ETHERNET, PADDING, Frames
    from netwatch.decode.decoder import decode

    frames = [_udp(port, payload[:1400]), *(_tcp(port, at, payload[at : at + 500]) for at in range(0, 1500, 500))]
    length = np.array([len(frame) for frame in frames], np.int32)
    zeros = np.zeros(len(frames), np.uint8)
    yield decode(
        Frames(
            data=np.frombuffer(b"".join(frames) + bytes(PADDING), np.uint8),
            time_ns=np.arange(1, len(frames) + 1, dtype=np.int64),
            offset=(np.cumsum(length) - length).astype(np.int32),
            captured=length,
            wire_length=length.astype(np.uint32),
            interface=zeros.astype(np.uint16),
            link_type=np.full(len(frames), LINKTYPE_ETHERNET, np.uint16),
            direction=zeros,
            stripped_tag=zeros.astype(np.uint32),
            flags=zeros,
        ),
        1,
    )


def _udp(port: int, payload: bytes) -> bytes:
    return _ip(
        17,
        (40000).to_bytes(2, "big")
        + port.to_bytes(2, "big")
        + (8 + len(payload)).to_bytes(2, "big")
        + bytes(2)
        + payload,
    )


def _tcp(port: int, sequence: int, payload: bytes) -> bytes:
    ports = (40000).to_bytes(2, "big") + port.to_bytes(2, "big")
    return _ip(6, ports + (1 + sequence).to_bytes(4, "big") + bytes(4) + b"\x50\x18\xff\xff" + bytes(4) + payload)


def _ip(protocol: int, body: bytes) -> bytes:
    head = b"\x45\0" + (20 + len(body)).to_bytes(2, "big") + bytes(4) + bytes([64, protocol]) + bytes(2)
    return bytes(12) + b"\x08\0" + head + b"\x0a\0\0\1\x0a\0\0\2" + body
