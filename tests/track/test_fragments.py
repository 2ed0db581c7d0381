"""FragmentTracker: datagrams of IPv4 and IPv6 in fragments, whole, incomplete, contradictory and too many."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from dns_packets import Capture, ask, message, over_tcp, record, reply, transactions
from host_packets import batches_of, halves, udp
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.decode.batch import MORE_FRAGMENTS
from netwatch.decode.info.describe import describe
from netwatch.track.analysis import Analysis
from netwatch.track.fragments import FragmentTracker

ADDRESS = record("www.example.com", 1, bytes([192, 0, 2, 1]))
FOUR = {"client": "10.0.0.2", "server": "10.0.0.1"}
SIX = {"client": "2001:db8::2", "server": "2001:db8::1"}
LINK = 14


def fragments(frame, size, *, identification=7, extension=b""):
    """An Ethernet frame cut into IP fragments of `size` bytes, a multiple of 8."""
    link, packet = frame[:LINK], frame[LINK:]
    six = packet[0] >> 4 == 6
    head, data = packet[: 40 if six else 20], packet[40 if six else 20 :]
    found = []
    for at in range(0, len(data), size):
        part, more = data[at : at + size], at + size < len(data)
        if six:
            kind = head[6]
            piece = extension + struct.pack("!BBHI", kind, 0, at | more, identification) + part
            first = 0 if extension else 44
            header = head[:4] + struct.pack("!HB", len(piece), first) + head[7:]
            found.append(link + header + piece)
        else:
            field = at // 8 | (MORE_FRAGMENTS if more else 0)
            header = head[:2] + struct.pack("!HHH", 20 + len(part), identification, field) + head[8:]
            found.append(link + header + part)
    return found


def put_together(frames, tracker=None, cuts=(), times=None):
    """The datagrams that come out, as bytes, and the tracker."""
    tracker = tracker or FragmentTracker()
    found = []
    for batch in batches_of(frames, cuts, times):
        whole = tracker.feed(batch)
        if whole is not None:
            frames_ = whole.batch.frames
            found += [
                (int(number), bytes(frames_.data[start : start + length]))
                for number, start, length in zip(
                    whole.numbers, frames_.offset.tolist(), frames_.captured.tolist(), strict=True
                )
            ]
    return found, tracker


def big(ends, count=40):
    return reply("www.example.com", *[ADDRESS] * count, client=ends["client"], server=ends["server"])


@pytest.mark.parametrize("ends", [FOUR, SIX])
@pytest.mark.parametrize("order", ["forth", "back"])
def test_a_message_in_fragments_is_one_message(ends, order):
    query = ask(client=ends["client"], server=ends["server"])
    pieces = fragments(big(ends), 128)
    assert len(pieces) == 11
    capture = Capture()
    for batch in batches_of([query, *(pieces if order == "forth" else pieces[::-1])]):
        capture.feed(batch)
    table = transactions(capture.finish())
    assert (table.state, table.answer_count.tolist(), table.responses.tolist()) == (("answered",), [40], [1])
    assert len(table.answers[0]) == 40
    assert capture.tracker.counts().responses == 1


def test_extension_headers_in_front_stay():
    options = struct.pack("!BB", 44, 0) + bytes(6)
    (found,), tracker = put_together(fragments(big(SIX), 256, extension=options))
    assert found[0] == 6
    assert (found[1][6], found[1][40]) == (0, 17)
    assert found[1][48:] == big(SIX)[LINK + 40 :]
    assert tracker.held == 0


@pytest.mark.parametrize("ends", [FOUR, SIX])
def test_a_fragment_that_comes_twice_does_no_harm(ends):
    pieces = fragments(big(ends), 256)
    found, tracker = put_together([pieces[0], pieces[0], *pieces[1:]])
    assert (len(found), tracker.overlapping) == (1, 0)


@pytest.mark.parametrize("ends", [FOUR, SIX])
def test_fragments_that_overlap_are_discarded(ends):
    pieces = fragments(big(ends), 128)
    other = fragments(big(ends), 256)[1]
    found, tracker = put_together([pieces[0], pieces[2], other, *pieces[1:2], *pieces[3:]])
    assert (found, tracker.overlapping, tracker.incomplete) == ([], 1, 0)
    assert tracker.finish() is None


def test_the_same_identification_between_others_is_another_datagram():
    one, two = fragments(big(FOUR), 256), fragments(big({**FOUR, "client": "10.0.0.9"}), 256)
    found, _ = put_together([piece for both in zip(one, two, strict=True) for piece in both])
    assert [number for number, _ in found] == [11, 12]


def test_what_stays_incomplete_counts_and_its_first_fragment_is_read():
    pieces = fragments(big(FOUR), 256)[:2]
    late = ask("late.example")
    found, tracker = put_together([*pieces, late, late], cuts=(2, 3), times=[0, 0, 59 * 10**9, 61 * 10**9])
    assert (tracker.incomplete, tracker.held) == (1, 0)
    capture = Capture()
    for batch in batches_of([ask(), *pieces]):
        capture.feed(batch)
    table = transactions(capture.finish())
    assert (table.state, table.answer_count.tolist()) == (("answered",), [40])
    assert len(found) == 1


def test_segments_in_fragments_belong_to_the_stream():
    response = message("www.example.com", *[ADDRESS] * 30, flags=0x8180)
    frames = [
        over_tcp("10.0.0.2", "10.0.0.1", 50000, 53, message()),
        *fragments(over_tcp("10.0.0.1", "10.0.0.2", 53, 50000, response), 64),
    ]
    for cuts in ((), (2,), (3, 5)):
        capture = Capture()
        for batch in batches_of(frames, cuts):
            capture.feed(batch)
        assert transactions(capture.tracker).state == ("answered",)


def test_a_flood_is_bounded():
    frames = [fragments(big(FOUR), 256, identification=at)[at % 2] for at in range(300)]
    _, tracker = put_together(frames, FragmentTracker(datagrams=50))
    assert tracker.evicted == 250
    _, tracker = put_together(frames, FragmentTracker(size=10_000))
    assert tracker.held <= 10_000 + 1000
    _, tracker = put_together(frames, FragmentTracker(fragments=100))
    assert tracker.skipped == 200


def test_fragments_of_eight_bytes_do_not_take_for_ever():
    frames = fragments(big(FOUR, 2000), 8)
    _, tracker = put_together(frames)
    assert len(frames) > 1024
    assert (tracker.whole, tracker.held <= 1000) == (0, True)


@settings(max_examples=40)
@given(st.data())
def test_any_order_and_repetition_gives_the_datagram_once(data):
    ends = data.draw(st.sampled_from([FOUR, SIX]))
    frame = big(ends, data.draw(st.integers(1, 20)))
    pieces = fragments(frame, data.draw(st.sampled_from([8, 24, 64, 200])))
    again = data.draw(st.lists(st.sampled_from(pieces), max_size=5))
    order = data.draw(st.permutations(pieces + again))
    cuts = data.draw(st.lists(st.integers(1, len(order)), max_size=3))
    found, _ = put_together(order, cuts=cuts)
    if len(pieces) > 1:
        packet = found[0][1]
        assert packet[28 if ends is FOUR else 48 :] == frame[LINK + (28 if ends is FOUR else 48) :]
    else:
        assert found == []


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=8), st.integers(0, 100))
def test_mutated_fragments_never_raise(mutations, cut):
    pieces = [bytearray(piece) for ends in (FOUR, SIX) for piece in fragments(big(ends), 64)]
    for at, value in mutations:
        piece = pieces[at % len(pieces)]
        piece[at % len(piece)] = value
    capture = Capture()
    for batch in batches_of([bytes(piece[: len(piece) - (cut if at == 3 else 0)]) for at, piece in enumerate(pieces)]):
        capture.feed(batch)
    assert np.all(transactions(capture.finish()).responses >= 0)
    assert capture.fragments.held == 0


def test_names_in_answers_that_came_in_fragments():
    padding = [record("www.example.com", 16, b"\xff" + b"x" * 255) for _ in range(10)]
    frames = fragments(reply("www.example.com", *padding, ADDRESS), 1480)
    analysis = Analysis()
    for batch in batches_of(frames, [1]):
        analysis.feed(batch)
    assert analysis.names.best(*halves("192.0.2.1")) == "www.example.com"


def test_sixty_four_kilobytes_of_answers_in_fragments_cost_a_bounded_part():
    """The header says 10,000 answers, all of one pointer; names, table and the line in the packet list are bounded."""
    pointer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 1])
    whole = message("www.example.com", *[pointer] * 4000, flags=0x8180)
    lying = whole[:6] + struct.pack("!H", 10_000) + whole[8:]
    frames = [ask(), *fragments(udp("10.0.0.1", "10.0.0.2", 53, 40000, lying), 1480)]
    analysis = Analysis()
    for batch in batches_of(frames, [10, 20]):
        analysis.feed(batch)
        assert all(len(describe(batch, position).text) < 1000 for position in range(len(batch)))
    table = transactions(analysis.contents.dns)
    assert (table.state, table.answer_count.tolist()) == (("answered",), [10_000])
    assert len(table.answers[0]) < 100
    assert analysis.names.best(*halves("192.0.2.1")) == "www.example.com"
