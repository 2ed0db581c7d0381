"""Questions and records of DNS messages, and the options of DHCP, as data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packet_bytes import dns_message, dns_name

from netwatch.decode.dhcp_options import client_name, dhcp_options
from netwatch.decode.dns_message import Question, Record, counts, is_whole, read_questions, read_records
from netwatch.decode.info.dns_name import MALFORMED_NAME

QUESTION = dns_name(b"www", b"example") + b"\0\x01\x80\x01"
ANSWER = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4"
OTHER = dns_name(b"x") + b"\0\5\0\1\0\0\0\x3c\0\2\xc0\x0c"
MESSAGE = dns_message(1, 0x8180, [QUESTION], [ANSWER, OTHER])


def test_a_whole_message():
    assert counts(MESSAGE) == (1, 2, 0, 0)
    (question,) = read_questions(MESSAGE, 1)
    assert question == Question("www.example", 1, 0x8001, 12 + len(QUESTION))
    first, second = read_records(MESSAGE, question.end, 9)
    begin = question.end + len(ANSWER)
    assert first == Record("www.example", 1, 1, begin - 4, 4)
    assert second == Record("x", 5, 1, begin + len(OTHER) - 2, 2)
    assert list(read_records(MESSAGE, question.end, 9, "www.example")) == [first, second]
    assert list(read_records(MESSAGE, question.end, 1)) == [first]


def test_messages_that_are_cut():
    assert counts(b"\0\0\0\0\0\1") == (1, 0, 0, 0)
    for length in range(len(MESSAGE)):
        part = MESSAGE[:length]
        questions = list(read_questions(part, 1))
        at = questions[-1].end if questions else 12
        for record in read_records(part, at, 9):
            assert record.at > at


@pytest.mark.parametrize(
    ("name", "whole"), [("a.b", True), (".", False), (MALFORMED_NAME, False), (f"a.{MALFORMED_NAME}", False)]
)
def test_whole_names(name, whole):
    assert is_whole(name) == whole


@given(st.binary(max_size=300), st.integers(0, 300))
def test_any_bytes_give_bounded_results(message, at):
    assert len(list(read_questions(message, 50))) <= 50
    records = list(read_records(message, at, 50))
    assert len(records) <= 50
    assert all(record.at >= at for record in records)


def option(code, value):
    return bytes([code, len(value)]) + value


def dhcp(*options):
    return bytes(236) + b"\x63\x82\x53\x63" + b"".join(options) + b"\xff"


def test_dhcp_options():
    message = dhcp(b"\0\0", option(53, b"\5"), option(12, b"box"), option(12, b"again"))
    assert dhcp_options(message) == {53: b"\5", 12: b"box"}
    assert dhcp_options(message[:-10])[53] == b"\5"
    assert dhcp_options(bytes(300)) == {}
    assert dhcp_options(b"") == {}
    assert len(dhcp_options(dhcp(*(option(1 + n % 250, b"") for n in range(5000))))) <= 96


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, b""),
        ({12: b"box\0"}, b"box"),
        ({81: b"\0\0\0box.example."}, b"box.example"),
        ({81: b"\4\0\0" + dns_name(b"box", b"example"), 12: b"other"}, b"box.example"),
        ({81: b"\4\0\0\x09cut"}, b"cut"),
        ({81: b"\4\0\0", 12: b"other"}, b"other"),
        ({81: b"\4", 12: b"other"}, b"other"),
    ],
)
def test_names_of_dhcp_clients(options, name):
    assert client_name(options) == name
