"""DNS on ports of others: what is told by its content, and what only looks a little like it."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from decoded import decoded
from frame_examples import FRAME
from hypothesis import given
from hypothesis import strategies as st
from packet_bytes import dns_message, dns_name

from netwatch.decode.batch import PROTOCOL_UDP
from netwatch.decode.decoder import decode
from netwatch.decode.dns_shape import dns_elsewhere, is_dns
from netwatch.decode.info.describe import describe
from netwatch.filter.display_filter import FilterRun, compile_filter
from tests.frames import ethernet, frames, ipv4, udp

QUERY, RESPONSE = 0x0100, 0x8180
EXAMPLE = dns_name(b"example", b"com")
ANSWER = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 1])
OPTIONS = b"\0" + struct.pack("!HHIH", 41, 1232, 0, 0)


def question(name=EXAMPLE, kind=1, network=1):
    return name + struct.pack("!HH", kind, network)


ASKED = dns_message(7, QUERY, [question()])
MESSAGES = {
    "query": ASKED,
    "query with options": dns_message(7, QUERY, [question()])[:10] + b"\0\1" + question() + OPTIONS,
    "response": dns_message(7, RESPONSE, [question()], [ANSWER]),
    "name error": dns_message(7, RESPONSE | 3, [question()]),
    "query for text": dns_message(7, QUERY, [question(kind=16, network=3)]),
}
OTHERS = {
    "two questions": dns_message(7, QUERY, [question(), question()]),
    "an update": dns_message(7, QUERY | 5 << 11, [question()]),
    "the bit that is always 0": dns_message(7, QUERY | 0x40, [question()]),
    "a query with a response code": dns_message(7, QUERY | 3, [question()]),
    "an answer to a query": dns_message(7, QUERY, [question()], [ANSWER]),
    "a query that goes on": ASKED + b"more",
    "the root": dns_message(7, QUERY, [question(b"\0")]),
    "a class that nobody has": dns_message(7, QUERY, [question(network=0x4444)]),
    "no type": dns_message(7, QUERY, [question(kind=0)]),
    "a label that runs out": dns_message(7, QUERY, [b"\x3fexample" + bytes(4)]),
    "bytes that no name has": dns_message(7, QUERY, [question(dns_name(b"\x01\x02", b"\xff"))]),
    "records without room": dns_message(7, RESPONSE, [question()])[:6] + b"\0\x05" + bytes(4) + question(),
    "zeros": bytes(40),
}


def frame(message, port=8053):
    return ethernet(0x0800, ipv4(17, udp(message, sport=40000, dport=port)))


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_a_message(message):
    assert is_dns(message, len(message))
    batch = decoded(frame(message), FRAME, frame(message, port=53))
    assert dns_elsewhere(batch, np.flatnonzero(batch.protocol == PROTOCOL_UDP)).tolist() == [0]
    assert describe(batch, 0).protocol == "DNS"
    passed = FilterRun(compile_filter("dns.qry.name == example.com")).mask(batch)
    assert passed.tolist() == [True, False, True]


@pytest.mark.parametrize("message", OTHERS.values(), ids=OTHERS)
def test_what_is_none(message):
    assert not is_dns(message, len(message))
    batch = decoded(frame(message))
    assert not len(dns_elsewhere(batch, np.arange(1)))
    assert not FilterRun(compile_filter("dns")).mask(batch).any()


def test_a_response_that_is_cut_short_behind_its_question():
    message = MESSAGES["response"]
    assert is_dns(message[: len(ASKED)], len(message))
    assert not is_dns(message[: len(ASKED) - 1], len(message))


def test_a_piece_of_a_datagram_is_none():
    piece = ethernet(0x0800, ipv4(17, udp(MESSAGES["response"], dport=8053), fragment=0x2000))
    assert not len(dns_elsewhere(decoded(piece), np.arange(1)))


@given(st.binary(max_size=80), st.integers(0, 200))
def test_any_bytes(message, length):
    batch = decode(frames([frame(message)]), 1)
    found = dns_elsewhere(batch, np.flatnonzero(batch.payload_captured > 0))
    assert bool(len(found)) == (is_dns(message, len(message)))
    assert is_dns(message, length) in (False, True)
