"""HelloDatagrams: takes datagrams that may hold a hello of QUIC or DTLS out of batches, not too many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.web_transaction import End

LONGEST: Final = 1 << 14
"""Bytes of a datagram that are looked at."""
UNLIMITED: Final = 1 << 62
_ENDS: Final = ("src_high", "src_low", "sport", "dst_high", "dst_low", "dport")


class HelloDatagram(NamedTuple):
    """One datagram and whose it is."""

    flow: int
    """Serial of the flow."""
    vlan: int
    from_initiator: bool
    moment: Moment
    source: End
    destination: End
    data: bytes

    @property
    def stream(self) -> Stream:
        """The conversation, as events tell of it."""
        initiator, responder = (self.source, self.destination)[:: 1 if self.from_initiator else -1]
        return Stream(self.flow, self.vlan, *initiator, *responder, self.moment)


class HelloDatagrams:
    """Counts what it takes in each second of packet time."""

    def __init__(self, packets: int = UNLIMITED) -> None:
        """Take at most `packets` a second."""
        self.skipped = 0
        """Datagrams that were not taken, because too many came at once."""
        self._packets = packets
        self._second, self._left = -1, 0

    def take(
        self, batch: PacketBatch, flow_batch: FlowBatch, serials: NDArray[np.int64], at: NDArray[np.intp]
    ) -> Iterator[HelloDatagram]:
        """Yield the datagrams at positions `at`, one or more; `serials` are those of the flows by their rows."""
        second = int(batch.frames.time_ns[at[0]]) // SECOND
        if second != self._second:
            self._second, self._left = second, self._packets
        if len(at) > self._left:
            self.skipped += len(at) - self._left
            at = at[: self._left]
        self._left -= len(at)
        data, begin = batch.frames.data, batch.payload_offset[at]
        columns: list[NDArray[Any]] = [
            serials[flow_batch.rows[at]], batch.vlan[at], flow_batch.from_initiator[at], batch.frames.time_ns[at],
            batch.numbers_at(at), begin, begin + np.minimum(batch.payload_captured[at], LONGEST),
            *(getattr(batch, name)[at] for name in _ENDS),
        ]  # fmt: skip
        for serial, vlan, forth, time_ns, number, first, last, *ends in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            source, destination = (ends[0], ends[1], ends[2]), (ends[3], ends[4], ends[5])
            content = data[first:last].tobytes()
            yield HelloDatagram(serial, vlan, forth, Moment(time_ns, number), source, destination, content)
