"""MovedBytes: payload by flow and direction, told each time that a direction has moved about another mebibyte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.detect.waiting_events import WaitingEvents
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch

STEP: Final = 1 << 20
"""Bytes of payload of one direction that are news; what a flow moves besides is never told."""
EVERY: Final = 5
"""One packet in so many is looked at, and counts for all of them: a mebibyte has hundreds. The number is odd, because
data and acknowledgements often take turns."""
MOST_WAITING: Final = 10_000
_SMALLEST: Final = 2048


class Moved(NamedTuple):
    """Bytes that a conversation moved since it was told last."""

    moment: Moment
    """The packet with which the step was crossed."""
    client: tuple[int, int]
    client_port: int
    server: tuple[int, int]
    server_port: int
    protocol: int
    forth: int
    """Bytes from the initiator, which is the client, to the server."""
    back: int


class WaitingMoves:
    """What was counted, until the slice that it belongs to is judged; bounded."""

    def __init__(self) -> None:
        self._bytes = MovedBytes()
        self._waiting: WaitingEvents[Moved] = WaitingEvents(MOST_WAITING)

    @property
    def left_out(self) -> int:
        """Steps that were left out because too many came at once."""
        return self._waiting.left_out

    def add(self, batch: PacketBatch, flows: FlowBatch) -> None:
        """Count a batch."""
        self._waiting.add(self._bytes.add(batch, flows))

    def take(self, last: int) -> list[Moved]:
        """Return what moved up to packet number `last`, once."""
        return self._waiting.take(last)


class MovedBytes:
    """Counts for whole batches; Python works only once for a mebibyte."""

    def __init__(self) -> None:
        self._bytes = np.zeros(_SMALLEST, np.int64)
        """By twice the row of the flow, one more for the initiator's direction."""

    def add(self, batch: PacketBatch, flows: FlowBatch) -> Iterator[Moved]:
        """Count a batch; yield the flows of which a direction has about a mebibyte by now."""
        sample = slice(-batch.number(0) % EVERY, None, EVERY)
        rows, forth = flows.rows[sample], flows.from_initiator[sample]
        sizes = batch.payload_length[sample].astype(np.int64) * EVERY
        self._make_room(int(max(rows.max(initial=0), flows.started.max(initial=0))))
        self._bytes[flows.started * 2] = self._bytes[flows.started * 2 + 1] = 0
        keys = rows * 2 + forth
        np.add.at(self._bytes, keys, sizes)
        much = self._bytes.take(keys) >= STEP
        if not np.count_nonzero(much):
            return
        crossed = []
        for row in np.unique(rows[much]).tolist():
            at = np.flatnonzero(rows == row)
            for index, moved in self._steps(row, sizes[at], forth[at]):
                crossed.append((int(at[index]) * EVERY + sample.start, moved))
        for position, (back, there) in sorted(crossed):
            yield _moved(batch, position, there, back, forth=bool(flows.from_initiator[position]))

    def _make_room(self, row: int) -> None:
        if 2 * row + 2 > len(self._bytes):
            more = max(2 * row + 2, 2 * len(self._bytes)) - len(self._bytes)
            self._bytes = np.concatenate((self._bytes, np.zeros(more, np.int64)))

    def _steps(
        self, row: int, sizes: NDArray[np.int64], forth: NDArray[np.bool_]
    ) -> Iterator[tuple[int, tuple[int, int]]]:
        """Yield (index, bytes by direction) of the packets of a row with which a step was crossed, then start anew."""
        parts = np.stack((np.where(forth, 0, sizes), np.where(forth, sizes, 0)))
        so_far = np.cumsum(parts, axis=1)
        so_far += (self._bytes[2 * row : 2 * row + 2] - so_far[:, -1])[:, None]
        start = 0
        while start < len(sizes):
            over = (so_far[:, start:] >= STEP).any(axis=0)
            if not np.count_nonzero(over):
                break
            index = start + int(over.argmax())
            told = so_far[:, index].copy()
            yield index, (int(told[0]), int(told[1]))
            so_far -= told[:, None]
            start = index + 1
        self._bytes[2 * row : 2 * row + 2] = so_far[:, -1]


def _moved(batch: PacketBatch, position: int, there: int, back: int, *, forth: bool) -> Moved:
    source, target = (_end(batch, name, position) for name in ("src", "dst"))
    ports = int(batch.sport[position]), int(batch.dport[position])
    if not forth:
        source, target, ports = target, source, ports[::-1]
    moment = Moment(int(batch.frames.time_ns[position]), batch.number(position))
    return Moved(moment, source, ports[0], target, ports[1], int(batch.protocol[position]), there, back)


def _end(batch: PacketBatch, name: str, position: int) -> tuple[int, int]:
    high: NDArray[np.uint64] = getattr(batch, f"{name}_high")
    low: NDArray[np.uint64] = getattr(batch, f"{name}_low")
    return int(high[position]), int(low[position])
