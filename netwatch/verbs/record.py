"""`netwatch record`: every packet to files, without a screen and without looking into any."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from netwatch.errors import CaptureError, ExitStatus, NetwatchError, UsageError
from netwatch.plural import counted
from netwatch.verbs.displaying import display_filter, ending_filter
from netwatch.verbs.interrupt import Interrupt
from netwatch.verbs.opening import files_of, limits_of, open_source
from netwatch.verbs.progress import ProgressLine

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from netwatch.capture.frames import Frames
    from netwatch.capture.recording_thread import RecordingThread
    from netwatch.capture.source import Source, SourceCounters
    from netwatch.filter.display_filter import FilterRun

READ_TIMEOUT = 0.2
"""Seconds between two looks at the clock and at signals."""
MEGABYTE = 1_000_000


def record(options: argparse.Namespace) -> int:
    """Record until a limit, the end of the files, or a signal; say on standard error what was written.

    Raises:
        NetwatchError: the source cannot be opened or breaks, or a file cannot be written.
    """
    if not options.write:
        raise UsageError("record needs -w FILE", "see netwatch record --help")
    if not files_of(options) and not options.interface:
        raise UsageError("record needs -i INTERFACE or -r FILE", "see netwatch record --help")
    limits = limits_of(options)
    opened = open_source(options, {})
    from netwatch.capture.autostop import parse_ring
    from netwatch.capture.recorder import Recorder
    from netwatch.capture.recording_thread import RecordingThread

    shown, until = display_filter(options, opened), ending_filter(options, opened)
    source = opened.source
    ring = parse_ring(options.ring) if options.ring else None
    try:
        recorder = RecordingThread(Recorder(options.write, source.interfaces, ring=ring, autostop=limits))
    except NetwatchError:
        source.close()
        raise
    problem = _run(Feed(source, limits.duration_ns, shown, until), recorder)
    _say(f"netwatch: {_written(recorder, source.counters())}\n")
    problem = problem or recorder.state.error
    if problem:
        raise CaptureError(problem)
    return ExitStatus.DONE


class Feed:
    """What is to be recorded: the blocks of a source, as far as they are wanted."""

    def __init__(
        self,
        source: Source,
        duration_ns: int | None = None,
        shown: FilterRun | None = None,
        until: FilterRun | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """End after `duration_ns` of a live capture, and with the first packet that passes `until`."""
        self.source = source
        self._shown, self._until, self._clock = shown, until, clock
        self._end = clock() + duration_ns / 1e9 if duration_ns is not None and source.live else None
        self._read = 0
        self._matched = False

    @property
    def over(self) -> bool:
        """The last packet that is wanted was read, or the time is up."""
        return self._matched or (self._end is not None and self._clock() >= self._end)

    def next(self) -> Frames | None:
        """Return the next frames, None when there are none just now; see Source.read."""
        frames = self.source.read(READ_TIMEOUT)
        return self._wanted(frames) if frames is not None else None

    def rest(self) -> Iterator[Frames]:
        """Return what came before the end and was not read, unless the last packet was; see Source.rest."""
        for frames in () if self._matched else self.source.rest():
            yield self._wanted(frames)
            if self._matched:
                return

    def _wanted(self, frames: Frames) -> Frames:
        """Return those of frames that are to be recorded."""
        if self._shown is None and self._until is None:
            return frames
        from netwatch.capture.frame_rows import chosen
        from netwatch.decode.decoder import decode

        batch = decode(frames, self._read + 1)
        self._read += len(frames)
        wanted = len(frames)
        if self._until is not None and (found := self._until.mask(batch)).any():
            wanted = int(found.argmax()) + 1
            self._matched = True
        if self._shown is None:
            return chosen(frames, slice(0, wanted))
        return chosen(frames, self._shown.mask(batch)[:wanted].nonzero()[0])


def _run(feed: Feed, recorder: RecordingThread) -> str:
    """Copy to `recorder` until either ends; return what broke, if anything did."""
    progress = ProgressLine()
    problem, source = "", feed.source
    with Interrupt(source) as interrupt:
        while not interrupt.wanted and not recorder.state.error and not feed.over:
            try:
                frames = feed.next()
            except EOFError:
                break
            except NetwatchError as error:
                problem = str(error)
                break
            if frames is not None and len(frames) and not recorder.append(frames, source.interfaces):
                break
            progress.show(lambda: _written(recorder, source.counters()))
        if (interrupt.wanted or feed.over) and not problem:
            problem = _record_rest(feed, recorder)
        counters = source.counters()
        source.close()
        recorder.close(received=counters.received, dropped=counters.dropped)
    progress.clear()
    return problem


def _record_rest(feed: Feed, recorder: RecordingThread) -> str:
    """Record what waits to be read when the time is up or somebody ends it; return what broke, if anything did."""
    try:
        for frames in feed.rest():
            if recorder.state.error or (len(frames) and not recorder.append(frames, feed.source.interfaces)):
                break
    except NetwatchError as error:
        return str(error)
    return ""


def _written(recorder: RecordingThread, counters: SourceCounters) -> str:
    state = recorder.state
    where = "standard output" if state.path == "-" else state.path
    said = [f"{counted(state.packets, 'packets')}, {state.bytes / MEGABYTE:,.1f} MB written to {where}"]
    if state.files > 1:
        said.append(f"file {state.files:,}")
    if counters.dropped is not None:
        said.append(f"{counters.dropped:,} dropped by the kernel")
    if counters.truncated:
        said.append("the file that was read is cut short")
    said += filter(None, (counters.message, counters.remark))
    return ", ".join(said)


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
