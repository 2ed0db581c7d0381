"""PlainAnswers finds in any bytes what dns_names finds, or leaves them to it."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netwatch.decode.batch import IPV4_MAPPED
from netwatch.track.name_answers import MOST_NAMES, PlainAnswers
from netwatch.track.name_messages import Effort, Learned, dns_names
from netwatch.track.name_store import NameKind

POINTER = b"\xc0\x0c"
LABELS = st.sampled_from([b"\3www", b"\4HOST", b"\4te.t", b"\3\xff b", b"\x3f" + b"a" * 63])
ODD_NAMES = (b"\2a\0\0", b"\x0210\0", b"\0", b"\1a\xc0\0", b"\1a\xc0\x01", b"\1a\xc0\x0c", b"\1a")
DATA = {1: 4, 28: 16, 5: 2, 12: 2, 16: 3}


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """Draw a usual response, or one in which one thing is odd, or a byte, or which is cut short."""
    odd = draw(st.integers(0, 10))

    def drawn(number: int, usual: list[Any], others: list[Any]) -> Any:
        return draw(st.sampled_from(others if odd == number else usual))

    def record() -> bytes:
        name = drawn(1, [POINTER], [b"\1a\0", b"\xc0\x10", b"\0"])
        number = drawn(2, [1, 28], [5, 12, 16])
        network = drawn(3, [1, 0x8001], [3, 0x8003])
        size = DATA[number] + drawn(4, [0], [1, -1, 900])
        data = draw(st.sampled_from([POINTER + bytes(14), bytes(16), bytes(range(16)), b"\xc0\0" * 8]))
        return name + struct.pack(">HHIH", number, network, 60, size) + data[: DATA[number]]

    found = [record() for _ in range(draw(st.integers(0, 5)))]
    counts = drawn(
        5, [(1, 0, 0, 0)], [(1, 0, 1, 0), (1, 0, 0, 1), (2, 0, 0, 0), (1, 1, 0, 0), (0, 0, 0, 0), (1, -1, 1, 0)]
    )
    head = struct.pack(">5H", drawn(6, [0x8180], [0x0100]), counts[0], max(len(found) + counts[1], 0), *counts[2:])
    usual_name = b"".join(draw(st.lists(LABELS, min_size=1, max_size=4))) + b"\0"
    name = drawn(7, [usual_name], list(ODD_NAMES))
    identifier = draw(st.sampled_from([b"\1\2", b"\0\0", b"\3a"]))
    message = bytearray(identifier + head + name + b"\0\1\0\1" + b"".join(found))
    if odd == 8:
        message[draw(st.integers(0, len(message) - 1))] = draw(st.integers(0, 255))
    return bytes(message[: drawn(9, [None], [-1, -5, 30, 17, 12, 2])])


KINDS = st.sampled_from([NameKind.DNS, NameKind.MDNS, NameKind.LLMNR])


def response(name: bytes, *records: bytes, flags: int = 0x8180) -> bytes:
    return b"id" + struct.pack(">5H", flags, 1, len(records), 0, 0) + name + b"\0\1\0\1" + b"".join(records)


def address(data: bytes, number: int) -> bytes:
    return POINTER + struct.pack(">HHIH", number, 1, 60, len(data)) + data


def with_counts(*counts: int) -> bytes:
    message = response(b"\1a\0", address(b"\1\2\3\4", 1), address(b"\1\2\3\5", 1))
    return message[:4] + struct.pack(">4H", *counts) + message[12:]


ZERO_IN_POINTER = b"\1x" + struct.pack(">5H", 0x8180, 1, 1, 0, 0) + b"\1a\xc0\0\0\1\0\1" + address(b"\1\2\3\4", 1)


@given(st.lists(st.tuples(responses(), KINDS), min_size=1, max_size=4))
@example([(ZERO_IN_POINTER, NameKind.DNS), (b"\1y" + ZERO_IN_POINTER[2:], NameKind.DNS)])
def test_what_is_plain_says_what_reading_every_record_says(messages: list[tuple[bytes, NameKind]]):
    plain = PlainAnswers()
    for message, kind in messages:
        found = plain.read(message, every=kind is NameKind.MDNS)
        if found is not None:
            name, addresses = found
            assert list(dns_names(message, kind, Effort())) == [Learned(each, name, kind) for each in addresses]


@pytest.mark.parametrize("kind", [NameKind.DNS, NameKind.MDNS, NameKind.LLMNR])
def test_usual_responses_are_plain(kind: NameKind):
    message = response(b"\3WWW\4test\0", address(b"\1\2\3\4", 1), address(bytes(15) + b"\x09", 28))
    assert PlainAnswers().read(message, every=kind is NameKind.MDNS) == ("www.test", [IPV4_MAPPED | 0x01020304, 9])


@pytest.mark.parametrize(
    "message",
    [
        response(b"\0", address(b"\1\2\3\4", 1)),
        response(b"\0021a\0", address(b"\1\2\3\4", 1), flags=0x0100),
        response(b"\00210\0019\0", address(b"\1\2\3\4", 1)),
        response(b"\1a\0", address(b"\xc0\x0c", 5)),
        response(b"\1a\0", address(b"\1\2\3\4", 1))[:-1],
        response(b"\1a\0", *[address(b"\1\2\3\4", 1)] * 5),
        ZERO_IN_POINTER,
        response(b"\3www\1a\0", b"\xc0\x10" + address(b"\1\2\3\4", 1)[2:]),
        with_counts(2, 1, 0, 0),
        with_counts(1, 1, 1, 0),
        with_counts(1, 1, 0, 1),
    ],
)
def test_others_are_left_to_who_reads_everything(message: bytes):
    assert PlainAnswers().read(message, every=True) is None


def test_names_that_are_remembered_are_few():
    plain = PlainAnswers()
    for number in range(MOST_NAMES + 2):
        assert plain.read(response(b"\5n%04d\0" % number), every=False) == (f"n{number:04d}", [])
    assert len(plain._texts) == 2  # what it holds shows nowhere else
