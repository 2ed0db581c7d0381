"""The graph of the overview: what passes, stacked by protocol; below it the last day and how long handshakes took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from netwatch.nanoseconds import SECOND
from netwatch.tables.handshakes import RTT_EDGES_MS
from netwatch.tui import format as text
from netwatch.tui.graph import area, bar, owners, per_cell, strip
from netwatch.tui.panes.graph_steps import step_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netwatch.tables.overview import Overview
    from netwatch.tables.traffic import TrafficSeries

STACKED: Final = 4
"""Groups that have a colour of their own; the rest share one."""
KINDS: Final[Mapping[str, str]] = {
    "TLS": "tls",
    "QUIC": "udp",
    "HTTP": "http",
    "DNS": "dns",
    "SSH": "syn",
    "ICMP": "icmp",
    "ARP": "arp",
    "routing": "routing",
    "other TCP": "tcp",
    "other UDP": "reset",
}
"""Which of the theme's protocol colours a group has; the others take what is left."""
NOTHING: Final = "nothing"
"""The name of the only group when none has traffic."""
SPARE: Final = ("tcp", "routing", "icmp", "arp", "reset", "syn")
ROOM_FOR_RATES: Final = 110
"""Cells from which the title repeats what the status line tells; below, they are for what the colours mean."""
TITLE: Final = 11
"""Cells of the words before a strip."""


def throughput(found: Overview, width: int, height: int, glyphs: str, colors: Mapping[str, str]) -> list[Text]:
    """Return the title with what each colour means, and `height` lines; `colors` are the theme's, by kind."""
    series = found.series
    bits = (series.bits.sum(axis=0) / int(series.resolution)).tolist()
    names, parts = _stack(series)
    shades = _shades(names, colors)
    marks = _marks(names, glyphs)
    legend = [
        (f" {mark or '#'} {name}" if name != NOTHING else " no traffic", shade)
        for name, shade, mark in zip(names, shades, marks, strict=True)
    ]
    title = _title(found, bits, width, sum(len(said) for said, _ in legend), colors["dim"])
    for said, shade in legend:
        if title.cell_len + len(said) <= width:
            title.append(said, f"not bold {shade}")
    columns = step_columns(len(bits), width * per_cell(glyphs))
    bits, *parts = [[value for value in values for _ in range(columns)] for values in (bits, *parts)]
    lines = area(bits, width, height, glyphs)
    return [
        title,
        *(_line(*each, shades, marks) for each in zip(lines, owners(parts, width, height, glyphs), strict=True)),
    ]


def _title(found: Overview, bits: Sequence[float], width: int, legend: int, dim: str) -> Text:
    """Return the span of the graph, and as many figures as leave room for a legend of so many cells."""
    series = found.series
    title = Text(" Throughput", "bold", no_wrap=True)
    step = "" if series.resolution == 1 else f", {_span(int(series.resolution))} a step"
    span = f", last {_span(len(series) * int(series.resolution))}{step}"
    figures = [f"   peak {text.bits(max(bits, default=0)).strip()}"]
    if width >= ROOM_FOR_RATES:
        packets = text.count(found.rates.packets_per_second)
        figures.append(f"   now {text.bits(found.rates.bits_per_second).strip()}   {packets} pkt/s")
    while figures and title.cell_len + len(span) + len("".join(figures)) + 2 + legend > width:
        figures.pop()
    return title.append(f"{span}{''.join(figures)}  ", f"not bold {dim}")


def day_strip(found: Overview, width: int, glyphs: str, color: str, dim: str) -> list[Text]:
    """Return a line for the last 24 hours, darker where more passed; nothing before two of its minutes are known."""
    if found.day is None or (found.day.packets.sum(axis=0) > 0).sum() < 2:
        return []
    bits = found.day.bits.sum(axis=0).tolist()
    line = Text("   last 24 h ", dim, no_wrap=True)
    line.append(strip(bits, max(width - TITLE - len(" now") - 4, 1), glyphs), color)
    return [line.append(" now", dim)]


def latency(found: Overview, width: int, glyphs: str, color: str, dim: str) -> list[Text]:
    """Return lines that tell how many handshakes took how long; nothing without any."""
    bins = found.handshakes.rtt_bins
    if not sum(bins):
        return []
    names = [f"< {edge} ms" for edge in RTT_EDGES_MS] + [f">= {RTT_EDGES_MS[-1]} ms"]
    peak = max(bins)
    lines = [Text("Round trips of handshakes", "bold")]
    for name, count in zip(names, bins, strict=True):
        line = Text(f"{name:>9} ", dim, no_wrap=True)
        line.append(bar(count / peak, max(width - 20, 4), glyphs), color)
        lines.append(line.append(f" {count:>8,}"))
    return lines


def _span(seconds: int) -> str:
    """Return whole seconds in words."""
    return f"{seconds} s" if seconds < 100 else text.duration(seconds * SECOND)


def _stack(series: TrafficSeries) -> tuple[list[str], list[list[float]]]:
    """Return the groups that have most in sight, and all others as one, from the bottom up."""
    total = series.bits.sum(axis=1)
    order = [int(place) for place in total.argsort(kind="stable")[::-1] if total[place] > 0]
    names = [series.groups[place] for place in order[:STACKED]]
    parts: list[list[float]] = [series.bits[place].tolist() for place in order[:STACKED]]
    if order[STACKED:]:
        names.append("others")
        parts.append(series.bits[order[STACKED:]].sum(axis=0).tolist())
    return names or [NOTHING], parts or [[0.0] * series.bits.shape[1]]


def _shades(names: Sequence[str], colors: Mapping[str, str]) -> list[str]:
    """Return a colour for each group, no two the same."""
    spare = [kind for kind in SPARE if kind not in {KINDS.get(name) for name in names}]
    kinds = [
        KINDS.get(name) or ("other" if name in ("others", NOTHING) or not spare else spare.pop(0)) for name in names
    ]
    return [colors[kind] for kind in kinds]


def _marks(names: Sequence[str], glyphs: str) -> list[str]:
    """Return the letter that fills each group where graphs are made of letters, so that no colour is needed."""
    if glyphs != "ascii":
        return ["" for _ in names]
    marks: list[str] = []
    for name in names:
        letters = [letter for letter in name.upper() if letter.isalpha() and letter not in marks]
        marks.append(letters[0] if letters else "#")
    return marks


def _line(cells: str, owned: Sequence[int], shades: Sequence[str], marks: Sequence[str]) -> Text:
    """Return one line of the area, each cell in the colour of the group that it belongs to."""
    line = Text(" ", no_wrap=True)
    for cell, owner in zip(cells, owned, strict=True):
        line.append(marks[owner] if marks[owner] and cell not in " ." else cell, shades[owner])
    return line
