"""`netwatch record`: every packet to files, without a screen and without looking into any."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from netwatch.errors import CaptureError, ExitStatus, NetwatchError, UsageError
from netwatch.verbs.interrupt import Interrupt
from netwatch.verbs.opening import files_of, limits_of, open_source
from netwatch.verbs.progress import ProgressLine

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from netwatch.capture.recording_thread import RecordingThread
    from netwatch.capture.source import Source, SourceCounters

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

    source = opened.source
    ring = parse_ring(options.ring) if options.ring else None
    try:
        recorder = RecordingThread(Recorder(options.write, source.interfaces, ring=ring, autostop=limits))
    except NetwatchError:
        source.close()
        raise
    problem = _run(source, recorder, limits.duration_ns)
    _say(f"netwatch: {_written(recorder, source.counters())}\n")
    problem = problem or recorder.state.error
    if problem:
        raise CaptureError(problem)
    return ExitStatus.DONE


def _run(
    source: Source, recorder: RecordingThread, duration_ns: int | None, clock: Callable[[], float] = time.monotonic
) -> str:
    """Copy from `source` to `recorder` until either ends; return what broke, if anything did."""
    progress = ProgressLine()
    problem = ""
    end = clock() + duration_ns / 1e9 if duration_ns is not None and source.live else None
    with Interrupt(source) as interrupt:
        while not interrupt.wanted and not recorder.state.error:
            try:
                frames = source.read(READ_TIMEOUT)
            except EOFError:
                break
            except NetwatchError as error:
                problem = str(error)
                break
            if frames is not None and len(frames) and not recorder.append(frames, source.interfaces):
                break
            if end is not None and clock() >= end:
                break
            progress.show(lambda: _written(recorder, source.counters()))
        counters = source.counters()
        source.close()
        recorder.close(received=counters.received, dropped=counters.dropped)
    progress.clear()
    return problem


def _written(recorder: RecordingThread, counters: SourceCounters) -> str:
    state = recorder.state
    where = "standard output" if state.path == "-" else state.path
    said = [f"{state.packets:,} packets, {state.bytes / MEGABYTE:,.1f} MB written to {where}"]
    if state.files > 1:
        said.append(f"file {state.files:,}")
    if counters.dropped is not None:
        said.append(f"{counters.dropped:,} dropped by the kernel")
    if counters.truncated:
        said.append("the file that was read is cut short")
    if counters.message:
        said.append(counters.message)
    return ", ".join(said)


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
