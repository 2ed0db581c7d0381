"""Questions and records of a DNS message in bounded steps (RFC 1035 section 4), as all its relatives use them."""

from __future__ import annotations

from struct import Struct
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


_COUNTS = Struct(">HHHH")
_FIXED_QUESTION = Struct(">HH")
_FIXED = Struct(">HHIH")
"""Type, class, time to live and length of the data."""
_FIRST_NAME = b"\xc0\x0c"
"""A pointer to the name of the first question."""


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
    questions, answers, authority, additional = _COUNTS.unpack(message[4:HEADER].ljust(8, b"\0"))
    return questions, answers, authority, additional


def read_questions(message: bytes, count: int) -> Iterator[Question]:
    """Yield up to `count` questions, as many as begin inside the message."""
    at = HEADER
    for _ in range(count):
        if at >= len(message):
            return
        name, at = read_name(message, at)
        number, network = _FIXED_QUESTION.unpack(message[at : at + 4].ljust(4, b"\0"))
        at += 4
        yield Question(name, number, network, at)


def read_records(message: bytes, at: int, count: int, first_name: str = "") -> Iterator[Record]:
    """Yield up to `count` records from `at` on, as many as begin inside the message.

    `first_name` is the name of the first question where it is known: most records point to it.
    """
    names = {_FIRST_NAME: first_name} if first_name else {}
    end = len(message)
    for _ in range(count):
        if at + 1 >= end:
            return
        pointer = message[at : at + 2]
        if pointer in names:
            name, at = names[pointer], at + 2
        else:
            name, after = read_name(message, at)
            if after == at + 2:
                names[pointer] = name
            at = after
        number, network, _, size = _FIXED.unpack(message[at : at + 10].ljust(10, b"\0"))
        at += 10
        yield Record(name, number, network, at, size)
        at += size


def is_whole(name: str) -> bool:
    """Return True for a name that breaks no rule and is not the root."""
    return name != "." and not name.endswith(MALFORMED_NAME)
