"""What kind of address an address is: of a private network, of the link, of a group, of nobody."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import IPV4_MAPPED, MAC_HIGH

if TYPE_CHECKING:
    from numpy.typing import NDArray

IPV4_PREFIX: Final = IPV4_MAPPED >> 32

PRIVATE_IPV4: Final = (
    (0x0A00_0000, 8), (0xAC10_0000, 12), (0xC0A8_0000, 16), (0x6440_0000, 10), (0xA9FE_0000, 16), (0x7F00_0000, 8),
)  # fmt: skip
"""Networks and prefix lengths that no router of the internet forwards: RFC 1918, RFC 6598, RFC 3927, RFC 1122."""
LINK_LOCAL_IPV4: Final = (0xA9FE_0000, 16)
MULTICAST_IPV4: Final = (0xE000_0000, 4)
BROADCAST_IPV4: Final = IPV4_MAPPED | 0xFFFF_FFFF
UNSPECIFIED_IPV4: Final = IPV4_MAPPED
LINK_LOCAL_IPV6: Final = (0xFE80 << 48, 10)
"""High half and prefix length (RFC 4291 section 2.5.6)."""
UNIQUE_LOCAL_IPV6: Final = (0xFC << 56, 7)
"""RFC 4193 section 3.1."""
GLOBAL_IPV6: Final = (0x2 << 60, 3)
"""RFC 4291 section 2.5.4: what is assigned by now."""
MULTICAST_IPV6: Final = (0xFF << 56, 8)
GROUP_MAC: Final = 1 << 40
"""The bit of a MAC address that makes it one of a group (IEEE 802)."""
BROADCAST_MAC: Final = 0xFFFF_FFFF_FFFF
REMEMBERED: Final = 8192
"""Addresses of which it is remembered whether they are near; the same ones are asked about over and over."""


def is_ipv4(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which addresses, halves as PacketBatch has them, are IPv4; shape (n,), as all functions here."""
    result: NDArray[np.bool_] = (high == 0) & (low >> np.uint64(32) == IPV4_PREFIX)
    return result


def is_private(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which are IPv4 addresses of private networks, of the link or of the loopback."""
    result: NDArray[np.bool_] = _PRIVATE_SIXTEENS.take(_sixteen_bits(low)) & is_ipv4(high, low)
    return result


def is_public(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which are IPv4 addresses of single hosts anywhere on the internet."""
    result: NDArray[np.bool_] = _PUBLIC_SIXTEENS.take(_sixteen_bits(low)) & is_ipv4(high, low)
    return result


def is_group(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which are multicast or broadcast addresses of IPv4, IPv6 or the link."""
    mac = high == MAC_HIGH
    result: NDArray[np.bool_] = is_ipv4(high, low) & (_in_ipv4(low, MULTICAST_IPV4) | (low == BROADCAST_IPV4))
    result |= ~mac & in_ipv6(high, MULTICAST_IPV6)
    result |= mac & (low & np.uint64(GROUP_MAC) != 0)
    return result


def is_link_local(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which addresses no router forwards (RFC 3927, RFC 4291)."""
    result: NDArray[np.bool_] = is_ipv4(high, low) & _in_ipv4(low, LINK_LOCAL_IPV4)
    result |= in_ipv6(high, LINK_LOCAL_IPV6)
    return result


def is_nobody(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which are no address at all or the unspecified one."""
    result: NDArray[np.bool_] = (high == 0) & ((low == 0) | (low == UNSPECIFIED_IPV4))
    return result


def in_ipv6(high: NDArray[np.uint64], network: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which high halves lie in a network of at most 64 bits."""
    prefix, length = network
    result: NDArray[np.bool_] = high >> np.uint64(64 - length) == prefix >> (64 - length)
    return result


@lru_cache(REMEMBERED)
def is_local(high: int, low: int) -> bool:
    """Return True for one address that belongs to a machine nearby: private, of the link, or a MAC address."""
    if high == MAC_HIGH:
        return True
    if high == 0 and low >> 32 == IPV4_PREFIX:
        return low >> 24 & 0xFF in _LOCAL_BYTES and any(low & mask == network for network, mask in _LOCAL_IPV4)
    return any(high & mask == prefix for prefix, mask in _LOCAL_IPV6)


def can_have_name(high: int, low: int) -> bool:
    """Return True for one address that stands for one machine: not unspecified, loopback, or of a group."""
    if high == MAC_HIGH:
        return not low & GROUP_MAC
    if high == 0 and low >> 32 == IPV4_PREFIX:
        return 0 < low >> 24 & 0xFF < 0xE0 and low >> 24 & 0xFF != 0x7F
    return high >> 56 != 0xFF and (high != 0 or low > 1)


def _in_ipv4(low: NDArray[np.uint64], network: tuple[int, int]) -> NDArray[np.bool_]:
    prefix, length = network
    result: NDArray[np.bool_] = (low & np.uint64(0xFFFF_FFFF)) >> np.uint64(32 - length) == prefix >> (32 - length)
    return result


def _sixteen_bits(low: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Return the first half of IPv4 addresses: no network of PRIVATE_IPV4 is smaller."""
    return (low >> np.uint64(16) & np.uint64(0xFFFF)).astype(np.intp)


def _private_sixteens() -> NDArray[np.bool_]:
    table = np.zeros(1 << 16, np.bool_)
    for prefix, length in PRIVATE_IPV4:
        table[prefix >> 16 : (prefix >> 16) + (1 << 16 - length)] = True
    return table


_PRIVATE_SIXTEENS: Final = _private_sixteens()
_PUBLIC_SIXTEENS: Final = ~_PRIVATE_SIXTEENS
_PUBLIC_SIXTEENS[: 1 << 8] = _PUBLIC_SIXTEENS[0xE000:] = False  # "this network", multicast and what is reserved


def _masked(network: tuple[int, int], bits: int) -> tuple[int, int]:
    prefix, length = network
    return prefix, (1 << bits) - (1 << bits - length)


_LOCAL_IPV4: Final = tuple(_masked(network, 32) for network in PRIVATE_IPV4)
_LOCAL_BYTES: Final = frozenset(network >> 24 for network, _ in PRIVATE_IPV4)
"""First bytes of their addresses: most addresses have another one."""
_LOCAL_IPV6: Final = tuple(_masked(network, 64) for network in (LINK_LOCAL_IPV6, UNIQUE_LOCAL_IPV6))
