"""How often a rule may speak, in packet time."""

from __future__ import annotations

import pytest

from netwatch.detect.rules.limits import Limits
from tests.detect.rules.rule_events import rule, seen


@pytest.mark.parametrize(
    ("limit", "times", "told"),
    [
        ("threshold:type limit, track by_src, count 1, seconds 60;", (0, 1, 59, 61), [True, False, False, True]),
        ("threshold:type threshold, track by_src, count 3, seconds 60;", (0, 1, 2, 3, 4, 5), [False, False, True] * 2),
        ("threshold:type both, track by_dst, count 2, seconds 10;", (0, 1, 2, 20), [False, True, False, False]),
        ("detection_filter:track by_rule, count 2, seconds 10;", (0, 1, 2, 3), [False, False, True, True]),
    ],
)
def test_thresholds(limit: str, times: tuple[int, ...], told: list[bool]) -> None:
    """Counted in packet time, by source, destination or rule."""
    signature, limits = rule(f'content:"abc"; {limit}'), Limits()
    assert [limits.allow(signature, seen(b"abc", time=time)) for time in times] == told


def test_thresholds_are_bounded() -> None:
    """A flood of sources evicts the oldest counts."""
    signature = rule('content:"abc"; threshold:type limit, track by_src, count 1, seconds 60;')
    limits = Limits(10)
    for last in range(1, 40):
        limits.allow(signature, seen(b"abc", source=f"10.0.0.{last}"))
    assert (len(limits), limits.evicted) == (10, 29)
