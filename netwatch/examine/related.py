"""Related packets: the next of the same flow, the answer to a request, the beginning of a connection."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from netwatch.decode.batch import PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_UDP, TCP_ACK, TCP_SYN
from netwatch.decode.dns_shape import PORTS, is_dns

if TYPE_CHECKING:
    from netwatch.dissection import Relation
    from netwatch.examine.flow_walk import FlowWalk, Found

MOST_PACKETS: Final = 100_000
"""Packets of a flow that are looked at in one direction."""
IDENTIFIER: Final = slice(0, 2)
ECHO: Final = {8: 0, 128: 129, 13: 14, 17: 18}
"""ICMP and ICMPv6 requests and their answers, which repeat identifier and sequence number (RFC 792, RFC 4443)."""


def related(walk: FlowWalk, relation: Relation) -> int | None:
    """Return the number of the packet that is `relation` to the first of a walk; None when there is none."""
    if relation == "next":
        return _number(next(walk.after(), None))
    if relation == "before":
        return _number(next(walk.before(), None))
    return _number(partner(walk) if relation == "partner" else handshake(walk))


def partner(walk: FlowWalk) -> Found | None:
    """Return the answer to a request, or the request of an answer.

    What says which answer belongs to it (DNS, ICMP) is looked for; elsewhere it is the nearest packet of the other
    side that carries something: behind a packet of whoever began, before one of whoever answers.
    """
    start = walk.start
    token = _token(start)
    forwards = _is_request(walk)
    for found in islice(walk.after() if forwards else walk.before(), MOST_PACKETS):
        if found.sender == start.sender or not (found.length or found.batch.protocol[found.position] == 255):
            continue
        if token is None or _token(found) == token:
            return found
    return None


def handshake(walk: FlowWalk) -> Found | None:
    """Return the SYN of a TCP connection, the first packet of other flows."""
    earliest = walk.start
    if earliest.is_tcp and earliest.flags & (TCP_SYN | TCP_ACK) == TCP_SYN:
        return earliest
    for found in islice(walk.before(), MOST_PACKETS):
        earliest = found
        if found.is_tcp and found.flags & (TCP_SYN | TCP_ACK) == TCP_SYN:
            return found
    return None if earliest.is_tcp else earliest


def _is_request(walk: FlowWalk) -> bool:
    """Return whether the first packet of a walk comes from whoever began."""
    start = walk.start
    batch, at = start.batch, start.position
    kind = int(batch.sport[at])
    if _is_icmp(start):
        return kind in ECHO
    if _is_dns(start):
        return not start.payload[2:3] or start.payload[2] < 0x80
    first = handshake(walk)
    if first is None:  # as most do, clients take the higher port
        return kind >= int(batch.dport[at])
    return first.sender == start.sender


def _token(found: Found) -> bytes | None:
    """Return what request and answer have in common; None where nothing is known to be."""
    if _is_icmp(found):
        begin = int(found.batch.transport_offset[found.position])
        return found.batch.frames.data[begin + 4 : begin + 8].tobytes()
    return found.payload[IDENTIFIER] if _is_dns(found) else None


def _is_icmp(found: Found) -> bool:
    kind = int(found.batch.sport[found.position])
    echo = kind in ECHO or kind in ECHO.values()
    return echo and int(found.batch.protocol[found.position]) in (PROTOCOL_ICMP, PROTOCOL_ICMPV6)


def _is_dns(found: Found) -> bool:
    batch, at = found.batch, found.position
    ports = {int(batch.sport[at]), int(batch.dport[at])}
    if int(batch.protocol[at]) != PROTOCOL_UDP:
        return False
    return not ports.isdisjoint(PORTS) or is_dns(found.payload, found.length)


def _number(found: Found | None) -> int | None:
    return found.number if found is not None else None
