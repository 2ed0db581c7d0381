"""Readers of what packets carry: functions that take any bytes and must neither raise nor take long."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Final

from netwatch.decode.decoder import decode
from tests.frames import ethernet, frames, ipv4, tcp, udp
from tests.fuzz.trackers import Trackers

if TYPE_CHECKING:
    from netwatch.capture.frames import Frames
    from netwatch.track.stream_protocol import StreamProtocol
    from netwatch.track.stream_reader import Stream, StreamReader
    from netwatch.track.tls import TlsTables

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
    if len(data) < 2:
        return
    client = 1024 + next(_clients) % 60_000
    _trackers().feed(_block(int.from_bytes(data[:2], "big"), data[2:], client))


def info(data: bytes) -> None:
    """Describe `data` in the Info column, as a payload of TCP and of UDP."""
    from netwatch.decode.info.describe import describe

    if len(data) < 2:
        return
    batch = decode(_block(int.from_bytes(data[:2], "big"), data[2:], 40000), 1)
    for position in range(len(batch)):
        describe(batch, position)


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
def _trackers() -> Trackers:
    return Trackers()


def _stream() -> Stream:
    from netwatch.track.stream_reader import Moment, Stream

    return Stream(1, -1, 0, 1, 40000, 0, 2, 80, Moment(0, 1))


def _block(port: int, payload: bytes, client: int) -> Frames:
    segments = (
        tcp(payload[at : at + 500], sport=client, dport=port, seq=1 + at, flags=0x18) for at in range(0, 1500, 500)
    )
    datagram = ethernet(0x0800, ipv4(17, udp(payload[:1400], sport=client, dport=port)))
    return frames([datagram, *(ethernet(0x0800, ipv4(6, segment)) for segment in segments)])


_clients = count()
"""Ports of clients, one an input: what a tracker has read of a connection it reads only once."""
