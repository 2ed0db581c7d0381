"""What is new, gone, larger or smaller than it usually is."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.baseline.sample import KINDS
from netwatch.tables.baseline import UsualBytes
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.baseline.sample import Sample

LEAST_SAMPLES: Final = 3
"""Captures from which on a spread can be known; before, only tenfold differences are told."""
ROBUST: Final = 1.4826
"""Makes the median absolute deviation of a normal distribution its standard deviation."""
FAR: Final = 3.5
"""Robust z beyond which a value is unusual (Iglewicz and Hoaglin 1993)."""
TENFOLD: Final = 10.0
CHANGES: Final = ("new", "gone", "larger", "smaller")
LEAST_SECONDS: Final = 60
"""A day that was watched for less says nothing."""
ENOUGH: Final = 0.25
"""Share of a usual day that must have been watched before something is gone or smaller: it may still come."""


class Change(NamedTuple):
    """Something that is not as it was."""

    kind: str
    """Of KINDS."""
    change: str
    """Of CHANGES."""
    key: str
    """Printable."""
    value: int
    usual: float
    """The median of the baseline, 0 where it has none."""
    score: float = 0.0
    """Robust z, 0 where no spread is known."""


class Day(NamedTuple):
    """What was seen in one place on one day."""

    date: str
    """As 2026-01-31, local."""
    source: str
    """Interfaces, as Source.name has them."""
    seconds: int
    """How long it was watched."""
    sample: Sample


def compare(samples: Sequence[Sample], now: Sample) -> list[Change]:
    """Return what differs, new ones first, by kind and then the largest first."""
    changes: list[Change] = []
    for kind in KINDS:
        known = {key for sample in samples for key in sample[kind]}
        for key in sorted(known | now[kind].keys()):
            values = [sample[kind].get(key, 0) for sample in samples]
            change, score = _change(values, now[kind].get(key, 0), known=key in known)
            if change:
                usual = float(median(values)) if values else 0.0
                changes.append(Change(kind, change, printable(key), now[kind].get(key, 0), usual, score))
    return sorted(changes, key=lambda one: (CHANGES.index(one.change), KINDS.index(one.kind), -one.value, one.key))


def compare_days(days: Sequence[Day], now: Sample, seconds: float) -> list[Change]:
    """Return what differs from `days` after `seconds` of watching: of each day as much as is usual in that time."""
    known = [day for day in days if day.seconds >= LEAST_SECONDS]
    if not known:
        return []
    found = compare([_scaled(day.sample, seconds / day.seconds) for day in known], now)
    if seconds >= ENOUGH * median(day.seconds for day in known):
        return found
    return [one for one in found if one.change in ("new", "larger")]


def usual_bytes(days: Sequence[Day]) -> dict[str, UsualBytes]:
    """Return what each machine moved on days, and beyond what a day is unusual; by the rule that finds changes."""
    by_host: dict[str, list[int]] = {}
    for day in days:
        for key, value in day.sample["hosts"].items():
            by_host.setdefault(key, []).append(value)
    return {key: UsualBytes(median(values), _most(values), len(values)) for key, values in by_host.items()}


def _most(values: list[int]) -> float:
    usual = float(median(values))
    return usual * TENFOLD if len(values) < LEAST_SAMPLES else usual + FAR * _spread(values, usual)


def _spread(values: list[int], usual: float) -> float:
    # a spread of zero would make any difference infinite: a tenth of what is usual is always allowed
    return max(ROBUST * median([abs(value - usual) for value in values]), usual / 10)


def _scaled(sample: Sample, factor: float) -> Sample:
    return {kind: {key: round(value * factor) for key, value in sample[kind].items()} for kind in KINDS}


def _change(values: list[int], now: int, *, known: bool) -> tuple[str, float]:
    """Return what changed, empty for nothing, and the robust z."""
    if not known:
        return "new", 0.0
    usual = median(values)
    if not now:
        return ("gone" if all(values) else ""), 0.0  # what was not always there is not missed
    if len(values) < LEAST_SAMPLES or not usual:
        return ("larger" if usual and now > usual * TENFOLD else "smaller" if now * TENFOLD < usual else ""), 0.0
    far = (now - usual) / _spread(values, usual)
    return ("larger" if far > FAR else "smaller" if far < -FAR else ""), round(far, 1)
