"""DtlsTracker: finds the handshakes of DTLS on any port and reads what is in the clear of them (RFC 6347, RFC 9147)."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, MORE_FRAGMENTS, PROTOCOL_UDP
from netwatch.decode.tls_hello import read_client_hello, read_server_hello
from netwatch.decode.tls_numbers import ALERTS
from netwatch.decode.tls_records import ALERT, CERTIFICATE, CLIENT_HELLO, HANDSHAKE, SERVER_HELLO, first_certificate
from netwatch.decode.window import headers
from netwatch.track.dtls_connection import RECORD_HEADER, DtlsConnection
from netwatch.track.hello_datagrams import UNLIMITED, HelloDatagrams
from netwatch.track.tls_event import DatagramAnswer, DatagramHello
from netwatch.track.web_hello import hello_request, hello_response
from netwatch.track.web_transaction import WebKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.dtls_connection import DtlsMessage
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.hello_datagrams import HelloDatagram
    from netwatch.track.tls import TlsTables

CONNECTIONS: Final = 4096
"""Connections whose pieces are held, the newest."""
LIVE_PACKETS: Final = 4000
"""Packets that a capture can afford to have read in one second, a tenth of a processor."""
DTLS: Final = "DTLS"
_HEADER: Final = np.dtype([("content", "u1"), ("version", ">u2"), ("epoch", ">u2")])
_VERSIONS: Final = np.array([0xFEFF, 0xFEFD], np.uint16)
"""DTLS 1.0 and 1.2, which 1.3 pretends to be."""
_RANDOM: Final = slice(2, 34)
_FATAL: Final = 2


class DtlsTracker:
    """Fills the same tables as readers of TLS over TCP."""

    def __init__(self, tables: TlsTables, *, packets: int = UNLIMITED) -> None:
        """Write to `tables`; read at most `packets` packets in a second of packet time."""
        self.evicted = 0
        """Connections that were forgotten before their hello was whole."""
        self._tables = tables
        self._datagrams = HelloDatagrams(packets)
        self._connections: OrderedDict[int, DtlsConnection] = OrderedDict()

    @property
    def skipped(self) -> int:
        """Packets that were not read, because too many came at once."""
        return self._datagrams.skipped

    def feed(self, batch: PacketBatch, flow_batch: FlowBatch, serials: NDArray[np.int64]) -> None:
        """Read the handshakes in `batch`; `serials` are those of the flows by their rows."""
        at = handshake_packets(batch)
        if not len(at):
            return
        for datagram in self._datagrams.take(batch, flow_batch, serials, at):
            connection = self._connections.get(datagram.flow) or self._remember(datagram.flow)
            for message in connection.read(datagram.data, from_initiator=datagram.from_initiator):
                self._learn(connection, message, datagram)

    def _learn(self, connection: DtlsConnection, message: DtlsMessage, datagram: HelloDatagram) -> None:
        from_client = datagram.from_initiator is connection.client_is_initiator
        if message.content == HANDSHAKE and message.kind == CLIENT_HELLO:
            self._client_hello(connection, message.body, datagram)
        elif not connection.serial:
            return
        elif message.content == ALERT:
            self._alert(connection, message.body)
        elif message.kind == SERVER_HELLO and not from_client and not connection.answered:
            connection.answered = True
            response = hello_response(read_server_hello(message.body), time_ns=datagram.moment.time_ns)
            self._tables.web.respond(connection.serial, response)
            hello = connection.hello
            if self._tables.log is not None and hello is not None:
                self._tables.log.add(DatagramAnswer(hello.stream, datagram.moment, hello.request, response))
        elif message.kind == CERTIFICATE and not from_client and not connection.certified:
            connection.certified = True
            first, chain = first_certificate(message.body)
            if first:
                self._tables.web.certify(connection.serial, first, chain=chain, time_ns=datagram.moment.time_ns)

    def _client_hello(self, connection: DtlsConnection, body: bytes, datagram: HelloDatagram) -> None:
        if connection.serial and connection.random == body[_RANDOM]:
            return  # sent again, with the cookie of the server or because it was lost
        hello, ends = read_client_hello(body, datagram=True), (datagram.source, datagram.destination)
        request = hello_request(
            hello, flow=datagram.flow, time_ns=datagram.moment.time_ns, ends=ends, kind=WebKind.DTLS
        )
        connection.serial = self._tables.web.begin(request)
        connection.random, connection.client_is_initiator = body[_RANDOM], datagram.from_initiator
        connection.answered = connection.certified = False
        self._tables.applications.detect(datagram.flow, DTLS)
        if request.name:
            self._tables.names.learn_server_name(ends[1][:2], request.name, ends[0][:2])
        if self._tables.log is not None:
            connection.hello = DatagramHello(datagram.stream, datagram.moment, request)
            self._tables.log.add(connection.hello)

    def _alert(self, connection: DtlsConnection, body: bytes) -> None:
        if len(body) == 2 and body[0] == _FATAL and body[1] in ALERTS:
            self._tables.web.fail(connection.serial, f"alert {ALERTS[body[1]]}")

    def _remember(self, flow: int) -> DtlsConnection:
        if len(self._connections) >= CONNECTIONS:
            _, oldest = self._connections.popitem(last=False)
            self.evicted += oldest.serial == 0
        connection = self._connections[flow] = DtlsConnection()
        return connection


def handshake_packets(batch: PacketBatch) -> NDArray[np.intp]:
    """Return the positions of UDP datagrams that begin with a handshake message or an alert in the clear, rising."""
    at = np.flatnonzero(batch.protocol == PROTOCOL_UDP)
    if not len(at):
        return at
    begin = batch.payload_offset.take(at)
    first = batch.frames.data.take(begin)
    at = at[((first == HANDSHAKE) | (first == ALERT)) & (batch.payload_captured.take(at) > RECORD_HEADER)]
    at = at[batch.fragment[at] & (FRAGMENT_OFFSET | MORE_FRAGMENTS) == 0]
    header = headers(batch.frames.data, batch.payload_offset[at], _HEADER)
    found: NDArray[np.intp] = at[np.isin(header["version"], _VERSIONS) & (header["epoch"] == 0)]
    return found
