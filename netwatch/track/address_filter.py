"""AddressFilter: which packets of a batch come from or go to one machine, in any thread."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import IPV4_MAPPED, MAC_HIGH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

LOW_HALF = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class AddressFilter:
    """Implements PacketFilter for the addresses of a host."""

    name: str
    """Of the host, or the address that it goes by."""
    addresses: tuple[tuple[int, int], ...]
    """High and low halves, as PacketBatch has them."""

    @property
    def label(self) -> str:
        """Say that several addresses are meant, one of which may have most of the packets."""
        return f"{self.name}, {len(self.addresses)} addresses" if len(self.addresses) > 1 else self.name

    def mask(self, batch: PacketBatch) -> NDArray[np.bool_]:
        """Return which packets have one of the addresses at either end, shape (len(batch),)."""
        found = np.zeros(len(batch), np.bool_)
        for high, low in self.addresses:
            found |= (batch.src_low == np.uint64(low)) & (batch.src_high == np.uint64(high))
            found |= (batch.dst_low == np.uint64(low)) & (batch.dst_high == np.uint64(high))
        return found


def address_filter(name: str, addresses: Sequence[str]) -> AddressFilter:
    """Return the filter of addresses as HostTable has them: IPv4, IPv6 or MAC."""
    return AddressFilter(name, tuple(map(address_halves, addresses)))


def address_halves(text: str) -> tuple[int, int]:
    """Return an IPv4, IPv6 or MAC address as PacketBatch has it, in two halves.

    Raises:
        ValueError: it is no address.
    """
    if text.count(":") == 5 and len(text) == 17:
        return MAC_HIGH, int(text.replace(":", ""), 16)
    address = ip_address(text)
    if address.version == 4:
        return 0, IPV4_MAPPED | int(address)
    return int(address) >> 64, int(address) & LOW_HALF
