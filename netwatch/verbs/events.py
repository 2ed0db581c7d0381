"""`netwatch events`: what happens as lines of JSON or CSV, while it happens."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from netwatch.errors import ExitStatus, NetwatchError, UsageError
from netwatch.plural import counted
from netwatch.text import printable
from netwatch.threads.garbage import Garbage
from netwatch.verbs.analysing import Alerts, raise_what_failed, session_of
from netwatch.verbs.interrupt import Interrupt
from netwatch.verbs.opening import files_of, limits_of, open_source

if TYPE_CHECKING:
    import argparse

    from netwatch.export.event_stream import Wanted
    from netwatch.run.session import Session

READ_TIMEOUT = 0.2
"""Seconds between two looks at signals; what trackers read waits for no longer to be told."""


def events(options: argparse.Namespace) -> int:
    """Tell events until a limit, the end of the files or a signal; flows that are still open are told at the end.

    Raises:
        NetwatchError: the source cannot be opened or breaks, or nothing can be written.
    """
    if not files_of(options) and not options.interface:
        raise UsageError("events needs -i INTERFACE or -r FILE", "see netwatch events --help")
    limits, wanted = limits_of(options), _wanted(options)
    opened = open_source(options, {})
    from netwatch.export.event_sink import open_sink
    from netwatch.export.event_stream import EventStream

    of_alerts = wanted.form == "eve" and wanted.types & {"alert", "stats"}
    session = session_of(options, opened, limits, alerts=Alerts.IN_ORDER if of_alerts else Alerts.NEVER)
    try:
        sink = open_sink(options.to)
    except NetwatchError:
        opened.source.close()
        raise
    stream = EventStream(session, sink, wanted)
    session.watcher = stream
    # Who wants no alerts need not know which detectors were not loaded
    known = _say_problems(session, 0) if of_alerts else len(session.snapshot().problems)
    try:
        _run(session)
        sink.close()
    except BrokenPipeError:  # whoever read our lines has enough
        session.watcher = None
        session.end()
        sys.stdout = None  # Python would complain again while closing it
        return ExitStatus.DONE
    if sink.dropped or stream.left_out:
        sys.stderr.write(f"netwatch: {counted(sink.dropped + stream.left_out, 'records')} were dropped\n")
    _say_problems(session, known)
    raise_what_failed(session)
    return ExitStatus.DONE


def _say_problems(session: Session, known: int) -> int:
    """Say which parts broke or were not loaded, but for the first `known`, and return how many there are."""
    problems = session.snapshot().problems
    for problem in problems[known:]:
        sys.stderr.write(f"netwatch: {problem.words}; events lack what it would have found\n")
    return len(problems)


def _run(session: Session) -> None:
    told = time.monotonic()
    with Interrupt(session.source) as interrupt, Garbage(told) as garbage:
        while not interrupt.wanted and session.step(READ_TIMEOUT):
            now = time.monotonic()
            garbage.look(now)
            if session.source.live and now - told >= READ_TIMEOUT:
                session.tell()
                told = now
        session.stop()


def _wanted(options: argparse.Namespace) -> Wanted:
    from netwatch.export.event_stream import TYPES, USUAL, Wanted

    if options.types is None:
        return Wanted(options.format, frozenset(USUAL))
    if options.format != "eve":
        raise UsageError(f"--types chooses records of EVE, not of --format {options.format}")
    types = frozenset(word.strip() for word in options.types.split(","))
    if unknown := sorted(types - frozenset(TYPES) - {"all"}):
        raise UsageError(f"--types {printable(unknown[0])} is not known", f"known are {', '.join(TYPES)} and all")
    return Wanted("eve", frozenset(TYPES) if "all" in types else types)
