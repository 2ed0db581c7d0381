"""Suricata's EVE JSON: the fields that all records share, and one object a line (etc/schema.json of Suricata 8)."""

from __future__ import annotations

import json
import re
from binascii import a2b_base64
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
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.track.stream_reader import Moment

PROTOCOL_WORDS: Final = {PROTOCOL_ICMP: "ICMP", PROTOCOL_ICMPV6: "IPv6-ICMP"}
"""As Suricata calls them (known_proto); the others have the names that netwatch uses too."""
REMEMBERED: Final = 10_000
"""Conversations whose Community ID is kept: their messages come close together."""
_DIGEST_FROM, _DIGEST_TO = 2, 10
"""Digits of a Community ID that tell 6 bytes of its digest, which fit the 53 bits that every JSON reader keeps."""
MICROSECOND: Final = 1000
ZONE: Final = "+0000"
"""What times end in."""
_THREE_DIGITS: Final = np.array([f"{number:03d}" for number in range(1000)], object)
_ENDS_OF_NUMBERS: Final = np.concatenate((np.array([str(number) for number in range(1000)], object), _THREE_DIGITS))
"""The last three digits of a number: where it has no thousands, and from 1000 on where it has."""
_MAC: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", re.ASCII)
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
    return [f"{second}{milli}{micro}{ZONE}" for second, milli, micro in zip(*time_pieces(time_ns), strict=True)]


def time_pieces(time_ns: NDArray[np.int64], before: str = "") -> tuple[list[str], list[str], list[str]]:
    """Return what times consist of before ZONE: `before` and up to the point of the seconds, then twice three digits.

    Few strings are made: whoever writes many times joins the pieces of all of them at once.
    """
    second, rest = np.divmod(time_ns, SECOND)
    milli, micro = np.divmod(rest.astype(np.int32) // MICROSECOND, 1000)
    begins = _texts_of_runs(second, lambda each: f"{before}{_second(each)}.")
    return begins, _THREE_DIGITS[milli].tolist(), _THREE_DIGITS[micro].tolist()


def number_pieces(numbers: NDArray[np.int64]) -> tuple[list[str], list[str]]:
    """Return what numbers above -1 consist of: the thousands, empty for none, and the rest."""
    thousands, rest = np.divmod(numbers, 1000)
    begins = _texts_of_runs(thousands, lambda each: str(each) if each else "")
    return begins, _ENDS_OF_NUMBERS[rest + 1000 * (thousands > 0)].tolist()


def _texts_of_runs(values: NDArray[np.int64], text: Callable[[int], str]) -> list[str]:
    """Return the `text` of each value, made once where neighbours are the same."""
    changes = np.flatnonzero(np.diff(values, prepend=values[:1] - 1))
    texts = np.array([text(each) for each in values[changes].tolist()], object)
    found: list[str] = np.repeat(texts, np.diff(changes, append=len(values))).tolist()
    return found


def timestamp(time_ns: int) -> str:
    """Return one time."""
    second, rest = divmod(time_ns, SECOND)
    return f"{_second(second)}.{rest // MICROSECOND:06d}{ZONE}"


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
    return int.from_bytes(a2b_base64(number[_DIGEST_FROM:_DIGEST_TO]), "big")


def endpoints(ends: Ends) -> dict[str, Any]:
    """Return addresses, ports and protocol."""
    ip = ends.protocol != PROTOCOL_NONE
    six = ip and not (is_ipv4(*ends.source) or is_ipv4(*ends.destination))
    texts = (address_text(*address) or (UNSPECIFIED_IPV6 if six else "") for address in (ends.source, ends.destination))
    found = sides(*texts)
    if ends.protocol in _ICMP:
        found["icmp_type"], found["icmp_code"] = ends.source_port, ends.destination_port
    elif ends.protocol in (PROTOCOL_TCP, PROTOCOL_UDP) or ends.source_port or ends.destination_port:
        found["src_port"], found["dest_port"] = ends.source_port, ends.destination_port
    found["proto"] = PROTOCOL_WORDS.get(ends.protocol) or protocol_name(ends.protocol, ends.ethertype)
    if ip:
        found["ip_v"] = 6 if six else 4
    return found


def sides(source: str, destination: str) -> dict[str, Any]:
    """Return both ends, as far as there are any: MAC addresses stand in `ether`, for who takes EVE has types."""
    ends = (("src", source), ("dest", destination))
    found: dict[str, Any] = {f"{side}_ip": text for side, text in ends if text and not _MAC.fullmatch(text)}
    cards = {f"{side}_mac": text for side, text in ends if _MAC.fullmatch(text)}
    return found | ({"ether": cards} if cards else {})


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


@lru_cache(1024)
def quoted(text: str) -> str:
    """Return a text as JSON."""
    return _encode(text)


@lru_cache(256)
def _second(second: int) -> str:
    return str(np.datetime64(second, "s"))


_encode: Final = json.JSONEncoder(separators=(",", ":")).encode
