"""Slices of packet time end where packets and their times say, whatever the batches; detectors get what they need."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies

from netwatch.detect.config import Profile
from netwatch.detect.gather_times import LEAST_PACKETS, TICKS_A_SECOND
from netwatch.detect.observation import KINDS
from netwatch.detect.registry import DETECTORS
from netwatch.detect.slices import BEFORE, SliceCutter
from tests.detect.traffic import LAN, PEER, WEB, Traffic, rules


def ends(ticks: np.ndarray, sizes: list[int]) -> list[int]:
    """Where slices end in packets of these ticks, cut into batches of these sizes."""
    cutter, found, begin = SliceCutter(), [], 0
    for size in [*sizes, len(ticks)]:
        batch = ticks[begin : begin + size]
        if len(batch):
            found += [begin - 1 if cut == BEFORE else begin + cut for cut in cutter.cuts(batch)]
        begin += len(batch)
    return found


@given(
    steps=strategies.lists(strategies.integers(0, 3), min_size=1, max_size=60),
    sizes=strategies.lists(strategies.integers(1, 3 * LEAST_PACKETS), max_size=9),
)
@settings(max_examples=30)
def test_batches_do_not_matter(steps: list[int], sizes: list[int]) -> None:
    ticks = np.repeat(np.cumsum(steps), 100).astype(np.int64)
    whole = ends(ticks, [])
    assert ends(ticks, sizes) == whole
    for end in whole:
        assert ticks[end] != ticks[end + 1]
    seconds = ticks // TICKS_A_SECOND
    assert set(np.flatnonzero(seconds[1:] != seconds[:-1]).tolist()) <= set(whole)


def test_a_slice_with_many_packets_ends_with_its_tick_and_others_with_their_second() -> None:
    few = np.arange(8, dtype=np.int64)
    assert ends(few, []) == [3]
    many = np.repeat(few, LEAST_PACKETS)
    assert len(ends(many, [])) == len(few) - 1


def test_without_packets_a_slice_is_over_at_once_if_anything_waits_else_with_its_second() -> None:
    cutter = SliceCutter()
    assert not cutter.pass_time(7, eager=True)
    cutter.cuts(np.array([4], np.int64))
    assert not cutter.pass_time(4, eager=True)
    assert not cutter.pass_time(5, eager=False)
    assert cutter.pass_time(5, eager=True)
    assert not cutter.pass_time(5, eager=True)
    assert cutter.pass_time(8, eager=False)


def test_detectors_that_say_what_they_need_find_as_much_as_when_they_see_everything() -> None:
    def traffic() -> Traffic:
        made = Traffic()
        for port in range(40):
            made.tcp(LAN, PEER, 40000 + port, 1 + port, 2, after=port * 0.05)
            made.tcp(PEER, LAN, 1 + port, 40000 + port, 20, after=port * 0.05 + 0.001)
        for number in range(30):
            made.wait(0.3).udp(LAN, WEB, 5000, 9, b"x" * number)
        return made

    wanted = [kind for kind in DETECTORS if Profile.BALANCED in kind.profiles]
    everything = [type(kind.__name__, (kind,), {"needs": ()})(kind.defaults) for kind in wanted]
    assert rules(traffic(), detectors=everything) == rules(traffic()) == ["scan.vertical"]


def test_what_detectors_need_are_fields_of_observations_or_classes_of_events() -> None:
    for kind in DETECTORS:
        assert all(need in KINDS if isinstance(need, str) else isinstance(need, type) for need in kind.needs)
