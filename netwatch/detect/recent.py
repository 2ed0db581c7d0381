"""Recent: the newest samples and packets of one identity, and when it began."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from netwatch.detect.finding import MOST_SAMPLES

if TYPE_CHECKING:
    from netwatch.track.stream_reader import Moment


class Recent:
    """At most MOST_SAMPLES of both."""

    __slots__ = ("_numbers", "_samples", "first_ns")

    def __init__(self) -> None:
        self.first_ns = 0
        """Of the first packet, 0 before."""
        self._samples: deque[str] = deque(maxlen=MOST_SAMPLES)
        self._numbers: deque[int] = deque(maxlen=MOST_SAMPLES)

    def add(self, moment: Moment, sample: str = "") -> None:
        """Add a packet, and what it shows."""
        self.first_ns = self.first_ns or moment.time_ns
        self._numbers.append(moment.number)
        if sample:
            self._samples.append(sample)

    @property
    def samples(self) -> tuple[str, ...]:
        """The newest ones, the oldest of them first."""
        return tuple(self._samples)

    @property
    def packets(self) -> tuple[int, ...]:
        """The numbers of the newest packets."""
        return tuple(self._numbers)
