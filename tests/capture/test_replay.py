"""Replay: each frame when it is due, all of them once, in any speed, and the same packets again."""

from __future__ import annotations

import pytest
from capture_bytes import NANO, pcap_header, pcap_record, rows_of

from netwatch.capture.file_source import FileSource
from netwatch.capture.replay import ReplaySource
from netwatch.errors import UsageError

SECOND = 10**9


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
        source = ReplaySource(FileSource([str(path)]), speed, clock)

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


def test_packets_are_read_again_by_their_numbers(played):
    source, clock = played([0, 1, 2], 1)
    assert source.name == "a x1"
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
