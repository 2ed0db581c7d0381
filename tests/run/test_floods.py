"""Floods through a whole live capture: every packet is counted, nothing breaks, and a packet costs no more later on."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from netwatch.detect.registry import DETECTORS
from netwatch.detect.settings import DetectionSettings
from netwatch.run.session import Session
from netwatch.track.buffer import PacketBuffer
from netwatch.track.flow import FlowTracker
from netwatch.track.hosts import HostTracker
from tests.benchmarks.flood_frames import FLOODS, syns
from tests.frames import frames
from tests.reachable import bytes_reachable
from tests.scenes import SceneSource
from tests.work import lines

PART = 800
"""Packets of a block, which is a second: what detectors look at each second is in every one."""
BLOCKS = 8
STEP = 5_000_000
"""Nanoseconds from one SYN to the next."""
LEAST_KEPT = 30
"""Bytes that whatever is kept of each packet takes at least: a number in a list has more."""
BUFFER = 1 << 20
"""Bytes of packets kept."""
WARM = 2
"""Blocks in which tables are made."""
GROWTH = 1.5
"""Most work that the second half of the rest may be, of the first."""


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_counted_and_costs_no_more_the_longer_it_lasts(name: str) -> None:
    """Memory of packets stays within its bound; what tables and readers leave out is counted, not forgotten."""
    source = iter(FLOODS[name][0](PART * BLOCKS))
    blocks = [frames(list(islice(source, PART))) for _ in range(BLOCKS)]
    played = SceneSource(
        [replace(block, time_ns=block.time_ns + number * 10**8) for number, block in enumerate(blocks)]
    )
    session = Session(source=played, buffer=PacketBuffer(BUFFER), monotonic=lambda: 0.0)

    def one_block() -> None:
        left = len(played.blocks)
        while len(played.blocks) == left:
            session.step(0.0)

    work = [lines(one_block) for _ in range(BLOCKS)]
    session.end()
    snapshot = session.snapshot()
    assert (snapshot.packets, snapshot.loss.decoded) == (PART * BLOCKS, PART * BLOCKS)
    assert snapshot.problems == ()
    assert snapshot.history.bytes <= BUFFER
    assert snapshot.history.last - snapshot.history.first + 1 + snapshot.loss.evicted_packets == PART * BLOCKS
    half = WARM + (BLOCKS - WARM) // 2
    assert sum(work[half:]) <= GROWTH * sum(work[WARM:half])


def test_memory_stays_as_it_is_once_the_tables_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that a session leads to is counted, in a SYN flood from random sources that goes on for minutes."""
    monkeypatch.setitem(FlowTracker.__init__.__kwdefaults__, "capacity", 512)
    monkeypatch.setitem(HostTracker.__init__.__kwdefaults__, "capacity", 512)
    monkeypatch.setattr("netwatch.detect.surroundings.MOST_PARTIES", 512)
    few = {kind.rule.id: {"max_keys": 100} for kind in DETECTORS if hasattr(kind.defaults, "max_keys")}
    source, played, block = iter(syns(24_000)), SceneSource([]), 500
    session = Session(played, PacketBuffer(BUFFER // 4), detect=DetectionSettings(chosen=few), monotonic=lambda: 0.0)

    def flood(packets: int) -> int:
        for _ in range(0, packets, block):
            some = frames(list(islice(source, block)))
            played.blocks.append(replace(some, time_ns=session.packets * STEP + np.arange(block) * STEP))
            session.step(0.0)
            while session._inspection.waiting:
                session.step(0.0)
        return bytes_reachable(session)

    full = flood(12_000)
    assert flood(12_000) < full + 12_000 * LEAST_KEPT
    assert session.snapshot().loss.evicted_flows > 20_000
    session.end()
