"""Series at three resolutions against a count packet by packet, however time runs and batches are split."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traffic_packets import START, batch_of, fed

from netwatch.nanoseconds import SECOND
from netwatch.tables.resolution import Resolution
from netwatch.track.traffic_rate import LONGEST_SPAN, GroupRates
from tests.frames import arp, ethernet, ipv4, tcp, udp

GROUPS = 3
HOUR = 3600 * SECOND

steady = st.integers(START, START + 5 * SECOND)
drifting = st.integers(START - 20 * 60 * SECOND, START + 20 * 60 * SECOND)
wild = st.integers(-(2**62), 2**62)
times = st.one_of(steady, drifting, wild, st.integers(START - 48 * HOUR, START + 48 * HOUR))


@settings(max_examples=30)
@given(st.lists(st.lists(st.tuples(times, st.integers(0, GROUPS - 1)), min_size=1, max_size=30), max_size=6), times)
def test_rings_hold_what_a_plain_count_does(batches, now):
    """Each slot holds the newest step of those that share it; what is asked for and not held is nothing."""
    rates = GroupRates(GROUPS)
    for batch in batches:
        stamps = np.array([time for time, _ in batch], np.int64)
        groups = np.array([group for _, group in batch], np.intp)
        rates.add(stamps, groups, stamps % 1500, (int(stamps.min()), int(stamps.max())))
    packets = [packet for batch in batches for packet in batch]
    for resolution in Resolution:
        length, kept = resolution * SECOND, resolution.kept
        newest = defaultdict(lambda: -(2**62))
        for time, _ in packets:
            newest[time // length % kept] = max(newest[time // length % kept], time // length)
        expected = np.zeros((kept, 2, GROUPS), np.int64)
        last = now // length
        for time, group in packets:
            step = time // length
            if last - kept < step <= last and newest[step % kept] == step:
                expected[step - last + kept - 1, :, group] += (1, time % 1500)
        starts, counts = rates.window(resolution, now, kept)
        assert counts.tolist() == expected.tolist()
        assert starts.tolist() == [(last - kept + 1 + place) * length for place in range(kept)]


@settings(max_examples=50)
@given(st.lists(st.tuples(times, st.integers(0, GROUPS - 1)), min_size=2, max_size=60), st.data())
def test_any_split_gives_the_same_rings(packets, data):
    cut = data.draw(st.integers(1, len(packets) - 1))
    whole, split = GroupRates(GROUPS), GroupRates(GROUPS)
    for rates, pieces in ((whole, [packets]), (split, [packets[:cut], packets[cut:]])):
        for piece in pieces:
            stamps = np.array([time for time, _ in piece], np.int64)
            groups = np.array([group for _, group in piece], np.intp)
            rates.add(stamps, groups, stamps % 999, (int(stamps.min()), int(stamps.max())))
    for now in (max(packets)[0], min(packets)[0], START):
        for resolution in Resolution:
            ours, theirs = (rates.window(resolution, now, resolution.kept)[1] for rates in (whole, split))
            assert np.array_equal(ours, theirs)


def test_both_ways_of_counting_meet_at_the_longest_span():
    """One second more and a batch is counted packet by packet: no second is lost between both."""
    for seconds in (LONGEST_SPAN - 1, LONGEST_SPAN, LONGEST_SPAN + 1):
        rates = GroupRates(1)
        stamps = START + SECOND * np.arange(seconds + 1)
        rates.add(stamps, np.zeros(seconds + 1, np.intp), np.ones(seconds + 1, np.int64), (START, int(stamps[-1])))
        _, counts = rates.window(Resolution.SECOND, int(stamps[-1]), 600)
        assert counts[:, 0, 0].sum() == min(seconds + 1, 600)
        assert rates.window(Resolution.MINUTE, int(stamps[-1]), 60)[1][:, 0, 0].sum() == seconds + 1


def test_a_series_names_its_groups_and_begins_on_the_step():
    contents = [ethernet(0x0800, ipv4(6, tcp(dport=443))), ethernet(0x0800, ipv4(17, udp())), ethernet(0x0806, arp(1))]
    traffic = fed(batch_of(contents, [START, START + 15 * SECOND, START + 61 * SECOND]))
    series = traffic.series(Resolution.TEN_SECONDS, START + 61 * SECOND, 7)
    assert len(series) == 7
    assert series.start_ns.tolist() == [START + step * 10 * SECOND for step in range(7)]
    assert series.packets[series.groups.index("TLS")].tolist() == [1, 0, 0, 0, 0, 0, 0]
    assert series.packets[series.groups.index("DNS")].tolist() == [0, 1, 0, 0, 0, 0, 0]
    assert series.packets[series.groups.index("ARP")].tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert series.bits.sum() == 8 * sum(map(len, contents))
    minutes = traffic.series(Resolution.MINUTE, START + 61 * SECOND, 2)
    assert minutes.packets.sum(axis=0).tolist() == [2, 1]


@pytest.mark.parametrize("resolution", list(Resolution))
def test_as_much_as_is_kept_and_no_more(resolution):
    length = resolution * SECOND
    count = resolution.kept + 5
    content = ethernet(0x0806, arp(1))
    traffic = fed(*(batch_of([content] * 5, [START + step * length] * 5) for step in range(count)))
    series = traffic.series(resolution, START + (count - 1) * length, count)
    assert series.packets.sum(axis=0).tolist() == [5] * resolution.kept
    assert traffic.series(resolution, START, 1).packets.sum() == 0
    assert len(traffic.series(resolution, START, 0)) == 0


def test_one_wrong_time_does_not_hide_the_right_ones():
    """A clock that stood wrong for one packet costs a slot, not the graph of a live capture."""
    content = ethernet(0x0806, arp(1))
    traffic = fed(
        batch_of([content] * 3, [START, START + 10**18, START + SECOND]), batch_of([content], [START + 2 * SECOND])
    )
    assert traffic.series(Resolution.SECOND, START + 2 * SECOND, 3).packets.sum(axis=0).tolist() == [1, 1, 1]
