"""ApplicationFacts: what readers find out about flows: the application, one line about it, and events for detection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.text import printable
from netwatch.track.flow_application import NUMBERS

if TYPE_CHECKING:
    from netwatch.decode.batch import PacketBatch
    from netwatch.track.event_log import Event, EventLog
    from netwatch.track.flow_applications import FlowApplications
    from netwatch.track.flow_batch import FlowBatch

CAPACITY: Final = 100_000
"""Flows whose line is held; it takes up to 300 bytes."""
LONGEST: Final = 160
"""Characters of a line."""


class ApplicationFacts:
    """Filled by the readers of protocols, asked by the flow table and by detection."""

    def __init__(
        self, applications: FlowApplications, log: EventLog | None = None, *, capacity: int = CAPACITY
    ) -> None:
        """Tell the flow table what flows speak through `applications`, and events to `log`."""
        self.evicted = 0
        """Lines that left although their flows are held."""
        self.skipped = 0
        """Messages that were not read or not paired."""
        self._log = log
        self._applications = applications
        self._capacity = capacity
        self._lines: dict[int, str] = {}

    def detect(self, serial: int, protocol: str) -> None:
        """Let a flow speak `protocol`, if that is a name that the flow table has."""
        if protocol in NUMBERS:
            self._applications.detect(serial, protocol)

    def describe(self, serial: int, line: str) -> None:
        """Keep `line` about a flow in place of what was there; it is made printable and cut."""
        if not line:
            return
        lines = self._lines
        if serial not in lines and len(lines) >= self._capacity:
            del lines[next(iter(lines))]
            self.evicted += 1
        lines[serial] = printable(line, LONGEST)

    def line(self, serial: int) -> str:
        """Return the line about a flow, empty for none."""
        return self._lines.get(serial, "")

    def add(self, event: Event) -> None:
        """Tell detection what happened."""
        if self._log is not None:
            self._log.add(event)

    def feed(self, _batch: PacketBatch, flows: FlowBatch) -> None:
        """Drop the lines of flows that were evicted."""
        if self._lines and len(flows.evicted):
            for serial in flows.evicted.tolist():
                self._lines.pop(serial, None)
