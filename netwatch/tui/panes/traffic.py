"""What all traffic consists of: the tree of protocols, sizes, ports, and what the link layer says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from netwatch.plural import counted
from netwatch.tui import format as text
from netwatch.tui.panes.picture import GAP, bars, padded, side_by_side

if TYPE_CHECKING:
    from netwatch.tables.overview import Overview
    from netwatch.tables.traffic import TrafficTable
    from netwatch.tui.panes.picture import Palette

WIDE: Final = 120
"""Terminal columns from which three columns stand side by side."""


def traffic_lines(found: Overview, width: int, height: int, glyphs: str, palette: Palette) -> list[Text]:
    """Return as much of the traffic as there is room for in so many cells."""
    table = found.traffic
    rows = height - 3
    many = 3 if width >= WIDE else 2
    size = (width - 2 - GAP * (many - 1)) // many
    sizes = [(_range(row.least, row.most), row.bytes) for row in table.sizes]
    ports = [(f"{row.protocol.lower()}/{row.port} {row.service}", row.bytes) for row in table.ports]
    size_rows = min(len(sizes), max(rows // 2 - 2, 3))
    port_rows = max(rows - size_rows - 3, 1)
    bounded = [
        *bars("Frame sizes (bytes)", sizes, size, size_rows, glyphs, palette),
        *padded([], size, 1),
        *bars("Service ports (bytes)", ports, size, port_rows, glyphs, palette),
    ]
    height = len(bounded)
    columns = [padded(_tree(table, size, palette), size, height), bounded]
    if many == 3:
        columns.append(padded(_link(table, palette), size, height))
    title = Text(" All traffic", "bold")
    total, frames = counted(table.packets, "packets"), _range(table.smallest, table.largest)
    title.append(f"   {total}, {text.size(table.bytes)}, {frames} a frame", f"not bold {palette.dim}")
    return [title, Text(), *side_by_side(columns)]


def _tree(table: TrafficTable, width: int, palette: Palette) -> list[Text]:
    lines = [Text("Protocol hierarchy", "bold")]
    for row in table.hierarchy:
        share = row.bytes / table.bytes if table.bytes else 0
        line = Text("  " * row.depth + row.name, no_wrap=True)
        line.truncate(max(width - 22, 8), overflow="ellipsis", pad=True)
        line.append(f" {text.count(row.packets):>5} {text.size(row.bytes):>8}", palette.dim)
        line.append(f" {share:>6.1%}")
        lines.append(line)
    return lines


def _link(table: TrafficTable, palette: Palette) -> list[Text]:
    lines = [Text("Link layer", "bold")]
    for name in (
        "unicast",
        "multicast",
        "broadcast",
        "incoming",
        "outgoing",
        "tagged",
        "tunnelled",
        "fragments",
        "malformed",
        "cut_short",
    ):
        count = getattr(table.link, name)
        lines.append(Text(f"{name.replace('_', ' '):<12}{text.count(count.packets):>8} {text.size(count.bytes):>9}"))
    lines += [Text(), Text("EtherTypes", "bold")]
    for row in table.ethertypes:
        line = Text(f"{row.name:<12.12}{text.count(row.packets):>8} {text.size(row.bytes):>9}")
        lines.append(line)
    if not table.ethertypes:
        lines.append(Text("none", palette.dim))
    return lines


def _range(least: int, most: int | None) -> str:
    return f"{least:,} and more" if most is None else f"{least:,} to {most:,}"
