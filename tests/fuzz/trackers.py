"""All trackers and detectors, made anew now and then: that takes longer than a hundred inputs."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from netwatch.decode.decoder import decode
from netwatch.decode.forwarded import ForwardedCopies, without_copies
from netwatch.detect.detection import Detection
from netwatch.detect.settings import DetectionSettings
from netwatch.track.analysis import Analysis
from netwatch.track.event_log import EventLog
from netwatch.track.vendors import Vendors

if TYPE_CHECKING:
    from netwatch.capture.frames import Frames

LIFE: Final = 300
"""Blocks that trackers see before they are asked for everything and replaced."""
STEP_NS: Final = 100_000_000
"""Time between two blocks, so that what waits for an answer stops waiting."""
_NO_VENDORS: Final = Vendors(lambda: "")


class Trackers:
    """What a capture consists of behind its source; one that breaks raises, which it does not in a capture."""

    def __init__(self) -> None:
        """Begin with the first block."""
        self._fed = self._packets = 0
        self._log = EventLog()
        self._copies = ForwardedCopies()
        self._analysis = Analysis(_NO_VENDORS, log=self._log)
        self._detection = Detection(DetectionSettings(), self._analysis.flows.columns.capacity)

    def feed(self, block: Frames) -> None:
        """Decode a block and learn from it; new trackers take their place after LIFE blocks."""
        later = replace(block, time_ns=block.time_ns + self._fed * STEP_NS)
        batch = self._copies.marked(decode(later, self._packets + 1))
        self._packets += len(batch)
        self._fed += 1
        self._analysis.count(batch)
        batch = without_copies(batch)
        flows = self._analysis.inspect(batch)
        self._detection.feed(batch, flows, self._analysis.flows.columns.serial, self._log.take())
        self._check()
        if self._fed >= LIFE:
            self.finish()
            self.__init__()
            gc.collect()  # few objects with large arrays, for which Python's own collector takes its time

    def finish(self) -> None:
        """Let them say all that they know."""
        self._analysis.settle()
        self._detection.finish(self._log.take())
        self._analysis.summary("bytes", 10)
        self._detection.summary()
        self._check()

    def _check(self) -> None:
        problems = (*self._analysis.parts.problems, *self._detection.problems)
        if problems:
            self.__init__()
            raise AssertionError(problems)
