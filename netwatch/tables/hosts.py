"""HostTable: some hosts as a pane, a report or an exporter sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class HostTable:
    """Hosts in the order that was asked for, n of them; strings are printable.

    A host is a machine with all its addresses as far as its MAC address tells, else a single address. Columns have
    shape (n,); those of shape (n, 2) hold what the host sent in column 0 and what it received in column 1.
    """

    serial: NDArray[np.int64]
    """Number of the oldest address of the host in this capture, from 1."""
    address: tuple[str, ...]
    """The address that stands for the host: IPv4 before IPv6 before MAC, wider before narrower scope."""
    addresses: tuple[tuple[str, ...], ...]
    """All IP addresses of the host, `address` first; its MAC address where it has none."""
    mac: tuple[str, ...]
    """Its own MAC address; empty when not known, as for everything behind a gateway."""
    vendor: tuple[str, ...]
    """Who made the network card, by the first bytes of `mac`; empty when not known."""
    via: tuple[str, ...]
    """MAC address of the gateway that its packets pass on this link; empty for hosts on the link itself."""
    name: tuple[str, ...]
    """The best name of the host, empty for none."""
    names: tuple[tuple[str, ...], ...]
    """All names of its addresses, the best first."""
    roles: tuple[tuple[str, ...], ...]
    """Some of ROLES."""
    services: tuple[tuple[str, ...], ...]
    """Open services that were seen to answer, as `443/tcp https`; `...` at the end when there were more."""
    first_ns: NDArray[np.int64]
    last_ns: NDArray[np.int64]
    """Earliest and latest capture time of its packets, nanoseconds since the epoch."""
    packets: NDArray[np.int64]
    """Shape (n, 2)."""
    bytes: NDArray[np.int64]
    """Bytes on the wire, shape (n, 2)."""

    def __len__(self) -> int:
        return len(self.serial)


ROLES = ("gateway", "router", "dns", "dhcp", "broadcast", "multicast", "silent")
"""What a host was seen to be. `gateway`: passes on packets of other networks. `router`: advertises itself by IPv6.
`dns`, `dhcp`: answers as such a server. `broadcast`, `multicast`: no machine. `silent`: never sent anything."""
