"""Gathering: what a filter left of many batches comes back in few, packet by packet as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.decode.decoder import decode
from netwatch.decode.part import taken
from netwatch.tables.query import TableQuery
from netwatch.track.analysis import Analysis
from netwatch.view.gathering import LIVE_SPAN_NS, MANY, Gathering, in_groups
from tests.decode.test_join import equal
from tests.frames import frames
from tests.scenes import day, frames_of

if TYPE_CHECKING:
    from netwatch.decode.batch import PacketBatch

PACKETS = day(4)


def batches(size: int) -> list[PacketBatch]:
    """Return the packets of the scene in batches of `size`, the first of them number 1."""
    whole = decode(frames_of(PACKETS), 1)
    return [taken(whole, slice(at, min(at + size, len(whole)))) for at in range(0, len(whole), size)]


def gathered(parts: list[PacketBatch], wanted: set[int]) -> list[PacketBatch]:
    """Return what `parts` have of the packets `wanted`, as Gathering gives it away."""
    gathering = Gathering(live=False)
    for part in parts:
        gathering.add(part, np.isin(part.numbered(), list(wanted)))
    assert gathering.waiting == len(wanted)
    taken_back = []
    while gathering.waiting:
        taken_back.append(gathering.take())
    return taken_back


@settings(max_examples=40)
@given(st.sets(st.integers(1, len(PACKETS)), min_size=1), st.integers(1, 9))
def test_packets_stay_as_they_were(wanted: set[int], size: int) -> None:
    """Numbers, columns and bytes of whatever passes, from batches of any size."""
    (found,) = gathered(batches(size), wanted)
    whole = batches(len(PACKETS))[0]
    equal(found, taken(whole, np.array(sorted(wanted)) - 1))
    assert found.numbered().tolist() == sorted(wanted)


def test_trackers_count_the_same() -> None:
    """Whatever batches the packets of a filter came from, every table has the same rows."""
    wanted = {number for number in range(1, len(PACKETS) + 1) if number % 5}
    counts = []
    for parts in (gathered(batches(3), wanted), [taken(each, each.numbered() % 5 != 0) for each in batches(3)]):
        analysis = Analysis()
        for part in parts:
            analysis.feed(part)
        flows = analysis.page("flows", TableQuery("serial", descending=False)).table
        counts.append((analysis.rows_held(), analysis.traffic.protocols(), flows.packets.tolist(), flows.state))
    assert counts[0] == counts[1]


def test_a_few_large_batches_pass_as_they_are() -> None:
    """What is large enough is not copied."""
    large = decode(frames(PACKETS[:1] * MANY), 1)
    gathering = Gathering(live=False)
    for _ in range(2):
        gathering.add(large, np.ones(MANY, np.bool_))
    assert gathering.take() is large
    assert gathering.waiting == MANY


def test_nothing_waits_for_nothing() -> None:
    """A batch of which nothing passes is not kept."""
    gathering = Gathering(live=False)
    gathering.add(batches(5)[0], np.zeros(5, np.bool_))
    assert not gathering.waiting


@pytest.mark.parametrize(("live", "expected"), [(True, [2, 1]), (False, [3])])
def test_a_batch_of_a_live_capture_covers_little_time(live: bool, expected: list[int]) -> None:
    """Of a live capture trackers read only so much of a batch; of a file they read everything."""
    gathering = Gathering(live=live)
    for part, late in zip(batches(1), (0, LIVE_SPAN_NS - 1, LIVE_SPAN_NS), strict=False):
        time_ns = np.full(1, 1_700_000_000_000_000_000 + late)
        gathering.add(replace(part, frames=replace(part.frames, time_ns=time_ns)), np.ones(1, np.bool_))
    sizes = []
    while gathering.waiting:
        sizes.append(len(gathering.take()))
    assert sizes == expected


def test_groups() -> None:
    """Batches are judged together until they are many packets; what is left comes last."""
    groups = list(in_groups(iter(batches(2)), 5))
    assert {len(group) for group in groups[:-1]} == {3}
    assert sum(len(part) for group in groups for part in group) == len(PACKETS)
    assert list(in_groups(iter(()), 5)) == []
