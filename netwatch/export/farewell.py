"""The few lines that stay on the terminal when the monitor has gone: what it saw, lost and wrote."""

from __future__ import annotations

import re
from datetime import datetime
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from netwatch.nanoseconds import SECOND
from netwatch.plural import counted
from netwatch.tables.alerts import SEVERITIES
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.snapshot import Saved, Snapshot
    from netwatch.tables.alerts import Alert
    from netwatch.tables.overview import Overview

MOST: Final = 5
"""Talkers, names, hosts, alerts and files that are told."""
PROTOCOLS: Final = 6
LONGEST: Final = 60
"""Characters of one name."""
LONGEST_ALERT: Final = 100
ALERTS: Final = "alerts"
"""The row below which the newest of them stand."""
_INSIDE: Final = re.compile("(?<!,) ")
"""A blank inside of what a list lists."""
_UNBROKEN: Final = "\u00a0"
"""A blank that no line ends at."""
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")


def farewell(
    snapshot: Snapshot,
    overview: Overview,
    saved: Sequence[Saved],
    exported: Sequence[tuple[str, str]] = (),
    width: int = 0,
) -> str:
    """Return the summary of a capture that ended; empty when nothing was seen.

    It tells of the capture files that were `saved` and of all others, whose paths and contents are `exported`. Lines
    are broken between words at `width`; 0 breaks none.
    """
    if not snapshot.packets:
        return ""
    rows = [
        ("protocols", [f"{name} {packets:,}" for name, packets, _ in snapshot.protocols[:PROTOCOLS]]),
        ("talkers", _talkers(overview)),
        ("names", [f"{name[:LONGEST]} {count:,}" for name, count in overview.names[:MOST]]),
        ("HTTP hosts", [f"{host[:LONGEST]} {count:,}" for host, count in overview.http_hosts[:MOST]]),
        ("handshakes", _handshakes(overview)),
        (ALERTS, [f"{count:,} {word}" for word, count in zip(SEVERITIES, snapshot.alerts, strict=False) if count]),
        ("lost", _losses(snapshot)),
        ("written", [f"{file.path} ({counted(file.packets, 'packets')})" for file in saved[-MOST:]]),
        ("exported", [f"{path} ({said})" for path, said in exported[-MOST:]]),
    ]
    lines = [_first_line(snapshot)]
    for title, words in rows:
        if words:
            lines.append(f"  {title:<11} {printable(', '.join(words))}")
        if title == ALERTS:
            lines += [f"    {_alert(alert)}" for alert in overview.alerts[:MOST]]
    return "\n".join(lines if not width else [part for line in lines for part in _broken(line, width)])


def _broken(line: str, width: int) -> list[str]:
    """Return a line in parts of `width`, the second one on below what the first one says.

    A sentence ends between words, a list between what it lists.
    """
    sentence = line.startswith("    ")
    below = " " * (22 if sentence else 14 if line.startswith(" ") else 4)
    title, said = line[: len(below)], line[len(below) :]
    kept = title + (said if sentence else _INSIDE.sub(_UNBROKEN, said))
    parts = wrap(kept, width, subsequent_indent=below, break_long_words=False, break_on_hyphens=False)
    return [part.replace(_UNBROKEN, " ") for part in parts]


def _alert(alert: Alert) -> str:
    when = f"{datetime.fromtimestamp(alert.last_ns // SECOND).astimezone():%H:%M:%S}"
    return f"{when} {alert.word:<8} {printable(alert.summary, LONGEST_ALERT)}"


def _first_line(snapshot: Snapshot) -> str:
    seconds = max((snapshot.last_time_ns - snapshot.first_time_ns) / SECOND, snapshot.elapsed)
    rate = snapshot.packets / seconds if seconds > 0 else 0.0
    pace = f", {rate:,.{0 if rate >= 10 else 1}f} packets/s" if rate else ""
    return (
        f"netwatch: {snapshot.source}: {counted(snapshot.packets, 'packets')}, {_size(snapshot.bytes)} "
        f"in {_duration(seconds)}{pace}"
    )


def _talkers(overview: Overview) -> list[str]:
    sent = zip(overview.talkers.address, overview.talkers.bytes[:, 0].tolist(), strict=True)
    return [f"{address} {_size(size)}" for address, size in sent if size][:MOST]


def _handshakes(overview: Overview) -> list[str]:
    shakes = overview.handshakes
    if not shakes.attempts:
        return []
    outcomes = (
        (shakes.complete, "complete"),
        (shakes.refused, "refused"),
        (shakes.incomplete, "unanswered"),
        (shakes.half_open, "half open"),
    )
    return [f"{count:,} {word}" for count, word in outcomes if count]


def _losses(snapshot: Snapshot) -> list[str]:
    loss = snapshot.loss
    dropped = "unknown" if loss.kernel_dropped is None else f"{loss.kernel_dropped:,}"
    told = [f"dropped {dropped}"] if snapshot.live else []
    counts = (
        (loss.malformed, "malformed"),
        (loss.inspection_skipped, "not inspected"),
        (loss.evicted_flows + loss.evicted_rows, "rows evicted"),
    )
    return told + [f"{word} {count:,}" for count, word in counts if count]


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def _size(value: float) -> str:
    unit = 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:,.0f} B" if not unit else f"{value:.1f} {_UNITS[unit]}"
