"""Reports as one HTML page that holds everything it shows: no script, nothing from elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from netwatch import __version__
from netwatch.export import svg
from netwatch.export.dates import date_text
from netwatch.export.report_text import report_text
from netwatch.export.report_tls import server_names
from netwatch.plural import counted
from netwatch.tables.alerts import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netwatch.export.baseline import Comparison
    from netwatch.export.review import Point
    from netwatch.snapshot import Snapshot
    from netwatch.tables.overview import Overview, Summary

MOST: Final = 20
"""Rows of each table."""
MOST_DIFFERENCES: Final = 100
MOST_BARS: Final = 10
"""Bars of what a table below them tells more of."""
STYLE: Final = """
:root{color-scheme:light dark;--fg:#1c1f24;--bg:#fff;--dim:#606773;--line:#d8dce2;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--fg:#e4e7ec;--bg:#14171b;--dim:#98a1ad;--line:#303740;--bad:#ff8a80}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:960px;margin:2em auto;
padding:0 1em}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid var(--line)}
table{border-collapse:collapse;width:100%;font-size:.9em}th,td{text-align:left;padding:.2em .6em .2em 0;
border-bottom:1px solid var(--line);overflow-wrap:anywhere}th,td:first-child{white-space:nowrap}
td.n,th.n{text-align:right;white-space:nowrap}td.a{min-width:10em}
svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:var(--fg)}svg.dot{width:.8em;height:.8em;
margin-right:.3em}.key{margin-right:1em;white-space:nowrap}.dim{color:var(--dim)}.high,.critical{color:var(--bad);
font-weight:600}dt{font-weight:600}dd{margin:0 0 .6em}
.c0{fill:#3366aa}.c1{fill:#cc8833}.c2{fill:#44aa77}.c3{fill:#aa4466}.c4{fill:#8866bb}.c5{fill:#66aabb}.c6{fill:#bbaa33}
.c7{fill:#888888}
"""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """What a page is made of."""

    snapshot: Snapshot
    summary: Summary
    overview: Overview
    review: tuple[Point, ...]
    beside: Comparison | None = None
    """What differs from other captures or days, where that was asked for."""


def report_html(page: Page) -> str:
    """Return the page."""
    title = escape(f"netwatch: {page.snapshot.source}")
    body = "".join(
        (
            f"<h1>{title}</h1>",
            f'<p class="dim">netwatch {__version__}; all times are UTC.</p>',
            f"<p>{_extent(page.snapshot)}</p>",
            _review(page.review),
            _alerts(page.summary),
            _differences(page.beside),
            _section("Traffic", _traffic(page)),
            _section("Talkers and destinations", _talkers(page.overview)),
            _section("Ports", _ports(page.overview)),
            _section("Flows, and the heaviest of them", _flows(page.summary)),
            _section("Handshakes", _handshakes(page.summary)),
            _section("DNS", _names(page.summary)),
            _section("TLS", _tls(page.summary)),
            _section("HTTP", _http(page.summary)),
            _section("Hosts", _hosts(page.summary)),
            _section("In words", f"<pre>{escape(report_text(page.snapshot, page.summary))}</pre>"),
        )
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}pre{{overflow-x:auto}}</style></head><body>{body}</body></html>\n"
    )


def _section(title: str, content: str) -> str:
    return f"<h2>{escape(title)}</h2>{content}" if content else ""


def _review(points: Iterable[Point]) -> str:
    rows = "".join(f"<dt>{escape(point.topic)}</dt><dd>{escape(point.text)}</dd>" for point in points)
    return _section("To review", f"<dl>{rows}</dl>")


def _extent(snapshot: Snapshot) -> str:
    """Return how much there is, and from when to when."""
    told = f"{counted(snapshot.packets, 'packets')}, {svg.size(snapshot.bytes)}"
    if not snapshot.packets:
        return told
    return f"{told}, {date_text(snapshot.first_time_ns)} to {date_text(snapshot.last_time_ns)}"


def _alerts(summary: Summary) -> str:
    if summary.alerts is None or not summary.alerts.alerts:
        return ""
    alerts = summary.alerts.alerts
    counts = Counter(alert.severity for alert in alerts)
    drawn = svg.bars([(SEVERITIES[one], counts[one], f"{counts[one]:,}") for one in sorted(counts, reverse=True)])
    rows = [
        f"<tr><td>{date_text(alert.opened_ns)}</td>"
        f'<td class="{alert.word}">{alert.word}</td><td>{escape(alert.title)}</td><td class="a">{escape(alert.source)}'
        f'</td><td class="a">{escape(alert.destination)}</td><td>{escape(alert.summary)}</td></tr>'
        for alert in alerts[:MOST]
    ]
    table = _table(("time", "severity", "what", "from", "to", "why"), rows)
    more = f"<p>and {len(alerts) - MOST:,} more, in --format json</p>" if len(alerts) > MOST else ""
    return _section("Alerts", drawn + table + more)


def _differences(beside: Comparison | None) -> str:
    if beside is None:
        return ""
    rows = [
        _row(one.change, one.kind, one.key, one.value, f"{one.usual:,.0f}" if one.usual else "")
        for one in beside.changes[:MOST_DIFFERENCES]
    ]
    title = f"Beside {counted(beside.captures, beside.of)}: {counted(len(beside.changes), 'differences')}"
    return _section(title, _table(("change", "of", "what", "now", "usual"), rows, numbers=2))


def _traffic(page: Page) -> str:
    snapshot = page.snapshot
    shares = [
        (name, size, f"{counted(packets, 'packets')}, {svg.size(size)}")
        for name, packets, size in snapshot.protocols[:MOST]
    ]
    return svg.time_graph(page.overview.series) + svg.bars(shares)


def _talkers(overview: Overview) -> str:
    parts = []
    for title, table, place in (("sent", overview.talkers, 0), ("received", overview.destinations, 1)):
        rows = [
            (table.name[at] or table.address[at], int(table.bytes[at, place]), svg.size(int(table.bytes[at, place])))
            for at in range(min(len(table), 10))
            if table.bytes[at, place]
        ]
        parts.append(f"<p>Bytes {title}</p>{svg.bars(rows)}" if rows else "")
    return "".join(parts)


def _ports(overview: Overview) -> str:
    rows = [
        (
            f"{port.protocol} {port.port} {port.service}".strip(),
            port.bytes,
            f"{counted(port.packets, 'packets')}, {svg.size(port.bytes)}",
        )
        for port in overview.traffic.ports[:10]
    ]
    return svg.bars(rows)


def _flows(summary: Summary) -> str:
    table = summary.flows
    rows = [
        _row(
            f"{table.source[at]} {int(table.sport[at])}",
            f"{table.destination[at]} {int(table.dport[at])} {table.destination_name[at]}".rstrip(),
            table.protocol[at],
            table.application[at],
            table.conn_state[at],
            int(table.packets[at].sum()),
            int(table.bytes[at].sum()),
        )
        for at in range(min(len(table), MOST))
    ]
    heads = ("source", "destination", "protocol", "application", "state", "packets", "bytes")
    counts = summary.flow_counts
    kinds = [("TCP", counts.tcp), ("UDP", counts.udp), ("other", counts.other)]
    drawn = svg.bars([(kind, count, counted(count, "flows")) for kind, count in kinds if count])
    return drawn + (_table(heads, rows, numbers=2) if rows else "")


def _handshakes(summary: Summary) -> str:
    shakes = summary.handshakes
    rows = (
        ("complete", shakes.complete),
        ("refused", shakes.refused),
        ("unanswered", shakes.incomplete),
        ("half open", shakes.half_open),
        ("joined in the middle", shakes.mid_stream),
    )
    return svg.bars([(name, count, f"{count:,}") for name, count in rows]) if any(count for _, count in rows) else ""


def _names(summary: Summary) -> str:
    table = summary.dns.names
    rows = [
        (table.name[at], int(table.queries[at]), f"{int(table.queries[at]):,}") for at in range(min(len(table), MOST))
    ]
    return svg.bars(rows)


def _tls(summary: Summary) -> str:
    versions = [(version, count) for kind, version, count in summary.web.versions if kind != "HTTP"]
    asked = server_names(summary.web.names)[:MOST]
    return "".join(
        svg.bars([(name, count, counted(count, "connections")) for name, count in rows]) for rows in (versions, asked)
    )


def _http(summary: Summary) -> str:
    rows = [(name, count, counted(count, "requests")) for name, count in summary.http.hosts[:MOST]]
    agents = [_row(name, count) for name, count in summary.http.user_agents[:MOST]]
    return svg.bars(rows) + (_table(("user agent", "requests"), agents, numbers=1) if agents else "")


def _hosts(summary: Summary) -> str:
    table = summary.hosts
    rows = [
        _row(
            table.address[at],
            table.name[at],
            table.mac[at],
            table.vendor[at],
            " ".join(table.roles[at]),
            int(table.packets[at].sum()),
            int(table.bytes[at].sum()),
        )
        for at in range(min(len(table), MOST))
    ]
    if not rows:
        return ""
    sizes = table.bytes.sum(axis=1).tolist()[:MOST_BARS]
    names = [name or address for name, address in zip(table.name, table.address, strict=True)]
    drawn = svg.bars([(name, count, svg.size(count)) for name, count in zip(names, sizes, strict=False)])
    return drawn + _table(("address", "name", "MAC", "vendor", "roles", "packets", "bytes"), rows, numbers=2)


def _row(*cells: str | int) -> str:
    drawn = [f'<td class="n">{cell:,}</td>' if isinstance(cell, int) else f"<td>{escape(cell)}</td>" for cell in cells]
    return f"<tr>{''.join(drawn)}</tr>"


def _table(heads: Sequence[str], rows: Iterable[str], *, numbers: int = 0) -> str:
    """Return a table whose last `numbers` columns are numbers."""
    words = len(heads) - numbers
    titles = "".join(f"<th{' class=n' if at >= words else ''}>{escape(head)}</th>" for at, head in enumerate(heads))
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
