"""FragmentTracker: IP datagrams that were sent in fragments, put together again (RFC 791, RFC 8200 section 4.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.capture.frames import LINKTYPE_RAW, PADDING, Frames
from netwatch.decode.batch import FRAGMENT_OFFSET, MORE_FRAGMENTS, PROTOCOL_TCP
from netwatch.decode.decoder import decode
from netwatch.nanoseconds import SECOND
from netwatch.track.fragment import PIECE_COST, Datagram, packet_of, read_fragment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

MOST_DATAGRAMS: Final = 4096
SIZE: Final = 16 << 20
"""Bytes that fragments of unfinished datagrams take."""
PATIENCE_NS: Final = 60 * SECOND
"""Packet time within which all fragments must come (RFC 8200 section 4.5; RFC 1122 section 3.3.2 asks for as much)."""
LIVE_FRAGMENTS: Final = 20_000
"""Fragments that a capture can afford to have looked at in one second, a tenth of a processor."""
UNLIMITED: Final = 1 << 62


class _Ended(NamedTuple):
    """A datagram that is complete or given up."""

    position: int
    """In the batch."""
    time_ns: int
    number: int
    data: bytes
    vlan: int


@dataclass(frozen=True, slots=True, eq=False)
class WholeDatagrams:
    """Datagrams put together, decoded like packets; columns have shape (n,).

    Of one that stayed incomplete, only its first fragment may be there, which still says MORE_FRAGMENTS.
    """

    batch: PacketBatch
    positions: NDArray[np.intp]
    """In the batch that was fed: the packet with which a datagram was complete, or given up."""
    numbers: NDArray[np.int64]
    """The numbers of the packets with which they were complete; of those given up, that of the first one."""

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def segments(self) -> NDArray[np.intp]:
        """Which are whole TCP segments, in the order of `positions`."""
        segment = (self.batch.protocol == PROTOCOL_TCP) & (self.batch.fragment & MORE_FRAGMENTS == 0)
        return np.flatnonzero(segment)


class FragmentTracker:
    """Keeps fragments until all of their datagram are there; other packets cost one look at a column."""

    def __init__(self, *, datagrams: int = MOST_DATAGRAMS, size: int = SIZE, fragments: int = UNLIMITED) -> None:
        """Hold `datagrams` unfinished ones in `size` bytes; look at `fragments` a second of packet time at most."""
        self.incomplete = 0
        """Datagrams of which a fragment did not come, or was not captured whole."""
        self.overlapping = 0
        """Datagrams with fragments that overlap."""
        self.evicted = 0
        """Unfinished datagrams given up to make room."""
        self.skipped = 0
        """Fragments that were not looked at because there were too many."""
        self.whole = 0
        """Datagrams that were put together."""
        self._datagrams: dict[bytes, Datagram] = {}
        """By what their fragments have in common, the oldest first."""
        self._most, self._size, self._fragments = datagrams, size, fragments
        self._held = 0
        self._second, self._left = -1, 0

    @property
    def held(self) -> int:
        """Bytes that unfinished datagrams take."""
        return self._held

    def feed(self, batch: PacketBatch) -> WholeDatagrams | None:
        """Take the fragments of `batch`; return the datagrams that ended with them, None for none."""
        pieces = batch.fragment & (FRAGMENT_OFFSET | MORE_FRAGMENTS)
        if not self._datagrams and not np.count_nonzero(pieces):
            return None
        ended: list[_Ended] = []
        if len(batch):
            self._expire(int(batch.frames.time_ns[0]), ended)
        at = np.flatnonzero(pieces)
        for position in at[: self._allowed(batch, len(at))].tolist():
            self._take(batch, position, ended)
        return _decoded(ended) if ended else None

    def finish(self) -> WholeDatagrams | None:
        """Give up what is incomplete, because the capture ends; return first fragments, None for none."""
        ended: list[_Ended] = []
        for key in list(self._datagrams):
            self._give_up(key, 0, ended)
        return _decoded(ended) if ended else None

    def _allowed(self, batch: PacketBatch, wanted: int) -> int:
        if not wanted:
            return 0
        second = int(batch.frames.time_ns[0]) // SECOND
        if second != self._second:
            self._second, self._left = second, self._fragments
        allowed = min(wanted, self._left)
        self._left -= allowed
        self.skipped += wanted - allowed
        return allowed

    def _take(self, batch: PacketBatch, position: int, ended: list[_Ended]) -> None:
        fragment = read_fragment(batch, position)
        if fragment is None:
            self.incomplete += 1
            if not batch.fragment[position] & FRAGMENT_OFFSET:
                data, vlan = packet_of(batch, position), int(batch.vlan[position])
                time_ns = int(batch.frames.time_ns[position])
                ended.append(_Ended(position, time_ns, batch.number(position), data, vlan))
            return
        datagram = self._datagrams.get(fragment.key)
        if datagram is None:
            while self._datagrams and (len(self._datagrams) >= self._most or self._held > self._size):
                self.evicted += 1
                self._give_up(next(iter(self._datagrams)), position, ended)
            datagram = self._datagrams[fragment.key] = Datagram(fragment.time_ns, batch.number(position), fragment.vlan)
            self._held += PIECE_COST
        before, overlapped = datagram.held, datagram.overlapping
        datagram.add(fragment)
        self._held += datagram.held - before
        self.overlapping += datagram.overlapping and not overlapped
        if datagram.discarded:
            return
        whole = datagram.whole()
        if whole is not None:
            self._forget(fragment.key)
            self.whole += 1
            ended.append(_Ended(position, fragment.time_ns, batch.number(position), whole, fragment.vlan))

    def _expire(self, now_ns: int, ended: list[_Ended]) -> None:
        for key, datagram in list(self._datagrams.items()):
            if now_ns - datagram.time_ns <= PATIENCE_NS:
                break
            self._give_up(key, 0, ended)

    def _give_up(self, key: bytes, position: int, ended: list[_Ended]) -> None:
        datagram = self._forget(key)
        if not datagram.discarded:
            self.incomplete += 1
            first = datagram.first()
            if first is not None:
                ended.append(_Ended(position, datagram.time_ns, datagram.number, first, datagram.vlan))

    def _forget(self, key: bytes) -> Datagram:
        datagram = self._datagrams.pop(key)
        self._held -= datagram.held + PIECE_COST
        return datagram


def _decoded(ended: list[_Ended]) -> WholeDatagrams:
    positions = np.array([each.position for each in ended], np.intp)
    length = np.array([len(each.data) for each in ended], np.int32)
    zeros = np.zeros(len(ended), np.uint8)
    frames = Frames(
        data=np.frombuffer(b"".join(each.data for each in ended) + bytes(PADDING), np.uint8),
        time_ns=np.array([each.time_ns for each in ended], np.int64),
        offset=(np.cumsum(length) - length).astype(np.int32),
        captured=length,
        wire_length=length.astype(np.uint32),
        interface=zeros.astype(np.uint16),
        link_type=np.full(len(ended), LINKTYPE_RAW, np.uint16),
        direction=zeros,
        stripped_tag=zeros.astype(np.uint32),
        flags=zeros,
    )
    numbers = np.array([each.number for each in ended], np.int64)
    whole = replace(decode(frames, 1), vlan=np.array([each.vlan for each in ended], np.int32))
    return WholeDatagrams(whole, positions, numbers)
