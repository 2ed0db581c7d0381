"""Recordings on a disk that fills up: the recording ends with a whole file, the capture goes on."""

from __future__ import annotations

import os
import resource

import numpy as np
import pytest
from capture_bytes import Row, blocks_of, frames_of, rows_of
from full_disk import small_disk

from netwatch.capture.file_source import FileSource
from netwatch.capture.frames import FrameInterface
from netwatch.capture.recorder import AT_ONCE, Recorder
from netwatch.errors import FileError

ETHERNET = FrameInterface("eth0")
ROWS = [Row(10**18 + 1000 * n, b"%05d" % n, 60) for n in range(50)]


@pytest.mark.parametrize("name", ["a.pcap", "a.pcapng", "a.pcapng.gz"])
def test_a_full_disk_ends_the_recording_and_not_the_capture(tmp_path, name):
    rng = np.random.default_rng(2)
    rows = [Row(10**18 + n, rng.bytes(1000), 1000) for n in range(1500)]
    with small_disk(tmp_path) as disk:
        path = disk / name
        recording = Recorder(str(path), [ETHERNET])
        assert all(recording.append(frames_of(rows[start : start + 100])) for start in range(0, 1500, 100))
        assert recording.state.error == f"cannot write {path}: no space is left on the device"
        recording.close()
        assert recording.state.packets % 100 == 0
        assert recording.state.packets >= 800
        assert recording.state.bytes == path.stat().st_size
        source = FileSource([str(path)])
        assert rows_of(blocks_of(source)) == rows[: recording.state.packets]
        assert source.counters().truncated == name.endswith(".gz")
        source.close()


@pytest.mark.parametrize("name", ["a.pcap", "a.pcapng"])
def test_of_a_long_block_there_is_what_fitted(tmp_path, name):
    """But for less than one write, however much more the block has."""
    block = frames_of([Row(10**18 + n, b"%05d" % n * 200, 1000) for n in range(6000)])
    with small_disk(tmp_path, "2500k") as disk:
        path = disk / name
        recording = Recorder(str(path), [ETHERNET])
        assert recording.append(block)
        recording.close()
        assert recording.state.error == f"cannot write {path}: no space is left on the device"
        assert path.stat().st_size > (2500 << 10) - AT_ONCE
        source = FileSource([str(path)])
        assert sum(len(each) for each in blocks_of(source)) == recording.state.packets
        assert not source.counters().truncated
        source.close()


def test_a_size_limit_ends_the_recording_and_not_the_capture(tmp_path):
    path = tmp_path / "a.pcapng"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    recording = Recorder(str(path), [ETHERNET])
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        assert all(recording.append(frames_of(ROWS[10 * block : 10 * block + 10])) for block in range(5))
        recording.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert recording.state.error == f"cannot write {path}: the file would exceed the size limit"
    source = FileSource([str(path)])
    assert rows_of(blocks_of(source)) == ROWS[:20]
    assert not source.counters().truncated
    source.close()


def test_a_disk_without_room_for_the_header(tmp_path):
    with small_disk(tmp_path, "8k") as disk:
        (disk / "filler").write_bytes(bytes(4096))
        with pytest.raises(FileError, match="no space is left"):
            Recorder(str(disk / "a"), [FrameInterface("eth0", description="x" * 900)] * 20)
        assert os.listdir(disk) == ["filler"]
