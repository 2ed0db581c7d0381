"""DnsEvent: one DNS message, as detectors see it, and DnsBlock: many of which only some are looked at."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from netwatch.decode.dns_message import HEADER, RESPONSE, counts, is_whole, read_questions, read_records
from netwatch.track.event_log import EventBlock
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from netwatch.decode.dns_message import Record
    from netwatch.track.dns_headers import DnsMessages


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


@dataclass(frozen=True, slots=True, eq=False)
class DnsBlock(EventBlock):
    """Messages that were read together, in the order of their packets; columns have shape (n,), as in DnsEvent."""

    number: NDArray[np.int64]
    """Of packets."""
    time_ns: NDArray[np.int64]
    kind: NDArray[np.uint8]
    tcp: NDArray[np.bool_]
    client_high: NDArray[np.uint64]
    client_low: NDArray[np.uint64]
    client_port: NDArray[np.uint16]
    server_high: NDArray[np.uint64]
    server_low: NDArray[np.uint64]
    server_port: NDArray[np.uint16]
    identifier: NDArray[np.uint16]
    flags: NDArray[np.uint16]
    name: NDArray[np.object_]
    """Texts."""
    message: NDArray[np.object_]
    """Bytes."""

    def __len__(self) -> int:
        return len(self.number)

    @property
    def moment(self) -> Moment:
        """The last packet."""
        return Moment(int(self.time_ns[-1]), int(self.number[-1]))

    def events(self, chosen: NDArray[np.intp] | slice = slice(None)) -> list[DnsEvent]:
        """Return the messages at some positions, or all."""

        def column(name: str) -> list[Any]:
            found: list[Any] = getattr(self, name)[chosen].tolist()
            return found

        def pairs(first: str, second: str) -> Iterator[tuple[int, int]]:
            return zip(column(first), column(second), strict=True)

        # Of up to a hundred thousand a second: no step of it is in Python
        columns = (
            map(_MOMENT, pairs("time_ns", "number")),
            column("kind"),
            column("tcp"),
            pairs("client_high", "client_low"),
            column("client_port"),
            pairs("server_high", "server_low"),
            *map(column, ("server_port", "identifier", "flags", "name", "message")),
        )
        return list(map(_EVENT, zip(*columns, strict=True)))

    def first(self, count: int) -> DnsBlock:
        """Return the first messages."""
        if count >= len(self):
            return self
        return DnsBlock(**{name: getattr(self, name)[:count] for name in _COLUMNS})


def dns_block(part: DnsMessages, messages: Sequence[bytes], names: Sequence[str]) -> DnsBlock:
    """Return the messages of `part`, whose bytes are `messages` and whose names are `names`."""
    columns = {name: getattr(part, name) for name in _COLUMNS[:-2]}
    return DnsBlock(name=np.array(names, np.object_), message=np.array(messages, np.object_), **columns)


_COLUMNS: Final = tuple(field.name for field in fields(DnsBlock))
_EVENT: Final[Callable[[Iterable[object]], DnsEvent]] = partial(tuple.__new__, DnsEvent)
_MOMENT: Final[Callable[[Iterable[object]], Moment]] = partial(tuple.__new__, Moment)
