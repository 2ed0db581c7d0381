"""Reports as text for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from netwatch import __version__
from netwatch.export.report_alerts import alert_lines
from netwatch.export.report_http import http_lines
from netwatch.export.report_tls import tls_lines
from netwatch.nanoseconds import SECOND
from netwatch.plural import counted
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.export.review import Point
    from netwatch.snapshot import Snapshot
    from netwatch.tables.overview import Summary

MOST_HOSTS = 10
MOST_NAMES = 10


def report_text(snapshot: Snapshot, summary: Summary, review: Sequence[Point] = ()) -> str:
    """Return the report for people, with the points to `review` at its end."""
    duration = (snapshot.last_time_ns - snapshot.first_time_ns) / SECOND
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
    lines += ["", *_handshake_lines(summary), "", *_dns_lines(summary)]
    lines += [*tls_lines(summary.web), *http_lines(summary.http)]
    lines += [*_flow_lines(summary), *_host_lines(summary)]
    lines += alert_lines(summary.alerts)
    if review:
        lines += ["", "To review", *(f"  {point.topic:<18} {point.text}" for point in review)]
    if snapshot.message:
        lines += ["", f"  note: {snapshot.message}"]
    return "\n".join(lines)


def _flow_lines(summary: Summary) -> list[str]:
    counts, table = summary.flow_counts, summary.flows
    lines = [f"Flows       {counts.tcp:,} TCP, {counts.udp:,} UDP, {counts.other:,} other"]
    if len(table):
        lines += ["", f"  {'Heaviest flows':<51} {'proto':<6} {'packets':>12} {'bytes':>16}  {'state':<6}  name"]
    for index in range(len(table)):
        ends = f"{_end(table.source[index], table.sport[index])} > {_end(table.destination[index], table.dport[index])}"
        packets, size = int(table.packets[index].sum()), int(table.bytes[index].sum())
        name = table.destination_name[index] or table.source_name[index]
        numbers = f"{table.protocol[index]:<6} {packets:>12,} {size:>16,}"
        lines.append(f"  {ends:<51} {numbers}  {table.conn_state[index]:<6}  {name}".rstrip())
    return lines


def _handshake_lines(summary: Summary) -> list[str]:
    shakes = summary.handshakes
    times = ""
    if shakes.complete:
        times = f"; round trip median {shakes.rtt_p50_ns / 1e6:.3f} ms, p95 {shakes.rtt_p95_ns / 1e6:.3f} ms"
    return [
        f"Handshakes  {counted(shakes.attempts, 'attempts')}: {shakes.complete:,} complete, "
        f"{shakes.refused:,} refused, {shakes.incomplete:,} unanswered, {shakes.half_open:,} half open{times}"
    ]


def _dns_lines(summary: Summary) -> list[str]:
    counts, names = summary.dns.counts, summary.dns.names
    if not counts.queries and not counts.responses:
        return []
    times = ""
    if counts.latency_p50_ns >= 0:
        times = f"; answered in median {counts.latency_p50_ns / 1e6:.3f} ms, p95 {counts.latency_p95_ns / 1e6:.3f} ms"
    lines = [
        f"DNS         {counted(counts.queries, 'queries')}, {counted(counts.responses, 'responses')}: "
        f"{counts.matched:,} matched, {counts.unanswered:,} unanswered, {counts.nxdomain:,} NXDOMAIN{times}"
    ]
    if len(names):
        lines += ["", f"  {'Most asked names':<51} {'queries':>12} {'clients':>8}"]
    for index in range(min(len(names), MOST_NAMES)):
        lines.append(f"  {names.name[index]:<51} {int(names.queries[index]):>12,} {int(names.clients[index]):>8,}")
    return [*lines, ""]


def _host_lines(summary: Summary) -> list[str]:
    table = summary.hosts
    lines = ["", f"  {'Busiest hosts':<40} {'packets':>12} {'bytes':>16}  name"] if len(table) else []
    for index in range(min(len(table), MOST_HOSTS)):
        packets, size = int(table.packets[index].sum()), int(table.bytes[index].sum())
        lines.append(f"  {table.address[index]:<40} {packets:>12,} {size:>16,}  {table.name[index]}".rstrip())
    changes = summary.neighbour_changes
    if changes:
        lines += ["", f"ARP         {counted(len(changes), 'addresses')} moved to another MAC address"]
    return lines


def _end(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _loss_lines(snapshot: Snapshot) -> list[str]:
    loss = snapshot.loss
    lines = [
        f"  dropped     {_known(loss.kernel_dropped)}" if snapshot.live else "  dropped     unknown, read from a file"
    ]
    lines.append(f"  malformed   {loss.malformed:,}")
    if loss.evicted_flows or loss.evicted_rows:
        lines.append(
            f"  evicted     {counted(loss.evicted_flows, 'flows')}, {loss.evicted_rows:,} hosts, names and look-ups"
        )
    if loss.unseen_segments:
        lines.append(f"  unseen      about {loss.unseen_segments:,} TCP segments were acknowledged but not captured")
    if loss.truncated_file:
        lines.append("  the file ends inside a packet; all before it was read")
    return lines


def _known(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"


def _date(time_ns: int) -> str:
    try:
        moment = datetime.fromtimestamp(time_ns // SECOND, UTC)
    except (OverflowError, OSError, ValueError):
        return f"{time_ns / SECOND:.6f} s since the epoch"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ns % SECOND:09d} UTC"
