"""The engine saves and records while packets arrive."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.file_source import FileSource
from netwatch.capture.recorder import Recorder
from netwatch.engine import Engine
from netwatch.errors import CaptureError, FileError
from tests.capture.capture_bytes import blocks_of, rows_of
from tests.scenes import SceneSource, day, frames_of, running_engine, scene_engine, wait_for
from tests.tui.screen import CannedLive

if TYPE_CHECKING:
    from pathlib import Path

PACKETS = day()


def test_saving_while_packets_arrive(tmp_path: Path) -> None:
    """The file holds what was there when it was asked for; an existing one is not touched."""
    engine, _ = scene_engine()
    try:
        saved = engine.save(tmp_path / "a.pcapng").result(180)
        assert saved.packets == len(PACKETS)
        with pytest.raises(FileError):
            engine.save(tmp_path / "a.pcapng").result(180)
        with pytest.raises(FileError):
            engine.save(tmp_path / "no" / "such" / "folder.pcap").result(180)
    finally:
        engine.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pcapng"]


def test_a_recording_goes_over_to_another_interface(tmp_path: Path) -> None:
    """What was seen on both is in the file, which is completed when the engine closes."""
    source = SceneSource([frames_of(PACKETS)])
    recorder = Recorder(str(tmp_path / "all.pcapng"), source.interfaces)
    engine = Engine(buffer_bytes=1 << 24, live=CannedLive())
    engine.start(source, recorder=recorder)
    try:
        wait_for(lambda: engine.snapshot().packets == len(PACKETS))
        with pytest.raises(CaptureError):
            engine.open(("wlan0",)).result(180)
        engine.open(("lo",)).result(180)
        wait_for(lambda: engine.snapshot().packets == 14)
        engine.stop().result(180)
        engine.resume().result(180)
        wait_for(lambda: engine.snapshot().packets == 28)
    finally:
        engine.close()
    recording = engine.snapshot().recording
    assert recording is not None
    assert (recording.packets, recording.error) == (len(PACKETS) + 28, "")
    found = FileSource([str(tmp_path / "all.pcapng")])
    names = Counter(found.interfaces[row.interface].name for row in rows_of(blocks_of(found)))
    assert names == {"eth0": len(PACKETS), "lo": 28}


def test_saving_gives_what_was_there_when_it_began(tmp_path: Path) -> None:
    """Packets that arrive while a file is written are not in it, and none of those before is missing."""
    source = SceneSource([frames_of(PACKETS)])
    engine = running_engine(source, len(PACKETS))
    writing, go_on = threading.Event(), threading.Event()

    def hold_up(_request: object) -> None:
        writing.set()
        assert go_on.wait(180)

    try:
        engine._errands.put(hold_up)
        assert writing.wait(180)
        request = engine.save(tmp_path / "one.pcap")
        source.blocks.extend([frames_of(PACKETS)] * 3)
        source.wake()
        wait_for(lambda: engine.snapshot().packets == 4 * len(PACKETS))
        go_on.set()
        assert request.result(180).packets == 4 * len(PACKETS)
        assert request.progress == 1
        source.blocks.extend([frames_of(PACKETS)] * 3)
        source.wake()
        wait_for(lambda: engine.snapshot().packets == 7 * len(PACKETS))
        found = FileSource([str(tmp_path / "one.pcap")])
        assert [row.data for row in rows_of(blocks_of(found))] == PACKETS * 4
    finally:
        go_on.set()
        engine.close()


def test_a_cancelled_save_leaves_nothing(tmp_path: Path) -> None:
    """Neither the file nor a part of it."""
    engine, _ = scene_engine()
    busy, go_on = threading.Event(), threading.Event()

    def hold_up(_request: object) -> None:
        busy.set()
        assert go_on.wait(180)

    try:
        engine._errands.put(hold_up)
        assert busy.wait(180)
        request = engine.save(tmp_path / "one.pcap")
        assert request.cancel()
        go_on.set()
        engine.check_filter("arp").exception(20)
        assert request.cancelled()
    finally:
        go_on.set()
        engine.close()
    assert list(tmp_path.iterdir()) == []
