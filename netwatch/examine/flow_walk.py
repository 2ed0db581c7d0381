"""FlowWalk: from one packet to the others of its flow, forwards and backwards through everything that can be read."""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP
from netwatch.errors import FileError
from netwatch.track.flow_filter import filter_of_packet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netwatch.decode.batch import PacketBatch
    from netwatch.view.reader import PacketReader


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One packet of a batch."""

    batch: PacketBatch
    position: int
    known: int = 0
    """Its number, where it is not the batch that tells it: of what was put together."""

    @property
    def number(self) -> int:
        """Its number."""
        return self.known or self.batch.number(self.position)

    @property
    def time_ns(self) -> int:
        """When it was captured."""
        return int(self.batch.frames.time_ns[self.position])

    @property
    def sender(self) -> tuple[int, int, int]:
        """Address and port of who sent it."""
        batch, at = self.batch, self.position
        return int(batch.src_high[at]), int(batch.src_low[at]), int(batch.sport[at])

    @property
    def is_tcp(self) -> bool:
        """Whether it is a TCP segment."""
        return int(self.batch.protocol[self.position]) == PROTOCOL_TCP

    @property
    def flags(self) -> int:
        """The flags of TCP."""
        return int(self.batch.tcp_flags[self.position])

    @property
    def seq(self) -> int:
        """The sequence number of TCP."""
        return int(self.batch.tcp_seq[self.position])

    @property
    def ack(self) -> int:
        """The acknowledgement number of TCP."""
        return int(self.batch.tcp_ack[self.position])

    @property
    def length(self) -> int:
        """Bytes of payload, captured or not."""
        return int(self.batch.payload_length[self.position])

    @property
    def payload(self) -> bytes:
        """The payload as far as it was captured."""
        begin = int(self.batch.payload_offset[self.position])
        return self.batch.frames.data[begin : begin + int(self.batch.payload_captured[self.position])].tobytes()


class FlowWalk:
    """Everything that the ends of one packet say to each other; `cancelled` is asked once a batch."""

    def __init__(self, reader: PacketReader, number: int, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Begin at packet `number`.

        Raises:
            LookupError: it is not there any more.
            FileError: it left the buffer, and the file cannot be read again.
        """
        self._reader = reader
        self._cancelled = cancelled
        self.start = Found(*reader.find(number))
        self.filter = filter_of_packet(self.start.batch, self.start.position)

    def at(self, number: int) -> FlowWalk:
        """Return a walk through the flow of another packet; LookupError and FileError as for this one."""
        return FlowWalk(self._reader, number, self._cancelled)

    def every(self, number: int, step: int) -> Iterator[Found]:
        """Yield all packets behind packet `number`, or with a negative `step` all before it, the nearest first."""
        while (found := self.batch_at(number + step)) is not None:
            batch, position = found
            yield Found(batch, position)
            number = batch.number(position)

    def batch_at(self, number: int) -> tuple[PacketBatch, int] | None:
        """Return the batch of a packet and its position there, None where there is none; CancelledError in between."""
        return self._batch(number) if number > 0 else None

    def after(self) -> Iterator[Found]:
        """Yield the packets behind the first, the nearest first."""
        number = self.start.number + 1
        while (found := self._batch(number)) is not None:
            batch, position = found
            yield from self._among(batch, slice(position, None))
            number = batch.last_number + 1

    def before(self) -> Iterator[Found]:
        """Yield the packets before the first, the nearest first."""
        number = self.start.number - 1
        while number > 0 and (found := self._batch(number)) is not None:
            batch, position = found
            yield from reversed(self._among(batch, slice(0, position + 1)))
            number = batch.first_number - 1

    def _batch(self, number: int) -> tuple[PacketBatch, int] | None:
        if self._cancelled():
            raise CancelledError
        try:
            return self._reader.find(number)
        except (LookupError, FileError):
            return None

    def _among(self, batch: PacketBatch, where: slice) -> list[Found]:
        mask = self.filter.mask(batch)
        begin = where.start or 0
        return [Found(batch, at + begin) for at in np.flatnonzero(mask[where]).tolist()]
