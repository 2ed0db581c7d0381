"""The lines of the overview: graph, lists with bars, how connections fare; cut to any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.text import Text

from netwatch.plural import counted
from netwatch.tui import format as text
from netwatch.tui.graph import bar
from netwatch.tui.panes.throughput import day_strip, latency, throughput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netwatch.tables.hosts import HostTable
    from netwatch.tables.overview import Overview

LEAST_ROWS: Final = 5
"""Rows of each list where there is little room."""
MOST_GRAPH, TALLEST_GRAPH = 12, 24
"""Lines of the graph where there is much room, and where the lists leave some besides."""
WIDE: Final = 140
"""Terminal columns from which three lists stand side by side."""
MOST_NAMES: Final = 5
MOST_ALERTS, LEAST_ALERTS = 5, 2
"""Alerts where there is room and where there is not."""
ROOMY: Final = 30
"""Lines from which there is."""
GAP: Final = 3
FIGURE: Final = 9
"""Cells of the number behind a bar."""
SHARE: Final = 5
"""Cells of the share behind that."""
LONGEST_NAME: Final = 32
PROTOCOL: Final = 14
"""Cells of the name of a protocol."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of the theme."""

    accent: str
    dim: str
    warning: str
    colors: Mapping[str, str]
    """By the kind of a protocol, by `severity-` and a word, and `dim`."""


def overview_lines(found: Overview, width: int, height: int, glyphs: str, palette: Palette) -> list[Text]:
    """Return the overview as lines for so many cells; what is last is left out where there is no room."""
    health = _health(found, width, palette)
    alerts = _alerts(found, width, MOST_ALERTS if height >= ROOMY else LEAST_ALERTS, palette)
    day = day_strip(found, width, glyphs, palette.accent, palette.dim) if height >= ROOMY else []
    spare = height - len(health) - len(alerts) - len(day) - 5
    graph_height = min(max(spare - LEAST_ROWS, 3), MOST_GRAPH)
    groups = sorted(found.traffic.groups, key=lambda row: -row.bytes)
    lists = {
        "Protocols": [(row.name, row.bytes) for row in groups if row.bytes],
        "Top talkers (sent)   7 shows all": _hosts(found.talkers, 0),
        "Top destinations (received)": _hosts(found.destinations, 1),
    }
    if width < WIDE:
        del lists["Top destinations (received)"]
    names = _names(found, width, min(spare - graph_height - LEAST_ROWS - 2, MOST_NAMES), glyphs, palette)
    rows = min(max(spare - graph_height - len(names), LEAST_ROWS), max(LEAST_ROWS, *map(len, lists.values())))
    size = (width - 2 - GAP * (len(lists) - 1)) // len(lists)
    columns = [
        bars(title, [value for value in values if value[1]], size, rows, glyphs, palette, _shares(found, title))
        for title, values in lists.items()
    ]
    graph_height = max(graph_height, min(spare - rows - len(names), TALLEST_GRAPH))
    graph = throughput(found, width - 2, graph_height, glyphs, palette.colors)
    return [*graph, *day, *alerts, Text(), *side_by_side(columns), *names, Text(), *health]


def _shares(found: Overview, title: str) -> int:
    """Return what the values of a list are shares of, 0 for those that overlap."""
    return sum(row.bytes for row in found.traffic.groups) if title == "Protocols" else 0


def bars(
    title: str, values: Sequence[tuple[str, int]], width: int, rows: int, glyphs: str, palette: Palette, total: int = 0
) -> list[Text]:
    """Return a title, of which the part behind three blanks steps back, and `rows` lines with a bar, all of `width`.

    Where the values are shares of a `total`, their names are those of protocols, and the share stands behind each.
    """
    peak = max((value for _, value in values), default=0) or 1
    name_width = PROTOCOL if total else max(min(width // 2 - 1, LONGEST_NAME), 6)
    bar_width = width - name_width - FIGURE - 2 - (SHARE if total else 0)
    name, gap, hint = title.partition("   ")
    lines = [Text(name, "bold").append(gap + hint, f"not bold {palette.dim}")]
    for name, value in values[:rows]:
        line = Text(name, no_wrap=True)
        line.truncate(name_width, overflow="ellipsis", pad=True)
        line.append(f" {bar(value / peak, bar_width, glyphs)} ", palette.accent)
        line.append(f"{text.size(value):>{FIGURE}}")
        line.append(f"{_share(value, total):>{SHARE}}" if total else "", palette.dim)
        lines.append(line)
    return padded(lines, width, rows + 1)


def _share(value: int, total: int) -> str:
    """Return a share that is never nothing of something."""
    return f"{value / total:.0%}" if value * 200 >= total or not value else "<1%"


def padded(lines: list[Text], width: int, height: int) -> list[Text]:
    """Return `height` lines of exactly `width` cells."""
    lines = [*lines, *(Text() for _ in range(height - len(lines)))][:height]
    for line in lines:
        line.truncate(width, pad=True)
    return lines


def side_by_side(columns: Sequence[Sequence[Text]]) -> list[Text]:
    """Return columns of equal height as lines."""
    return [Text(" ") + Text(" " * GAP).join(parts) for parts in zip(*columns, strict=True)]


def _health(found: Overview, width: int, palette: Palette) -> list[Text]:
    shakes, flows = found.handshakes, found.flows
    line = Text(f"   TCP attempts {shakes.attempts:,}: {shakes.complete:,} complete", no_wrap=True)
    for count, words in (
        (shakes.refused, "refused"),
        (shakes.incomplete, "no answer"),
        (shakes.half_open, "half open"),
    ):
        if count:
            line.append(f"   {count:,} {words}", palette.warning)
    if shakes.complete:
        times = f"   RTT median {text.delay(int(shakes.rtt_p50_ns))}, p95 {text.delay(int(shakes.rtt_p95_ns))}"
        line.append(times if line.cell_len + len(times) <= width else "", palette.dim)
    gaps = f", about {counted(flows.gaps.segments, 'segments')} not captured" if flows.gaps.segments else ""
    begun = f"{flows.tcp:,} TCP, {flows.udp:,} UDP, {flows.other:,} other"
    held = Text(f"   flows held {flows.held:,}   begun: {begun}{gaps}", palette.dim)
    return [Text(" Connections", "bold"), line, held]


def _alerts(found: Overview, width: int, rows: int, palette: Palette) -> list[Text]:
    """Return the newest alerts, nothing without any."""
    lines = (
        [Text(), Text(" Newest alerts", "bold").append("   6 shows all", f"not bold {palette.dim}")]
        if found.alerts
        else []
    )
    for alert in found.alerts[:rows]:
        line = Text(f"   {alert.word:<9}", palette.colors[f"severity-{alert.word}"], no_wrap=True)
        line.append(alert.summary, "default")
        line.truncate(width - 1, overflow="ellipsis")
        lines.append(line)
    return lines


def _names(found: Overview, width: int, rows: int, glyphs: str, palette: Palette) -> list[Text]:
    """Return the names that were asked for most, of servers and hosts too, nothing where there is no room."""
    lists = (
        ("Names that were asked for", found.names),
        ("Servers of TLS and QUIC", found.server_names),
        ("HTTP hosts", found.http_hosts),
    )
    most = len(lists) if width >= WIDE else len(lists) - 1
    shown = [(title, values[:rows]) for title, values in lists if values][:most]
    times = latency(found, (width - 2 - GAP * len(shown)) // (len(shown) + 1), glyphs, palette.accent, palette.dim)
    times = times if width >= WIDE and rows >= MOST_NAMES else []
    if rows <= 0 or not (shown or times):
        return []
    size = (width - 2 - GAP * (len(shown) - 1 + bool(times))) // (len(shown) + bool(times))
    height = max([len(times), *(1 + len(values) for _, values in shown)])
    columns = [padded([Text(title, "bold"), *_counted(values, palette)], size, height) for title, values in shown]
    if times:
        columns.append(padded(times, size, height))
    return [Text(), *side_by_side(columns)]


def _counted(values: Sequence[tuple[str, int]], palette: Palette) -> list[Text]:
    lines = []
    for name, count in values:
        line = Text(f"  {count:>6,}  ", palette.dim, no_wrap=True)
        line.append(name, "default")
        lines.append(line)
    return lines


def _hosts(table: HostTable, column: int) -> list[tuple[str, int]]:
    return [(table.name[row] or table.address[row], int(table.bytes[row, column])) for row in range(len(table))]
