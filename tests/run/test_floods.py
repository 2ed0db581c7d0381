"""Floods through a whole live capture: every packet is counted, nothing breaks, and a packet costs no more later on."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

from netwatch.run.session import Session
from netwatch.track.buffer import PacketBuffer
from tests.benchmarks.flood_frames import FLOODS
from tests.frames import frames
from tests.scenes import SceneSource
from tests.work import lines

PART = 800
"""Packets of a block, which is a second: what detectors look at each second is in every one."""
BLOCKS = 8
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
