"""ScanTally: what the scan detectors count of one source: different things that failed, and how."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Final

from netwatch.detect.finding import MOST_SAMPLES
from netwatch.detect.window import Distinct

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from netwatch.detect.outcomes import Failure

FILTERED_FACTOR: Final = 2
"""Without any refusal twice as many are needed: silence has many reasons (Snort: filtered scans are `much more prone to
false positives`)."""
SURE_SHARE: Final = 0.5
SURE, UNSURE = 90, 60
"""Confidence with at least SURE_SHARE of answers that refuse, and without."""
MOST_OPEN: Final = 20
MOST_NAMED: Final = 20


class ScanTally:
    """Failures of one identity."""

    __slots__ = ("_open", "_styles", "first_ns", "how", "packets", "samples", "things")

    def __init__(self) -> None:
        self.things = Distinct()
        self.first_ns = 0
        self.packets: deque[int] = deque(maxlen=MOST_SAMPLES)
        self.samples: deque[str] = deque(maxlen=MOST_SAMPLES)
        self.how: Counter[str] = Counter()
        self._styles: Counter[str] = Counter()
        self._open: dict[str, None] = {}

    def add(self, thing: Hashable, failure: Failure) -> None:
        """Count a failure; retries of the same thing count once."""
        self.first_ns = self.first_ns or failure.began_ns
        if not self.things.add(thing, failure.moment.time_ns):
            return
        self.how[failure.how] += 1
        if failure.style:
            self._styles[failure.style] += 1
        if failure.open and len(self._open) < MOST_OPEN:
            self._open[f"{failure.target.text}:{failure.port}"] = None
        self.packets.append(failure.moment.number)
        self.samples.append(f"{failure.target.text} port {failure.port}: {failure.how}")

    def needed(self, least: int) -> int:
        """Return how many must have failed, given how they did."""
        return least * FILTERED_FACTOR if self.how.keys() == {"silent"} else least

    @property
    def confidence(self) -> int:
        """0 to 100."""
        total = sum(self.how.values())
        return SURE if total - self.how["silent"] >= SURE_SHARE * total else UNSURE

    def how_said(self) -> tuple[str, str]:
        """Return (name, value) of the evidence how things failed."""
        return "how", ", ".join(f"{count:,} {how}" for how, count in self.how.most_common())

    def evidence(self, fine: int, noun: str) -> tuple[tuple[str, str], ...]:
        """Return how things failed, what was open, and which tool does so."""
        found = [self.how_said()]
        found.append(("succeeded", f"{fine:,} {noun}"))
        if self._open:
            found.append(("open", ", ".join(self._open)))
        if self._styles:
            found.append(("style", self._styles.most_common(1)[0][0]))
        return tuple(found)


def enough(failed: int, fine: int, ratio: float) -> bool:
    """Return True when the share of failures is at least `ratio`."""
    return failed >= ratio * (failed + fine)


def many(numbers: Iterable[int]) -> str:
    """Return ascending numbers as text, runs of them as ranges, at most MOST_NAMED parts."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    named = ", ".join(f"{part[0]}-{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts[:MOST_NAMED])
    return f"{named} and more" if len(parts) > MOST_NAMED else named
