"""What the monitor keeps of a capture beyond its end: a file of events, and the packets around alerts."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from netwatch.errors import FileError
from netwatch.plural import counted
from netwatch.settings import SEVERITIES
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.export.event_sink import CollectorSink
    from netwatch.run.flight_recorder import FlightRecorder
    from netwatch.run.session import Session
    from netwatch.settings import Settings


RECORDS: Final = ("events", "record_alerts", "save_on_crash")
"""Settings that write packets or alerts as they are."""


def unrecorded(settings: Settings) -> tuple[Settings, str]:
    """Return the settings without what records as it is, and which they asked for: what is redacted is for others."""
    left_out = [name for name in RECORDS if getattr(settings, name)]
    said = f"--redact leaves out {', '.join(left_out)}, which would keep real addresses" if left_out else ""
    return replace(settings, events="", record_alerts="", save_on_crash=False), said


class Keeping:
    """Joins every session of a run; nothing of it is loaded unless the user wants it."""

    def __init__(self, settings: Settings) -> None:
        """Open what the settings ask for.

        Raises:
            FileError: the file or folder cannot be written to.
        """
        self._events = settings.events
        self._sink: CollectorSink | None = None
        self._flight: FlightRecorder | None = None
        if settings.record_alerts:
            self._flight = _flight_of(settings)
        if self._events:
            self._sink = _sink_of(self._events)

    @property
    def keeps(self) -> tuple[str, ...]:
        """What is written with real addresses while the screen is redacted, in words."""
        files = ("the file of events", self._sink), ("what is saved of alerts", self._flight)
        return tuple(name for name, kept in files if kept is not None)

    def attach(self, session: Session) -> None:
        """Let a session tell what is to be kept."""
        if self._sink is not None:
            from netwatch.export.event_stream import EventStream, Wanted

            session.watcher = EventStream(session, self._sink, Wanted(types=frozenset({"alert", "stats"})))
        session.flight = self._flight

    def close(self) -> None:
        """Write what waits."""
        if self._flight is not None:
            self._flight.close()
        if self._sink is not None:
            self._sink.close()

    def say(self) -> None:
        """Tell on standard error what was kept, and what was not, unless the terminal is gone."""
        lines: list[str] = []
        if self._flight is not None:
            lines += [f"the packets around an alert are in {printable(saved.path)}" for saved in self._flight.saved]
            lines += self._flight.problems
            if self._flight.skipped:
                lines.append(
                    f"the packets around {counted(self._flight.skipped, 'alerts')} were not saved: the disk was slow"
                )
        if self._sink is not None and self._sink.dropped:
            lines.append(f"{counted(self._sink.dropped, 'events')} could not be written to {printable(self._events)}")
        with contextlib.suppress(OSError):
            sys.stderr.write("".join(f"netwatch: {line}\n" for line in lines))


def _flight_of(settings: Settings) -> FlightRecorder:
    from netwatch.run.flight_recorder import Flight, FlightRecorder

    folder = settings.record_alerts_folder or "."
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FileError(f"cannot save the packets of alerts in {printable(folder)}", "see record_alerts_folder")
    return FlightRecorder(
        Flight(
            severity=SEVERITIES.index(settings.record_alerts),
            folder=folder,
            before_s=settings.record_alerts_before,
            after_s=settings.record_alerts_after,
        )
    )


def _sink_of(path: str) -> CollectorSink:
    from netwatch.export.event_file import EventFile
    from netwatch.export.event_sink import CollectorSink

    with EventFile(path):  # an error is told before the screen is taken
        pass
    return CollectorSink(lambda: EventFile(path))
