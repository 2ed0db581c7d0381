"""FileSource on what has no end yet: pipes, standard input and growing files."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
import time

import pytest
from capture_bytes import blocks_of, epb, idb, pcap, pcap_header, pcap_record, rows_of, shb

from netwatch.capture.file_source import FileSource
from netwatch.errors import FileError
from tests.prepared import PATIENCE

FRAMES = [bytes([n]) * (n + 1) for n in range(20)]


class Pipe:
    """A named pipe that a source reads and a test writes."""

    def __init__(self, tmp_path):
        self.path = str(tmp_path / "pipe")
        os.mkfifo(self.path)
        self.source = FileSource([self.path])
        self.end = os.open(self.path, os.O_WRONLY)

    def write(self, data):
        os.write(self.end, data)

    def close(self):
        if self.end >= 0:
            os.close(self.end)
            self.end = -1


@pytest.fixture
def pipe(tmp_path):
    made = Pipe(tmp_path)
    yield made
    made.close()
    made.source.close()


def test_a_pipe_gives_what_is_there_and_waits_for_more(pipe):
    content = pcap(FRAMES)
    assert pipe.source.read(0.0) is None
    pipe.write(content[:3])
    assert pipe.source.read(0.0) is None
    pipe.write(content[3:24])
    assert pipe.source.read(0.0) is None
    assert len(pipe.source.interfaces) == 1
    pipe.write(content[24:100])
    found = [pipe.source.read(1.0)]
    assert pipe.source.read(0.0) is None
    pipe.write(content[100:])
    found.append(pipe.source.read(1.0))
    assert [row.data for row in rows_of(found)] == FRAMES
    assert pipe.source.counters().progress is None
    pipe.close()
    with pytest.raises(EOFError):
        pipe.source.read(1.0)
    assert not pipe.source.counters().truncated


def test_a_pipe_that_ends_inside_a_record(pipe):
    pipe.write(pcap(FRAMES)[:-1])
    pipe.close()
    assert [row.data for row in rows_of(blocks_of(pipe.source))] == FRAMES[:-1]
    assert pipe.source.counters().truncated


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "it is empty"), (b"a text", "is not a capture file"), (pcap([])[:9], "it ends inside its header")],
)
def test_a_pipe_without_a_capture(pipe, content, why):
    pipe.write(content)
    pipe.close()
    with pytest.raises(FileError, match=why):
        blocks_of(pipe.source)


def test_a_compressed_pipe(pipe):
    packed = gzip.compress(shb() + idb() + b"".join(map(epb, FRAMES)))
    pipe.write(packed[:40])
    assert pipe.source.read(0.0) is None
    pipe.write(packed[40:])
    pipe.close()
    assert [row.data for row in rows_of(blocks_of(pipe.source))] == FRAMES


def test_a_waiting_read_is_woken(pipe):
    answers = []
    reader = threading.Thread(target=lambda: answers.append(pipe.source.read(PATIENCE)))
    reader.start()
    pipe.source.wake()
    reader.join(PATIENCE)
    assert answers == [None]


def test_standard_input_that_cannot_be_seeked():
    program = (
        "import sys\n"
        "from netwatch.capture.file_source import FileSource\n"
        "source, count = FileSource(['-']), 0\n"
        "try:\n"
        "    while True:\n"
        "        frames = source.read(5.0)\n"
        "        count += len(frames) if frames is not None else 0\n"
        "except EOFError:\n"
        "    print(source.name, count, source.counters().progress)\n"
    )
    content = pcap([bytes(500)] * 9000)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program], input=content, capture_output=True, env=environment, timeout=180, check=True
    )
    assert done.stdout.decode().strip() == "standard input 9000 None"


def test_a_file_on_standard_input_has_progress(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(pcap(FRAMES))
    descriptor = os.open(path, os.O_RDONLY)
    monkeypatch.setattr(os, "dup", lambda _: descriptor)
    source = FileSource(["-"])
    assert [row.data for row in rows_of(blocks_of(source))] == FRAMES
    assert source.counters().progress == 1.0
    source.close()


@pytest.mark.parametrize("size", [1, 7, 30, 10_000])
def test_a_growing_file_is_followed_through_partial_records(tmp_path, size):
    content = pcap(FRAMES[:8])
    path = tmp_path / "a"
    path.write_bytes(b"")
    source = FileSource([str(path)], follow=True)
    found = []
    with path.open("ab", buffering=0) as file:
        for start in range(0, len(content), size):
            file.write(content[start : start + size])
            frames = source.read(0.0)
            if frames is not None:
                found.append(frames)
    while (frames := source.read(0.0)) is not None:
        found.append(frames)
    assert [row.data for row in rows_of(found)] == FRAMES[:8]
    assert not source.counters().truncated
    source.close()


def test_a_growing_file_wakes_a_waiting_read(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(shb() + idb())
    source = FileSource([str(path)], follow=True)
    answers = []
    reader = threading.Thread(target=lambda: answers.append(source.read(PATIENCE)))
    reader.start()
    with path.open("ab") as file:
        file.write(epb(b"new"))
    reader.join(PATIENCE)
    assert [row.data for row in rows_of(answers)] == [b"new"]
    source.close()


def test_following_can_be_woken_and_times_out(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(pcap([]))
    source = FileSource([str(path)], follow=True)
    assert source.read(0.01) is None
    source.wake()
    started = time.monotonic()
    assert source.read(PATIENCE) is None
    assert time.monotonic() - started < PATIENCE / 2
    source.close()


def test_a_followed_file_that_is_no_capture(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"te")
    source = FileSource([str(path)], follow=True)
    assert source.read(0.0) is None
    path.write_bytes(b"text")
    with pytest.raises(FileError, match="a is not a capture file"):
        source.read(1.0)
    source.close()


def test_a_followed_file_that_is_truncated_replaced_or_deleted(tmp_path):
    for number, (change, why) in enumerate(
        (
            (lambda path: path.write_bytes(pcap_header()), "was truncated while it was followed"),
            (lambda path: os.replace(path.with_suffix(".new"), path), "was replaced by another file"),
            (lambda path: path.unlink(), "was deleted while it was followed"),
        )
    ):
        path = tmp_path / f"f{number}"
        path.write_bytes(pcap([b"x"]))
        path.with_suffix(".new").write_bytes(pcap([b"y", b"z"]))
        source = FileSource([str(path)], follow=True)
        assert len(source.read(1.0)) == 1
        change(path)
        with pytest.raises(FileError, match=f"f{number} {why}"):
            source.read(1.0)
        source.close()


def test_a_file_that_is_not_followed_ends_where_its_end_was_met(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(pcap([b"x"]))
    source = FileSource([str(path)])
    with path.open("ab") as file:
        file.write(pcap_record(b"later"))
    assert [row.data for row in rows_of(blocks_of(source))] == [b"x"]
    source.close()
