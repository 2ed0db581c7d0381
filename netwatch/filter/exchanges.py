"""Requests and their answers: DNS by identifier, ICMP echoes by identifier and number, HTTP by order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import PROTOCOL_ICMP, PROTOCOL_ICMPV6
from netwatch.filter.applications import APPLICATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

UNKNOWN: Final = -1
MOST: Final = 200_000
"""Requests that are remembered; when there are more, the older half is forgotten."""
DNS_HEADER: Final = 12
ECHOES: Final = {PROTOCOL_ICMP: (8, 0), PROTOCOL_ICMPV6: (128, 129)}
"""Types of a request and of its reply (RFC 792, RFC 4443)."""
ECHO_HEADER: Final = 8
HTTP_VERSION: Final = b"HTTP"


class _Request(NamedTuple):
    number: int
    time_ns: int
    answered: bool = False


DNS, ECHO, HTTP = range(3)
_Key = tuple[int, int, int]
"""Row of the flow, DNS, ECHO or HTTP, identifier."""


class Exchanges:
    """Remembers requests; used for the packets of a capture in order."""

    def __init__(self) -> None:
        self._requests: dict[_Key, _Request] = {}

    def begin(self, rows: NDArray[np.intp]) -> None:
        """Forget the requests of the flows in `rows`, which are used for new ones."""
        if self._requests:
            gone = set(rows.tolist())
            self._requests = {key: request for key, request in self._requests.items() if key[0] not in gone}

    def feed(self, batch: PacketBatch, rows: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the number of the packet that each answers, and nanoseconds since then; UNKNOWN for none, shape (n,).

        `rows` are the flows of packets.
        """
        numbers, times = np.full(len(batch), UNKNOWN), np.full(len(batch), UNKNOWN)
        for at, key, asks in sorted(_dns(batch, rows) + _echoes(batch, rows) + _http(batch, rows)):
            time_ns = batch.frames.time_ns.item(at)
            before = self._requests.get(key)
            if asks:
                # As tshark has it: what is asked again before it was answered is the same question
                if before is None or before.answered or key[1] != DNS:
                    self._requests[key] = _Request(batch.number(at), time_ns)
            elif before is not None and not before.answered:
                numbers[at], times[at] = before.number, time_ns - before.time_ns
                self._requests[key] = before._replace(answered=True)
        if len(self._requests) > MOST:
            kept = list(self._requests.items())[len(self._requests) // 2 :]
            self._requests = dict(kept)
        return numbers, times


_Message = tuple[int, _Key, bool]
"""Position, key, and whether it is a request."""


def _dns(batch: PacketBatch, rows: NDArray[np.intp]) -> list[_Message]:
    found, begin = APPLICATIONS["dns"](batch)
    end = batch.payload_offset + batch.payload_captured
    at = np.flatnonzero(found & (end - begin >= DNS_HEADER))
    data, start = batch.frames.data, begin[at]
    numbers = data[start].astype(np.int64) << 8 | data[start + 1]
    asks = data[start + 2] & 0x80 == 0
    return [
        (place, (row, DNS, number), ask)
        for place, row, number, ask in zip(at.tolist(), rows[at].tolist(), numbers.tolist(), asks.tolist(), strict=True)
    ]


def _echoes(batch: PacketBatch, rows: NDArray[np.intp]) -> list[_Message]:
    messages: list[_Message] = []
    data = batch.frames.data
    end = batch.payload_offset + batch.payload_captured
    for protocol, (request, reply) in ECHOES.items():
        at = np.flatnonzero((batch.protocol == protocol) & (end - batch.transport_offset >= ECHO_HEADER))
        start = batch.transport_offset[at]
        kind = data[start]
        echo = (kind == request) | (kind == reply)
        at, start, kind = at[echo], start[echo], kind[echo]
        parts = [data[start + place].astype(np.int64) for place in range(2, 8)]
        # A reply carries what the request carried, so their checksums differ by that of the types (RFC 1624)
        checksum = (parts[0] << 8 | parts[1]) + (kind.astype(np.int64) << 8)
        checksum = (checksum & 0xFFFF) + (checksum >> 16)
        numbers = checksum << 32 | parts[2] << 24 | parts[3] << 16 | parts[4] << 8 | parts[5]
        messages += [
            (place, (row, ECHO, number), ask)
            for place, row, number, ask in zip(
                at.tolist(), rows[at].tolist(), numbers.tolist(), (kind == request).tolist(), strict=True
            )
        ]
    return messages


def _http(batch: PacketBatch, rows: NDArray[np.intp]) -> list[_Message]:
    found, begin = APPLICATIONS["http"](batch)
    messages: list[_Message] = []
    for at in np.flatnonzero(found).tolist():
        start = begin.item(at)
        answers = batch.frames.data[start : start + len(HTTP_VERSION)].tobytes() == HTTP_VERSION
        messages.append((at, (rows.item(at), HTTP, 0), not answers))
    return messages
