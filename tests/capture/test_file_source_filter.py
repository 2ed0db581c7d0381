"""FileSource with a capture filter."""

from __future__ import annotations

import os

import numpy as np
import pytest
from capture_bytes import blocks_of, epb, idb, option, pcap, rows_of, shb

from netwatch.capture.bpf import CaptureFilter, FilterCompiler
from netwatch.capture.file_source import FileSource
from netwatch.capture.frames import PADDING
from netwatch.errors import FilterError


def written(path, content):
    path.write_bytes(content)
    return str(path)


def opened(path):
    return FileSource([str(path)])


class Even:
    """A capture filter that lets frames of an even length pass."""

    def problem(self, link_type):
        return ""

    def matches(self, frames):
        return frames.wire_length % 2 == 0


class Nothing(Even):
    def matches(self, frames):
        return np.zeros(len(frames), bool)


def test_a_filter_drops_rows_and_their_bytes(tmp_path):
    frames = [bytes([n % 251]) * (1501 if n % 100 else 40) for n in range(4000)]
    source = opened(written(tmp_path / "a", pcap(frames)))
    source.set_filter(Even())
    blocks = blocks_of(source)
    assert [row.data for row in rows_of(blocks)] == frames[::100]
    # a few small frames must not keep whole blocks alive
    assert sum(len(block.data) for block in blocks) <= 40 * 40 + len(blocks) * PADDING
    source.close()


def test_a_filter_keeps_comments_with_their_frames(tmp_path):
    notes = [option(1, b"%d" % n) + bytes(4) for n in range(6)]
    content = shb() + idb() + b"".join(epb(bytes(n), options=note) for n, note in enumerate(notes))
    source = opened(written(tmp_path / "a", content))
    source.set_filter(Even())
    assert [(len(row.data), row.comment) for row in rows_of(blocks_of(source))] == [(0, "0"), (2, "2"), (4, "4")]
    source.close()


@pytest.fixture(scope="module")
def compiler():
    made = FilterCompiler.open()
    yield made
    made.close()


def test_a_filter_of_libpcap(tmp_path, compiler):
    frames = [b"\xff" * 12 + bytes([8, n]) + bytes(30) for n in range(8)]
    source = opened(written(tmp_path / "a", pcap(frames)))
    source.set_filter(CaptureFilter("arp", compiler))
    assert [row.data for row in rows_of(blocks_of(source))] == frames[6:7]
    assert source.counters().message == ""
    source.close()


def test_a_filter_with_a_mistake_is_refused_for_files_and_pipes(tmp_path, compiler):
    os.mkfifo(tmp_path / "pipe")
    for path in (written(tmp_path / "a", pcap([b"x"])), tmp_path / "pipe"):
        source = opened(path)
        with pytest.raises(FilterError):
            source.set_filter(CaptureFilter("tcp prot 80", compiler))
        source.set_filter(CaptureFilter("tcp port 80", compiler))
        source.set_filter(None)
        source.close()


def test_a_filter_that_suits_only_some_link_types(tmp_path, compiler):
    content = shb() + idb(1) + idb(105) + epb(bytes(60)) + epb(b"\x80\x00" + bytes(40), interface=1)
    source = opened(written(tmp_path / "a", content))
    source.set_filter(CaptureFilter("type mgt", compiler))
    assert [row.link_type for row in rows_of(blocks_of(source))] == [105]
    assert "link type 1 is left out by the filter" in source.counters().message
    source.close()


def test_a_filter_that_lets_nothing_pass_does_not_outstay_the_timeout(tmp_path):
    source = opened(written(tmp_path / "a", pcap([bytes(1000)] * 9000)))
    source.set_filter(Nothing())
    answers = []
    while True:
        try:
            answers.append(source.read(0.0))
        except EOFError:
            break
    assert len(answers) > 2
    assert set(answers) == {None}
    source.close()
