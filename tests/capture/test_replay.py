"""Replay: each frame when it is due, all of them once, in any speed, and the same packets again."""

from __future__ import annotations

from datetime import datetime

import pytest
from capture_bytes import NANO, pcap_header, pcap_record, rows_of

from netwatch.capture.file_source import FileSource
from netwatch.capture.frames import PADDING
from netwatch.capture.replay import SLOWEST, ReplaySource
from netwatch.capture.replay_orders import obey, target
from netwatch.errors import CaptureError, UsageError
from netwatch.nanoseconds import SECOND
from netwatch.snapshot import Replay


class Clock:
    """Stands still until the source waits."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def played(tmp_path):
    """Make a source of frames that were recorded at these seconds, and its clock."""

    def make(seconds, speed):
        records = [
            pcap_record(b"%03d" % n * 20, 10**18 + int(second * SECOND), magic=NANO) for n, second in enumerate(seconds)
        ]
        path = tmp_path / "a"
        path.write_bytes(pcap_header(magic=NANO) + b"".join(records))
        clock = Clock()
        source = ReplaySource(lambda: FileSource([str(path)]), speed, clock)

        def wait(seconds):
            clock.now += seconds
            return False

        source._rung.wait = wait  # time passes when somebody waits
        return source, clock

    return make


def events(source, clock):
    """Return (when, frame number) of all frames."""
    found = []
    while True:
        try:
            frames = source.read(0.2)
        except EOFError:
            return found
        if frames is not None:
            found += [(round(clock.now - 100, 3), int(row.data[:3])) for row in rows_of([frames])]


@pytest.mark.parametrize("speed", [0.5, 1, 10])
def test_frames_come_when_they_are_due(played, speed):
    seconds = [0, 0.5, 0.5, 3, 10]
    source, clock = played(seconds, speed)
    found = events(source, clock)
    assert [number for _, number in found] == [0, 1, 2, 3, 4]
    assert [when for when, _ in found] == pytest.approx([second / speed for second in seconds], abs=0.001)
    source.close()


def test_time_that_goes_back_is_due_at_once(played):
    source, clock = played([0, 2, 1, 3], 1)
    assert events(source, clock) == [(0, 0), (2, 1), (2, 2), (3, 3)]
    source.close()


def test_frames_that_come_alone_keep_no_others_alive(played):
    """A buffer holds what it says it holds: each frame brought the whole block of its file."""
    source, _ = played(range(200), 1)
    given = []
    while len(given) < 150:
        frames = source.read(2)
        if frames is not None:
            given.append(frames)
    assert max(len(frames.data) for frames in given) <= 2 * 60 + PADDING
    assert [row.data[:3] for row in rows_of(given)] == [b"%03d" % number for number in range(150)]
    source.close()


def test_packets_are_read_again_by_their_numbers(played):
    source, clock = played([0, 1, 2], 1)
    assert source.name == "a"
    events(source, clock)
    first, frames = source.archive.reread(2)
    assert rows_of([frames])[2 - first].data[:3] == b"001"
    assert source.counters().progress == 1
    source.close()


def test_a_request_does_not_wait_for_the_next_frame(played):
    source, _ = played([0, 1000], 1)
    source.read(0)
    del source._rung.wait
    source.wake()
    assert source.read(60) is None
    source.close()


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_impossible_speeds(played, speed):
    with pytest.raises(UsageError, match="--replay"):
        played([0], speed)


def given(source, timeout=0.0):
    """Return the numbers of the frames that one look gives."""
    frames = source.read(timeout)
    return [] if frames is None else [int(row.data[:3]) for row in rows_of([frames])]


def test_held_no_time_passes(played):
    source, clock = played([0, 1, 2], 1)
    assert given(source) == [0]
    obey(source, "hold")
    clock.now += 100
    assert given(source, 5) == []
    assert source.counters().replay == Replay(1, held=True, time_ns=10**18)
    obey(source, "hold")
    clock.now += 1
    assert given(source) == [1]
    source.close()


def test_a_step_is_one_packet_also_among_those_of_the_same_time(played):
    source, _ = played([0, 1, 1, 2, 3], 1)
    assert given(source) == [0]
    for number in (1, 2, 3):
        obey(source, "step")
        assert given(source) == [number]
        assert given(source) == []
    assert source.held
    assert source.now_ns == 10**18 + 2 * SECOND
    source.close()


def test_a_change_of_speed_keeps_the_place(played):
    source, clock = played([0, 10, 20], 1)
    assert given(source) == [0]
    clock.now += 5
    obey(source, "faster")
    assert (source.speed, source.now_ns) == (2, 10**18 + 5 * SECOND)
    clock.now += 2.5
    assert given(source) == [1]
    for _ in range(60):
        obey(source, "slower")
    assert source.speed == SLOWEST
    source.close()


def test_jumps_forward_give_what_lies_between(played):
    source, clock = played([0, 10, 20, 30, 40, 50], 1)
    assert given(source) == [0]
    assert obey(source, "jump", "+20") is None
    assert given(source) == [1, 2]
    assert obey(source, "jump", "#5") is None
    assert given(source) == [3, 4]
    clock.now += 10
    assert given(source) == [5]
    source.close()


def test_jumps_back_begin_anew_and_come_to_the_same_place(played):
    source, clock = played([0, 10, 20, 30], 4)
    assert given(source) == [0]
    clock.now += 7.5
    assert given(source) == [1, 2, 3]
    fresh = obey(source, "jump", "-15")
    assert fresh is not None
    assert given(fresh) == [0, 1]
    assert (fresh.speed, fresh.now_ns) == (4, 10**18 + 15 * SECOND)
    fresh.jump(10**18 + 99 * SECOND)
    assert given(fresh) == [2, 3]
    fresh.close()
    assert fresh.now_ns == 10**18 + 30 * SECOND
    over = obey(fresh, "jump", "1", over=True)
    assert over is not None
    assert given(over) == [0]
    with pytest.raises(CaptureError, match="over"):
        obey(fresh, "step", over=True)
    for one in (source, over):
        one.close()


@pytest.mark.parametrize(
    ("text", "seconds"), [("+30", 30), ("-1.5m", -90), ("+2h", 7200), ("12:00:00", 0), ("12:00:00.25", 0.25)]
)
def test_places_to_jump_to(text, seconds):
    noon = int(datetime(2026, 1, 5, 12).astimezone().timestamp()) * SECOND
    assert target(text, noon) == (noon + int(seconds * SECOND), None)


def test_a_time_of_day_is_the_nearest():
    late = int(datetime(2026, 1, 5, 23, 50).astimezone().timestamp()) * SECOND
    assert target("0:10", late) == (late + 20 * 60 * SECOND, None)
    assert target("#12", late) == target("12", late) == (None, 12)


@pytest.mark.parametrize("text", ["", "soon", "25:00", "1:2:3", "+", "\x1b[31m", "١٢"])
def test_what_is_no_place(text):
    with pytest.raises(UsageError, match="jump"):
        target(text, 0)
