"""Totals, rates and protocols, however hostile the times are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.decode.decoder import decode
from netwatch.nanoseconds import SECOND
from netwatch.tables.resolution import Resolution
from netwatch.track.traffic import Traffic
from tests.scenes import START_NS, day, frames_of

if TYPE_CHECKING:
    from netwatch.decode.batch import PacketBatch

PACKETS = day(3)


def batch_at(times: list[int]) -> PacketBatch:
    """Return packets of the scene with these times."""
    frames = frames_of((PACKETS * (len(times) // len(PACKETS) + 1))[: len(times)])
    return decode(replace(frames, time_ns=np.array(times, np.int64)), 1)


def test_totals_and_protocols() -> None:
    """Counts are those of the packets."""
    traffic = Traffic()
    batch = decode(frames_of(PACKETS), 1)
    traffic.feed(batch)
    assert traffic.packets == len(PACKETS)
    assert traffic.bytes == sum(map(len, PACKETS))
    found = {name: packets for name, packets, _ in traffic.protocols()}
    assert found == {"TCP": 24, "UDP": 6, "ARP": 6, "ICMP": 6}
    assert sum(size for _, _, size in traffic.protocols()) == traffic.bytes


def test_a_stripped_tag_counts_as_bytes() -> None:
    """Live and from the saved file the bytes are the same."""
    frames = frames_of(PACKETS)
    tagged = replace(frames, stripped_tag=np.full(len(frames), 0x81000005, np.uint32))
    traffic = Traffic()
    traffic.feed(decode(tagged, 1))
    assert traffic.bytes == sum(map(len, PACKETS)) + 4 * len(PACKETS)


def test_rates_fall_when_nothing_comes() -> None:
    """A second later it is less, two seconds later nothing."""
    traffic = Traffic()
    traffic.feed(batch_at([START_NS + n for n in range(100)]))
    assert traffic.rates(START_NS + SECOND // 2, 10).packets[-1] == 100
    assert traffic.rates(START_NS + SECOND // 2, 10).packets_per_second == 100
    assert traffic.rates(START_NS + SECOND + SECOND // 2, 10).packets_per_second == 50
    assert traffic.rates(START_NS + 2 * SECOND, 10).packets_per_second == 0
    assert traffic.rates(START_NS + 9 * SECOND, 10).packets.tolist() == [100] + [0] * 9
    assert traffic.rates(START_NS + 20 * SECOND, 10).packets.sum() == 0


def test_time_may_go_backwards_and_jump() -> None:
    """Old packets fall into their own second while it is kept, and never disturb newer ones."""
    traffic = Traffic()
    traffic.feed(batch_at([START_NS, START_NS - SECOND, START_NS - 10**18, START_NS + 5 * SECOND]))
    rates = traffic.rates(START_NS + 5 * SECOND, Resolution.SECOND.kept)
    assert rates.packets.sum() == 3
    assert rates.packets[-1] == 1
    assert rates.packets[-6:].tolist() == [1, 0, 0, 0, 0, 1]
    assert traffic.packets == 4
    assert traffic.first_time_ns == START_NS - 10**18


@settings(max_examples=50)
@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=40), st.integers(1, 39))
def test_any_times_and_any_split_give_the_same(times: list[int], at: int) -> None:
    """Totals and protocols do not depend on how packets arrive."""
    whole, parts = Traffic(), Traffic()
    batch = batch_at(times)
    whole.feed(batch)
    for begin, end in ((0, at), (at, len(times))):
        frames = frames_of((PACKETS * 2)[begin : min(end, len(times))])
        if len(frames):
            parts.feed(decode(replace(frames, time_ns=np.array(times[begin:end], np.int64)), 1 + begin))
    assert whole.packets == parts.packets
    assert whole.bytes == parts.bytes
    assert whole.protocols() == parts.protocols()
    assert (whole.first_time_ns, whole.last_time_ns) == (parts.first_time_ns, parts.last_time_ns)
    assert whole.rates(max(times), 60).packets[-1] == parts.rates(max(times), 60).packets[-1]
