"""DnsEvent: one DNS message, as detectors see it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from netwatch.decode.dns_message import HEADER, RESPONSE, counts, is_whole, read_questions, read_records
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


def add_messages(log: EventLog, part: DnsMessages, messages: Sequence[bytes], names: Sequence[str]) -> None:
    """Add the messages of `part`, whose bytes are `messages` and whose names are `names`, to a log."""

    def pairs(first: NDArray[Any], second: NDArray[Any]) -> Iterator[tuple[int, int]]:
        return zip(first.tolist(), second.tolist(), strict=True)

    # A hundred thousand a second are made: no step of it is in Python
    log.extend(
        map(
            _EVENT,
            zip(
                map(_MOMENT, pairs(part.time_ns, part.number)),
                part.kind.tolist(),
                part.tcp.tolist(),
                pairs(part.client_high, part.client_low),
                part.client_port.tolist(),
                pairs(part.server_high, part.server_low),
                part.server_port.tolist(),
                part.identifier.tolist(),
                part.flags.tolist(),
                names,
                messages,
                strict=True,
            ),
        )
    )


_EVENT: Final[Callable[[Iterable[object]], DnsEvent]] = partial(tuple.__new__, DnsEvent)
_MOMENT: Final[Callable[[Iterable[object]], Moment]] = partial(tuple.__new__, Moment)
