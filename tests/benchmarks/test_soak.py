"""What a soak calls growth."""

from __future__ import annotations

from tests.benchmarks.soak import Sample, judge

COUNTED = {"pkts": 100, "drop": 0}


def run(memory: float = 0.0, descriptors: float = 0.0, slower: float = 0.0) -> list[Sample]:
    """Return an hour of samples, each figure growing by so much a minute."""
    return [
        Sample(60.0 * n, 200 + memory * n, 20 + int(descriptors * n), 12.0 * n + slower * n * n / 2) for n in range(61)
    ]


def test_a_flat_hour_is_sound() -> None:
    """And a leak, lost descriptors, a slow-down and lost packets are not."""
    assert judge(run(memory=0.05), 100, COUNTED) == []
    assert "memory grows by 5.0 MiB" in judge(run(memory=0.5), 100, COUNTED)[0]
    assert "descriptors" in judge(run(descriptors=0.1), 100, COUNTED)[0]
    assert "slows down" in judge(run(slower=5.0), 100, COUNTED)[0]
    assert "were sent" in judge(run(), 101, COUNTED)[0]
