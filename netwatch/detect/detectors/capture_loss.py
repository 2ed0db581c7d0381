"""capture.loss: this capture misses packets, so that whatever is missing says little of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.config import Config
from netwatch.detect.detector import Detector
from netwatch.detect.finding import Finding
from netwatch.detect.lossy import DROPPED_SHARE, UNSEEN_SHARE, Lossy
from netwatch.detect.rule import Rule, Severity
from netwatch.track.capture_health import CaptureHealth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.lossy import Lost
    from netwatch.detect.observation import Observation


class CaptureLoss(Detector[Config]):
    """One alert of a capture, for what the system dropped and for what was acknowledged and never seen."""

    rule: ClassVar[Rule] = Rule(
        "capture.loss",
        232,
        "The capture loses packets",
        Severity.INFO,
        what="The system dropped more than one packet in a hundred before netwatch could read them, or more than one "
        "TCP segment in ten was acknowledged and never seen. Failures and retransmissions may be ours then.",
        benign="A machine that is too slow for its traffic, a mirror port that is overrun, a capture of one of "
        "two ways that packets take.",
        tune="Capture with a narrower filter or a smaller snap length, or set enabled to false.",
    )
    defaults: ClassVar[Config] = Config()
    needs: ClassVar[tuple[str | type, ...]] = (CaptureHealth,)

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._lossy = Lossy()

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Tell of each stretch of time in which too much was lost."""
        for lost in self._lossy.take(seen):
            yield _finding(lost)


def _finding(lost: Lost) -> Finding:
    by_system = lost.dropped_share > DROPPED_SHARE
    share, least = (lost.dropped_share, DROPPED_SHARE) if by_system else (lost.unseen_share, UNSEEN_SHARE)
    what = "of all packets were dropped before they were read" if by_system else "of all TCP segments were never seen"
    return Finding(
        key=(by_system,),
        moment=lost.health.moment,
        summary=f"the capture loses packets: {100 * share:.1f} % {what}",
        value=round(100 * share, 1),
        threshold=100 * least,
        confidence=90,
        evidence=(
            ("dropped", f"{lost.dropped:,} of {lost.received:,} packets offered"),
            ("never seen", f"{lost.unseen:,} of {lost.segments + lost.unseen:,} TCP segments"),
        ),
        packets=(lost.health.moment.number,),
    )
