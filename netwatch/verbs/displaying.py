"""Display filters of the command line: what `-Y` shows, and the packet that ends a capture (`-a match:EXPR`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.errors import FilterError, UsageError

if TYPE_CHECKING:
    import argparse

    from netwatch.filter.display_filter import FilterRun
    from netwatch.filter.tables import Tables
    from netwatch.verbs.opening import Opened

MATCH: Final = "match:"


def display_filter(options: argparse.Namespace, opened: Opened) -> FilterRun | None:
    """Return the run of the display filter; one that asks what trackers know reads the files once before.

    Raises:
        FilterError: it is not understood, or asks what only the end of a live capture would tell.
    """
    return _run_of(options.display_filter, options, opened) if options.display_filter else None


def ending_filter(options: argparse.Namespace, opened: Opened) -> FilterRun | None:
    """Return the run of the filter whose first packet is the last of the capture; None for none.

    Raises:
        FilterError: as for `display_filter`.
        UsageError: there are several, or one is empty, which every packet would pass.
    """
    texts = [text.removeprefix(MATCH).strip() for text in options.autostop if text.startswith(MATCH)]
    if len(texts) > 1:
        opened.source.close()
        raise UsageError("-a match: can be given only once", "join the filters with `or`")
    if "" in texts:
        opened.source.close()
        raise UsageError("-a match: has no filter", "add one, as match:tcp.flags.reset == 1")
    return _run_of(texts[0], options, opened) if texts else None


def _run_of(text: str, options: argparse.Namespace, opened: Opened) -> FilterRun:
    from netwatch.filter.display_filter import FilterRun, compile_filter
    from netwatch.filter.error import DisplayFilterError

    try:
        wanted = compile_filter(text)
        tables = _tables(options) if "tables" in wanted.needs else None
    except FilterError as error:
        opened.source.close()
        raise (error.placed() if isinstance(error, DisplayFilterError) else error) from None
    interfaces = tuple(interface.name for interface in opened.source.interfaces)
    return FilterRun(wanted, tables=tables, interfaces=interfaces)


def _tables(options: argparse.Namespace) -> Tables:
    from netwatch.verbs.opening import files_of

    files = files_of(options)
    if not files or "-" in files or options.follow:
        raise FilterError("this filter asks what is known at the end of a capture", "name a file with -r")
    from netwatch.capture.file_source import FileSource
    from netwatch.filter.tables import Tables
    from netwatch.run.session import Session
    from netwatch.track.buffer import PacketBuffer
    from netwatch.verbs.interrupt import Interrupt

    whole = Session(source=FileSource(files), buffer=PacketBuffer(0))
    with Interrupt(whole.source) as interrupt:
        while not interrupt.wanted and whole.step(1.0):
            pass
    whole.end()
    alerts = whole.detection.episodes.alerts
    return Tables(lambda question: question(whole.analysis), alerts=alerts, clock=lambda: 0.0)
