"""The pcapng reader against files made block by block."""

from __future__ import annotations

import struct
from fractions import Fraction

import pytest
from capture_bytes import (
    CUSTOM,
    DSB,
    NRB,
    Row,
    block,
    blocks_of,
    epb,
    idb,
    isb,
    opb,
    option,
    read_in_blocks,
    rows_of,
    shb,
    spb,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.capture.file_source import FileSource
from netwatch.capture.frames import FrameInterface
from netwatch.errors import FileError

quick = settings(max_examples=50)
LATEST = (1 << 63) - 1


def written(path, *blocks):
    path.write_bytes(b"".join(blocks))
    return path


def exact_ns(ticks, resolution, offset=0):
    base = 2 if resolution & 0x80 else 10
    value = Fraction(ticks, base ** (resolution & 0x7F)) * 10**9
    return max(-LATEST, min(min(value.numerator // value.denominator, LATEST) + offset * 10**9, LATEST))


interface_kinds = st.lists(
    st.tuples(st.integers(0, 300), st.sampled_from((None, 0, 3, 6, 9, 12, 0x80, 0x8A, 0xA0)), st.integers(-9, 9)),
    min_size=1,
    max_size=4,
)
packets = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.binary(max_size=60),
        st.integers(0, (1 << 64) - 1),
        st.integers(0, (1 << 32) - 1),
        st.sampled_from((None, 0, 1, 2, 3)),
        st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)),
        st.booleans(),
    ),
    max_size=12,
)
sections = st.lists(st.tuples(st.sampled_from("<>"), interface_kinds, packets), min_size=1, max_size=4)


@quick
@given(sections, st.integers(16, 300))
def test_reads_what_was_written(tmp_path, parts, size):
    content, expected = b"", []
    numbers = {}
    for order, kinds, frames in parts:
        content += shb(order)
        twins = {}
        known = []
        for link_type, resolution, offset in kinds:
            options = option(14, struct.pack(order + "q", offset), order)
            if resolution is not None:
                options += option(9, bytes([resolution]), order)
            content += idb(link_type, 0, options, order)
            twin = twins[link_type] = twins.get(link_type, -1) + 1
            known.append(numbers.setdefault(({12: 101, 14: 101}.get(link_type, link_type), twin), len(numbers)))
        for which, frame, ticks, wire, flags, comment, flags_first in frames:
            index = which % len(kinds)
            link_type, resolution, offset = kinds[index]
            texts = [] if flags is None else [option(2, struct.pack(order + "I", flags), order)]
            texts += [] if comment is None else [option(1, comment.encode(), order)]
            options = b"".join(texts if flags_first else texts[::-1])
            content += epb(frame, ticks, index, wire, options + bytes(4) if options else b"", order)
            time_ns = exact_ns(ticks, 6 if resolution is None else resolution, offset)
            link_type = {12: 101, 14: 101}.get(link_type, link_type)
            direction = flags if flags in (1, 2) else 0
            expected.append(Row(time_ns, frame, wire, known[index], link_type, direction, comment))
    rows, file, table = read_in_blocks(written(tmp_path / "a", content), size)
    assert rows == expected
    assert not file.truncated
    assert len(table.interfaces()) == len(numbers)


@pytest.mark.parametrize("resolution", [0, 1, 6, 9, 10, 18, 19, 28, 29, 127, 0x80, 0x9E, 0xA2, 0xBF, 0xC0, 0xFF])
@pytest.mark.parametrize("offset", [0, 1_700_000_000, -(1 << 63), (1 << 63) - 1])
def test_every_resolution_is_exact_and_clipped(tmp_path, resolution, offset):
    options = option(9, bytes([resolution])) + option(14, struct.pack("<q", offset))
    values = [0, 1, 999_999_999, 1 << 32, (1 << 53) + 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
    path = written(tmp_path / "a", shb(), idb(options=options), *(epb(b"x", ticks) for ticks in values))
    rows, _, _ = read_in_blocks(path)
    assert [row.time_ns for row in rows] == [exact_ns(ticks, resolution, offset) for ticks in values]


@pytest.mark.parametrize("order", "<>")
def test_a_file_cut_anywhere_gives_all_whole_blocks(tmp_path, order):
    blocks = [
        shb(order, option(1, b"about", order)),
        idb(1, 0, option(2, b"eth0", order), order),
        epb(b"abc", 1, order=order),
        spb(b"de", order=order),
        isb(0, order, received=5),
        epb(b"f", 2, options=option(1, b"note", order) + bytes(4), order=order),
    ]
    content = b"".join(blocks)
    ends = [len(b"".join(blocks[:count])) for count in range(7)]
    for cut in range(len(content) + 1):
        path = written(tmp_path / "a", content[:cut])
        if cut < ends[1]:
            with pytest.raises(FileError) as raised:
                read_in_blocks(path)
            assert "\n" not in str(raised.value)
            continue
        rows, file, _ = read_in_blocks(path)
        assert [row.data for row in rows] == [b"abc", b"de", b"f"][: sum(ends[place] <= cut for place in (3, 4, 6))]
        assert file.truncated == (cut not in ends)


@quick
@given(st.data())
def test_a_mutated_file_never_raises_anything_else(tmp_path, data):
    order = data.draw(st.sampled_from("<>"))
    note = option(2, struct.pack(order + "I", 1), order) + option(1, b"note", order) + bytes(4)
    content = bytearray(
        shb(order)
        + idb(1, 64, option(2, b"eth0", order) + option(9, b"\x09", order), order)
        + epb(b"abcdef", 5, options=note, order=order)
        + opb(b"old", 6, order=order)
        + spb(b"simple", order=order)
        + isb(0, order, received=3, interface_dropped=1)
        + block(NRB, b"names", order)
        + shb("<" if order == ">" else ">")
    )
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = written(tmp_path / "a", bytes(content))
    try:
        rows, file, _ = read_in_blocks(path, data.draw(st.sampled_from((16, 64, 4096))))
        message = file.problem
    except FileError as error:
        rows, message = [], str(error)
    assert "\n" not in message
    assert len(rows) < len(content)


@pytest.mark.parametrize("order", "<>")
def test_obsolete_and_simple_packet_blocks(tmp_path, order):
    flags = option(2, struct.pack(order + "I", 2), order) + bytes(4)
    path = written(
        tmp_path / "a",
        shb(order),
        idb(1, 6, order=order),
        idb(101, 0, order=order),
        spb(b"early", order=order),
        opb(b"obsolete", 7, 1, drops=9, options=flags, order=order),
        spb(b"123456", wire=600, order=order),
        epb(b"last", 8, 1, order=order),
    )
    rows, file, _ = read_in_blocks(path)
    assert rows == [
        Row(7000, b"early", 5),  # a simple packet has no time of its own
        Row(7000, b"obsolete", 8, 1, 101, 2),
        Row(7000, b"123456", 600),
        Row(8000, b"last", 4, 1, 101),
    ]
    assert not file.truncated


def test_other_blocks_are_skipped_wherever_they_stand(tmp_path):
    others = [block(kind, b"whatever") for kind in (NRB, DSB, CUSTOM, 0x40000BAD, 7, 9, 0xFFFFFFFF)]
    path = written(tmp_path / "a", shb(), *others, idb(), *others, epb(b"a"), *others, epb(b"b"), *others)
    rows, file, _ = read_in_blocks(path)
    assert [row.data for row in rows] == [b"a", b"b"]
    assert not file.truncated


def test_interfaces_are_described_and_the_same_in_every_section(tmp_path):
    eth0 = option(2, b"eth0\0") + option(3, "Anschluß".encode()) + option(11, b"\0tcp port 80")
    evil = option(2, b"\x1b[31mred")
    path = written(
        tmp_path / "a",
        *(shb(), idb(1, 96, eth0), idb(1, 96, eth0), idb(105, 0, evil + option(11, b"\x01\x06\0\0\0"))),
        *(epb(b"a", 1, 1), epb(b"b", 2, 2)),
        *(shb(">"), idb(105, 0, option(2, b"\x1b[31mred", ">"), ">"), epb(b"c", 3, 0, order=">")),
    )
    source = FileSource([str(path)])
    rows = rows_of(blocks_of(source))
    assert source.interfaces == (
        FrameInterface("eth0", 1, "Anschluß", 96, "tcp port 80"),
        FrameInterface("eth0", 1, "Anschluß", 96, "tcp port 80"),
        FrameInterface("\\x1b[31mred", 105, "", 262144),
    )
    assert [(row.interface, row.link_type) for row in rows] == [(1, 1), (2, 105), (2, 105)]
    source.close()


def test_the_last_statistics_of_each_interface_are_summed(tmp_path):
    path = written(
        tmp_path / "a",
        *(shb(), idb(), idb(), isb(0, received=10, interface_dropped=1), isb(0, received=100, interface_dropped=7)),
        *(isb(1, received=50, interface_dropped=2, system_dropped=3), isb(9, received=1000)),
        *(shb(">"), idb(order=">"), isb(0, ">", received=1, system_dropped=4)),
    )
    source = FileSource([str(path)])
    assert blocks_of(source) == []
    counters = source.counters()
    # dumpcap has the kernel's drops in isb_ifdrop; with isb_osdrop beside it that is the interface's
    assert (counters.received, counters.dropped, counters.interface_dropped) == (151, 14, 2)
    source.close()


def test_comments_of_sections_and_frames(tmp_path):
    note = option(1, b"one") + option(1, b"zwei\n") + bytes(4)
    path = written(
        tmp_path / "a",
        *(shb(options=option(1, b"about this") + option(4, b"tool")), idb(), epb(b"a"), epb(b"b", options=note)),
        *(shb(options=option(1, b"\xff")), idb(), epb(b"c", options=option(1, b"three"))),
    )
    source = FileSource([str(path)])
    assert [row.comment for row in rows_of(blocks_of(source))] == [None, "one\nzwei\n", "three"]
    assert source.section_comments == ("about this", "\ufffd")
    source.close()


def test_lengths_that_are_no_multiple_of_four_are_rounded_up(tmp_path):
    path = written(tmp_path / "a", shb(), idb(), *(epb(bytes(size), ragged=True) for size in range(9)), epb(b"end"))
    rows, file, _ = read_in_blocks(path)
    assert [len(row.data) for row in rows] == [*range(9), 3]
    assert not file.truncated
