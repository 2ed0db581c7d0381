"""Recorder: growing files, rings, autostop, full disks and standard output."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest
from capture_bytes import INTERFACES, Row, blocks_of, frames_of, rows_of

from netwatch.capture.autostop import Limits
from netwatch.capture.file_source import FileSource
from netwatch.capture.frames import FrameInterface
from netwatch.capture.recorder import Recorder
from netwatch.errors import FileError, UsageError

ETHERNET = INTERFACES[:1]
CLOCK = 1_790_000_000.0


def packets(first, count, step=1000):
    return [Row(10**18 + step * n, b"%05d" % n, 60) for n in range(first, first + count)]


def found(path):
    source = FileSource([str(path)])
    rows = rows_of(blocks_of(source))
    assert not source.counters().truncated
    source.close()
    return rows


def recorder(path, interfaces=ETHERNET, **options):
    return Recorder(str(path), interfaces, clock=lambda: CLOCK, **options)


@pytest.mark.parametrize("name", ["a.pcap", "a.pcapng", "a.pcap.gz", "a.pcapng.gz"])
def test_at_every_moment_the_file_is_whole(tmp_path, name):
    path = tmp_path / name
    recording = recorder(path)
    for block in range(5):
        assert recording.append(frames_of(packets(10 * block, 10)))
        assert recording.state.packets == 10 * (block + 1)
        assert recording.state.bytes == path.stat().st_size
        copy = tmp_path / "copy"
        copy.write_bytes(path.read_bytes())
        source = FileSource([str(copy)])
        assert rows_of(blocks_of(source)) == packets(0, 10 * (block + 1))
        assert source.counters().truncated == name.endswith(".gz")  # only its end is missing
        source.close()
    recording.close(received=60, dropped=10)
    recording.close()
    assert found(path) == packets(0, 50)
    assert (recording.state.path, recording.state.packets, recording.state.error) == (str(path), 50, "")
    assert recording.state.bytes == path.stat().st_size
    assert os.listdir(tmp_path).count(name) == len(os.listdir(tmp_path)) - 1


def test_a_killed_process_leaves_a_whole_file(tmp_path):
    path = tmp_path / "a.pcapng"
    program = (
        "import sys, os, signal\n"
        "from capture_bytes import Row, frames_of\n"
        "from netwatch.capture.frames import FrameInterface\n"
        "from netwatch.capture.recorder import Recorder\n"
        "recorder = Recorder(sys.argv[1], [FrameInterface('eth0')])\n"
        "for block in range(3):\n"
        "    recorder.append(frames_of([Row(block, b'x' * 1000, 1000)] * 50))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([os.path.dirname(__file__), *sys.path])}
    done = subprocess.run([sys.executable, "-c", program, str(path)], env=environment, timeout=180, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(found(path)) == 150
    assert os.listdir(tmp_path) == ["a.pcapng"]


def test_statistics_end_the_file(tmp_path):
    recording = recorder(tmp_path / "a")
    recording.append(frames_of(packets(0, 3)))
    recording.close(received=12, dropped=9)
    source = FileSource([str(tmp_path / "a")])
    blocks_of(source)
    assert (source.counters().received, source.counters().dropped) == (12, 9)
    source.close()


def test_only_the_chosen_rows(tmp_path):
    recording = recorder(tmp_path / "a", autostop=Limits(packets=3))
    assert recording.append(frames_of(packets(0, 4)), rows=np.array([True, False, True, False]))
    assert not recording.append(frames_of(packets(4, 4)), rows=slice(1, None))
    recording.close()
    assert found(tmp_path / "a") == [packets(n, 1)[0] for n in (0, 2, 5)]


def test_interfaces_that_come_later(tmp_path):
    later = (*ETHERNET, FrameInterface("tun0", 101))
    recording = recorder(tmp_path / "a")
    recording.append(frames_of(packets(0, 1)), ETHERNET)
    recording.append(frames_of([Row(1, b"x", 1, 1, 101)]), later)
    recording.close()
    source = FileSource([str(tmp_path / "a")])
    assert [row.link_type for row in rows_of(blocks_of(source))] == [1, 101]
    assert source.interfaces == later
    source.close()


def test_a_pcap_recording_holds_one_link_type(tmp_path):
    with pytest.raises(FileError, match="one link type"):
        recorder(tmp_path / "a.pcap", INTERFACES)
    assert os.listdir(tmp_path) == []
    recording = recorder(tmp_path / "a.pcap")
    assert recording.append(frames_of(packets(0, 2)))
    assert recording.append(frames_of([Row(1, b"x", 1, 1, 101)]), (*ETHERNET, FrameInterface("tun0", 101)))
    assert "one link type" in recording.state.error
    assert recording.append(frames_of(packets(2, 2)))
    recording.close()
    assert found(tmp_path / "a.pcap") == packets(0, 2)


def test_the_first_packet_decides_for_a_source_without_interfaces(tmp_path):
    recording = recorder(tmp_path / "a.pcap", [])
    recording.append(frames_of([Row(1, b"x", 1, 0, 101)]), [FrameInterface("", 101)])
    recording.close()
    assert found(tmp_path / "a.pcap") == [Row(1, b"x", 1, 0, 101)]
    recorder(tmp_path / "b.pcap", []).close()
    assert found(tmp_path / "b.pcap") == []


@pytest.mark.parametrize(
    ("limits", "count"),
    [
        (Limits(packets=7), 7),
        (Limits(packets=10), 10),
        (Limits(packets=25), 25),
        (Limits(duration_ns=12_500), 13),
        (Limits(duration_ns=10_000), 10),
        (Limits(packets=12, duration_ns=12_500), 12),
        (Limits(filesize=1000), None),
    ],
)
def test_autostop_is_exact(tmp_path, limits, count):
    path = tmp_path / "a.pcapng"
    recording = recorder(path, autostop=limits)
    going_on = [recording.append(frames_of(packets(10 * block, 10))) for block in range(4)]
    assert going_on[-1] is False
    assert recording.finished
    recording.close()
    rows = found(path)
    if count is None:
        one = 40  # bytes of a record here: 32, 5 and 3 of padding
        assert 1000 <= path.stat().st_size < 1000 + one
    else:
        assert len(rows) == count
    assert rows == packets(0, len(rows))
    assert recording.state.packets == len(rows)


def test_a_ring_keeps_the_newest_files(tmp_path):
    recording = recorder(tmp_path / "cap.pcapng", ring=Limits(files=3, packets=4))
    for block in range(5):
        assert recording.append(frames_of(packets(7 * block, 7)))
    recording.close()
    names = sorted(os.listdir(tmp_path))
    assert [name[:9] for name in names] == ["cap_00007", "cap_00008", "cap_00009"]
    assert all(re.fullmatch(r"cap_\d{5}_\d{14}\.pcapng", name) for name in names)
    assert [row.data for name in names for row in found(tmp_path / name)] == [b"%05d" % n for n in range(24, 35)]
    assert recording.state.path == str(tmp_path / names[-1])
    assert recording.state.packets == 35


@pytest.mark.parametrize(
    ("ring", "most"), [(Limits(filesize=1000), 22), (Limits(duration_ns=5_000), 5), (Limits(packets=1), 1)]
)
def test_a_ring_without_end_keeps_all_files(tmp_path, ring, most):
    recording = recorder(tmp_path / "cap.pcapng", ring=ring)
    for block in range(6):
        recording.append(frames_of(packets(10 * block, 10)))
    recording.close()
    names = sorted(os.listdir(tmp_path))
    counts = [len(found(tmp_path / name)) for name in names]
    assert [row for name in names for row in found(tmp_path / name)] == packets(0, 60)
    assert len(set(counts[:-1])) == 1
    assert counts[0] <= most
    if ring.filesize:
        assert all(ring.filesize <= (tmp_path / name).stat().st_size < ring.filesize + 40 for name in names[:-1])


def test_a_compressed_ring_counts_compressed_bytes(tmp_path):
    rng = np.random.default_rng(1)
    recording = recorder(tmp_path / "cap.pcap.gz", ring=Limits(filesize=5000))
    rows = [Row(10**18 + n, rng.bytes(500), 500) for n in range(40)]
    for block in range(10):
        recording.append(frames_of(rows[4 * block : 4 * block + 4]))
    recording.close()
    names = sorted(os.listdir(tmp_path))
    assert [row for name in names for row in found(tmp_path / name)] == rows
    assert all(5000 <= (tmp_path / name).stat().st_size < 9000 for name in names[:-1])


def test_autostop_after_a_number_of_files(tmp_path):
    recording = recorder(tmp_path / "cap", ring=Limits(packets=4), autostop=Limits(files=2))
    assert recording.append(frames_of(packets(0, 7)))
    assert not recording.append(frames_of(packets(7, 7)))
    assert not recording.append(frames_of(packets(14, 7)))
    recording.close()
    names = sorted(os.listdir(tmp_path))
    assert [len(found(tmp_path / name)) for name in names] == [4, 4]


def test_a_ring_file_that_cannot_be_made_ends_the_recording(tmp_path):
    recording = recorder(tmp_path / "cap", ring=Limits(packets=2))
    name = os.listdir(tmp_path)[0].replace("_00001_", "_00002_")
    (tmp_path / name).write_bytes(b"theirs")
    assert recording.append(frames_of(packets(0, 5)))
    assert "exists already" in recording.state.error
    assert recording.append(frames_of(packets(5, 5)))
    recording.close()
    assert (tmp_path / name).read_bytes() == b"theirs"
    assert recording.state.packets == 2


def test_what_is_there_is_not_overwritten_unasked(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(FileError, match="exists already"):
        recorder(path)
    assert path.read_bytes() == b"old"
    recording = recorder(path, overwrite=True)
    recording.append(frames_of(packets(0, 2)))
    recording.close()
    assert found(path) == packets(0, 2)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(FileError, match="symbolic link"):
        recorder(tmp_path / "link", overwrite=True)


class Output:
    """Standard output replaced by a pipe."""

    def __init__(self, monkeypatch):
        self.read_end, self.write_end = os.pipe()
        monkeypatch.setattr(os, "dup", lambda _: self.write_end)
        monkeypatch.setattr(os, "isatty", lambda _: False)


def test_standard_output(tmp_path, monkeypatch):
    output = Output(monkeypatch)
    recording = recorder("-")
    recording.append(frames_of(packets(0, 5)))
    recording.close(received=5)
    assert recording.state.path == "-"
    content = os.read(output.read_end, 1 << 20)
    assert recording.state.bytes == len(content)
    (tmp_path / "a").write_bytes(content)
    assert found(tmp_path / "a") == packets(0, 5)
    os.close(output.read_end)


def test_standard_output_whose_reader_has_gone(monkeypatch):
    output = Output(monkeypatch)
    recording = recorder("-")
    os.close(output.read_end)
    assert recording.append(frames_of(packets(0, 5)))
    assert recording.state.error == "cannot write standard output: the reader of the pipe has gone"
    recording.close()


def test_standard_output_that_is_a_terminal_or_a_ring(monkeypatch):
    monkeypatch.setattr(os, "isatty", lambda _: True)
    with pytest.raises(FileError, match="cannot write packets to a terminal"):
        recorder("-")
    with pytest.raises(UsageError, match="standard output"):
        recorder("-", ring=Limits(packets=1))
