"""ScanTally: what the scan detectors count of one source: different things that failed, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.finding import MOST_SAMPLES
from netwatch.detect.window import Distinct

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from netwatch.detect.outcome import Failure

FILTERED_FACTOR: Final = 2
"""Without any refusal twice as many are needed: silence has many reasons (Snort: filtered scans are `much more prone to
false positives`)."""
SURE_SHARE: Final = 0.5
SURE, UNSURE = 90, 60
"""Confidence with at least SURE_SHARE of answers that refuse, and without."""
MOST_OPEN: Final = 20
MOST_NAMED: Final = 20


class ScanTally:
    """Failures of one identity.

    A flood with random sources makes one for each packet, so it holds little before the second failure.
    """

    __slots__ = ("_newest", "_open", "_styles", "first_ns", "how", "things")

    unique: ClassVar[bool] = False
    """True where nothing that failed comes twice."""

    def __init__(self) -> None:
        self.things = Distinct(unique=self.unique)
        self.first_ns = 0
        self.how: dict[str, int] = {}
        self._styles: dict[str, int] = {}
        self._open: dict[str, None] = {}
        self._newest: list[Failure] = []

    def add(self, thing: Hashable, failure: Failure) -> None:
        """Count a failure; retries of the same thing count once."""
        self.first_ns = self.first_ns or failure.began_ns
        if not self.things.add(thing, failure.moment.time_ns):
            return
        self.how[failure.how] = self.how.get(failure.how, 0) + 1
        if failure.style:
            self._styles[failure.style] = self._styles.get(failure.style, 0) + 1
        if failure.open and len(self._open) < MOST_OPEN:
            self._open[f"{failure.target.text}:{failure.port}"] = None
        self._newest.append(failure)
        if len(self._newest) > MOST_SAMPLES:
            del self._newest[0]

    @property
    def packets(self) -> tuple[int, ...]:
        """Numbers of the newest failures' packets."""
        return tuple(failure.moment.number for failure in self._newest)

    @property
    def samples(self) -> tuple[str, ...]:
        """The newest failures in words."""
        return tuple(f"{failure.target.text} port {failure.port}: {failure.how}" for failure in self._newest)

    def needed(self, least: int) -> int:
        """Return how many must have failed, given how they did."""
        return least * FILTERED_FACTOR if self.how.keys() == {"silent"} else least

    @property
    def confidence(self) -> int:
        """0 to 100."""
        total = sum(self.how.values())
        return SURE if total - self.how.get("silent", 0) >= SURE_SHARE * total else UNSURE

    def how_said(self) -> tuple[str, str]:
        """Return (name, value) of the evidence how things failed."""
        ways = sorted(self.how.items(), key=lambda way: -way[1])
        return "how", ", ".join(f"{count:,} {how}" for how, count in ways)

    def evidence(self, fine: int, noun: str) -> tuple[tuple[str, str], ...]:
        """Return how things failed, what was open, and which tool does so."""
        found = [self.how_said()]
        found.append(("succeeded", f"{fine:,} {noun}"))
        if self._open:
            found.append(("open", ", ".join(self._open)))
        if self._styles:
            found.append(("style", max(self._styles, key=self._styles.__getitem__)))
        return tuple(found)


class AttemptTally(ScanTally):
    """Attempts of one identity, each by the number of its packet."""

    __slots__ = ()

    unique: ClassVar[bool] = True


def enough(failed: int, fine: int, ratio: float) -> bool:
    """Return True when the share of failures is at least `ratio`."""
    return failed >= ratio * (failed + fine)


def port_numbers(ports: Distinct) -> str:
    """Return different ports as text, see `many`."""
    return many(sorted(int(str(port)) for port in ports))


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
