"""From options to what captures are compared with: the days that are remembered, or a file of a baseline."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from netwatch.errors import FileError, NetwatchError
from netwatch.plural import counted
from netwatch.text import printable

if TYPE_CHECKING:
    import argparse

    from netwatch.baseline.usual import Usual
    from netwatch.detect.settings import DetectionSettings
    from netwatch.export.baseline import Comparison
    from netwatch.run.session import Session
    from netwatch.verbs.opening import Opened

HISTORY: Final = "history"
"""What --baseline calls the days that the monitor remembers."""


def usual_of(options: argparse.Namespace, opened: Opened) -> tuple[Usual, tuple[str, ...]]:
    """Return what the monitor compares with, and what the user must know of it.

    Raises:
        FileError: the baseline that was named cannot be read.
    """
    from netwatch.baseline.usual import Usual

    if options.baseline and options.baseline != HISTORY:
        from netwatch.export.baseline import load

        try:
            samples = tuple(load(options.baseline))
        except NetwatchError:
            opened.source.close()
            raise
        return Usual(
            samples=samples, said=f"beside {counted(len(samples), 'captures')} in {printable(options.baseline)}"
        ), ()
    if not opened.settings.history and not options.baseline:
        return Usual(), ()
    from netwatch.baseline.day_file import DayFile
    from netwatch.settings import history_path

    file = DayFile(history_path())
    keeps = opened.settings.history and not options.demo
    try:
        file.days()
    except FileError as error:
        return Usual(file), (str(error),)
    return Usual(file, keeps=keeps), ()


def with_usual(wanted: DetectionSettings, usual: Usual, now: datetime | None = None) -> DetectionSettings:
    """Return settings of detection that know what machines moved on the days before `now`, where any are known."""
    if usual.file is None:
        return wanted
    from netwatch.baseline.compare import usual_bytes
    from netwatch.baseline.days import merged

    today = f"{now or datetime.now().astimezone():%Y-%m-%d}"
    try:
        days = [day for day in usual.file.days() if day.date != today]
        return replace(wanted, usual=usual_bytes(merged(days)))
    except FileError:  # which the pane of differences tells
        return wanted


def beside(path: str, session: Session) -> Comparison:
    """Compare a finished capture with a baseline, or with the days that are remembered.

    Raises:
        FileError: neither can be read, or no day is known.
    """
    from netwatch.baseline.compare import compare
    from netwatch.baseline.days import days_beside, taken_of
    from netwatch.baseline.sample import sample_of
    from netwatch.export.baseline import Comparison, load

    if path != HISTORY:
        samples = load(path)
        return Comparison(len(samples), compare(samples, sample_of(session)))
    from netwatch.baseline.compare import compare_days
    from netwatch.baseline.day_file import DayFile
    from netwatch.settings import history_path

    taken = taken_of(session)
    days = days_beside(DayFile(history_path()).days(), taken)
    if not days:
        raise FileError("no other day is remembered yet", "netwatch --history keeps them while it captures")
    return Comparison(len(days), compare_days(days, taken.sample, taken.seconds), "days")
