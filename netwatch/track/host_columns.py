"""HostColumns: everything that is known of each address, one array a field."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.window import EVERY
from netwatch.track.flow_storage import column
from netwatch.track.host_index import KeyedColumns

if TYPE_CHECKING:
    from numpy.typing import NDArray

SERVICES: Final = 16
"""Open services of an address that are kept, the first ones seen."""
SILENT: Final = 1 << 62
"""Put between hosts that never sent and all others when the ones to evict are chosen."""


class HostFlag(IntFlag):
    """What an address is, and what was seen of it."""

    BEYOND = 1
    """A public address that a private one reached directly: the MAC beside it is a gateway's."""
    BROADCAST = 2
    """Packets to it went to every station of the link."""
    DHCP_SERVER = 4
    DNS_SERVER = 8
    MORE_SERVICES = 16
    """There were more open services than are kept."""
    PRIVATE = 32
    PUBLIC = 64
    """IPv4 addresses of networks that no router of the internet forwards, and of all others."""


class HostColumns(KeyedColumns):
    """Row r is one address."""

    high: NDArray[np.uint64] = column(np.uint64)
    low: NDArray[np.uint64] = column(np.uint64)
    """The address as PacketBatch has it."""
    first_ns: NDArray[np.int64] = column(np.int64)
    """Earliest capture time of packets from and to it."""
    sent_ns: NDArray[np.int64] = column(np.int64)
    received_ns: NDArray[np.int64] = column(np.int64)
    """Latest capture time of packets from it and to it; `first_ns` where there was none."""
    sent_packets: NDArray[np.int64] = column(np.int64)
    received_packets: NDArray[np.int64] = column(np.int64)
    sent_bytes: NDArray[np.int64] = column(np.int64)
    received_bytes: NDArray[np.int64] = column(np.int64)
    mac_from: NDArray[np.uint64] = column(np.uint64)
    """The MAC address that its packets came from last, 0 when unknown."""
    mac_to: NDArray[np.uint64] = column(np.uint64)
    """The same that packets to it went to."""
    flags: NDArray[np.uint8] = column(np.uint8)
    """HostFlag."""
    services: NDArray[np.uint32] = column(np.uint32, SERVICES)
    """Open services: protocol << 16 | port, 0 for none."""
    service_count: NDArray[np.uint8] = column(np.uint8)

    def key_columns(self) -> tuple[NDArray[np.uint64], ...]:
        """Return the columns of the key."""
        return self.high, self.low

    def idleness(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the time of the last packet; hosts that never sent one, as a scan makes them, come first."""
        silent = self.sent_packets[rows] == 0
        result: NDArray[np.int64] = np.maximum(self.sent_ns[rows], self.received_ns[rows])
        result -= silent * np.int64(SILENT)
        return result

    @property
    def mac(self) -> NDArray[np.uint64]:
        """The MAC address beside each address, 0 when unknown; shape (rows,)."""
        return np.where(self.mac_from, self.mac_from, self.mac_to)

    def mark(self, rows: NDArray[np.intp], flag: HostFlag) -> None:
        """Set a flag of `rows`."""
        self.flags[rows] |= np.uint8(flag)

    def marked(self, flag: HostFlag, rows: slice | NDArray[np.intp] = EVERY) -> NDArray[np.bool_]:
        """Return which of `rows` have a flag."""
        result: NDArray[np.bool_] = self.flags[rows] & np.uint8(flag) != 0
        return result
