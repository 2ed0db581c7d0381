"""NoDetection: for whoever wants no alerts, so that nobody looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.detect.detection import Detection

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.settings import DetectionSettings
    from netwatch.track.event_log import Event
    from netwatch.track.flow_batch import FlowBatch


class NoDetection(Detection):
    """Takes what a Detection takes and finds nothing."""

    def __init__(
        self, settings: DetectionSettings, rows: int, *, live: bool = False, known_names: frozenset[str] | None = None
    ) -> None:
        """Make no detector."""
        super().__init__(settings, rows, live=live, known_names=known_names, detectors=())

    def feed(
        self, batch: PacketBatch, flows: FlowBatch, serials: NDArray[np.int64], events: Iterable[Event] = ()
    ) -> None:
        """Let a batch pass."""

    def idle(self, now_ns: int, events: Iterable[Event] = ()) -> None:
        """Let time pass."""

    def finish(self, events: Iterable[Event] = ()) -> None:
        """Have nothing more to say."""
