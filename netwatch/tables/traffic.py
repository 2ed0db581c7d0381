"""TrafficTable and TrafficSeries: what passed in all, and how much of it when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from netwatch.tables.resolution import Resolution


@dataclass(frozen=True, slots=True, eq=False)
class TrafficSeries:
    """Packets and bits of each protocol group in equal steps of packet time, oldest first.

    g is the number of groups, n that of steps. The last step is the running one and not complete.
    """

    resolution: Resolution
    groups: tuple[str, ...]
    """Names of the groups; each packet is in exactly one."""
    start_ns: NDArray[np.int64]
    """When each step begins, nanoseconds since the epoch, shape (n,)."""
    packets: NDArray[np.int64]
    """Packets in each step, shape (g, n)."""
    bits: NDArray[np.int64]
    """Bits on the wire in each step, shape (g, n)."""

    def __len__(self) -> int:
        return len(self.start_ns)


@dataclass(frozen=True, slots=True)
class Count:
    """Packets and their bytes on the wire."""

    packets: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class NamedCount:
    """Count of what has a name."""

    name: str
    packets: int
    bytes: int


@dataclass(frozen=True, slots=True)
class EthertypeCount:
    """Packets whose innermost payload has an EtherType."""

    number: int
    """As PacketBatch.ethertype: ETHERTYPE_LLC and ETHERTYPE_UNKNOWN are not IEEE's."""
    name: str
    packets: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SizeCount:
    """Frames of a size, in bytes on the wire without the frame check sequence."""

    least: int
    most: int | None
    """None for no limit."""
    packets: int
    bytes: int


@dataclass(frozen=True, slots=True)
class PortCount:
    """Traffic of a service port: that of both directions of its conversations."""

    protocol: str
    """TCP or UDP."""
    port: int
    """0 stands also for packets whose ports were not captured."""
    service: str
    """Name of the service that uses the port, empty when none is known."""
    packets: int
    bytes: int


@dataclass(frozen=True, slots=True)
class HierarchyRow:
    """One protocol in the tree of protocols; rows stand in the order in which the tree is read."""

    depth: int
    """0 for the link type; network, transport and application are below it."""
    name: str
    packets: int
    bytes: int
    """Of the packets that hold the protocol."""
    end_packets: int
    end_bytes: int
    """Of the packets in which nothing that has a row of its own follows it."""


@dataclass(frozen=True, slots=True)
class LinkCounters:
    """What the link layer says of the packets."""

    unicast: Count
    multicast: Count
    broadcast: Count
    """By the destination's hardware address; the rest have none, or the link type is none that we look into."""
    incoming: Count
    outgoing: Count
    """As the kernel says; the rest come from where it is not said."""
    tagged: Count
    """With a VLAN tag."""
    tunnelled: Count
    fragments: Count
    """Of IP packets."""
    malformed: Count
    cut_short: Count
    """The capture holds less of the headers than was on the wire."""


@dataclass(frozen=True, slots=True, eq=False)
class TrafficTable:
    """All traffic since the start; lists of counts have those with most bytes first unless stated."""

    packets: int
    bytes: int
    first_time_ns: int
    last_time_ns: int
    """Earliest and latest capture time; 0 before the first packet."""
    smallest: int
    largest: int
    """Sizes of frames in bytes; 0 before the first packet."""
    groups: tuple[NamedCount, ...]
    """The protocol groups of TrafficSeries in its order."""
    protocols: tuple[NamedCount, ...]
    """By IP protocol, and ARP, IPv4 and IPv6 that could not be read further, and other."""
    sizes: tuple[SizeCount, ...]
    """Every size class, smallest first."""
    hierarchy: tuple[HierarchyRow, ...]
    link: LinkCounters
    ethertypes: tuple[EthertypeCount, ...]
    ports: tuple[PortCount, ...]
    """Service ports of TCP and UDP."""
