"""Traffic in all: totals, packets and bits of each second, and the share of each protocol, in packet time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_ARP,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    MALFORMED,
    PROTOCOL_ICMP,
    PROTOCOL_ICMPV6,
    PROTOCOL_NONE,
    PROTOCOL_SCTP,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
)
from netwatch.snapshot import Rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

VLAN_TAG_BYTES: Final = 4
"""Bytes of a tag that the kernel took out; they were on the wire, and a saved file has them again."""
SECOND: Final = 1_000_000_000
SECONDS_KEPT: Final = 600
"""Seconds of history."""

PROTOCOL_NAMES: Final = {
    PROTOCOL_TCP: "TCP",
    PROTOCOL_UDP: "UDP",
    PROTOCOL_ICMP: "ICMP",
    PROTOCOL_ICMPV6: "ICMPv6",
    PROTOCOL_SCTP: "SCTP",
    2: "IGMP",
    47: "GRE",
    50: "ESP",
    51: "AH",
    89: "OSPF",
    103: "PIM",
    112: "VRRP",
}
"""IANA protocol numbers that get a line of their own."""

ARP_KEY, IPV4_KEY, IPV6_KEY, OTHER_KEY = 256, 257, 258, 259
"""Counters behind those of the 256 IP protocols, for packets without an IP header that could be read."""
KEY_NAMES: Final = {ARP_KEY: "ARP", IPV4_KEY: "IPv4", IPV6_KEY: "IPv6", OTHER_KEY: "other"}


class Traffic:
    """Counts every packet fed; nothing grows with the traffic."""

    def __init__(self) -> None:
        self.packets = 0
        self.bytes = 0
        """Bytes on the wire."""
        self.malformed = 0
        self.first_time_ns = 0
        self.last_time_ns = 0
        """The earliest and the latest capture time seen; 0 before the first packet."""
        self._by_protocol = np.zeros((2, 260), np.int64)
        self._second = np.full(SECONDS_KEPT, -1, np.int64)
        self._per_second = np.zeros((2, SECONDS_KEPT), np.int64)

    def feed(self, batch: PacketBatch) -> None:
        """Count the packets of `batch`."""
        if not len(batch):
            return
        times = batch.frames.time_ns
        sizes = batch.frames.wire_length.astype(np.int64)
        tags = batch.frames.stripped_tag
        if tags.any():
            sizes += np.where(tags != 0, VLAN_TAG_BYTES, 0)
        first, last = int(times.min()), int(times.max())
        self.first_time_ns = first if not self.packets else min(self.first_time_ns, first)
        self.last_time_ns = last if not self.packets else max(self.last_time_ns, last)
        self.packets += len(batch)
        self.bytes += int(sizes.sum())
        self.malformed += int(np.count_nonzero(batch.status & MALFORMED))
        self._count_protocols(batch, sizes)
        self._count_seconds(times, sizes, first // SECOND, last // SECOND)

    def protocols(self) -> tuple[tuple[str, int, int], ...]:
        """Return (name, packets, bytes) of each protocol seen, most bytes first."""
        packets, sizes = self._by_protocol
        seen = np.flatnonzero(packets)
        order = seen[np.argsort(-sizes[seen], kind="stable")].tolist()
        return tuple((_name(key), int(packets[key]), int(sizes[key])) for key in order)

    def rates(self, now_ns: int, seconds: int) -> Rates:
        """Return packets and bits of the last `seconds` (at most SECONDS_KEPT) up to and with the one `now_ns` is in.

        The smoothed rate weighs the running second with the part of the one before that lies less than a second back.
        """
        now = now_ns // SECOND
        wanted = np.arange(now - seconds + 1, now + 1)
        slots = wanted % SECONDS_KEPT
        valid = self._second[slots] == wanted
        packets = np.where(valid, self._per_second[0, slots], 0)
        bits = np.where(valid, self._per_second[1, slots], 0) * 8
        before = 1 - now_ns % SECOND / SECOND
        share = np.array([before, 1.0])
        return Rates(
            packets, bits, float(packets[-2:] @ share[-len(packets) :]), float(bits[-2:] @ share[-len(bits) :])
        )

    def _count_protocols(self, batch: PacketBatch, sizes: NDArray[np.int64]) -> None:
        key = batch.protocol.astype(np.intp)
        without = batch.protocol == PROTOCOL_NONE
        if without.any():
            ethertype = batch.ethertype[without]
            key[without] = np.select(
                [ethertype == ETHERTYPE_ARP, ethertype == ETHERTYPE_IPV4, ethertype == ETHERTYPE_IPV6],
                [ARP_KEY, IPV4_KEY, IPV6_KEY],
                OTHER_KEY,
            )
        self._by_protocol[0] += np.bincount(key, minlength=260)
        # Weights are added as doubles, exact up to 2**53 bytes a batch
        self._by_protocol[1] += np.bincount(key, weights=sizes, minlength=260).astype(np.int64)

    def _count_seconds(self, times: NDArray[np.int64], sizes: NDArray[np.int64], first: int, last: int) -> None:
        if first == last:
            self._add_second(first, len(times), int(sizes.sum()))
            return
        seconds = times // SECOND
        # A file may jump by years; only seconds that can still be shown are counted, so the work is bounded
        recent = seconds > max(last, self.last_time_ns // SECOND) - SECONDS_KEPT
        present, which = np.unique(seconds[recent], return_inverse=True)
        packets = np.bincount(which)
        total = np.bincount(which, weights=sizes[recent])
        for second, count, size in zip(present.tolist(), packets.tolist(), total.tolist(), strict=True):
            self._add_second(second, count, int(size))

    def _add_second(self, second: int, packets: int, size: int) -> None:
        slot = second % SECONDS_KEPT
        if self._second[slot] > second:
            return  # time went back further than the history reaches
        if self._second[slot] != second:
            self._second[slot] = second
            self._per_second[:, slot] = 0
        self._per_second[0, slot] += packets
        self._per_second[1, slot] += size


def _name(key: int) -> str:
    if key in KEY_NAMES:
        return KEY_NAMES[key]
    return PROTOCOL_NAMES.get(key, f"IP protocol {key}")
