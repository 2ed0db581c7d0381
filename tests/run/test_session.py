"""The session: numbers, limits, states, losses, marks and recordings, without any thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.capture.autostop import Limits
from netwatch.capture.source import SourceCounters
from netwatch.errors import CaptureError, FileError
from netwatch.nanoseconds import SECOND
from netwatch.run.session import Session
from netwatch.snapshot import CaptureState
from netwatch.track.buffer import PacketBuffer
from tests.run.sessions import PACKETS, session_of
from tests.scenes import START_NS, SceneSource, frames_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.capture.frames import Frames


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
    assert session.analysis.traffic.packets == session.packets


@pytest.mark.parametrize(("blocks", "seconds"), [(5, 15.0), (5, 0.5), (1, 0.5), (3, 10.0)])
def test_duration_of_a_file_is_packet_time(blocks: int, seconds: float) -> None:
    """`-a duration` on a file ends before the first packet that is so much later than the file's first."""
    parts = [frames_of(PACKETS, START_NS + n * 10_000_000_000) for n in range(blocks)]
    times = np.concatenate([part.time_ns for part in parts])
    session = session_of(SceneSource(parts, live=False), limits=Limits(duration_ns=int(seconds * 1e9)))
    while session.step(0):
        pass
    assert session.packets == np.count_nonzero(times - START_NS < seconds * 1e9)
    assert session.snapshot().state is CaptureState.STOPPED


def test_duration_of_a_live_capture_passes_without_packets() -> None:
    """An idle interface ends in time, too, whatever the clock is set to meanwhile."""
    passed, clock = [100.0], [START_NS / 1e9]
    limits = Limits(duration_ns=2_000_000_000)
    session = Session(
        SceneSource([]), PacketBuffer(0), clock=lambda: clock[0], monotonic=lambda: passed[0], limits=limits
    )
    for step in (86_400, -2 * 86_400):
        assert session.step(0)
        clock[0] += step
    passed[0] += 3
    assert not session.step(0)
    assert session.snapshot().state is CaptureState.STOPPED


def test_a_capture_whose_time_is_up_has_what_came_before() -> None:
    """As one that somebody ends; `-c` holds for it too."""
    for limit, expected in ((None, 3 * len(PACKETS)), (len(PACKETS) + 5, len(PACKETS) + 5)):
        passed, source = [100.0], SceneSource([frames_of(PACKETS)])
        limits = Limits(duration_ns=2_000_000_000, packets=limit)
        session = Session(source, PacketBuffer(0), monotonic=lambda passed=passed: passed[0], limits=limits)
        assert session.step(0)
        source.unread = [frames_of(PACKETS), frames_of(PACKETS)]
        passed[0] += 3
        assert not session.step(0)
        assert (session.packets, session.state, source.closed) == (expected, CaptureState.STOPPED, True)
        assert session.analysis.traffic.packets == expected


def test_a_live_capture_that_keeps_no_packets_has_room_for_some_to_wait() -> None:
    """A report without a screen: what comes while trackers work is read next, not left out."""
    blocks = [frames_of(PACKETS, START_NS + number * SECOND) for number in range(3)]
    source = SceneSource([])
    session = Session(source, PacketBuffer(0), clock=lambda: START_NS / 1e9)
    for block in blocks:
        source.blocks.append(block)
        session.step(0, hurry=lambda: True)  # trackers do not get at any of it
    session.stop()
    assert session.packets == session.analysis.traffic.packets == 3 * len(PACKETS)
    assert session.snapshot().loss.inspection_skipped == 0


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


def test_packets_from_before_a_filter_change_are_not_marked() -> None:
    """The mark waits for the first packet of the new filter; of several changes before it the last one counts."""
    source = SceneSource([frames_of(PACKETS, START_NS - 60_000_000_000)])
    session = session_of(source)
    session.note_filter_change("arp")
    session.step(0)
    assert session.snapshot().history.filter_changes == ()
    session.note_filter_change("icmp")
    source.blocks.append(frames_of(PACKETS, START_NS))
    session.step(0)
    session.note_filter_change("")
    source.blocks.append(frames_of(PACKETS, START_NS))
    session.step(0)
    first = len(PACKETS) + 1
    assert session.snapshot().history.filter_changes == ((first, "icmp"), (first + len(PACKETS), ""))


@settings(max_examples=30)
@given(st.lists(st.integers(1, 40), max_size=12), st.integers(1, 120))
def test_count_is_exact_however_packets_arrive(sizes: list[int], wanted: int) -> None:
    """Never one more, and fewer only where there are fewer."""
    packets = PACKETS * 5
    blocks, begin = [], 0
    for size in sizes:
        blocks.append(frames_of(packets[begin : begin + size]))
        begin += size
    session = session_of(SceneSource(blocks, live=False), limits=Limits(packets=wanted))
    while session.step(0):
        pass
    assert session.packets == session.analysis.traffic.packets == min(wanted, begin)
    held = session.buffer.batches
    assert sum(map(len, held)) == session.packets
    assert session.snapshot().history.last == session.packets


def test_a_limit_is_used_up_when_it_is_reached() -> None:
    """A capture that ended by `-c` can be resumed and then goes on."""
    session = session_of(SceneSource([frames_of(PACKETS)]), limits=Limits(packets=5))
    assert not session.step(0)
    session.resume(SceneSource([frames_of(PACKETS)] * 2))
    assert session.step(0)
    assert session.step(0)
    assert session.packets == 5 + 2 * len(PACKETS)
    assert session.snapshot().state is CaptureState.LIVE


def test_a_limit_that_was_not_reached_stays() -> None:
    """Stopping by hand is not reaching it."""
    session = session_of(SceneSource([frames_of(PACKETS)]), limits=Limits(packets=len(PACKETS) + 3))
    session.step(0)
    session.end()
    session.resume(SceneSource([frames_of(PACKETS)]))
    assert not session.step(0)
    assert session.packets == len(PACKETS) + 3


def test_evicted_packets_are_counted_once() -> None:
    """Numbers go on, the history says what is there, and the loss what left."""
    session = Session(SceneSource([frames_of(PACKETS)] * 40, live=False), PacketBuffer(60_000))
    while session.step(0):
        pass
    snapshot = session.snapshot()
    assert snapshot.packets == snapshot.history.last == 40 * len(PACKETS)
    assert snapshot.history.first == snapshot.loss.evicted_packets + 1 > 1
    assert snapshot.history.bytes <= snapshot.history.capacity == 60_000
    assert snapshot.bytes == 40 * sum(map(len, PACKETS))


def test_a_snapshot_is_of_one_moment() -> None:
    """What comes later does not change it."""
    source = SceneSource([frames_of(PACKETS)] * 2)
    session = session_of(source)
    session.step(0)
    before = session.snapshot()
    rates = before.rates.packets.copy() if before.rates else None
    session.step(0)
    assert (before.packets, before.loss.decoded, before.history.last) == (len(PACKETS),) * 3
    assert before.rates is not None
    assert np.array_equal(before.rates.packets, rates)
    assert session.snapshot().packets == 2 * len(PACKETS)


def test_an_unknown_loss_stays_unknown() -> None:
    """None is not 0, until a source knows."""
    source = SceneSource([frames_of(PACKETS)])
    source.state = SourceCounters()
    session = session_of(source)
    session.step(0)
    assert session.snapshot().loss.kernel_dropped is None
    session.end()
    session.resume(SceneSource([]))
    assert session.snapshot().loss.kernel_dropped == 0


@pytest.mark.parametrize("error", [FileError("no space left"), EOFError()])
def test_an_end_closes_the_source_once(error: Exception) -> None:
    """Whatever ends it, and however often it is ended."""
    closed = []

    class Ending(SceneSource):
        def read(self, timeout: float) -> None:
            raise error

        def close(self) -> None:
            closed.append(1)

    session = session_of(Ending([]))
    session.step(0)
    session.end()
    session.end()
    assert closed == [1]


def test_trackers_that_fall_behind_cost_no_packet() -> None:
    """While packets wait in the ring these are read first; totals are ahead, and what waits is inspected later."""
    source = SceneSource([frames_of(PACKETS)] * 5)
    session = session_of(source)
    flows = []
    for backlog in (0.0, 0.5, 0.125, 0.0, 0.0):
        source.backlog = backlog
        session.step(0)
        flows.append(int(session.analysis.summary("packets", 100).flows.packets.sum()))
    counted = flows[0]
    assert flows == [counted, counted, counted, 4 * counted, 5 * counted]  # small batches that wait are joined
    assert session.analysis.traffic.packets == 5 * len(PACKETS)
    session.end()
    snapshot = session.snapshot()
    assert int(session.analysis.summary("packets", 100).flows.packets.sum()) == 5 * counted
    assert snapshot.packets == snapshot.history.last == 5 * len(PACKETS)
    assert snapshot.loss.inspection_skipped == 0


def test_who_waits_for_an_answer_does_not_wait_for_trackers() -> None:
    """Packets are read, because the kernel's ring does not wait; they are inspected with the next step."""
    source = SceneSource([frames_of(PACKETS), frames_of(PACKETS)])
    session = session_of(source)
    session.step(0, hurry=lambda: True)
    assert session.packets == len(PACKETS)
    assert session.analysis.flows.held == 0
    while session.step(0, hurry=lambda: False):
        if session.packets == 2 * len(PACKETS):
            break
    session.end()
    assert session.analysis.flows.held > 0
    assert session.snapshot().loss.inspection_skipped == 0


def test_who_ends_a_capture_gets_what_came_before() -> None:
    """It waits in the ring; nothing is lost that nobody would count."""
    source = SceneSource([frames_of(PACKETS)])
    session = session_of(source)
    session.step(0)
    source.unread = [frames_of(PACKETS), frames_of(PACKETS)]
    session.stop()
    snapshot = session.snapshot()
    assert (snapshot.packets, snapshot.state) == (3 * len(PACKETS), CaptureState.STOPPED)
    assert session.analysis.traffic.packets == 3 * len(PACKETS)
    assert source.closed
    source.unread = [frames_of(PACKETS)]
    session.stop()
    assert session.packets == 3 * len(PACKETS)


def test_a_limit_holds_for_what_came_before_the_end_too() -> None:
    """`-c` is exact, whatever waits."""
    source = SceneSource([frames_of(PACKETS)])
    session = session_of(source, limits=Limits(packets=len(PACKETS) + 5))
    session.step(0)
    source.unread = [frames_of(PACKETS), frames_of(PACKETS)]
    session.stop()
    assert (session.packets, session.state) == (len(PACKETS) + 5, CaptureState.STOPPED)


def test_a_source_that_cannot_tell_what_came_fails_with_its_words() -> None:
    """And is closed all the same."""

    class Refusing(SceneSource):
        def rest(self) -> Iterator[Frames]:
            raise CaptureError("the kernel refuses")

    source = Refusing([frames_of(PACKETS)])
    session = session_of(source)
    session.step(0)
    session.stop()
    assert (session.state, session.message) == (CaptureState.FAILED, "the kernel refuses")
    assert source.closed
