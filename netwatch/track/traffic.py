"""Traffic in all: totals, packets and bits over time, and the share of each protocol, port and kind of frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_ARP,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_LLC,
    ETHERTYPE_UNKNOWN,
    PROTOCOL_NONE,
)
from netwatch.decode.info.numbers import IP_PROTOCOLS, ethertype_name
from netwatch.nanoseconds import SECOND
from netwatch.snapshot import Rates
from netwatch.tables.resolution import Resolution
from netwatch.tables.traffic import EthertypeCount, NamedCount, TrafficSeries, TrafficTable
from netwatch.track.traffic_delivery import link_types_of
from netwatch.track.traffic_frame import FrameCounters
from netwatch.track.traffic_group import GROUP_OF_LEAF, GROUPS
from netwatch.track.traffic_hierarchy import OTHER_LINKS, hierarchy
from netwatch.track.traffic_leaf import LEAVES, Leaf, leaves_of, protocol_label
from netwatch.track.traffic_rate import GroupRates
from netwatch.track.traffic_service import PortCounters, services_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

VLAN_TAG_BYTES: Final = 4
"""Bytes of a tag that the kernel took out; they were on the wire, and a saved file has them again."""
MOST_LINKS: Final = 16
"""Link types with counts of their own."""
TOP_PORTS: Final = 20
MOST_ETHERTYPES: Final = 64

PROTOCOL_NAMES: Final = IP_PROTOCOLS
"""Names of IANA protocol numbers."""


class Traffic:
    """Counts every packet fed, each in 64 bit integers; nothing grows with the traffic."""

    def __init__(self) -> None:
        self.packets = 0
        self.first_time_ns = 0
        self.last_time_ns = 0
        """The earliest and the latest capture time seen; 0 before the first packet."""
        self._frames = FrameCounters()
        self._ports = PortCounters()
        self._rates = GroupRates(len(GROUPS))
        self._leaves: dict[int, NDArray[np.int64]] = {}
        """Packets and bytes of LEAVES, shape (2, leaves), by link type."""
        self._ethertypes = np.zeros((2, 65536), np.int64)
        """Packets and bytes of what is not IP."""

    @property
    def bytes(self) -> int:
        """Bytes on the wire."""
        return self._frames.total.bytes

    @property
    def malformed(self) -> int:
        """Packets with MALFORMED in their status."""
        return self._frames.malformed

    def feed(self, batch: PacketBatch) -> None:
        """Count the packets of `batch`."""
        if not len(batch):
            return
        times = batch.frames.time_ns
        sizes = batch.frames.wire_length.astype(np.int64)
        tags = batch.frames.stripped_tag
        if np.count_nonzero(tags):
            sizes += np.where(tags != 0, VLAN_TAG_BYTES, 0)
        span = int(times.min()), int(times.max())
        self.first_time_ns = span[0] if not self.packets else min(self.first_time_ns, span[0])
        self.last_time_ns = span[1] if not self.packets else max(self.last_time_ns, span[1])
        self.packets += len(batch)
        services = services_of(batch)
        not_ip = _positions(batch.protocol == PROTOCOL_NONE)
        leaf = leaves_of(batch, services.application, not_ip)
        link_types = link_types_of(batch.frames)
        self._ports.add(services.cell, sizes)
        self._rates.add(times, GROUP_OF_LEAF.take(leaf), sizes, span)
        self._frames.add(batch, sizes, link_types)
        for link_type, rows in link_types.items():
            self._count_leaves(link_type, leaf[rows], sizes[rows])
        if len(not_ip):
            self._count_ethertypes(batch.ethertype[not_ip], sizes[not_ip])

    def table(self, ports: int = TOP_PORTS) -> TrafficTable:
        """Return everything but the series, with as many service ports."""
        by_leaf = self._by_leaf()
        groups = np.zeros((2, len(GROUPS)), np.int64)
        for total, counts in zip(groups, by_leaf, strict=True):
            np.add.at(total, GROUP_OF_LEAF, counts)
        return TrafficTable(
            packets=self.packets,
            bytes=self.bytes,
            first_time_ns=self.first_time_ns,
            last_time_ns=self.last_time_ns,
            smallest=self._frames.smallest,
            largest=self._frames.largest,
            groups=tuple(map(NamedCount, GROUPS, *groups.tolist())),
            protocols=tuple(NamedCount(*counts) for counts in self.protocols()),
            sizes=self._frames.sizes(),
            hierarchy=hierarchy(self._leaves),
            link=self._frames.link(),
            ethertypes=self._ethertype_counts(by_leaf),
            ports=self._ports.top(ports),
        )

    def series(self, resolution: Resolution, now_ns: int, count: int) -> TrafficSeries:
        """Return the last `count` steps (at most `resolution.kept`) up to and with the one that `now_ns` is in."""
        start_ns, counts = self._rates.window(resolution, now_ns, count)
        return TrafficSeries(resolution, GROUPS, start_ns, counts[:, 0].T.copy(), counts[:, 1].T * 8)

    def protocols(self) -> tuple[tuple[str, int, int], ...]:
        """Return (name, packets, bytes) of each protocol seen, most bytes first."""
        by_leaf = self._by_leaf()
        seen = np.flatnonzero(by_leaf[0])
        found: dict[str, list[int]] = {}
        for number, packets, size in zip(seen.tolist(), *by_leaf[:, seen].tolist(), strict=True):
            total = found.setdefault(_protocol(LEAVES[number]), [0, 0])
            total[0] += packets
            total[1] += size
        rows = [(name, packets, size) for name, (packets, size) in found.items()]
        return tuple(sorted(rows, key=lambda row: (-row[2], row[0])))

    def forget_after(self, now_ns: int) -> None:
        """Leave out of graphs and rates what was counted at later times: the clock was set back."""
        self._rates.forget_after(now_ns)

    def rates(self, now_ns: int, seconds: int) -> Rates:
        """Return packets and bits of the last `seconds` up to and with the one `now_ns` is in.

        At most Resolution.SECOND.kept are known. The smoothed rate weighs the running second with the part of the one
        before that lies less than a second back.
        """
        _, counts = self._rates.window(Resolution.SECOND, now_ns, seconds)
        packets, sizes = counts.sum(axis=2).T
        bits = sizes * 8
        before = 1 - now_ns % SECOND / SECOND
        share = np.array([before, 1.0])
        return Rates(
            packets, bits, float(packets[-2:] @ share[-len(packets) :]), float(bits[-2:] @ share[-len(bits) :])
        )

    def _count_leaves(self, link_type: int, leaf: NDArray[np.intp], sizes: NDArray[np.int64]) -> None:
        if link_type not in self._leaves:
            link_type = link_type if len(self._leaves) < MOST_LINKS else OTHER_LINKS
            self._leaves.setdefault(link_type, np.zeros((2, len(LEAVES)), np.int64))
        counts = self._leaves[link_type]
        np.add.at(counts[0], leaf, 1)
        np.add.at(counts[1], leaf, sizes)

    def _count_ethertypes(self, ethertype: NDArray[np.uint16], sizes: NDArray[np.int64]) -> None:
        place = ethertype.astype(np.intp)
        np.add.at(self._ethertypes[0], place, 1)
        np.add.at(self._ethertypes[1], place, sizes)

    def _by_leaf(self) -> NDArray[np.int64]:
        """Return packets and bytes of LEAVES over all link types, shape (2, leaves)."""
        return sum(self._leaves.values(), np.zeros((2, len(LEAVES)), np.int64))

    def _ethertype_counts(self, by_leaf: NDArray[np.int64]) -> tuple[EthertypeCount, ...]:
        seen = np.union1d(np.flatnonzero(self._ethertypes[0]), list(_IS_IP))
        counts = self._ethertypes[:, seen]
        for version, leaves in _IS_IP.items():
            counts[:, seen == version] += by_leaf[:, leaves].sum(axis=1, keepdims=True)
        order = np.lexsort((seen, -counts[1]))
        order = order[counts[0, order] > 0][:MOST_ETHERTYPES]
        names = {ETHERTYPE_LLC: "LLC", ETHERTYPE_UNKNOWN: "unknown"}
        return tuple(
            EthertypeCount(number, names.get(number) or ethertype_name(number), packets, size)
            for number, packets, size in zip(seen[order].tolist(), *counts[:, order].tolist(), strict=True)
        )


_IS_IP: Final = {
    version: np.array([leaf.ethertype == version and leaf.protocol != PROTOCOL_NONE for leaf in LEAVES])
    for version in (ETHERTYPE_IPV4, ETHERTYPE_IPV6)
}
"""Which leaves are those of packets of an IP version, read as such."""


def _positions(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return where `mask` holds; counting first is quicker, for it mostly holds nowhere."""
    return np.flatnonzero(mask) if np.count_nonzero(mask) else np.zeros(0, np.intp)


def _protocol(leaf: Leaf) -> str:
    if leaf.protocol != PROTOCOL_NONE:
        return protocol_label(leaf.protocol)
    return {ETHERTYPE_ARP: "ARP", ETHERTYPE_IPV4: "IPv4", ETHERTYPE_IPV6: "IPv6"}.get(leaf.ethertype, "other")
