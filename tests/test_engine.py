"""The session and the engine around it: numbers, states, requests, ends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from netwatch.errors import CaptureError, FileError, FilterError
from netwatch.snapshot import CaptureState
from tests.scenes import SceneSource, day, frames_of, running_engine, scene_engine, wait_for
from tests.tui.screen import CannedLive

if TYPE_CHECKING:
    from pathlib import Path

PACKETS = day()


def test_rows_and_frames_of_the_engine() -> None:
    """By number, as far as they are held."""
    engine, snapshot = scene_engine()
    try:
        assert snapshot.packets == len(PACKETS)
        rows = engine.rows(1, len(PACKETS) + 50)
        assert [row.number for row in rows] == list(range(1, len(PACKETS) + 1))
        assert rows[2].protocol == "DNS"
        assert engine.frame(3) == PACKETS[2]
        assert [row.number for row in engine.rows(-5, 7)] == [1]
        with pytest.raises(LookupError):
            engine.frame(len(PACKETS) + 1)
        assert engine.dissect(3).result(20).layers[0].name == "Ethernet"
        with pytest.raises(LookupError):
            engine.dissect(10_000).result(20)
    finally:
        engine.close()


def test_held_packets_outlive_the_buffer() -> None:
    """A paused view keeps what it shows."""
    source = SceneSource([frames_of(PACKETS)])
    engine = running_engine(source, len(PACKETS))
    try:
        engine._session.buffer.capacity = 1  # type: ignore[union-attr]
        held = engine.hold()
        assert (held.first, held.last) == (1, len(PACKETS))
        for _ in range(3):
            source.blocks.append(frames_of(PACKETS))
        source.wake()
        wait_for(lambda: engine.snapshot().packets == 4 * len(PACKETS))
        assert engine.frame(1) == PACKETS[0]
        assert engine.rows(1, 1)[0].number == 1
        engine.release()
        with pytest.raises(LookupError):
            engine.frame(1)
    finally:
        engine.close()


def test_filters_are_replaced_or_nothing_changes() -> None:
    """An error leaves all as it was."""
    source = SceneSource([frames_of(PACKETS)])
    engine = running_engine(source, len(PACKETS), CannedLive())
    try:
        engine.set_capture_filter("arp").result(20)
        assert source.filters == [("arp", False)]
        wait_for(lambda: engine.snapshot().capture_filter == "arp")
        with pytest.raises(FilterError):
            engine.set_capture_filter("bogus").result(20)
        assert source.filters == [("arp", False)]
        assert engine.check_filter("bogus").result(20).error == "syntax error"
    finally:
        engine.close()


def test_opening_another_interface_begins_anew() -> None:
    """A new capture id, and numbers from 1; a failure shows and can be mended."""
    engine = running_engine(SceneSource([frames_of(PACKETS)]), len(PACKETS), CannedLive())
    try:
        first = engine.snapshot().capture_id
        engine.open(("lo",)).result(20)
        wait_for(lambda: engine.snapshot().packets == 14)
        assert engine.snapshot().capture_id == first + 1
        with pytest.raises(CaptureError):
            engine.open(("wlan0",)).result(20)
        wait_for(lambda: engine.snapshot().state is CaptureState.FAILED)
        engine.open(("lo",)).result(20)
        wait_for(lambda: engine.snapshot().state is CaptureState.LIVE)
    finally:
        engine.close()


def test_without_rights_to_capture_requests_say_so() -> None:
    """A file session has no interfaces to open."""
    engine = running_engine(SceneSource([frames_of(PACKETS)], live=False), len(PACKETS))
    try:
        for request in (engine.interfaces(), engine.open(("lo",)), engine.set_capture_filter("arp")):
            with pytest.raises(CaptureError):
                request.result(20)
    finally:
        engine.close()


def test_saving_while_packets_arrive(tmp_path: Path) -> None:
    """The file holds what was there when it was asked for; an existing one is not touched."""
    engine, _ = scene_engine()
    try:
        saved = engine.save(tmp_path / "a.pcapng").result(10)
        assert saved.packets == len(PACKETS)
        with pytest.raises(FileError):
            engine.save(tmp_path / "a.pcapng").result(10)
        with pytest.raises(FileError):
            engine.save(tmp_path / "no" / "such" / "folder.pcap").result(10)
    finally:
        engine.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pcapng"]


def test_close_ends_every_thread() -> None:
    """Nothing is left running."""
    before = set(threading.enumerate())
    engine, _ = scene_engine()
    source = engine._session.source  # type: ignore[union-attr]
    engine.close()
    wait_for(lambda: set(threading.enumerate()) <= before)
    assert source.closed  # type: ignore[attr-defined]
    assert engine.snapshot().state is CaptureState.STOPPED
