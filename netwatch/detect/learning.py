"""LearningDetector: the base of detectors of new things, which first learn what is usual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from netwatch.detect.config import Config
from netwatch.detect.detector import Detector
from netwatch.detect.first_seen import FirstSeen
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.detect.observation import Observation

DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class LearningThresholds(Config):
    """detections.md 9.2. What was learned lasts for one run, but for names, where the user wants these remembered."""

    learn_s: int = DAY
    """Packet time from the start of a capture in which everything is new and nothing is told."""
    horizon_d: int = 30
    """Days after which something that was not seen is new again."""
    max_keys: int = 50_000


L = TypeVar("L", bound=LearningThresholds)


class LearningDetector(Detector[L], Generic[L]):
    """Remembers what was seen."""

    def __init__(self, config: L) -> None:
        super().__init__(config)
        self._known = FirstSeen(config.max_keys, config.horizon_d * DAY * SECOND)
        self._learned = False
        """What is usual is known from before: nothing is waited for."""

    def is_news(self, thing: Hashable, time_ns: int, seen: Observation) -> bool:
        """Remember a thing; return True when it is new after the time of learning."""
        learned_ns = seen.surroundings.began_ns + (0 if self._learned else self.config.learn_s) * SECOND
        return self._known.add(thing, time_ns) and time_ns >= learned_ns

    def learn(self, thing: Hashable, time_ns: int) -> None:
        """Remember what was seen in an earlier run."""
        self._learned = True
        self._known.add(thing, time_ns)

    @property
    def held(self) -> int:
        """Things that are remembered."""
        return len(self._known)

    @property
    def evicted(self) -> int:
        """Things that left."""
        return self._known.evicted
