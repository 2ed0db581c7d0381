"""Claims: packets of ARP and neighbour discovery that say which MAC address belongs to an IP address."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_ARP,
    ETHERTYPE_RARP,
    FRAGMENT_OFFSET,
    MORE_FRAGMENTS,
    PROTOCOL_ICMPV6,
)
from netwatch.decode.window import headers
from netwatch.track.host_links import mac_addresses
from netwatch.track.host_scope import MULTICAST_IPV6, UNSPECIFIED_IPV4, in_ipv6

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

_MAC = [("high", ">u2"), ("low", ">u4")]
_ARP = np.dtype(
    [("before", "V4"), ("hardware_length", "u1"), ("protocol_length", "u1"), ("operation", ">u2"), ("sender", _MAC)]
)  # RFC 826
_TARGET = np.dtype([("before", "V8"), ("high", ">u8"), ("low", ">u8")])
_OPTION = np.dtype([("type", "u1"), ("length", "u1"), ("address", _MAC)])
MAC_LENGTH: Final = 6

SOLICIT_ROUTER, ADVERTISE_ROUTER, SOLICIT_NEIGHBOUR, ADVERTISE_NEIGHBOUR = 133, 134, 135, 136
OPTIONS_AT: Final = {SOLICIT_ROUTER: 8, ADVERTISE_ROUTER: 16, SOLICIT_NEIGHBOUR: 24, ADVERTISE_NEIGHBOUR: 24}
"""Where the options of each message begin (RFC 4861 sections 4.1 to 4.4)."""
SOURCE_LINK_LAYER, TARGET_LINK_LAYER = 1, 2
"""Options with a MAC address (RFC 4861 section 4.6.1)."""
MOST_OPTIONS: Final = 8
"""Options of one message that are looked at."""
HOP_LIMIT: Final = 255
"""What no packet has that a router passed on; others are to be ignored (RFC 4861 section 6.1)."""


class Claim(IntFlag):
    """Kinds of claims, in the order of tables.neighbours.LEARNED."""

    ARP_REQUEST = 1
    ARP_REPLY = 2
    GRATUITOUS = 4
    """Sender and target address are the same: nobody was asked (RFC 5227 section 1.2.1)."""
    NEIGHBOUR_SOLICITATION = 8
    NEIGHBOUR_ADVERTISEMENT = 16
    ROUTER_SOLICITATION = 32
    ROUTER_ADVERTISEMENT = 64
    OTHER_ARP = 128


class Claims(NamedTuple):
    """Claims of one batch in the order of their packets; arrays have shape (n,)."""

    positions: NDArray[np.intp]
    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    """The IP address."""
    mac: NDArray[np.int64]
    kind: NDArray[np.uint8]
    """Claim."""

    def chosen(self, which: slice | NDArray[np.bool_] | NDArray[np.intp]) -> Claims:
        """Return some of the claims."""
        return Claims(self.positions[which], self.high[which], self.low[which], self.mac[which], self.kind[which])


def find_claims(batch: PacketBatch) -> Claims | None:
    """Return the claims in `batch`, None for none, which is cheap to find out."""
    found = []
    arp = (batch.ethertype == ETHERTYPE_ARP) | (batch.ethertype == ETHERTYPE_RARP)
    if np.count_nonzero(arp):
        found.append(_arp_claims(batch, np.flatnonzero(arp)))
    icmpv6 = batch.protocol == PROTOCOL_ICMPV6
    if np.count_nonzero(icmpv6):
        found.append(_discovery_claims(batch, np.flatnonzero(icmpv6)))
    if not sum(len(claims.positions) for claims in found):
        return None
    if len(found) == 1:
        return found[0]
    one, two = found
    both = Claims(
        np.concatenate((one.positions, two.positions)),
        np.concatenate((one.high, two.high)),
        np.concatenate((one.low, two.low)),
        np.concatenate((one.mac, two.mac)),
        np.concatenate((one.kind, two.kind)),
    )
    return both.chosen(np.argsort(both.positions, kind="stable"))


def _arp_claims(batch: PacketBatch, at: NDArray[np.intp]) -> Claims:
    # The decoder gives addresses only where all of them were captured; a probe has none of its own
    high, low = batch.src_high[at], batch.src_low[at]
    at = at[(high == 0) & (low != 0) & (low != UNSPECIFIED_IPV4)]
    header = headers(batch.frames.data, batch.network_offset[at], _ARP)
    ethernet = header["hardware_length"] == MAC_LENGTH
    at, header = at[ethernet], header[ethernet]
    operation = header["operation"]
    kind = np.select([operation == 1, operation == 2], [Claim.ARP_REQUEST, Claim.ARP_REPLY], Claim.OTHER_ARP)
    gratuitous = (batch.src_low[at] == batch.dst_low[at]) & (batch.ethertype[at] == ETHERTYPE_ARP)
    kind = np.where(gratuitous, kind | Claim.GRATUITOUS, kind).astype(np.uint8)
    return Claims(at, batch.src_high[at], batch.src_low[at], _number(header["sender"]), kind)


def _discovery_claims(batch: PacketBatch, at: NDArray[np.intp]) -> Claims:
    kind, code = batch.sport[at], batch.dport[at]
    valid = (kind >= SOLICIT_ROUTER) & (kind <= ADVERTISE_NEIGHBOUR) & (code == 0) & (batch.ttl[at] == HOP_LIMIT)
    at = at[valid & (batch.fragment[at] & (FRAGMENT_OFFSET | MORE_FRAGMENTS) == 0)]
    begin = batch.transport_offset[at]
    end = batch.payload_offset[at] + batch.payload_captured[at]
    options = begin + _OPTIONS_AT.take(batch.sport[at])
    whole = options <= end
    at, begin, end, options = at[whole], begin[whole], end[whole], options[whole]
    kind = batch.sport[at]
    advertises = kind == ADVERTISE_NEIGHBOUR
    target = headers(batch.frames.data, begin, _TARGET)
    high = np.where(advertises, target["high"], batch.src_high[at]).astype(np.uint64)
    low = np.where(advertises, target["low"], batch.src_low[at]).astype(np.uint64)
    wanted = np.where(advertises, TARGET_LINK_LAYER, SOURCE_LINK_LAYER).astype(np.uint8)
    mac = _link_layer_address(batch, options, end, wanted)
    # Advertisements may leave the option out; then the frame's sender is meant
    sender = mac_addresses(batch, at)[0].astype(np.int64)
    left_out = (mac < 0) & (sender != 0) & (advertises | (kind == ADVERTISE_ROUTER))
    mac = np.where(left_out, sender, mac)
    claims = Claims(at, high, low, mac, _KINDS.take(kind & 0xFF))
    return claims.chosen((mac >= 0) & ((high != 0) | (low != 0)) & ~in_ipv6(high, MULTICAST_IPV6))


def _link_layer_address(
    batch: PacketBatch, at: NDArray[np.int32], end: NDArray[np.int32], wanted: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """Return the MAC address in the first option of type `wanted` among those from `at` on, -1 for none."""
    mac = np.full(len(at), -1, np.int64)
    left = np.arange(len(at))
    at = at.copy()
    for _ in range(MOST_OPTIONS):
        left = left[at[left] + _OPTION.itemsize <= end[left]]
        if not len(left):
            break
        option = headers(batch.frames.data, at[left], _OPTION)
        found = (option["type"] == wanted[left]) & (option["length"] == 1)
        mac[left[found]] = _number(option["address"][found])
        at[left] += option["length"].astype(np.int32) * 8
        left = left[~found & (option["length"] != 0)]
    return mac


def _number(address: NDArray[np.void]) -> NDArray[np.int64]:
    result: NDArray[np.int64] = address["high"].astype(np.int64) << 32 | address["low"]
    return result


def _tables() -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    options, kinds = np.zeros(256, np.int32), np.zeros(256, np.uint8)
    options[list(OPTIONS_AT)] = list(OPTIONS_AT.values())
    kinds[SOLICIT_ROUTER], kinds[ADVERTISE_ROUTER] = Claim.ROUTER_SOLICITATION, Claim.ROUTER_ADVERTISEMENT
    kinds[SOLICIT_NEIGHBOUR] = Claim.NEIGHBOUR_SOLICITATION
    kinds[ADVERTISE_NEIGHBOUR] = Claim.NEIGHBOUR_ADVERTISEMENT
    return options, kinds


_OPTIONS_AT, _KINDS = _tables()
