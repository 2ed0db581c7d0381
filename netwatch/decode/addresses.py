"""Addresses and VLAN identifiers of a PacketBatch as text."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address

from netwatch.decode.batch import IPV4_MAPPED, MAC_HIGH

REMEMBERED = 65536
"""Addresses whose text is kept, about 10 MB at most; asking again for a remembered one takes 0.1 microseconds."""

_IPV4_PREFIX = IPV4_MAPPED >> 32
_UNTAGGED = -1
_IDENTIFIER = 0xFFF


@lru_cache(REMEMBERED)
def address_text(high: int, low: int) -> str:
    """Return the address in two halves as PacketBatch holds it: IPv4 dotted, IPv6 as RFC 5952 writes it, or a MAC.

    Both halves 0 give an empty string: the columns cannot tell `no address` from the IPv6 address `::`, so whoever
    knows that the packet is IPv6 writes UNSPECIFIED_IPV6 in its place.
    """
    if high == 0 and low >> 32 == _IPV4_PREFIX:
        return f"{low >> 24 & 255}.{low >> 16 & 255}.{low >> 8 & 255}.{low & 255}"
    if high == MAC_HIGH:
        return (low & 0xFFFF_FFFF_FFFF).to_bytes(6, "big").hex(":")
    if high == 0 and low == 0:
        return ""
    return IPv6Address(high << 64 | low).compressed


UNSPECIFIED_IPV6 = "::"


def vlan_text(vlan: int) -> str:
    """Return the VLAN column as text: empty for an untagged packet, `5`, or `100.20` for outer and inner tag."""
    if vlan == _UNTAGGED:
        return ""
    outer, inner = vlan & _IDENTIFIER, vlan >> 12
    return f"{outer}.{inner - 1}" if inner else str(outer)
