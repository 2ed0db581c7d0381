"""DnsEvent: one DNS message, as detectors see it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from netwatch.decode.dns_message import HEADER, RESPONSE, counts, is_whole, read_questions, read_records
from netwatch.track.dns_stream import LONGEST_READ
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from netwatch.decode.dns_message import Record
    from netwatch.track.dns_headers import DnsMessages
    from netwatch.track.event_log import EventLog


class DnsEvent(NamedTuple):
    """A query or a response of DNS, mDNS, LLMNR or NBNS; addresses are halves as PacketBatch has them."""

    moment: Moment
    kind: int
    """DnsKind."""
    tcp: bool
    client: tuple[int, int]
    client_port: int
    server: tuple[int, int]
    """Who is asked or answers; the group's address in a question to all."""
    server_port: int
    identifier: int
    flags: int
    """The header's second 16 bits."""
    name: str
    """Of the first question or, where there is none, the first record: lower case, presentation form, printable; empty
    when it cannot be read."""
    message: bytes
    """As far as it was captured and read (dns_stream.LONGEST_READ)."""

    @property
    def is_response(self) -> bool:
        """The flag QR."""
        return bool(self.flags & RESPONSE)

    @property
    def rcode(self) -> int:
        """The response code of the header (RFC 1035 section 4.1.1)."""
        return self.flags & 15

    def answers(self, most: int = 16) -> tuple[Record, ...]:
        """Return at most `most` records of the answer section, as far as they were captured."""
        questions, answers, _, _ = counts(self.message)
        at, first = HEADER, ""
        for question in read_questions(self.message, questions):
            at = question.end
            first = first or question.name
        known = first if is_whole(first) else ""
        return tuple(read_records(self.message, at, min(answers, most), known))


def add_messages(log: EventLog, messages: DnsMessages, data: bytes, names: Sequence[str]) -> None:
    """Add `messages`, which lie in `data` and whose names are `names`, to a log."""

    def pairs(first: NDArray[Any], second: NDArray[Any]) -> Iterator[tuple[int, int]]:
        return zip(first.tolist(), second.tolist(), strict=True)

    end = messages.begin + np.minimum(messages.captured, LONGEST_READ)
    # A hundred thousand a second are made: no step of it is in Python but the cutting of the bytes
    log.extend(
        map(
            _EVENT,
            zip(
                map(_MOMENT, pairs(messages.time_ns, messages.number)),
                messages.kind.tolist(),
                messages.tcp.tolist(),
                pairs(messages.client_high, messages.client_low),
                messages.client_port.tolist(),
                pairs(messages.server_high, messages.server_low),
                messages.server_port.tolist(),
                messages.identifier.tolist(),
                messages.flags.tolist(),
                names,
                [data[start:stop] for start, stop in pairs(messages.begin, end)],
                strict=True,
            ),
        )
    )


_EVENT: Final[Callable[[Iterable[object]], DnsEvent]] = partial(tuple.__new__, DnsEvent)
_MOMENT: Final[Callable[[Iterable[object]], Moment]] = partial(tuple.__new__, Moment)
