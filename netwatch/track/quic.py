"""QuicTracker: finds the Initial packets of QUIC on any port and reads the hellos in them."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, MORE_FRAGMENTS, PROTOCOL_UDP
from netwatch.decode.quic_header import FIXED_BIT, LONG, VERSION_2, version_name
from netwatch.decode.quic_keys import know_salts
from netwatch.decode.tls_hello import read_client_hello, read_server_hello
from netwatch.decode.tls_numbers import ALERTS
from netwatch.decode.tls_records import CLIENT_HELLO, SERVER_HELLO
from netwatch.decode.window import headers
from netwatch.track.hello_datagrams import UNLIMITED, HelloDatagrams
from netwatch.track.quic_connection import ALERT_CODES, CLOSED, QuicConnection
from netwatch.track.tls_event import DatagramAnswer, DatagramHello
from netwatch.track.web_hello import hello_request, hello_response
from netwatch.track.web_transaction import WebKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.decode.tls_hello import ClientHello
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.hello_datagrams import HelloDatagram
    from netwatch.track.quic_connection import QuicEvent
    from netwatch.track.tls import TlsTables

CONNECTIONS: Final = 8192
"""Connections whose keys and pieces are held, the newest; each takes up to 40 kB, usually 5."""
LIVE_PACKETS: Final = 4000
"""Packets that a capture can afford to have opened in one second, a fifth of a processor."""
SHORTEST: Final = 40
"""Bytes below which no Initial packet can hold a frame."""
_HEADER: Final = np.dtype([("first", "u1"), ("version", ">u4")])
_INITIAL_BITS: Final = 0x30


class QuicTracker:
    """Opens Initial packets; everything else of QUIC is encrypted for good."""

    def __init__(self, tables: TlsTables, *, packets: int = UNLIMITED) -> None:
        """Write to `tables`; open at most `packets` packets in a second of packet time."""
        self.evicted = 0
        """Connections that were forgotten before their hellos were whole."""
        self._tables = tables
        self._datagrams = HelloDatagrams(packets)
        self._connections: OrderedDict[int, QuicConnection] = OrderedDict()

    @property
    def skipped(self) -> int:
        """Packets that were not opened, because too many came at once."""
        return self._datagrams.skipped

    def feed(self, batch: PacketBatch, flow_batch: FlowBatch, serials: NDArray[np.int64]) -> None:
        """Read the Initial packets of `batch`; `serials` are those of the flows by their rows."""
        at = initial_packets(batch)
        if not len(at):
            return
        for datagram in self._datagrams.take(batch, flow_batch, serials, at):
            self._read(datagram)

    def _read(self, datagram: HelloDatagram) -> None:
        flow, forth = datagram.flow, datagram.from_initiator
        connection = self._connections.get(flow)
        if connection is None or connection.is_another(datagram.data, from_initiator=forth):
            connection = self._remember(flow)
        elif connection.answered:
            return
        for event in connection.read(datagram.data, from_initiator=forth):
            self._learn(connection, event, datagram)

    def _learn(self, connection: QuicConnection, event: QuicEvent, datagram: HelloDatagram) -> None:
        web, log, quic = self._tables.web, self._tables.log, version_name(connection.version)
        if event.kind == CLIENT_HELLO:
            self._client_hello(connection, read_client_hello(event.body), datagram, quic)
        elif event.kind == SERVER_HELLO:
            if connection.serial:
                response = hello_response(read_server_hello(event.body), time_ns=datagram.moment.time_ns, quic=quic)
                web.respond(connection.serial, response)
                if log is not None and connection.request is not None:
                    log.add(DatagramAnswer(datagram.stream, datagram.moment, connection.request, response))
            connection.finish()
        elif event.kind == CLOSED and event.code:
            if connection.serial:
                web.fail(connection.serial, _reason(event.code))
            connection.finish()

    def _client_hello(self, connection: QuicConnection, hello: ClientHello, datagram: HelloDatagram, quic: str) -> None:
        flow, ends = datagram.flow, (datagram.source, datagram.destination)
        request = hello_request(
            hello, flow=flow, time_ns=datagram.moment.time_ns, ends=ends, kind=WebKind.QUIC, quic=quic
        )
        connection.serial = self._tables.web.begin(request)
        if request.name:
            self._tables.names.learn_server_name(ends[1][:2], request.name, ends[0][:2])
        only_http = hello.protocols and all(name.split("-")[0] == "h3" for name in hello.protocols)
        self._tables.applications.detect(flow, "HTTP/3" if only_http else "QUIC")
        if self._tables.log is not None:
            connection.request = request
            self._tables.log.add(DatagramHello(datagram.stream, datagram.moment, request))

    def _remember(self, flow: int) -> QuicConnection:
        self._connections.pop(flow, None)
        if len(self._connections) >= CONNECTIONS:
            _, oldest = self._connections.popitem(last=False)
            self.evicted += oldest.serial == 0
        connection = self._connections[flow] = QuicConnection()
        return connection


def initial_packets(batch: PacketBatch) -> NDArray[np.intp]:
    """Return the positions of UDP datagrams that begin with an Initial packet of a known version, rising."""
    # A byte behind the packet is read where there is no payload; its length is looked at below
    first = batch.frames.data.take(batch.payload_offset)
    at = np.flatnonzero((first >= LONG | FIXED_BIT) & (batch.protocol == PROTOCOL_UDP))
    if not len(at):
        return at
    at = at[(batch.payload_captured[at] >= SHORTEST) & (batch.fragment[at] & (FRAGMENT_OFFSET | MORE_FRAGMENTS) == 0)]
    header = headers(batch.frames.data, batch.payload_offset[at], _HEADER)
    version = header["version"].astype(np.uint32)
    wanted = np.where(version == VERSION_2, 0x10, 0)
    found: NDArray[np.intp] = at[know_salts(version) & (header["first"] & _INITIAL_BITS == wanted)]
    return found


def _reason(code: int) -> str:
    """Return why a connection was closed (RFC 9000 section 20.1)."""
    alert = ALERTS.get(code - ALERT_CODES)
    return f"alert {alert}" if alert else f"closed with error 0x{code:x}"
