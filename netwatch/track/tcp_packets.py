"""TcpPackets: the TCP packets of a batch in flow order, with the header fields that connections are judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import CUT_SHORT, FRAGMENT_OFFSET, MALFORMED, PROTOCOL_TCP, TCP_FIN, TCP_RST, TCP_SYN
from netwatch.track.flow_order import segments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import GroupedPackets
    from netwatch.track.flow_order import Segments

MARKS: Final = TCP_SYN | TCP_FIN | TCP_RST


@dataclass(frozen=True, slots=True, eq=False)
class TcpPackets:
    """All arrays have shape (n,); one segment a connection."""

    batch: PacketBatch
    positions: NDArray[np.intp]
    """Positions in the batch."""
    rows: NDArray[np.intp]
    sender: NDArray[np.intp]
    ends: NDArray[np.intp]
    segments: Segments
    """As in GroupedPackets."""
    flags: NDArray[np.uint8]
    seq: NDArray[np.uint32]
    ack: NDArray[np.uint32]
    window: NDArray[np.uint16]
    length: NDArray[np.int64]
    """Bytes of payload."""
    time_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.positions)


def tcp_packets(packets: GroupedPackets) -> TcpPackets:
    """Return the TCP packets among `packets` whose TCP header was captured whole."""
    batch = packets.batch
    tcp = batch.protocol == PROTOCOL_TCP
    pieces = batch.fragment & FRAGMENT_OFFSET
    if pieces.any():
        tcp &= pieces == 0
    damaged = batch.status & (MALFORMED | CUT_SHORT)
    if damaged.any():
        # Flags that could not be read are 0, as no segment of a connection has them
        tcp &= (damaged == 0) | (batch.tcp_flags != 0)
    order, rows, sender, ends, segments = packets.order, packets.rows, packets.sender, packets.ends, packets.segments
    if not tcp.all():
        chosen = np.flatnonzero(tcp[order])
        order, rows, sender, ends = order[chosen], rows[chosen], sender[chosen], ends[chosen]
        segments = segments_of(rows)
    return TcpPackets(
        batch=batch,
        positions=order,
        rows=rows,
        sender=sender,
        ends=ends,
        segments=segments,
        flags=batch.tcp_flags.take(order),
        seq=batch.tcp_seq.take(order),
        ack=batch.tcp_ack.take(order),
        window=batch.tcp_window.take(order),
        length=batch.payload_length.take(order).astype(np.int64),
        time_ns=batch.frames.time_ns.take(order),
    )
