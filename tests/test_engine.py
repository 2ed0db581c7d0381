"""The session and the engine around it: numbers, states, requests, ends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.autostop import Limits
from netwatch.capture.source import SourceCounters
from netwatch.errors import CaptureError, FileError, FilterError, NetwatchError
from netwatch.request import RequestQueue
from netwatch.session import Session
from netwatch.snapshot import CaptureState
from netwatch.track.buffer import PacketBuffer
from tests.scenes import START_NS, SceneSource, day, frames_of, running_engine, scene_engine, wait_for
from tests.tui.screen import CannedLive

if TYPE_CHECKING:
    from pathlib import Path

PACKETS = day()


def session_of(source: SceneSource, **options: object) -> Session:
    """Return a session whose clock the test moves by `now`."""
    return Session(source, PacketBuffer(1 << 24), clock=lambda: START_NS / 1e9, **options)  # type: ignore[arg-type]


def test_a_file_is_read_to_its_end() -> None:
    """Everything is counted, then the state says so."""
    source = SceneSource([frames_of(PACKETS), frames_of(PACKETS)], live=False)
    session = session_of(source)
    assert session.snapshot().state is CaptureState.STARTING
    assert session.step(0)
    assert session.snapshot().state is CaptureState.LOADING
    while session.step(0):
        pass
    snapshot = session.snapshot()
    assert snapshot.state is CaptureState.STOPPED
    assert snapshot.packets == 2 * len(PACKETS)
    assert (snapshot.history.first, snapshot.history.last) == (1, 2 * len(PACKETS))
    assert source.closed
    assert not session.step(0)


def test_count_is_exact() -> None:
    """`-c` stops within a block."""
    session = session_of(SceneSource([frames_of(PACKETS)] * 3), limits=Limits(packets=len(PACKETS) + 5))
    while session.step(0):
        pass
    assert session.packets == len(PACKETS) + 5
    assert session.traffic.packets == session.packets


def test_duration_of_a_file_is_packet_time() -> None:
    """`-a duration` on a file counts from its first packet."""
    blocks = [frames_of(PACKETS, START_NS + n * 10_000_000_000) for n in range(5)]
    session = session_of(SceneSource(blocks, live=False), limits=Limits(duration_ns=15_000_000_000))
    while session.step(0):
        pass
    assert session.packets == 3 * len(PACKETS)


def test_duration_of_a_live_capture_passes_without_packets() -> None:
    """An idle interface ends in time, too."""
    now = [START_NS / 1e9]
    session = Session(SceneSource([]), PacketBuffer(0), clock=lambda: now[0], limits=Limits(duration_ns=2_000_000_000))
    assert session.step(0)
    now[0] += 3
    assert not session.step(0)
    assert session.snapshot().state is CaptureState.STOPPED


def test_a_broken_source_fails_with_its_words() -> None:
    """What the source says is what the user reads."""

    class Broken(SceneSource):
        def read(self, timeout: float) -> None:
            raise FileError("damaged at byte 7")

    session = session_of(Broken([]))
    assert not session.step(0)
    assert session.snapshot().state is CaptureState.FAILED
    assert session.snapshot().message == "damaged at byte 7"


def test_waiting_is_a_state_of_a_live_source() -> None:
    """A link that is down is no end."""
    source = SceneSource([frames_of(PACKETS)])
    session = session_of(source)
    session.step(0)
    source.state = SourceCounters(0, 0, message="eth0 is down, waiting")
    assert session.snapshot().state is CaptureState.WAITING
    source.state = SourceCounters(0, 0)
    assert session.snapshot().state is CaptureState.LIVE


def test_a_filter_change_is_marked_at_the_first_packet_after_it() -> None:
    """Packets that waited in the ring belong to the old filter."""
    source = SceneSource([frames_of(PACKETS, START_NS - 500_000_000)])
    session = session_of(source)
    session.note_filter_change("arp")
    session.step(0)
    ((number, text),) = session.snapshot().history.filter_changes
    assert text == "arp"
    times = frames_of(PACKETS, START_NS - 500_000_000).time_ns
    assert times[number - 1] >= START_NS > times[number - 2]


def test_losses_of_a_resumed_capture_add_up() -> None:
    """What the first source lost is not forgotten."""
    source = SceneSource([frames_of(PACKETS)])
    source.state = SourceCounters(received=120, dropped=8)
    session = session_of(source)
    session.step(0)
    session.end()
    again = SceneSource([frames_of(PACKETS)])
    again.state = SourceCounters(received=30, dropped=1)
    session.resume(again)
    session.step(0)
    loss = session.snapshot().loss
    assert (loss.offered, loss.kernel_dropped) == (150, 9)
    assert session.packets == 2 * len(PACKETS)


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


def test_a_request_that_breaks_breaks_alone() -> None:
    """Its caller gets the error as one line; the next request is served."""
    requests = RequestQueue()
    broken = requests.put(lambda _: 1 // 0)
    good = requests.put(lambda _: 42)
    cancelled = requests.put(lambda _: 43)
    assert cancelled.cancel()
    requests.run_all()
    with pytest.raises(NetwatchError, match="internal error"):
        broken.result(0)
    assert good.result(0) == 42
    assert cancelled.cancelled()
    assert not requests.run_next(0.01)
