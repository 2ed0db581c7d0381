"""`netwatch report`: a file or an interface analysed to its end, then one report."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from netwatch.errors import CaptureError, ExitStatus, FileError, UsageError
from netwatch.verbs.detecting import detection_settings
from netwatch.verbs.displaying import display_filter, ending_filter
from netwatch.verbs.interrupt import Interrupt
from netwatch.verbs.opening import files_of, limits_of, open_source

if TYPE_CHECKING:
    import argparse

    from netwatch.session import Session

READ_TIMEOUT = 0.2
"""Seconds between two looks at the clock and at signals."""


def report(options: argparse.Namespace) -> int:
    """Analyse and write the report; interrupting a live capture ends it and reports what was seen.

    Raises:
        NetwatchError: the source cannot be opened or breaks, or the report cannot be written.
    """
    if not files_of(options) and not options.interface:
        raise UsageError("report needs -r FILE or -i INTERFACE", "see netwatch report --help")
    if options.top < 0:
        raise UsageError(f"--top must be 0 or more, not {options.top}")
    limits = limits_of(options)
    opened = open_source(options, {})
    from netwatch.export.report import report_json
    from netwatch.export.report_text import report_text
    from netwatch.export.table_csv import csv_text
    from netwatch.session import Session
    from netwatch.snapshot import CaptureState
    from netwatch.track.buffer import PacketBuffer

    shown, until = display_filter(options, opened), ending_filter(options, opened)
    session = Session(
        source=opened.source,
        buffer=PacketBuffer(0),
        capture_filter=opened.settings.capture_filter,
        own_session=opened.own_session,
        limits=limits,
        detect=detection_settings(opened.settings),
        shown=shown,
        until=until,
    )
    _run(session)
    snapshot = session.snapshot()
    if snapshot.state is CaptureState.FAILED:
        raise (CaptureError if snapshot.live else FileError)(snapshot.message)
    for problem in snapshot.problems:
        sys.stderr.write(f"netwatch: {problem.words}; the report lacks what it would have found\n")
    summary = session.summary(options.by, options.top)
    match options.format:
        case "json":
            text = report_json(snapshot, summary) + "\n"
        case "csv":
            text = csv_text("flows", summary.flows)
        case _:
            text = report_text(snapshot, summary) + "\n"
    _write(text, options.output)
    return ExitStatus.DONE


def _run(session: Session) -> None:
    with Interrupt(session.source) as interrupt:
        while not interrupt.wanted and session.step(READ_TIMEOUT):
            pass
    session.end()


def _write(text: str, path: str | None) -> None:
    if path is None or path == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    from netwatch.capture.atomic import AtomicFile

    with AtomicFile(path, overwrite=False) as file:
        file.write(text.encode())
        file.commit()
