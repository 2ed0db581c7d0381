"""`netwatch report`: a file or an interface analysed to its end, then one report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from netwatch.errors import ExitStatus, FileError, UsageError
from netwatch.nanoseconds import SECOND
from netwatch.plural import counted
from netwatch.text import printable
from netwatch.verbs.analysing import Alerts, raise_what_failed, run_to_end, session_of
from netwatch.verbs.comparing import beside
from netwatch.verbs.opening import files_of, limits_of, open_source

if TYPE_CHECKING:
    import argparse

    from netwatch.export.baseline import Comparison
    from netwatch.run.session import Session
    from netwatch.tables.checksums import ChecksumSummary
    from netwatch.tables.overview import Overview


def report(options: argparse.Namespace) -> int:
    """Analyse and write the report; interrupting a live capture ends it and reports what was seen.

    Raises:
        NetwatchError: the source cannot be opened or breaks, or the report cannot be written.
    """
    _check(options)
    limits = limits_of(options)
    opened = open_source(options, {})
    from netwatch.track.checksums import ChecksumCounter

    checksums = ChecksumCounter()
    session = session_of(options, opened, limits, alerts=Alerts.AT_END, checksums=checksums)
    run_to_end(session)
    raise_what_failed(session)
    snapshot = session.snapshot()
    for problem in snapshot.problems:
        sys.stderr.write(f"netwatch: {problem.words}; the report lacks what it would have found\n")
    changes = _changes(options, session)
    _write(_text(options, session, None if snapshot.live else checksums.summary(), changes), options.output)
    _write_beside(options, session)
    return ExitStatus.DONE


def _check(options: argparse.Namespace) -> None:
    files = files_of(options)
    if not files and not options.interface:
        raise UsageError("report needs -r FILE or -i INTERFACE", "see netwatch report --help")
    if options.top < 0:
        raise UsageError(f"--top must be 0 or more, not {options.top}")
    if (options.split or options.streams) and (not files or "-" in files):
        raise UsageError("--split and --streams read the packets a second time", "name a file with -r")
    if options.defang and not options.indicators:
        raise UsageError("--defang needs --indicators")
    if options.indicators and options.format == "html":
        raise UsageError("--indicators are text, csv or json, not html")


def _changes(options: argparse.Namespace, session: Session) -> Comparison | None:
    """Compare with the baseline, then add to it, where that is wanted."""
    path = options.baseline
    found = None
    if path and path == options.save_baseline and not Path(path).exists():
        sys.stderr.write(f"netwatch: {printable(path)} begins with this capture: there is nothing to compare it with\n")
    elif path:
        found = beside(path, session)
    if options.save_baseline:
        from netwatch.baseline.sample import sample_of
        from netwatch.export.baseline import save

        count = save(options.save_baseline, sample_of(session))
        sys.stderr.write(f"netwatch: {counted(count, 'captures')} in the baseline {printable(options.save_baseline)}\n")
    return found


def _text(
    options: argparse.Namespace, session: Session, checksums: ChecksumSummary | None, changes: Comparison | None
) -> str:
    if options.indicators:
        return _indicators(options, session)
    from netwatch.export.report import report_json
    from netwatch.export.report_text import report_text
    from netwatch.export.review import review
    from netwatch.export.table_csv import csv_text

    snapshot, summary = session.snapshot(), session.summary(options.by, options.top)
    match options.format:
        case "json":
            return report_json(snapshot, summary, checksums, changes) + "\n"
        case "csv":
            return csv_text("flows", summary.flows)
        case "html":
            from netwatch.export.report_html import Page, report_html

            return report_html(Page(snapshot, summary, _overview(session), review(session, checksums), changes))
        case _:
            text = report_text(snapshot, summary, review(session, checksums))
            return (f"{text}\n\n{changes.text()}" if changes is not None else text) + "\n"


def _overview(session: Session) -> Overview:
    """Return what the page draws; the graph covers the whole capture, or its last day."""
    from netwatch.tables.resolution import Resolution

    traffic = session.analysis.traffic
    seconds = (traffic.last_time_ns - traffic.first_time_ns) // SECOND + 1
    resolution = next((one for one in Resolution if seconds <= one * one.kept), Resolution.MINUTE)
    return session.overview(resolution, min(-(-seconds // resolution) + 1, resolution.kept))


def _indicators(options: argparse.Namespace, session: Session) -> str:
    from netwatch.export.indicators import defanged, indicators, indicators_csv, indicators_json

    found = indicators(session)
    if options.defang:
        found = [defanged(one) for one in found]
    return indicators_json(found) if options.format == "json" else indicators_csv(found)


def _write_beside(options: argparse.Namespace, session: Session) -> None:
    """Write what goes into folders."""
    from netwatch.capture.file_source import FileSource

    if options.tables:
        from netwatch.export.table_folder import new_folder, write_tables

        write_tables(session, new_folder(options.tables))
    if options.split:
        from netwatch.export.split import alert_picks, flow_picks, split
        from netwatch.export.table_folder import new_folder

        picks = alert_picks(session) if options.split == "alerts" else flow_picks(session, options.by, options.top)
        source = FileSource(files_of(options))
        written = split(source, picks, new_folder(options.split_to))
        source.close()
        sys.stderr.write(f"netwatch: {len(written):,} capture files written to {printable(options.split_to)}\n")
    if options.streams:
        from netwatch.export.stream_files import write_streams
        from netwatch.export.table_folder import new_folder

        source = FileSource(files_of(options))
        files = write_streams(source, new_folder(options.streams))
        source.close()
        left = f", {counted(files.left_out, 'streams')} left out" if files.left_out else ""
        sys.stderr.write(
            f"netwatch: {counted(len(files.written), 'files')} written to {printable(options.streams)}{left}\n"
        )
        if files.problem:
            raise FileError(files.problem)


def _write(text: str, path: str | None) -> None:
    if path is None or path == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    from netwatch.capture.atomic import AtomicFile

    with AtomicFile(path, overwrite=False) as file:
        file.write(text.encode())
        file.commit()
