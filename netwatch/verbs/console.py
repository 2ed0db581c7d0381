"""`netwatch console`: a Python prompt with the packets of a file or an interface as Scapy's objects."""

from __future__ import annotations

import code
import sys
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import ExitStatus, UsageError
from netwatch.plural import counted
from netwatch.run.annotations import MARKED
from netwatch.text import printable
from netwatch.verbs.analysing import raise_what_failed, run_to_end, session_of
from netwatch.verbs.opening import files_of, limits_of, open_source

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from netwatch.run.session import Session

MIB: Final = 1 << 20
MOST: Final = 50_000
"""Packets that become objects unless -c says otherwise: Scapy takes 50 microseconds or more for each."""
FLOWS: Final = 10_000


def console(options: argparse.Namespace) -> int:
    """Read to the end or to a limit, then prompt; Ctrl+C while reading goes on to the prompt.

    Raises:
        NetwatchError: the source cannot be opened or breaks.
    """
    files = files_of(options)
    if not files and not options.interface:
        raise UsageError("console needs -r FILE or -i INTERFACE", "see netwatch console --help")
    if "-" in files:
        raise UsageError("the console reads its lines from standard input", "name a file with -r")
    limits = limits_of(options)
    opened = open_source(options, {})
    session = session_of(options, opened, limits, opened.settings.buffer * MIB)
    run_to_end(session)
    raise_what_failed(session)
    prompt(*_namespace(session, options.count or MOST, options))
    return ExitStatus.DONE


def prompt(names: dict[str, Any], banner: str) -> None:
    """Let the user type Python with `names`, in IPython where that is installed."""
    sys.stderr.write(f"{banner}\n")
    try:
        from IPython import start_ipython
    except ImportError:
        start_ipython = None
    if start_ipython is None:  # not within the except: what the user's lines raise would be shown as raised by that
        _plain(names)
    else:
        start_ipython(argv=["--no-banner", "--no-confirm-exit"], user_ns=names)


def _plain(names: dict[str, Any]) -> None:
    try:
        import readline
        import rlcompleter
    except ImportError:  # not on every system
        pass
    else:
        readline.set_completer(rlcompleter.Completer(names).complete)
        readline.parse_and_bind("tab: complete")
    code.interact(banner="", local=names, exitmsg="")


def _namespace(session: Session, most: int, options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Return what the prompt knows, and one line that says so."""
    from netwatch.decode.dissect_packets import packet_list, scapy_names
    from netwatch.export.report import report_object
    from netwatch.export.report_alerts import alert_object

    summary = session.summary(options.by, FLOWS)
    flows = report_object(session.snapshot(), summary)["flows"]["top"]
    alerts = [alert_object(alert) for alert in summary.alerts.alerts] if summary.alerts else []
    marked: list[int] = []
    packets = packet_list(_frames(session, most, options, marked), printable(session.source.name))
    found = {
        **scapy_names(),
        "packets": packets,
        "pkts": packets,
        "marked": packets.__class__([packets[place] for place in marked], "marked"),
        "flows": flows,
        "alerts": alerts,
    }
    left = f" of {session.packets:,} (-c {session.packets} takes all)" if session.packets > len(packets) else ""
    said = (
        f"netwatch console: {counted(len(packets), 'packets')}{left} in `packets` and `pkts`"
        + (f", {len(marked):,} of them in `marked`" if marked else "")
        + f", {counted(len(flows), 'flows')} in `flows`, {counted(len(alerts), 'alerts')} in `alerts`"
        + ", and all of scapy.all"
    )
    return found, said


def _frames(
    session: Session, most: int, options: argparse.Namespace, marked: list[int]
) -> Iterator[tuple[bytes, int, int, int]]:
    """Yield the packets that pass the display filter, from the file where the buffer lost them.

    The places of those that the monitor had marked are added to `marked`.
    """
    from netwatch.capture.frame_bytes import frame_bytes
    from netwatch.filter.display_filter import FilterRun, compile_filter
    from netwatch.view.reader import PacketReader

    reader = PacketReader()
    reader.session = session
    wanted = FilterRun(compile_filter(options.display_filter)) if options.display_filter else None
    left = most
    for batch, start in reader.batches():
        rows = range(start, len(batch)) if wanted is None else wanted.mask(batch).nonzero()[0].tolist()
        for at in rows:
            if not left:
                return
            frames = batch.frames
            if MARKED in (frames.comments or {}).get(at, "").splitlines():
                marked.append(most - left)
            left -= 1
            times = frames.time_ns.item(at), frames.wire_length.item(at)
            yield (frame_bytes(frames, at), frames.link_type.item(at), *times)
