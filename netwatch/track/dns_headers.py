"""Reads the headers of the messages of DNS and its relatives, all of a batch at once."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.capture.frames import PADDING
from netwatch.decode.batch import MORE_FRAGMENTS, PROTOCOL_TCP
from netwatch.decode.dns_message import HEADER, RESPONSE, SMALLEST_QUESTION, SMALLEST_RECORD
from netwatch.decode.dns_shape import LAYOUT
from netwatch.decode.window import headers
from netwatch.track.dns_packets import DnsKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.track.dns_packets import DnsPackets

GROUP_KINDS: Final = (DnsKind.LLMNR, DnsKind.NBNS)
"""Asked of a group, answered by a member with its own address."""
_ENDLESS: Final = 1 << 20
_OPERATIONS: Final = (0, 1, 2, 4, 5)
"""Query, inverse query, status, notify and update."""
_RESERVED: Final = 0x0040
"""The flag Z, always 0."""
_COUNTS: Final = ("questions", "answers", "authority", "other")
_FLAGS_END: Final = 4
KEY: Final = np.dtype(
    [
        ("client_high", "u8"),
        ("client_low", "u8"),
        ("server_high", "u8"),
        ("server_low", "u8"),
        ("client_port", "u2"),
        ("server_port", "u2"),
        ("id", "u2"),
        ("kind", "u1"),
        ("tcp", "u1"),
    ]
)
"""What a query and its response have in common; the server's address is 0 where a group is asked."""
CLIENT_BYTES: Final = slice(0, 16)
SERVER_BYTES: Final = slice(16, 32)


@dataclass(frozen=True, slots=True, eq=False)
class DnsMessages:
    """Messages in the order of their packets; columns have shape (n,)."""

    time_ns: NDArray[np.int64]
    number: NDArray[np.int64]
    """Of the packet that holds it, or its end."""
    kind: NDArray[np.uint8]
    tcp: NDArray[np.bool_]
    client_high: NDArray[np.uint64]
    client_low: NDArray[np.uint64]
    server_high: NDArray[np.uint64]
    server_low: NDArray[np.uint64]
    client_port: NDArray[np.uint16]
    server_port: NDArray[np.uint16]
    """The client sends queries and gets responses."""
    identifier: NDArray[np.uint16]
    flags: NDArray[np.uint16]
    questions: NDArray[np.uint16]
    answers: NDArray[np.uint16]
    sound: NDArray[np.bool_]
    """The rest of the message has room for what the header announces."""

    def __len__(self) -> int:
        return len(self.time_ns)

    def take(self, chosen: NDArray[np.intp] | slice) -> DnsMessages:
        """Return only some of them."""
        return replace(self, **{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    def keys(self) -> NDArray[np.void]:
        """Return the KEY of each."""
        keys = np.zeros(len(self), KEY)
        group = np.isin(self.kind, GROUP_KINDS)
        keys["client_high"], keys["client_low"] = self.client_high, self.client_low
        keys["server_high"] = np.where(group, 0, self.server_high)
        keys["server_low"] = np.where(group, 0, self.server_low)
        keys["client_port"], keys["server_port"] = self.client_port, self.server_port
        keys["id"], keys["kind"], keys["tcp"] = self.identifier, self.kind, self.tcp
        return keys


@dataclass(frozen=True, slots=True, eq=False)
class FoundMessages:
    """What packets hold."""

    messages: DnsMessages
    payloads: Sequence[bytes]
    """Their bytes, as DnsPackets has them."""
    malformed: int
    """Messages that are left out because they break a rule."""


def find_messages(packets: DnsPackets) -> FoundMessages:
    """Return the messages in packets."""
    payloads = packets.payloads
    captured = np.fromiter(map(len, payloads), np.int64, len(payloads))
    begin = np.cumsum(captured) - captured
    data = b"".join((*payloads, bytes(PADDING)))
    # The rest of a message may be in other fragments
    length = np.where(packets.fragment & MORE_FRAGMENTS != 0, _ENDLESS, packets.payload_length)
    header = headers(np.frombuffer(data, np.uint8), begin, LAYOUT)
    for name in _COUNTS:
        header[name][captured < HEADER] = 0  # there stands the next message
    sound, readable = _judged(header, length, captured)
    messages = _messages(packets, header, sound)
    malformed = len(sound) - int(np.count_nonzero(readable))
    if malformed:
        kept = np.flatnonzero(readable)
        messages, payloads = messages.take(kept), [payloads[at] for at in kept.tolist()]
    return FoundMessages(messages, payloads, malformed)


def _judged(
    header: NDArray[np.void], length: NDArray[Any], captured: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which messages are sound, and which can be read at all."""
    flags = header["flags"].astype(np.uint16)
    counted = [header[name].astype(np.int64) for name in _COUNTS]
    least = HEADER + SMALLEST_QUESTION * counted[0] + SMALLEST_RECORD * (counted[1] + counted[2] + counted[3])
    whole = captured >= HEADER
    sound = (least <= length) & whole
    # Where records are missing the question may be there, and flags where the header breaks off; bytes that are no
    # message rarely look like one
    known = np.isin(flags >> 11 & 15, _OPERATIONS) & (flags & _RESERVED == 0) & (captured <= length)
    readable = sound | (known & np.where(whole, counted[0] == 1, captured >= _FLAGS_END))
    # Zeros to port 53 are what a flood sends; a message that asks and says nothing is no more than a header
    readable &= (sum(counted) > 0) | (flags & RESPONSE != 0) | ((flags != 0) & (np.minimum(length, captured) <= HEADER))
    return sound, readable


def _messages(packets: DnsPackets, header: NDArray[np.void], sound: NDArray[np.bool_]) -> DnsMessages:
    flags = header["flags"].astype(np.uint16)
    response = flags & RESPONSE != 0
    return DnsMessages(
        time_ns=packets.time_ns,
        number=packets.number,
        kind=packets.kind,
        tcp=packets.protocol == PROTOCOL_TCP,
        client_high=np.where(response, packets.dst_high, packets.src_high),
        client_low=np.where(response, packets.dst_low, packets.src_low),
        server_high=np.where(response, packets.src_high, packets.dst_high),
        server_low=np.where(response, packets.src_low, packets.dst_low),
        client_port=np.where(response, packets.dport, packets.sport),
        server_port=np.where(response, packets.sport, packets.dport),
        identifier=header["id"].astype(np.uint16),
        flags=flags,
        questions=header["questions"].astype(np.uint16),
        answers=header["answers"].astype(np.uint16),
        sound=sound,
    )
