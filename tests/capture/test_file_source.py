"""FileSource: what it refuses, names, counters, filters, and several files merged by time."""

from __future__ import annotations

import errno
import heapq
import os
import random

import pytest
from capture_bytes import Row, blocks_of, epb, idb, isb, pcap, pcap_header, pcap_record, rows_of, shb
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.capture import file_source
from netwatch.capture.file_source import FileSource
from netwatch.capture.frames import FrameInterface
from netwatch.errors import FileError, UsageError


def written(path, content):
    path.write_bytes(content)
    return str(path)


def opened(*paths, **options):
    return FileSource([str(path) for path in paths], **options)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "cannot read a: it is empty"),
        (b"\xd4\xc3", "a is not a capture file"),
        (b"\xd4\xc3\xb2\xa1", "cannot read a: it ends inside its header"),
        (b"\n\r\r\n", "cannot read a: it ends inside its header"),
        (b"\n\r\r\n" + bytes(24), "cannot read a: a section header without byte order"),
        (b"a text\n", "a is not a capture file"),
        (bytes(100), "a is not a capture file"),
        (b"\x7fELF" + bytes(100), "a is not a capture file"),
    ],
)
def test_what_is_no_capture_is_refused_at_once(tmp_path, content, why):
    with pytest.raises(FileError) as raised:
        opened(written(tmp_path / "a", content))
    assert raised.value.message == why
    assert "\n" not in str(raised.value)


def test_what_cannot_be_opened_is_refused_with_its_reason(tmp_path):
    for path, why in (
        (tmp_path, "it is a folder"),
        (tmp_path / "missing", "there is no such file or folder"),
        (tmp_path / ("x" * 300), "the name is too long"),
        (tmp_path / "a\0b", "the name is not valid"),
    ):
        with pytest.raises(FileError, match=why):
            opened(path)


def test_an_unreadable_file(tmp_path, monkeypatch):
    path = written(tmp_path / "a", pcap([b"x"]))

    def denied(*arguments, **keywords):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(FileError, match=r"cannot read .*a: permission denied"):
        opened(path)


def test_a_device_that_fails_while_it_is_read(tmp_path, monkeypatch):
    def broken(*arguments):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    path = written(tmp_path / "a", pcap([b"x"]))
    monkeypatch.setattr(os, "readv", broken)
    with pytest.raises(FileError, match="cannot read a: input/output error"):
        opened(path)


def test_a_terminal_is_refused(tmp_path):
    _, terminal = os.openpty()
    with pytest.raises(FileError, match="it is a terminal"):
        opened(os.ttyname(terminal))


def test_hostile_names_are_made_printable(tmp_path):
    path = tmp_path / "\x1b[31mred\u202e"
    source = opened(written(path, pcap([])))
    assert source.name == "\\x1b[31mred\\u202e"
    source.close()
    with pytest.raises(FileError) as raised:
        opened(str(path) + "\n")
    assert raised.value.message.isprintable()


def test_the_wrong_number_of_files():
    for paths, options in (([], {}), (["-", "-"], {}), (["a", "b"], {"follow": True})):
        with pytest.raises(UsageError):
            FileSource(paths, **options)


def test_a_file_without_packets_is_read_to_its_end(tmp_path):
    for content in (pcap([]), shb(), shb() + idb()):
        source = opened(written(tmp_path / "a", content))
        with pytest.raises(EOFError):
            source.read(1.0)
        with pytest.raises(EOFError):
            source.read(0.0)
        assert source.counters().progress == 1.0
        assert not source.counters().truncated
        source.close()
        source.close()


def test_names_progress_and_counters(tmp_path):
    first = written(
        tmp_path / "one.pcapng", shb() + idb() + epb(bytes(90_000)) * 60 + isb(received=70, system_dropped=4)
    )
    second = written(tmp_path / "two.pcap", pcap([b"x" * 30])[:-2])
    source = opened(first)
    assert (source.name, source.live) == ("one.pcapng", False)
    assert source.interfaces == (FrameInterface(""),)
    assert 0 < source.counters().progress < 1
    blocks_of(source)
    counters = source.counters()
    assert (counters.received, counters.dropped, counters.interface_dropped, counters.progress) == (70, 4, None, 1.0)
    assert counters.message == ""
    source.close()
    both = opened(first, second)
    assert both.name == "one.pcapng and 1 more"
    blocks_of(both)
    assert both.counters().truncated
    assert both.counters().message == "two.pcap ends at byte 68 inside a record of 46 bytes"
    both.close()


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(0, 12), max_size=25), min_size=2, max_size=4), st.integers(40, 400))
def test_merging_takes_the_earliest_first_frame_again_and_again(tmp_path, files, size):
    paths, expected = [], []
    for number, times in enumerate(files):
        records = [pcap_record(b"%d.%d" % (number, n), 1000 * time) for n, time in enumerate(times)]
        paths.append(written(tmp_path / str(number), pcap_header() + b"".join(records)))
    heap = [(times[0], number, 0) for number, times in enumerate(files) if times]
    heapq.heapify(heap)
    while heap:
        time, number, n = heapq.heappop(heap)
        expected.append((1000 * time, b"%d.%d" % (number, n)))
        if n + 1 < len(files[number]):
            heapq.heappush(heap, (files[number][n + 1], number, n + 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_source, "_SMALLEST_BLOCK", size)
        source = FileSource(paths, block=size)
        rows = rows_of(blocks_of(source))
        source.close()
    assert [(row.time_ns, row.data) for row in rows] == expected


def test_merging_large_files_of_two_formats_and_link_types(tmp_path):
    random.seed(7)
    times = sorted(random.sample(range(10**6), 9000))
    a, b = times[::2], times[1::2]
    frame = bytes(700)
    first = pcap_header(network=101) + b"".join(pcap_record(frame, 1000 * time) for time in a)
    second = shb(">") + idb(1, order=">") + b"".join(epb(frame, time, order=">") for time in b)
    source = opened(written(tmp_path / "a", first), written(tmp_path / "b", second))
    blocks = blocks_of(source)
    rows = rows_of(blocks)
    assert [row.time_ns for row in rows] == [1000 * time for time in times]
    assert [row.interface for row in rows] == [0, 1] * 4500
    assert [row.link_type for row in rows] == [101, 1] * 4500
    assert len(blocks) < 20
    source.close()


def test_files_one_after_the_other_in_time_are_passed_on_uncopied(tmp_path):
    paths = []
    for number in (3, 1, 2):
        records = b"".join(pcap_record(bytes(1000), number * 10**9 + n) for n in range(3000))
        paths.append(written(tmp_path / str(number), pcap_header() + records))
    source = opened(*paths)
    blocks = blocks_of(source)
    assert [row.time_ns // 10**9 for row in rows_of(blocks)] == [1] * 3000 + [2] * 3000 + [3] * 3000
    assert source.interfaces == (FrameInterface(""),)
    source.close()


def test_a_damaged_file_does_not_end_the_others(tmp_path):
    good = written(tmp_path / "good", pcap_header() + b"".join(pcap_record(b"g", n * 1000) for n in range(9)))
    bad = written(tmp_path / "bad", pcap_header() + pcap_record(b"b", 2000) + b"\xff" * 99)
    source = opened(bad, good)
    assert [row.data for row in rows_of(blocks_of(source))] == [b"g"] * 2 + [b"b"] + [b"g"] * 7
    assert source.counters().message.startswith("bad damaged at byte 41")
    source.close()


def test_rows_keep_every_column_when_merged(tmp_path):
    from capture_bytes import option

    out = option(2, b"\x02\0\0\0") + option(1, b"note") + bytes(4)
    first = shb() + idb() + idb(105) + epb(b"a", 1, 1, wire=99, options=out) + epb(b"c", 3)
    source = opened(written(tmp_path / "a", first), written(tmp_path / "b", shb() + idb(9) + epb(b"b", 2, options=out)))
    assert rows_of(blocks_of(source)) == [
        Row(1000, b"a", 99, 1, 105, 2, "note"),
        Row(2000, b"b", 1, 2, 9, 2, "note"),
        Row(3000, b"c", 1),
    ]
    source.close()
