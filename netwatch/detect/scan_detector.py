"""ScanDetector: the base of detectors that count what failed by an identity and judge those that had a failure."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, TypeVar

from netwatch.detect.config import Config
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.scan_tally import ScanTally

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from netwatch.detect.finding import Finding
    from netwatch.detect.observation import Observation
    from netwatch.detect.outcome import Failure

C = TypeVar("C", bound=Config)


class ScanDetector(KeyedDetector[C, ScanTally]):
    """Has a ScanTally for each identity."""

    needs: ClassVar[tuple[str | type, ...]] = ("failures",)
    entry: ClassVar[type] = ScanTally

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count the failures of the slice, then judge every identity that had one and may have enough."""
        touched: dict[tuple[Hashable, ...], tuple[ScanTally, Failure]] = {}
        for failure in seen.failures:
            counted = self.counted(failure)
            if counted is not None:
                key, thing = counted
                tally = self.keys.at(key)
                tally.add(thing, failure)
                touched[key] = tally, failure
        fewest = self.fewest()
        for tally, failure in touched.values():
            finding = self.judge(tally, failure, seen) if len(tally.things) >= fewest else None
            if finding is not None:
                yield finding

    @abstractmethod
    def fewest(self) -> int:
        """Return how many different things must have failed before it is worth a look."""

    @abstractmethod
    def counted(self, failure: Failure) -> tuple[tuple[Hashable, ...], Hashable] | None:
        """Return the identity that a failure counts for, and what failed; None where it does not count."""

    @abstractmethod
    def judge(self, tally: ScanTally, last: Failure, seen: Observation, /) -> Finding | None:
        """Return a finding when there is enough; `last` is the newest failure of the slice."""
