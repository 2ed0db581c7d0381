"""Community ID: the flow identifier that Zeek, Suricata and others compute alike, version 1."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Final

from netwatch.decode.batch import PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.track.flow_key import ICMP_REQUESTS, ICMPV6_REQUESTS

WITH_PORTS: Final = frozenset({PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_ICMPV6, PROTOCOL_SCTP})
"""Protocols whose ports take part; ICMP has its type and the type that answers it, or its code, in their place."""

_PAIRED: Final = {
    PROTOCOL_ICMP: frozenset(ICMP_REQUESTS) | frozenset(ICMP_REQUESTS.values()),
    PROTOCOL_ICMPV6: frozenset(ICMPV6_REQUESTS) | frozenset(ICMPV6_REQUESTS.values()),
}


def community_id(  # the five parts of a flow and the seed, as the specification lists them
    source: bytes, destination: bytes, protocol: int, sport: int = 0, dport: int = 0, *, seed: int = 0
) -> str:
    """Return the Community ID of a flow (https://github.com/corelight/community-id-spec).

    Addresses are 4 or 16 bytes in network order. For ICMP the ports are those of `flow_key.ports`.
    """
    one_way = protocol in _PAIRED and sport not in _PAIRED[protocol]
    if not one_way and (source, sport) > (destination, dport):
        source, destination, sport, dport = destination, source, dport, sport
    hashed = seed.to_bytes(2, "big") + source + destination + bytes((protocol, 0))
    if protocol in WITH_PORTS:
        hashed += sport.to_bytes(2, "big") + dport.to_bytes(2, "big")
    return "1:" + b64encode(hashlib.sha1(hashed, usedforsecurity=False).digest()).decode("ascii")
