"""NeighbourTable: which MAC address claims which IP address, and every change of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourTable:
    """Neighbours in the order that was asked for, n of them; numeric columns have shape (n,), strings are printable."""

    serial: NDArray[np.int64]
    """Number of the neighbour in this capture, from 1."""
    ip: tuple[str, ...]
    mac: tuple[str, ...]
    """The newest MAC address that claimed `ip`."""
    vendor: tuple[str, ...]
    vlan: tuple[str, ...]
    """As PacketRow.vlan; the same address in two VLANs is two neighbours."""
    learned: tuple[tuple[str, ...], ...]
    """How, some of LEARNED."""
    count: NDArray[np.int64]
    """Packets that claimed `ip`."""
    changes: NDArray[np.int64]
    """How often the MAC address changed."""
    first_ns: NDArray[np.int64]
    last_ns: NDArray[np.int64]
    """Earliest and latest capture time of these packets, nanoseconds since the epoch."""

    def __len__(self) -> int:
        return len(self.serial)


LEARNED = ("ARP request", "ARP reply", "gratuitous ARP", "NS", "NA", "RS", "RA", "other ARP")
"""Kinds of packets that claim an address: ARP (RFC 826, gratuitous as RFC 5227 has it) and neighbour solicitation,
neighbour advertisement, router solicitation and router advertisement (RFC 4861)."""


class NeighbourChange(NamedTuple):
    """An IP address that moved from one MAC address to another; all text printable."""

    ip: str
    old_mac: str
    new_mac: str
    time_ns: int
    """Capture time of the packet that claimed the address anew."""
    number: int
    """The number of that packet."""
    vlan: str
