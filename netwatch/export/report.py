"""Reports: a finished capture as text for people or as JSON (the contract of DESIGN.md section 5)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from netwatch import __version__
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.snapshot import Snapshot

NANOSECONDS = 1_000_000_000


def report_json(snapshot: Snapshot) -> str:
    """Return the report as one JSON object; times are seconds since the epoch, unknown numbers are null."""
    return json.dumps(report_object(snapshot), indent=2, ensure_ascii=True)


def report_object(snapshot: Snapshot) -> dict[str, Any]:
    """Return the report as nested dictionaries of JSON types."""
    loss = snapshot.loss
    return {
        "netwatch": __version__,
        "capture": {
            "source": printable(snapshot.source),
            "link_types": list(snapshot.link_types),
            "packets": snapshot.packets,
            "bytes": snapshot.bytes,
            "first_time": _seconds(snapshot, snapshot.first_time_ns),
            "last_time": _seconds(snapshot, snapshot.last_time_ns),
            "malformed": loss.malformed,
            "truncated_file": loss.truncated_file,
        },
        "loss": {
            # Reading a file drops nothing; what its capture dropped is known only where the file says so
            "kernel_dropped": loss.kernel_dropped if snapshot.live else loss.kernel_dropped or 0,
            "evicted_packets": loss.evicted_packets,
            "evicted_flows": loss.evicted_flows,
            "inspection_skipped": loss.inspection_skipped,
        },
        "protocols": {name.lower(): {"packets": packets, "bytes": size} for name, packets, size in snapshot.protocols},
    }


def report_text(snapshot: Snapshot) -> str:
    """Return the report for people."""
    duration = (snapshot.last_time_ns - snapshot.first_time_ns) / NANOSECONDS
    lines = [
        f"netwatch {__version__}: {printable(snapshot.source)}",
        "",
        f"  packets     {snapshot.packets:,}",
        f"  bytes       {snapshot.bytes:,} on the wire",
    ]
    if snapshot.packets:
        lines += [
            f"  first       {_date(snapshot.first_time_ns)}",
            f"  last        {_date(snapshot.last_time_ns)}",
            f"  duration    {duration:.6f} s",
        ]
    if duration > 0:
        bits = snapshot.bytes * 8 / duration
        lines.append(f"  mean rate   {snapshot.packets / duration:,.1f} packets/s, {bits:,.0f} bits/s")
    lines += ["", "Loss", *_loss_lines(snapshot)]
    if snapshot.protocols:
        lines += ["", f"  {'Protocol':<16} {'packets':>14} {'bytes':>18} {'share':>7}"]
        for name, packets, size in snapshot.protocols:
            share = 100 * size / snapshot.bytes if snapshot.bytes else 0
            lines.append(f"  {name:<16} {packets:>14,} {size:>18,} {share:>6.1f}%")
    if snapshot.message:
        lines += ["", f"  note: {snapshot.message}"]
    return "\n".join(lines)


def _loss_lines(snapshot: Snapshot) -> list[str]:
    loss = snapshot.loss
    lines = [
        f"  dropped     {_known(loss.kernel_dropped)}" if snapshot.live else "  dropped     unknown, read from a file"
    ]
    lines.append(f"  malformed   {loss.malformed:,}")
    if loss.truncated_file:
        lines.append("  the file ends inside a packet; all before it was read")
    return lines


def _known(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def _seconds(snapshot: Snapshot, time_ns: int) -> float | None:
    return time_ns / NANOSECONDS if snapshot.packets else None


def _date(time_ns: int) -> str:
    try:
        moment = datetime.fromtimestamp(time_ns // NANOSECONDS, UTC)
    except (OverflowError, OSError, ValueError):
        return f"{time_ns / NANOSECONDS:.6f} s since the epoch"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ns % NANOSECONDS:09d} UTC"
