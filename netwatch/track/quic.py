"""QuicTracker: finds the Initial packets of QUIC on any port and reads the hellos in them."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, MORE_FRAGMENTS, PROTOCOL_UDP
from netwatch.decode.quic_header import FIXED_BIT, LONG, VERSION_2, version_name
from netwatch.decode.quic_keys import SALTS
from netwatch.decode.tls_hello import read_client_hello, read_server_hello
from netwatch.decode.tls_numbers import ALERTS
from netwatch.decode.tls_records import CLIENT_HELLO, SERVER_HELLO
from netwatch.decode.window import headers
from netwatch.track.quic_connection import ALERT_CODES, CLOSED, QuicConnection
from netwatch.track.web_hello import hello_request, hello_response

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.quic_connection import QuicEvent
    from netwatch.track.tls import TlsTables
    from netwatch.track.web_transaction import End

CONNECTIONS: Final = 8192
"""Connections whose keys and pieces are held, the newest; each takes up to 40 kB, usually 5."""
LIVE_PACKETS: Final = 4000
"""Packets that a capture can afford to have opened in one second, a fifth of a processor."""
UNLIMITED: Final = 1 << 62
SECOND: Final = 1_000_000_000
SHORTEST: Final = 40
"""Bytes below which no Initial packet can hold a frame."""
LONGEST: Final = 1 << 14
"""Bytes of a datagram that are looked at."""
_HEADER: Final = np.dtype([("first", "u1"), ("version", ">u4")])
_VERSIONS: Final = np.array(sorted(SALTS), np.uint32)
_INITIAL_BITS: Final = 0x30


class QuicTracker:
    """Opens Initial packets; everything else of QUIC is encrypted for good."""

    def __init__(self, tables: TlsTables, *, packets: int = UNLIMITED) -> None:
        """Write to `tables`; open at most `packets` packets in a second of packet time."""
        self.skipped = 0
        """Packets that were not opened, because too many came at once."""
        self.evicted = 0
        """Connections that were forgotten before their hellos were whole."""
        self._tables = tables
        self._packets = packets
        self._second, self._left = -1, 0
        self._connections: OrderedDict[int, QuicConnection] = OrderedDict()

    def feed(self, batch: PacketBatch, flow_batch: FlowBatch, serials: NDArray[np.int64]) -> None:
        """Read the Initial packets of `batch`; `serials` are those of the flows by their rows."""
        at = initial_packets(batch)
        if not len(at):
            return
        allowed = self._allowance(int(batch.frames.time_ns[at[0]]) // SECOND)
        if len(at) > allowed:
            self.skipped += len(at) - allowed
            at = at[:allowed]
        self._left -= len(at)
        data = batch.frames.data
        begin = batch.payload_offset[at]
        size = np.minimum(batch.payload_captured[at], LONGEST)
        ends: list[NDArray[Any]] = [
            getattr(batch, name)[at] for name in ("src_high", "src_low", "sport", "dst_high", "dst_low", "dport")
        ]
        columns = (
            serials[flow_batch.rows[at]], flow_batch.from_initiator[at], batch.frames.time_ns[at], begin, size, *ends
        )  # fmt: skip
        for serial, forth, time_ns, first, length, *who in zip(*(column.tolist() for column in columns), strict=True):
            datagram = data[first : first + length].tobytes()
            source, destination = (who[0], who[1], who[2]), (who[3], who[4], who[5])
            self._read(serial, datagram, time_ns, (source, destination), from_initiator=forth)

    def _read(self, flow: int, datagram: bytes, time_ns: int, ends: tuple[End, End], *, from_initiator: bool) -> None:
        connection = self._connections.get(flow)
        if connection is None or connection.is_another(datagram, from_initiator=from_initiator):
            connection = self._remember(flow)
        elif connection.answered:
            return
        for event in connection.read(datagram, from_initiator=from_initiator):
            self._learn(connection, event, flow, time_ns, ends)

    def _learn(
        self, connection: QuicConnection, event: QuicEvent, flow: int, time_ns: int, ends: tuple[End, End]
    ) -> None:
        web, quic = self._tables.web, version_name(connection.version)
        if event.kind == CLIENT_HELLO:
            hello = read_client_hello(event.body)
            connection.serial = web.begin(hello_request(hello, flow=flow, time_ns=time_ns, ends=ends, quic=quic))
            if hello.server_name:
                self._tables.names.learn_server_name(ends[1][:2], hello.server_name.lower(), ends[0][:2])
            only_http = hello.protocols and all(name.split("-")[0] == "h3" for name in hello.protocols)
            self._tables.applications.detect(flow, "HTTP/3" if only_http else "QUIC")
        elif event.kind == SERVER_HELLO:
            if connection.serial:
                web.respond(
                    connection.serial, hello_response(read_server_hello(event.body), time_ns=time_ns, quic=quic)
                )
            connection.finish()
        elif event.kind == CLOSED and event.code:
            if connection.serial:
                web.fail(connection.serial, _reason(event.code))
            connection.finish()

    def _remember(self, flow: int) -> QuicConnection:
        self._connections.pop(flow, None)
        if len(self._connections) >= CONNECTIONS:
            _, oldest = self._connections.popitem(last=False)
            self.evicted += oldest.serial == 0
        connection = self._connections[flow] = QuicConnection()
        return connection

    def _allowance(self, second: int) -> int:
        if second != self._second:
            self._second, self._left = second, self._packets
        return self._left


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
    found: NDArray[np.intp] = at[np.isin(version, _VERSIONS) & (header["first"] & _INITIAL_BITS == wanted)]
    return found


def _reason(code: int) -> str:
    """Return why a connection was closed (RFC 9000 section 20.1)."""
    alert = ALERTS.get(code - ALERT_CODES)
    return f"alert {alert}" if alert else f"closed with error 0x{code:x}"
