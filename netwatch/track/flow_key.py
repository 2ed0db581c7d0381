"""Flow keys: what makes packets belong to one conversation, the same for both of its directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from netwatch.decode.batch import (
    PROTOCOL_DCCP,
    PROTOCOL_ICMP,
    PROTOCOL_ICMPV6,
    PROTOCOL_NONE,
    PROTOCOL_SCTP,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    PROTOCOL_UDPLITE,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

ICMP_REQUESTS: Final = {8: 0, 13: 14, 15: 16, 17: 18, 10: 9}
"""ICMP queries and their replies (RFC 792, RFC 950, RFC 1256), as Zeek pairs them."""
ICMPV6_REQUESTS: Final = {128: 129, 133: 134, 135: 136, 130: 131, 139: 140, 144: 145}
"""The same of ICMPv6 (RFC 4443, RFC 4861, RFC 2710, RFC 4620, RFC 6275)."""

WITH_PORTS: Final = frozenset({PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_SCTP, PROTOCOL_DCCP, PROTOCOL_UDPLITE})
"""Protocols whose ports in a key are ports."""

LARGEST_VLAN: Final = 0xFFFFFF
"""VLAN identifiers are clipped to 24 bits: untagged and priority-tagged frames are one LAN (IEEE 802.1Q: identifier 0
names no VLAN), and an inner identifier of 4095 is reserved."""

LOW_HALF: Final = 0xFFFF_FFFF
EVERY_BIT: Final = 0xFFFF_FFFF_FFFF_FFFF

End: TypeAlias = "tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint16]]"
"""High and low half of the address and port of one end of some packets."""


@dataclass(frozen=True, slots=True, eq=False)
class FlowKeys:
    """The keys of some packets, all of shape (n,). Of the two ends, end 0 is the one whose hash is smaller."""

    columns: tuple[NDArray[np.uint64], ...]
    """High and low half of the address of end 0, the same of end 1, then from the top: port of end 0 and of end 1
    (16 bits each), VLAN (24 bits) and protocol (8 bits). See `ports` for what takes the place of ports."""
    swapped: NDArray[np.bool_]
    """The packet was sent by end 1."""
    hash: NDArray[np.uint64]
    """Keyed hash of all columns."""


class FlowHash:
    """Secret multipliers that make a hash nobody outside can predict.

    A multilinear family over the halves of the addresses (Lemire and Kaser 2014, `Strongly universal string hashing
    is fast`), then mixed.
    """

    def __init__(self, seed: int) -> None:
        secrets = np.random.default_rng(seed).integers(0, 1 << 64, 9, dtype=np.uint64) | np.uint64(1)
        self._keys = [int(secret) for secret in secrets]

    def keys(self, batch: PacketBatch, sport: NDArray[np.uint16], dport: NDArray[np.uint16]) -> FlowKeys:
        """Return the keys of all packets of `batch`, whose ports are `sport` and `dport` (see `ports`)."""
        return self.of(
            (batch.src_high, batch.src_low, sport), (batch.dst_high, batch.dst_low, dport), batch.vlan, batch.protocol
        )

    def of(self, source: End, destination: End, vlan: NDArray[np.int32], protocol: NDArray[np.uint8]) -> FlowKeys:
        """Return the keys of packets from `source` to `destination`."""
        sport, dport = source[2].astype(np.uint64), destination[2].astype(np.uint64)
        lan = lan_of(vlan, protocol)
        flat = not (source[0].any() or destination[0].any())
        from_hash = self._end(source[0], source[1], sport, flat=flat)
        to_hash = self._end(destination[0], destination[1], dport, flat=flat)
        swapped = from_hash > to_hash
        both = np.where(swapped, dport, sport)
        both <<= np.uint64(16)
        both |= np.where(swapped, sport, dport)
        both <<= np.uint64(32)
        both |= lan
        columns = (
            source[0] if flat else np.where(swapped, destination[0], source[0]),
            np.where(swapped, destination[1], source[1]),
            source[0] if flat else np.where(swapped, source[0], destination[0]),
            np.where(swapped, source[1], destination[1]),
            both,
        )
        return FlowKeys(columns, swapped, self._mixed(from_hash, to_hash, lan))

    def _end(
        self, high: NDArray[np.uint64], low: NDArray[np.uint64], port: NDArray[np.uint64], *, flat: bool
    ) -> NDArray[np.uint64]:
        """Return the hash of one end of each packet; `flat` when all high halves are 0."""
        zero, one, two, three, four = self._keys[:5]
        mixed: NDArray[np.uint64] = low >> np.uint64(32)
        mixed += one
        half = low & np.uint64(LOW_HALF)
        half += zero
        mixed *= half
        mixed += port * four
        if not flat:
            # The constant makes the sum the same as that of a flat batch where the high half is 0
            mixed += ((high & np.uint64(LOW_HALF)) + two) * ((high >> np.uint64(32)) + three) - (
                two * three & EVERY_BIT
            )
        return mixed

    def _mixed(self, one: NDArray[np.uint64], two: NDArray[np.uint64], lan: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return the hash of both ends, the same whichever is `one`; all bits depend on all others."""
        five, six, seven, eight = self._keys[5:]
        mixed = np.minimum(one, two)
        mixed >>= np.uint64(32)
        mixed += five
        larger = np.maximum(one, two)
        larger >>= np.uint64(32)
        larger += six
        mixed *= larger
        mixed += lan * seven
        mixed ^= mixed >> np.uint64(32)
        mixed *= eight
        mixed ^= mixed >> np.uint64(29)
        return mixed


def lan_of(vlan: NDArray[np.int32], protocol: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return what the last column of a key holds below the ports: VLAN and protocol."""
    lan: NDArray[np.uint64] = protocol.astype(np.uint64)
    if len(vlan) and vlan.max() > 0:
        lan |= np.clip(vlan, 0, LARGEST_VLAN).astype(np.uint64) << np.uint64(8)
    return lan


def ports(batch: PacketBatch) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Return what stands for the ports of both ends in a key.

    ICMP: type and the type that answers it, so that request and reply are one conversation; for types without an
    answer type and code. Packets without an IP header: the EtherType, twice.
    """
    sport, dport = batch.sport, batch.dport
    protocol = batch.protocol
    bare = protocol == PROTOCOL_NONE
    if bare.any():
        sport, dport = np.where(bare, batch.ethertype, sport), np.where(bare, batch.ethertype, dport)
    for number, counterparts in ((PROTOCOL_ICMP, _ICMP), (PROTOCOL_ICMPV6, _ICMPV6)):
        icmp = protocol == number
        if icmp.any():
            answer = counterparts[batch.sport & 0xFF]
            dport = np.where(icmp & (answer >= 0), answer, dport).astype(np.uint16)
    return sport, dport


def _counterparts(requests: dict[int, int]) -> NDArray[np.int16]:
    table = np.full(256, -1, np.int16)
    for request, reply in requests.items():
        table[request], table[reply] = reply, request
    return table


_ICMP: Final = _counterparts(ICMP_REQUESTS)
_ICMPV6: Final = _counterparts(ICMPV6_REQUESTS)
