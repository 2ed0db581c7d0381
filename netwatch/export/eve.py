"""Suricata's EVE JSON: the fields that all records share, and one object a line (etc/schema.json of Suricata 8)."""

from __future__ import annotations

import json
from base64 import b64decode
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from netwatch.decode.addresses import UNSPECIFIED_IPV6, address_text
from netwatch.decode.batch import (
    IPV4_MAPPED,
    PROTOCOL_ICMP,
    PROTOCOL_ICMPV6,
    PROTOCOL_NONE,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
)
from netwatch.nanoseconds import SECOND
from netwatch.track.community_id import community_id
from netwatch.track.flow_key import ICMP_REQUESTS, ICMPV6_REQUESTS
from netwatch.track.flow_table import protocol_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.stream_reader import Moment

PROTOCOL_WORDS: Final = {PROTOCOL_ICMP: "ICMP", PROTOCOL_ICMPV6: "IPv6-ICMP"}
"""As Suricata calls them (known_proto); the others have the names that netwatch uses too."""
REMEMBERED: Final = 10_000
"""Conversations whose Community ID is kept: their messages come close together."""
FLOW_ID_BYTES: Final = 6
"""Of the digest behind the Community ID: fits the 53 bits that every JSON reader keeps."""
MICROSECOND: Final = 1000
_DIGITS_FROM, _ZONE_FROM, _TIME_LENGTH = (
    len(text) for text in ("2026-01-01T00:00:00.", "2026-01-01T00:00:00.000000", "2026-01-01T00:00:00.000000+0000")
)
"""Where microseconds and zone begin in a time, and its length."""
_IPV4: Final = IPV4_MAPPED >> 32
_PAIRS: Final = {
    protocol: requests | {reply: request for request, reply in requests.items()}
    for protocol, requests in ((PROTOCOL_ICMP, ICMP_REQUESTS), (PROTOCOL_ICMPV6, ICMPV6_REQUESTS))
}
"""The type that belongs to each type of ICMP: requests and replies are one conversation."""
_ICMP: Final = frozenset({PROTOCOL_ICMP, PROTOCOL_ICMPV6})


class Ends(NamedTuple):
    """Who sends to whom; addresses are halves as in PacketBatch, and ICMP has its type and code for ports."""

    source: tuple[int, int]
    source_port: int
    destination: tuple[int, int]
    destination_port: int
    protocol: int
    """IP protocol number, PROTOCOL_NONE where there is no IP."""
    ethertype: int = 0

    def reversed(self) -> Ends:
        """Return the other direction."""
        return Ends(
            self.destination, self.destination_port, self.source, self.source_port, self.protocol, self.ethertype
        )


def timestamps(time_ns: NDArray[np.int64]) -> list[str]:
    """Return times as EVE writes them: UTC with microseconds, the zone without a colon."""
    second, rest = np.divmod(time_ns, SECOND)
    changes = np.flatnonzero(np.diff(second, prepend=second[:1] - 1))
    letters = np.empty((len(time_ns), _TIME_LENGTH), np.uint8)
    starts = "".join(f"{_second(each)}." for each in second[changes].tolist()).encode("ascii")
    runs = np.diff(changes, append=len(time_ns))
    letters[:, :_DIGITS_FROM] = np.repeat(np.frombuffer(starts, np.uint8).reshape(-1, _DIGITS_FROM), runs, axis=0)
    digits = rest.astype(np.int32) // MICROSECOND
    for at in range(_ZONE_FROM - 1, _DIGITS_FROM - 1, -1):
        digits, letters[:, at] = np.divmod(digits, 10)
    letters[:, _DIGITS_FROM:_ZONE_FROM] += ord("0")
    letters[:, _ZONE_FROM:] = np.frombuffer(b"+0000", np.uint8)
    text = letters.tobytes().decode("ascii")
    return [text[at : at + _TIME_LENGTH] for at in range(0, len(text), _TIME_LENGTH)]


def timestamp(time_ns: int) -> str:
    """Return one time."""
    second, rest = divmod(time_ns, SECOND)
    return f"{_second(second)}.{rest // MICROSECOND:06d}+0000"


def record(event_type: str, moment: Moment, ends: Ends, interface: str = "") -> dict[str, Any]:
    """Return a record with the fields that all have; the object of its type is still to be added."""
    found: dict[str, Any] = {"timestamp": timestamp(moment.time_ns)}
    found |= identity(ends)
    if interface:
        found["in_iface"] = interface
    found["event_type"] = event_type
    found |= endpoints(ends)
    if moment.number > 0:
        found["pcap_cnt"] = moment.number
    return found


@lru_cache(REMEMBERED)
def _conversation(ends: Ends) -> tuple[int, str]:
    """Return the number and the Community ID of what happens between two ends."""
    second = ends.destination_port
    if pairs := _PAIRS.get(ends.protocol):
        second = pairs.get(ends.source_port, second)
    number = community_id(packed(*ends.source), packed(*ends.destination), ends.protocol, ends.source_port, second)
    return flow_id(number), number


def identity(ends: Ends) -> dict[str, Any]:
    """Return `flow_id` and `community_id`, which say for every record of a conversation that it belongs to it."""
    if ends.protocol == PROTOCOL_NONE:
        return {}
    if ends.destination < ends.source and ends.protocol not in _ICMP:
        ends = ends.reversed()
    number, text = _conversation(ends)
    return {"flow_id": number, "community_id": text}


def flow_id(number: str) -> int:
    """Return the number that EVE wants, from a Community ID: the same wherever the conversation is seen."""
    return int.from_bytes(b64decode(number[2:])[:FLOW_ID_BYTES], "big")


def endpoints(ends: Ends) -> dict[str, Any]:
    """Return addresses, ports and protocol."""
    ip = ends.protocol != PROTOCOL_NONE
    six = ip and not (is_ipv4(*ends.source) or is_ipv4(*ends.destination))
    found: dict[str, Any] = {}
    for name, address in (("src_ip", ends.source), ("dest_ip", ends.destination)):
        text = address_text(*address) or (UNSPECIFIED_IPV6 if six else "")
        if text:
            found[name] = text
    if ends.protocol in _ICMP:
        found["icmp_type"], found["icmp_code"] = ends.source_port, ends.destination_port
    elif ends.protocol in (PROTOCOL_TCP, PROTOCOL_UDP) or ends.source_port or ends.destination_port:
        found["src_port"], found["dest_port"] = ends.source_port, ends.destination_port
    found["proto"] = PROTOCOL_WORDS.get(ends.protocol) or protocol_name(ends.protocol, ends.ethertype)
    if ip:
        found["ip_v"] = 6 if six else 4
    return found


def is_ipv4(high: int, low: int) -> bool:
    """Return whether an address in halves is one of IPv4."""
    return high == 0 and low >> 32 == _IPV4


def packed(high: int, low: int) -> bytes:
    """Return an address in network order, 4 or 16 bytes."""
    return (low & 0xFFFF_FFFF).to_bytes(4, "big") if is_ipv4(high, low) else (high << 64 | low).to_bytes(16, "big")


def vlans(vlan: int) -> list[int]:
    """Return the VLAN column of PacketBatch as EVE has it, the outer identifier first."""
    if vlan < 0:
        return []
    inner = vlan >> 12
    return [vlan & 0xFFF, inner - 1] if inner else [vlan & 0xFFF]


def line(found: dict[str, Any]) -> str:
    """Return a record as a line of ASCII, so that no text from the network can do harm in a terminal."""
    return _encode(found)


@lru_cache(256)
def _second(second: int) -> str:
    return str(np.datetime64(second, "s"))


_encode: Final = json.JSONEncoder(separators=(",", ":")).encode
