"""ForwardedCopies: tells packets that came before on another interface, because this machine sends them on."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frames import LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2
from netwatch.decode.batch import FORWARDED_COPY
from netwatch.decode.part import taken
from netwatch.decode.window import headers, holds_for_all, holds_for_any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

LATEST_NS: Final = 500_000_000
"""A copy leaves so soon after its packet came, queues included. Nobody sends a SYN again before a second is over
(RFC 6298 section 2.1), and whatever comes again where it came first is told apart by that."""
SLOTS_BITS: Final = 18
"""Packets that are remembered, as a power of two: those of a quarter of a second at 1,000,000 packets/s."""
MOST_BEFORE: Final = 4
"""Batches of the first interface that are looked at later, when the first packet of a second one comes."""
IDENTIFICATION: Final = np.dtype([("before", "V4"), ("id", ">u2")])
"""Of an IPv4 header (RFC 791); of an IPv6 header its payload length is here, which a router keeps as well."""
TRANSPORT: Final = np.dtype([("begin", ">u8")])
"""TCP's ports and sequence number; of UDP and ICMP all that is not payload, with the checksum over that."""
COOKED: Final = {
    LINKTYPE_LINUX_SLL: np.dtype([("place", ">u2")]),
    LINKTYPE_LINUX_SLL2: np.dtype([("before", "V4"), ("place", ">u4")]),
}
"""Where a packet of the `any` device was captured. SLL2 tells the number of the interface, SLL only the type of the
packet, by which what came differs from what was sent on (tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html and SLL2)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Remembered:
    """What came last with each key; all have one value a slot."""

    key: NDArray[np.uint64]
    place: NDArray[np.int64]
    """Where the packet came first."""
    time_ns: NDArray[np.int64]
    """When it, or a copy, came last."""


class ForwardedCopies:
    """Remembers the packets of the last half second, bounded; used by one thread.

    A packet is a copy when the same one came just before on another interface: the same addresses, ports, numbers,
    lengths and identification or checksum; its hop limit and its link layer may differ. Where a packet came first it
    may come again, and then was sent again. What a router translates (NAT) or puts together is not recognised.
    As long as all packets come from one interface none is looked at.
    """

    def __init__(self) -> None:
        self._place: int | None = None
        """Where everything came until now."""
        self._before: deque[PacketBatch] = deque(maxlen=MOST_BEFORE)
        """The last batches from there."""
        self._remembered: _Remembered | None = None
        """None until there is a second place."""
        self._factors = np.array([secrets.randbits(64) | 1 for _ in range(_TERMS)], np.uint64)
        """Random, so that nobody outside can make a packet look like another one's copy."""

    def marked(self, batch: PacketBatch) -> PacketBatch:
        """Return the batch with FORWARDED_COPY in the status of copies; the same one when it has none."""
        if not len(batch):
            return batch
        place = _places(batch)
        if self._remembered is None:
            if self._place is None:
                self._place = int(place[0])
            if holds_for_all(place == self._place):
                self._before.append(batch)
                return batch
            self._remembered = _nothing()
            for earlier in self._before:
                self._look_up(self._remembered, earlier, _places(earlier))
            self._before.clear()
        copies = self._look_up(self._remembered, batch, place)
        if not holds_for_any(copies):
            return batch
        return replace(batch, status=batch.status | np.where(copies, np.uint8(FORWARDED_COPY), np.uint8(0)))

    def _look_up(self, past: _Remembered, batch: PacketBatch, place: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which packets came just before at another place, and remember them all."""
        key = self._keys(batch)
        order = np.argsort(key, kind="stable")
        key, place, time_ns = key[order], place[order], batch.frames.time_ns[order]
        begins = np.ones(len(key), np.bool_)
        begins[1:] = (key[1:] != key[:-1]) | (np.abs(np.diff(time_ns)) > LATEST_NS)
        first = np.flatnonzero(begins)
        last = np.append(first[1:], len(key)) - 1
        slot = (key[first] >> np.uint64(64 - SLOTS_BITS)).astype(np.intp)
        known = (past.key[slot] == key[first]) & (np.abs(time_ns[first] - past.time_ns[slot]) <= LATEST_NS)
        origin = np.where(known, past.place[slot], place[first])
        for column, value in ((past.key, key[first]), (past.place, origin), (past.time_ns, time_ns[last])):
            column[slot] = value
        copies = np.empty(len(key), np.bool_)
        copies[order] = place != origin[np.cumsum(begins) - 1]
        return copies

    def _keys(self, batch: PacketBatch) -> NDArray[np.uint64]:
        """Return a number for what a router keeps of each packet: a multilinear hash, of which the high bits count."""
        data = batch.frames.data
        wide = np.uint64(32)
        small = headers(data, batch.network_offset, IDENTIFICATION)["id"].astype(np.uint64)
        small |= batch.fragment.astype(np.uint64) << np.uint64(16)
        small |= batch.protocol.astype(np.uint64) << wide
        small |= batch.tcp_flags.astype(np.uint64) << np.uint64(40)
        small |= batch.tcp_window.astype(np.uint64) << np.uint64(48)
        terms = (
            small,
            batch.src_high,
            batch.src_low,
            batch.dst_high,
            batch.dst_low,
            batch.payload_length.astype(np.uint64) << wide | batch.tcp_ack,
            headers(data, batch.transport_offset, TRANSPORT)["begin"].astype(np.uint64),
        )
        key = np.zeros(len(batch), np.uint64)
        for factor, term in zip(self._factors, terms, strict=True):
            key += (term ^ term >> wide) * factor
        return key


_TERMS: Final = 7


def _nothing() -> _Remembered:
    slots = 1 << SLOTS_BITS
    return _Remembered(np.zeros(slots, np.uint64), np.zeros(slots, np.int64), np.full(slots, -2 * LATEST_NS, np.int64))


def without_copies(batch: PacketBatch) -> PacketBatch:
    """Return the packets that are no copies of earlier ones; the same batch when all are."""
    copies = batch.status & FORWARDED_COPY != 0
    return taken(batch, np.flatnonzero(~copies)) if holds_for_any(copies) else batch


def _places(batch: PacketBatch) -> NDArray[np.int64]:
    """Return where each packet was captured: its interface, and what a cooked header tells of that besides."""
    frames = batch.frames
    place = frames.interface.astype(np.int64) << 32
    for link_type, layout in COOKED.items():
        # A network header that was found is behind a whole header of the link
        at = np.flatnonzero((frames.link_type == link_type) & (batch.network_offset > frames.offset))
        if len(at):
            place[at] |= headers(frames.data, frames.offset[at], layout)["place"].astype(np.int64)
    return place
