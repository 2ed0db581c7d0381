"""Questions and records of a DNS message in bounded steps (RFC 1035 section 4), as all its relatives use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.decode.info.dns_name import MALFORMED_NAME, read_name

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER: Final = 12
"""Bytes of the header, RFC 1035 section 4.1.1."""
SMALLEST_QUESTION: Final = 5
SMALLEST_RECORD: Final = 11
"""Bytes of one with the root as its name."""
RESPONSE: Final = 0x8000
"""The flag QR."""


class Question(NamedTuple):
    """One entry of the question section."""

    name: str
    """In presentation form, as read_name returns it."""
    number: int
    """QTYPE."""
    network: int
    """QCLASS, the top bit included, with which mDNS asks for a unicast answer (RFC 6762 section 18.12)."""
    end: int
    """Where the entry ends in the message; more than its length when the message is cut short."""


class Record(NamedTuple):
    """One resource record (RFC 1035 section 4.1.3)."""

    name: str
    number: int
    """TYPE."""
    network: int
    """CLASS; in mDNS its top bit tells caches to flush (RFC 6762 section 18.13)."""
    at: int
    """Where its data begin in the message."""
    size: int
    """Bytes of data as the record counts them; they may reach past the message."""


def counts(message: bytes) -> tuple[int, int, int, int]:
    """Return how many questions, answers, authority and additional records the header announces."""
    return _u16(message, 4), _u16(message, 6), _u16(message, 8), _u16(message, 10)


def read_questions(message: bytes, count: int) -> Iterator[Question]:
    """Yield up to `count` questions, as many as begin inside the message."""
    at = HEADER
    for _ in range(count):
        if at >= len(message):
            return
        name, at = read_name(message, at)
        question = Question(name, _u16(message, at), _u16(message, at + 2), at + 4)
        at = question.end
        yield question


def read_records(message: bytes, at: int, count: int) -> Iterator[Record]:
    """Yield up to `count` records from `at` on, as many as begin inside the message."""
    for _ in range(count):
        if at + 1 >= len(message):
            return
        name, at = read_name(message, at)
        record = Record(name, _u16(message, at), _u16(message, at + 2), at + 10, _u16(message, at + 8))
        at = record.at + record.size
        yield record


def is_whole(name: str) -> bool:
    """Return True for a name that breaks no rule and is not the root."""
    return name != "." and not name.endswith(MALFORMED_NAME)


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
