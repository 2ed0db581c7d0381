"""The clock of the machine is set, backwards and forwards, and the kernel's stamps with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from netwatch.nanoseconds import SECOND
from netwatch.run.session import Session
from netwatch.snapshot import CaptureState
from netwatch.track.buffer import PacketBuffer
from tests.benchmarks.flood_frames import arps
from tests.frames import frames
from tests.scenes import SceneSource, day, frames_of

if TYPE_CHECKING:
    from netwatch.capture.frames import Frames

HOURS = 7200 * SECOND
BEGIN = 1_700_000_000 * SECOND


def test_packets_go_on_being_counted_and_rates_being_shown() -> None:
    """At once after each step, and nothing breaks; packets keep the times that they came with."""
    block = frames_of(day(1))
    steps = [BEGIN + jump + at * SECOND for jump in (0, -HOURS, HOURS) for at in range(3)]
    source = SceneSource([replace(block, time_ns=block.time_ns - block.time_ns[0] + step) for step in steps])
    now = [0.0]
    session = Session(source, PacketBuffer(1 << 20), clock=lambda: now[0], monotonic=lambda: 0.0)
    for number, step in enumerate(steps, 1):
        now[0] = step / SECOND + 1
        while len(source.blocks) > len(steps) - number:
            session.step(0.0)
        snapshot = session.snapshot()
        assert snapshot.packets == number * len(block)
        assert snapshot.rates is not None
        assert snapshot.rates.packets_per_second == len(block)
    assert (snapshot.state, snapshot.problems) == (CaptureState.LIVE, ())
    times = np.concatenate([batch.frames.time_ns for batch in session.buffer.batches])
    assert times[:: len(block)].tolist() == steps


def test_alerts_are_raised_at_once_after_the_clock_was_set_back() -> None:
    """Detectors look at slices of time, and none would be over before the old time comes again."""
    flood, others = frames(list(arps(600))), frames_of(day(1))

    def at(block: Frames, time_ns: int) -> Frames:
        return replace(block, time_ns=block.time_ns - block.time_ns[0] + time_ns)

    after = BEGIN - HOURS
    source = SceneSource([at(others, BEGIN), *(at(flood, after + n * SECOND // 10) for n in range(30))])
    source.blocks.append(at(others, after + 5 * SECOND))
    session = Session(source, PacketBuffer(1 << 20), clock=lambda: after / SECOND, monotonic=lambda: 0.0)
    while source.blocks:
        session.step(0.0)
    session.step(0.0)
    assert sum(session.snapshot().alerts) > 0
