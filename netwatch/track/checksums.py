"""ChecksumCounter: which checksums of IPv4, TCP and UDP are wrong, and who sent them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frames import DIRECTION_OUT
from netwatch.decode.addresses import address_text
from netwatch.decode.batch import (
    CHECKSUM_NOT_READY,
    ETHERTYPE_IPV4,
    FRAGMENT_OFFSET,
    MALFORMED,
    MORE_FRAGMENTS,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
)
from netwatch.tables.checksums import ChecksumSummary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.event_log import Event
    from netwatch.track.flow_batch import FlowBatch

FEW: Final = 8
"""Of fewer packets than one in so many each is summed by itself: what lies between is read otherwise."""
MOST_SENDERS: Final = 1000
"""Senders of wrong checksums that are told apart."""
TOLD: Final = 20
IPV4_CHECKSUM: Final = 10
"""Where the field is in an IPv4 header."""
TRANSPORT_CHECKSUM: Final = {PROTOCOL_TCP: 16, PROTOCOL_UDP: 6}
_VALID: Final = 0xFFFF
_FROM: Final = np.array([0xFFFFFFFF, 0xFFFFFF00, 0xFFFF0000, 0xFF000000], np.uint32)
"""What remains of a word, lowest byte first, whose first 0, 1, 2, 3 bytes are not meant."""
_UP_TO: Final = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF], np.uint32)
"""What remains of one of which only so many bytes are meant."""


@dataclass(slots=True)
class ChecksumCounter:
    """Implements Watcher; only packets that were captured whole are judged."""

    ip_bad: int = 0
    tcp_bad: int = 0
    udp_bad: int = 0
    offloaded: int = 0
    judged: int = 0
    """Packets with any checksum that was looked at."""
    _senders: Counter[tuple[int, int]] = field(default_factory=Counter)

    def feed(self, batch: PacketBatch, _flows: FlowBatch | None = None, _events: Iterable[Event] = ()) -> None:
        """Judge the packets of a batch."""
        if not len(batch):
            return
        wrong = self.wrong(batch, np.ones(len(batch), np.bool_))
        senders = zip(batch.src_high[wrong].tolist(), batch.src_low[wrong].tolist(), strict=True)
        for sender, count in Counter(senders).items():
            if sender in self._senders or len(self._senders) < MOST_SENDERS:
                self._senders[sender] += count

    def add(self, other: ChecksumCounter) -> None:
        """Count what another one counted."""
        self.ip_bad += other.ip_bad
        self.tcp_bad += other.tcp_bad
        self.udp_bad += other.udp_bad
        self.offloaded += other.offloaded
        self.judged += other.judged
        self._senders += other._senders

    def wrong(self, batch: PacketBatch, wanted: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Judge those packets of a batch that are `wanted`; return the position of every wrong checksum."""
        few = FEW * int(np.count_nonzero(wanted)) < len(batch)
        sums = _Stretches(batch.frames.data) if few else _Sums(batch.frames.data)
        whole = wanted & (batch.status & (MALFORMED | CHECKSUM_NOT_READY) == 0)
        self.offloaded += int(np.count_nonzero(wanted & (batch.status & CHECKSUM_NOT_READY != 0)))
        ip_bad = self._ipv4(batch, sums, whole)
        whole &= batch.payload_captured == batch.payload_length
        whole &= batch.fragment & (FRAGMENT_OFFSET | MORE_FRAGMENTS) == 0
        tcp = self._transport(batch, sums, np.flatnonzero(whole & (batch.protocol == PROTOCOL_TCP)), PROTOCOL_TCP)
        udp = self._transport(batch, sums, np.flatnonzero(whole & (batch.protocol == PROTOCOL_UDP)), PROTOCOL_UDP)
        self.ip_bad += int(ip_bad.sum())
        self.tcp_bad += len(tcp)
        self.udp_bad += len(udp)
        return np.concatenate((np.flatnonzero(ip_bad), tcp, udp))

    def tell(self, _events: Iterable[Event]) -> None:
        """Do nothing: events have no checksums."""

    def finish(self, _events: Iterable[Event]) -> None:
        """Do nothing: every packet was judged at once."""

    def summary(self) -> ChecksumSummary:
        """Return what was found."""
        senders = tuple((address_text(*sender), count) for sender, count in self._senders.most_common(TOLD))
        return ChecksumSummary(self.judged, self.ip_bad, self.tcp_bad, self.udp_bad, self.offloaded, senders)

    def _ipv4(self, batch: PacketBatch, sums: _Sums | _Stretches, whole: NDArray[np.bool_]) -> NDArray[np.bool_]:
        rows = np.flatnonzero(whole & (batch.ethertype == ETHERTYPE_IPV4))
        bad = np.zeros(len(batch), np.bool_)
        if not len(rows):
            return bad
        begin = batch.network_offset[rows].astype(np.int64)
        length = (batch.frames.data[begin] & 0x0F).astype(np.int64) * 4
        held = begin + length <= (batch.frames.offset[rows].astype(np.int64) + batch.frames.captured[rows])
        rows, begin, length = rows[held], begin[held], length[held]
        # zero is what a card fills in later: RFC 791 allows no other use of it
        ready = sums.word(begin + IPV4_CHECKSUM) != 0
        self.offloaded += int(np.count_nonzero(~ready))
        self.judged += len(rows)
        bad[rows] = ready & (sums.of(begin, begin + length) != _VALID)
        return bad

    def _transport(
        self, batch: PacketBatch, sums: _Sums | _Stretches, rows: NDArray[np.intp], protocol: int
    ) -> NDArray[np.intp]:
        """Return which of `rows` have a wrong checksum that is no offloaded one."""
        begin = batch.transport_offset[rows].astype(np.int64)
        header = batch.payload_offset[rows].astype(np.int64) - begin
        length = header + batch.payload_length[rows]
        at = begin + TRANSPORT_CHECKSUM[protocol]
        kept = header >= TRANSPORT_CHECKSUM[protocol] + 2
        if protocol == PROTOCOL_UDP:
            kept &= sums.word(np.where(kept, at, 0)) != 0  # RFC 768: the sender made none
        rows, begin, length, at = rows[kept], begin[kept], length[kept], at[kept]
        pseudo = _pseudo_header(batch, rows, length, protocol)
        self.judged += len(rows)
        bad = _folded(sums.of(begin, begin + length) + pseudo) != _VALID
        # a card that fills the checksum in is given the sum of the pseudo-header, which the capture then has
        offloaded = bad & (sums.word(at) == _folded(pseudo))
        self.offloaded += int(np.count_nonzero(offloaded))
        wrong: NDArray[np.intp] = rows[bad & ~offloaded]
        return wrong


def received(batch: PacketBatch, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return those of `rows` that this machine is not known to have sent: its card may finish what it sends."""
    found: NDArray[np.intp] = rows[batch.frames.direction[rows] != DIRECTION_OUT]
    return found


class _Sums:
    """Sums of 16-bit words of many stretches of a block, four bytes at a time (RFC 1071 section 2)."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = data
        self._words = data[: len(data) // 4 * 4].view("<u4")
        # The last bytes are added one by one: reduceat takes no stretch that ends behind the last word
        self._whole = max(len(data) // 4 - 1, 0) * 4
        last = data[self._whole :].astype(np.int64) << (np.arange(len(data) - self._whole) % 2 * 8)
        self._last = np.concatenate((np.zeros(1, np.int64), np.cumsum(last)))

    def of(self, begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the folded sum of the bytes from `begin` to `end`, in the order of the network."""
        if not len(begin):
            return np.zeros(0, np.int64)
        stop = np.minimum(end, self._whole)
        first, last = begin // 4, stop // 4
        places = np.stack((np.minimum(first + 1, last), last), 1).reshape(-1)
        inside = np.add.reduceat(self._words, places, dtype=np.int64)[::2]
        head, tail = self._words[first] & _FROM[begin % 4], self._words[last] & _UP_TO[stop % 4]
        apart = head.astype(np.int64) + tail + np.where(first + 1 < last, inside, 0)
        total = _folded(np.where(first < last, apart, head & tail) + self._last[end - stop])
        # at even places the words were read with their bytes swapped, and a sum of swapped words is a swapped sum
        return np.where(begin % 2 == 1, total, (total & 0xFF) << 8 | total >> 8)

    def word(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the 16-bit numbers at `at`."""
        found: NDArray[np.int64] = self._data[at].astype(np.int64) << 8 | self._data[at + 1]
        return found


class _Stretches:
    """The same of a few stretches, which are copied one behind the other."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = data

    def of(self, begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
        """See _Sums."""
        if not len(begin):
            return np.zeros(0, np.int64)
        end = np.minimum(end, len(self._data))
        begin = np.minimum(begin, end)
        data = self._data.data
        parts: list[memoryview | bytes] = []
        for first, last in zip(begin.tolist(), end.tolist(), strict=True):
            parts += data[first:last], _PADDING[last - first & 1]
        words = (end - begin >> 1) + 1
        total = np.add.reduceat(np.frombuffer(b"".join(parts), "<u2"), np.cumsum(words) - words, dtype=np.int64)
        # a sum of swapped words is a swapped sum
        total = _folded(total)
        return (total & 0xFF) << 8 | total >> 8

    def word(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """See _Sums."""
        found: NDArray[np.int64] = self._data[at].astype(np.int64) << 8 | self._data[at + 1]
        return found


_PADDING: Final = (b"\0\0", b"\0")
"""Behind a stretch of an even and of an odd number of bytes: whole words, and at least one."""


def _pseudo_header(
    batch: PacketBatch, rows: NDArray[np.intp], length: NDArray[np.int64], protocol: int
) -> NDArray[np.int64]:
    """Return the sum of the pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1); IPv4's ::ffff: adds nothing."""
    total = length + protocol
    for column in (batch.src_high, batch.src_low, batch.dst_high, batch.dst_low):
        half = column[rows]
        for shift in (0, 16, 32, 48):
            total += (half >> np.uint64(shift) & np.uint64(0xFFFF)).astype(np.int64)
    return total


def _folded(total: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a sum of words in 16 bits, carries added at the low end."""
    for _ in range(4):
        total = (total & 0xFFFF) + (total >> 16)
    return total
