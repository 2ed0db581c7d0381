"""The session and the engine around it: numbers, states, requests, ends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from netwatch.engine import Engine
from netwatch.errors import CaptureError, FilterError
from netwatch.snapshot import CaptureState
from tests.scenes import SceneSource, day, frames_of, running_engine, scene_engine, wait_for
from tests.tui.screen import CannedLive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.capture.frames import Frames

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
        assert engine.dissect(3).result(180).layers[0].name == "Ethernet"
        with pytest.raises(LookupError):
            engine.dissect(10_000).result(180)
    finally:
        engine.close()


def test_held_packets_outlive_the_buffer() -> None:
    """A paused view keeps what it shows."""
    source = SceneSource([frames_of(PACKETS)])
    engine = running_engine(source, len(PACKETS))
    try:
        engine._captures.newest.buffer.capacity = 1
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
        engine.set_capture_filter("arp").result(180)
        assert source.filters == [("arp", False)]
        wait_for(lambda: engine.snapshot().capture_filter == "arp")
        with pytest.raises(FilterError):
            engine.set_capture_filter("bogus").result(180)
        assert source.filters == [("arp", False)]
        assert engine.check_filter("bogus").result(180).error == "syntax error"
    finally:
        engine.close()


def test_opening_another_interface_begins_anew() -> None:
    """A new capture id, and numbers from 1; a failure shows and can be mended."""
    engine = running_engine(SceneSource([frames_of(PACKETS)]), len(PACKETS), CannedLive())
    try:
        first = engine.snapshot().capture_id
        engine.open(("lo",)).result(180)
        wait_for(lambda: engine.snapshot().packets == 14)
        assert engine.snapshot().capture_id == first + 1
        with pytest.raises(CaptureError):
            engine.open(("wlan0",)).result(180)
        wait_for(lambda: engine.snapshot().state is CaptureState.FAILED)
        engine.open(("lo",)).result(180)
        wait_for(lambda: engine.snapshot().state is CaptureState.LIVE)
    finally:
        engine.close()


def test_without_rights_to_capture_requests_say_so() -> None:
    """A file session has no interfaces to open."""
    engine = running_engine(SceneSource([frames_of(PACKETS)], live=False), len(PACKETS))
    try:
        for request in (engine.interfaces(), engine.open(("lo",)), engine.set_capture_filter("arp")):
            with pytest.raises(CaptureError):
                request.result(180)
    finally:
        engine.close()


def test_close_ends_every_thread() -> None:
    """Nothing is left running."""
    before = set(threading.enumerate())
    engine, _ = scene_engine()
    source = engine._captures.newest.source
    engine.close()
    wait_for(lambda: set(threading.enumerate()) <= before)
    assert source.closed
    assert engine.snapshot().state is CaptureState.STOPPED


def test_a_bug_in_the_pipeline_ends_the_capture_in_words() -> None:
    """The thread lives on: the state is FAILED, not LIVE for ever, and another capture can be opened."""

    class Buggy(SceneSource):
        def read(self, timeout: float) -> None:
            raise RuntimeError("\x1b[31m")

    source = Buggy([])
    engine = Engine(buffer_bytes=1 << 20, live=CannedLive())
    engine.start(source)
    try:
        wait_for(lambda: engine.snapshot().state is CaptureState.FAILED)
        assert engine.snapshot().message == r"internal error: RuntimeError('\x1b[31m')"
        assert source.closed
        engine.open(("lo",)).result(180)
        wait_for(lambda: engine.snapshot().packets == 14)
    finally:
        engine.close()


def test_what_came_before_the_end_is_counted() -> None:
    """Whoever quits, or stops, has all packets up to then."""
    source = SceneSource([frames_of(PACKETS)])
    engine = running_engine(source, len(PACKETS))
    source.unread = [frames_of(PACKETS)]
    engine.close()
    assert engine.snapshot().packets == 2 * len(PACKETS)
    source = SceneSource([frames_of(PACKETS)])
    engine = running_engine(source, len(PACKETS))
    try:
        source.unread = [frames_of(PACKETS)]
        engine.stop().result(180)
        wait_for(lambda: engine.snapshot().state is CaptureState.STOPPED)
        assert engine.snapshot().packets == 2 * len(PACKETS)
    finally:
        engine.close()


def test_what_breaks_over_the_last_packets_leaves_nothing_open() -> None:
    """The source is closed and the reason told."""

    class Buggy(SceneSource):
        def rest(self) -> Iterator[Frames]:
            raise RuntimeError("\x1b[31m")

    source = Buggy([frames_of(PACKETS)])
    engine = running_engine(source, len(PACKETS))
    engine.close()
    snapshot = engine.snapshot()
    assert (snapshot.state, source.closed) == (CaptureState.FAILED, True)
    assert snapshot.message == r"internal error: RuntimeError('\x1b[31m')"


def test_figures_that_break_end_no_capture() -> None:
    """Packets go on being counted and kept, and what broke is told once; what comes later is told again."""
    source = SceneSource([frames_of(PACKETS)])
    engine = running_engine(source, len(PACKETS))
    try:
        session = engine._captures.newest
        protocols = session.analysis.traffic.protocols
        session.analysis.traffic.protocols = _broken
        for _ in range(3):
            source.blocks.append(frames_of(PACKETS))
            source.wake()
        wait_for(lambda: engine.snapshot().packets == 4 * len(PACKETS))
        wait_for(lambda: engine.snapshot().problems)
        snapshot = engine.snapshot()
        assert snapshot.state is CaptureState.LIVE
        assert [one.words for one in snapshot.problems] == [r"the figures stand still: RuntimeError('\x1b[31m')"]
        assert len(engine.rows(3 * len(PACKETS), 5)) == 5
        session.analysis.traffic.protocols = protocols
        source.blocks.append(frames_of(PACKETS))
        source.wake()
        wait_for(lambda: engine.snapshot().bytes == session.analysis.traffic.bytes)
        assert engine.snapshot().problems == ()
    finally:
        engine.close()


def _broken() -> None:
    raise RuntimeError("\x1b[31m")


def test_stopping_and_resuming_goes_on_with_numbers() -> None:
    """A stopped capture keeps its packets; a resumed one adds to them."""
    live = CannedLive()
    engine = running_engine(SceneSource([frames_of(PACKETS)]), len(PACKETS), live)
    try:
        first = engine.snapshot().capture_id
        engine.resume().result(180)
        assert live.opened == []
        engine.stop().result(180)
        wait_for(lambda: engine.snapshot().state is CaptureState.STOPPED)
        assert engine.frame(1) == PACKETS[0]
        engine.resume().result(180)
        wait_for(lambda: engine.snapshot().packets == len(PACKETS) + 14)
        snapshot = engine.snapshot()
        assert live.opened == [("eth0",)]
        assert (snapshot.state, snapshot.capture_id) == (CaptureState.LIVE, first)
        assert (snapshot.history.first, snapshot.history.last) == (1, len(PACKETS) + 14)
        assert engine.frame(len(PACKETS) + 1) == PACKETS[0]
    finally:
        engine.close()


def test_rows_over_what_left_the_buffer() -> None:
    """Asking for packets that are gone gives those that follow and are held, in order."""
    source = SceneSource([frames_of(PACKETS)] * 6)
    engine = Engine(buffer_bytes=70_000)
    engine.start(source)
    try:
        wait_for(lambda: engine.snapshot().packets == 6 * len(PACKETS))
        history = engine.snapshot().history
        assert history.first > 1
        rows = engine.rows(1, 6 * len(PACKETS))
        assert [row.number for row in rows] == list(range(history.first, history.last + 1))
        assert engine.rows(1, 5) == []
        assert engine.rows(history.last + 1, 5) == []
        assert engine.rows(history.first - 2, 4)[0].number == history.first
        for number in (0, -1, history.first - 1, history.last + 1):
            with pytest.raises(LookupError):
                engine.frame(number)
    finally:
        engine.close()


def test_an_engine_that_was_never_started_answers() -> None:
    """Before there is a source there is nothing, and no error."""
    engine = Engine(buffer_bytes=1 << 20)
    assert engine.snapshot().state is CaptureState.IDLE
    assert engine.rows(1, 10) == []
    assert len(engine.hold()) == 0
    with pytest.raises(LookupError):
        engine.frame(1)
    engine.close()


def test_a_snapshot_waits_for_nobody() -> None:
    """While the capture thread is stuck in a request, and while it is stuck in a read."""
    source = SceneSource([frames_of(PACKETS)])
    engine = running_engine(source, len(PACKETS))
    stuck, go_on = threading.Event(), threading.Event()

    def work(_request: object) -> None:
        stuck.set()
        assert go_on.wait(180)

    try:
        request = engine._call(work)
        assert stuck.wait(180)
        assert engine.snapshot().packets == len(PACKETS)
        assert engine.rows(1, 1)[0].number == 1
        assert not request.done()
        go_on.set()
        request.result(180)
    finally:
        go_on.set()
        engine.close()


def test_closing_twice_and_while_starting() -> None:
    """No order of start and close leaves a thread behind."""
    before = set(threading.enumerate())
    source = SceneSource([frames_of(PACKETS)] * 3)
    engine = Engine(buffer_bytes=1 << 20)
    engine.start(source, after=threading.Event())
    engine.close()
    engine.close()
    wait_for(lambda: set(threading.enumerate()) <= before)
    assert source.closed
