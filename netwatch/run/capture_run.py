"""One capture from its start to its end: source, decoder, buffer and trackers in one thread, whichever that is."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.autostop import Limits
from netwatch.capture.filter_changes import FilterChanges
from netwatch.capture.frame_rows import chosen
from netwatch.capture.source import SourceCounters
from netwatch.decode.decoder import decode
from netwatch.decode.forwarded import ForwardedCopies
from netwatch.decode.part import taken
from netwatch.detect.detection import Detection
from netwatch.detect.settings import DetectionSettings
from netwatch.errors import NetwatchError
from netwatch.run.annotations import Annotations
from netwatch.run.inspection import MOST_BYTES, Inspection
from netwatch.run.kept_packets import KeptPackets
from netwatch.snapshot import CaptureState
from netwatch.track.analysis import Analysis
from netwatch.track.event_log import EventLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.capture.frames import FrameInterface, Frames
    from netwatch.capture.processes import LocalSockets
    from netwatch.capture.recorder import Recorder
    from netwatch.capture.recording_thread import RecordingThread
    from netwatch.capture.source import Source
    from netwatch.filter.display_filter import FilterRun
    from netwatch.run.flight_recorder import FlightRecorder
    from netwatch.run.name_history import NameHistory
    from netwatch.track.buffer import PacketBuffer
    from netwatch.track.vendors import Vendors
    from netwatch.track.watcher import Watcher

SET_BACK = 2.0
"""Seconds that the clock has to go back to have been set; kernels correct it by less."""
LEFT_IN_BUFFER = 4
"""One part in so many of the buffer may wait to be inspected, so that it still has the packets of an alert; where none
are kept, as much as ever may."""


def _never() -> bool:
    return False


@dataclass(slots=True)
class CaptureRun:
    """A source and everything that is learned from it. Used by one thread, except for `rows` of `buffer.batches`.

    `clock` gives seconds since the epoch; of what is in files nothing depends on it.
    """

    source: Source
    buffer: PacketBuffer
    capture_id: int = 1
    capture_filter: str = ""
    own_session: str = ""
    limits: Limits = field(default_factory=Limits)
    until: FilterRun | None = None
    """The first packet that passes is the last of the capture."""
    shown: FilterRun | None = None
    """Only what passes reaches the trackers, so that every figure is of that; the buffer and recordings get all."""
    recorder: Recorder | RecordingThread | None = None
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that no change of the clock shortens or lengthens: what an interval is measured with."""
    state: CaptureState = CaptureState.STARTING
    message: str = ""
    detect: DetectionSettings = field(default_factory=DetectionSettings)
    """What is to be detected."""
    make_detection: Callable[..., Detection] = Detection
    """How: DetectionApart keeps a second processor busy."""
    analysis: Analysis = field(init=False)
    detection: Detection = field(init=False)
    kept: KeptPackets = field(default_factory=KeptPackets)
    """Copies of the packets of alerts."""
    annotations: Annotations = field(default_factory=Annotations)
    vendors: Vendors | None = None
    """Makers of network cards, which several sessions may share."""
    name_history: NameHistory | None = None
    """Names of earlier runs; those of a live capture are added when it ends."""
    watcher: Watcher | None = None
    flight: FlightRecorder | None = None
    """Saves the packets around alerts."""
    packets: int = 0
    sockets: LocalSockets | None = None
    """The sockets of this machine and their owners, put there by whoever may wait for the system's answer."""
    _copies: ForwardedCopies = field(default_factory=ForwardedCopies)
    """Tells packets that came before on another interface."""
    _log: EventLog = field(default_factory=EventLog)
    """What trackers found, on its way to the detectors."""
    _inspection: Inspection = field(init=False)
    _link_types: set[int] = field(default_factory=set)
    _filter_changes: FilterChanges = field(default_factory=FilterChanges)
    _started: float | None = None
    _stopped: float | None = None
    _counters: SourceCounters | None = None
    """The source's last word; None while it is read."""
    _earlier: SourceCounters = field(default_factory=SourceCounters)
    """Losses of the sources before this one, when a stopped capture was resumed."""
    _recorded: bool = False
    """The recording was completed."""
    _recorded_before: tuple[FrameInterface, ...] = ()
    """Interfaces of earlier sources that the recording holds packets of."""
    _clock_was: float = 0.0
    """What the clock said when packets came last."""
    _began_ns: int | None = None
    """Capture time of the first packet."""

    def __post_init__(self) -> None:
        """Make the trackers and the detectors.

        Raises:
            UsageError: `detect` names a detector or a threshold that there is not.
        """
        self.analysis = Analysis(self.vendors, live=self.source.live, log=self._log, known_names=self.known_names)
        self.detection = self.make_detection(
            self.detect, self.analysis.flows.columns.capacity, live=self.source.live, known_names=self.known_names
        )
        self._inspection = Inspection(
            self.analysis,
            self.detection,
            self._log,
            live=self.source.live,
            room=self.buffer.capacity // LEFT_IN_BUFFER or MOST_BYTES,
            counters=lambda: self.source.counters().after(self._earlier),
        )

    @property
    def known_names(self) -> frozenset[str] | None:
        """The names of earlier runs, None when nobody remembers them."""
        return self.name_history.known if self.name_history is not None else None

    @property
    def ended(self) -> bool:
        """True when nothing will be read any more."""
        return self.state in (CaptureState.STOPPED, CaptureState.FAILED)

    def step(self, timeout: float, *, hurry: Callable[[], bool] = _never) -> bool:
        """Read a block, waiting for it at most `timeout` seconds, and inspect a part of what was read.

        The latter is left for the next step when there is a `hurry` after the former: somebody waits for an answer.
        Return False once the capture ended.
        """
        if self.ended:
            return False
        if self._started is None:
            self._started = self.monotonic()
            self.state = _first_state(self.source)
        try:
            frames = self.source.read(0.0 if self._inspection.waiting else timeout)
        except EOFError:
            self.end()
            return False
        except NetwatchError as error:
            self.end(CaptureState.FAILED, str(error))
            return False
        if frames is not None and len(frames):
            self._digest(frames)
        elif self.source.live and not self._inspection.waiting:
            self._idle()
        if not self.ended and not self.source.backlog and not hurry():
            self._inspection.go_on(self.watcher)
        self._keep_packets()
        if self._out_of_time():
            self._read_out()
            self._reach_limit()
        return not self.ended

    def end(
        self, state: CaptureState = CaptureState.STOPPED, message: str = "", *, keep_recording: bool = False
    ) -> None:
        """Close the source; what was learned stays. A recording is completed, unless capture may go on with it."""
        if not self.ended:
            self._counters = self.source.counters()
            self.source.close()
            self._stopped = self.monotonic()
            self.state = state
            self.message = message or self._counters.message
            events = self._inspection.finish(self.watcher)
            self._keep_packets()
            self._around_alerts(lambda flight: flight.finish())
            if self.watcher is not None:
                self.watcher.finish(events)
            if self.name_history is not None and self.source.live:
                self.name_history.remember(self.analysis.contents.dns.all_names())
        if self.recorder is not None and not keep_recording:
            counters = (self._counters or SourceCounters()).after(self._earlier)
            self.recorder.close(received=counters.received, dropped=counters.dropped)
            self._recorded = True

    def tell(self) -> None:
        """Let the watcher hear at once of what trackers keep for later; detection hears of it with the next batch."""
        if self.watcher is not None and not self.ended:
            self._inspection.tell(self.watcher)

    def resume(self, source: Source) -> None:
        """Go on with a freshly opened source; packet numbers and everything learned go on too."""
        if source.interfaces != self.source.interfaces:
            self._recorded_before += self.source.interfaces
        self.source = source
        self.state = CaptureState.LIVE
        self.message = ""
        if self._counters is not None:
            self._earlier = self._counters.after(self._earlier)
        self._counters = None

    def take_recording(self, before: CaptureRun) -> None:
        """Go on with the recording of a capture that ended; its interfaces come first in the file."""
        self.recorder, before.recorder = before.recorder, None
        self._recorded = before._recorded
        self._recorded_before = before._recorded_before + before.source.interfaces

    def note_filter_change(self, text: str) -> None:
        """Remember that packets captured from now on passed another capture filter."""
        self.capture_filter = text
        self._filter_changes.note(int(self.clock() * 1e9), text)

    def _read_out(self, *, keep_recording: bool = False) -> None:
        """Read what came before now and was not read, as far as limits allow; of a file that is nothing."""
        try:
            for frames in () if self.ended else self.source.rest():
                self._digest(frames)
                if self.ended:
                    break
        except NetwatchError as error:
            self.end(CaptureState.FAILED, str(error), keep_recording=keep_recording)

    def _digest(self, frames: Frames) -> None:
        kept = self._within_limits(frames)
        batch = self._copies.marked(decode(kept, self.packets + 1))
        if self.until is not None and (found := self.until.mask(batch)).any():
            last = int(found.argmax()) + 1
            batch, kept, self.until = taken(batch, slice(0, last)), chosen(kept, slice(0, last)), None
            self.limits = replace(self.limits, packets=self.packets + last)
        self._filter_changes.place(kept.time_ns, self.packets + 1)
        if self.source.live:
            before, self._clock_was = self._clock_was, self.clock()
            if self._clock_was < before - SET_BACK:
                self.analysis.traffic.forget_after(int(self._clock_was * 1e9))
        self.packets += len(kept)
        self._link_types.update(np.unique(kept.link_type).tolist())
        self.buffer.append(batch)
        self._around_alerts(lambda flight: flight.add(batch))
        shown = batch if self.shown is None else taken(batch, self.shown.mask(batch).nonzero()[0])
        if len(shown):
            self._inspection.take(shown, self.watcher)
        recording = self._record(kept)
        if len(kept) < len(frames) or self.packets == self.limits.packets:
            self._reach_limit()
        elif not recording:
            self.end()

    def _keep_packets(self) -> None:
        alerts = self.detection.episodes.take_touched()
        numbers = (number for alert in alerts for number in alert.packets)
        self.analysis.parts.attempt("copying", lambda: self.kept.keep(numbers, self.buffer.batches))
        self._around_alerts(lambda flight: flight.tell(alerts, self.buffer.batches, self.source.interfaces))

    def _around_alerts(self, work: Callable[[FlightRecorder], None]) -> None:
        """Have the flight recorder do something, if there is one; what breaks it ends neither capture nor recording."""
        if (flight := self.flight) is not None:
            self.analysis.parts.attempt("saving around alerts", lambda: work(flight))

    def _idle(self) -> None:
        """Let time pass without packets."""
        now_ns = int(self.clock() * 1e9)
        self._inspection.idle(now_ns, self.watcher)
        self._around_alerts(lambda flight: flight.pass_time(now_ns))

    def _within_limits(self, frames: Frames) -> Frames:
        """Leave out what comes after the last packet that is wanted."""
        count = len(frames)
        if self._began_ns is None:
            self._began_ns = int(frames.time_ns[0])
        if self.limits.packets is not None:
            count = min(count, self.limits.packets - self.packets)
        if self.limits.duration_ns is not None and not self.source.live:
            late = np.flatnonzero(frames.time_ns >= self._began_ns + self.limits.duration_ns)
            count = min([count, *late[:1].tolist()])
        return frames if count == len(frames) else chosen(frames, slice(0, count))

    def _reach_limit(self) -> None:
        self.limits = Limits()  # used up: a capture that is resumed goes on without
        self.end()

    def _record(self, frames: Frames) -> bool:
        """Write to the recording, if there is one; return False once that ended by a limit of its own."""
        if self.recorder is None or self._recorded:
            return True
        if earlier := self._recorded_before:
            frames = replace(frames, interface=frames.interface + np.uint16(len(earlier)))
        return self.recorder.append(frames, earlier + self.source.interfaces)

    def _out_of_time(self) -> bool:
        limit = self.limits.duration_ns
        if limit is None or self._started is None or self.ended or not self.source.live:
            return False
        return (self.monotonic() - self._started) * 1e9 >= limit


def _first_state(source: Source) -> CaptureState:
    read = CaptureState.LOADING if source.counters().replay is None else CaptureState.REPLAYING
    return CaptureState.LIVE if source.live else read
