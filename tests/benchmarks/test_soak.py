"""What a soak calls growth."""

from __future__ import annotations

from dataclasses import replace

from netwatch.export.farewell import farewell
from netwatch.snapshot import Loss
from tests.benchmarks.soak import Sample, judge, told
from tests.export.test_farewell import OVERVIEW, SNAPSHOT

COUNTED = {"pkts": 100, "drop": 0}


def run(memory: float = 0.0, descriptors: float = 0.0, slower: float = 0.0, own: float = 0.0) -> list[Sample]:
    """Return an hour of samples, each figure growing by so much a minute."""
    return [
        Sample(60.0 * n, 200 + memory * n, 20 + int(descriptors * n), 12.0 * n + slower * n * n / 2, 90 + own * n)
        for n in range(61)
    ]


def test_a_flat_hour_is_sound() -> None:
    """And a leak, lost descriptors, a slow-down and lost packets are not."""
    assert judge(run(memory=0.05), 100, COUNTED) == []
    assert "memory grows by 5.0 MiB" in judge(run(memory=0.5), 100, COUNTED)[0]
    assert "memory of its own grows by 1.5 MiB" in judge(run(own=0.15), 100, COUNTED)[0]
    assert "descriptors" in judge(run(descriptors=0.1), 100, COUNTED)[0]
    assert "slows down" in judge(run(slower=5.0), 100, COUNTED)[0]
    assert "were sent" in judge(run(), 101, COUNTED)[0]
    assert "were sent" in judge(run(), 99, COUNTED)[0]


def test_counts_are_taken_from_the_last_words() -> None:
    """Which are exact however many there are."""
    seen = replace(SNAPSHOT, packets=360_000_123, loss=Loss(kernel_dropped=108_001, malformed=3))
    assert told(f"\x1b[?1049l{farewell(seen, OVERVIEW, [])}\r\n") == {"pkts": 360_000_123, "drop": 108_001}
    none = replace(SNAPSHOT, packets=7, loss=Loss(kernel_dropped=0))
    assert told(farewell(none, OVERVIEW, [])) == {"pkts": 7, "drop": 0}
