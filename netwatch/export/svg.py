"""Charts as SVG to stand inside a page: a stacked graph over time, and bars. No script, no font, no link."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.tables.traffic import TrafficSeries

WIDTH: Final = 900
HEIGHT: Final = 180
BAR: Final = 22
"""Height of a bar and its gap."""
NAMES: Final = 260
"""Width that the names of bars take."""
CLASSES: Final = 8
"""Colours in the style sheet, .c0 to .c7."""


def time_graph(series: TrafficSeries) -> str:
    """Return bits a second by protocol group, stacked."""
    steps = len(series)
    if not steps:
        return ""
    rates = series.bits / int(series.resolution)
    peak = float(rates.sum(axis=0).max()) or 1.0
    base = [0.0] * steps
    areas = []
    for place, name in enumerate(series.groups):
        if not rates[place].any():
            continue
        top = [low + float(value) for low, value in zip(base, rates[place], strict=True)]
        upper = [f"{_x(at, steps):.1f},{HEIGHT * (1 - value / peak):.1f}" for at, value in enumerate(top)]
        lower = [f"{_x(at, steps):.1f},{HEIGHT * (1 - value / peak):.1f}" for at, value in enumerate(base)]
        points = " ".join([*upper, *reversed(lower)])
        areas.append(f'<polygon class="c{place % CLASSES}" points="{points}"><title>{escape(name)}</title></polygon>')
        base = top
    seconds = steps * int(series.resolution)
    label = f"at most {bits(peak)} over {seconds:,} s, {int(series.resolution)} s a step"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT + 20}" role="img" aria-label="{label}">{"".join(areas)}'
        f'<text x="0" y="{HEIGHT + 15}">{label}</text></svg>'
    )


def legend(names: Sequence[str]) -> str:
    """Return which colour is which group."""
    return "".join(
        f'<span class="key"><svg viewBox="0 0 10 10" class="dot"><rect class="c{place % CLASSES}" width="10" '
        f'height="10"/></svg>{escape(name)}</span>'
        for place, name in enumerate(names)
    )


def bars(rows: Sequence[tuple[str, int, str]]) -> str:
    """Return a bar for each (name, value, words behind it)."""
    if not rows:
        return ""
    largest = max(value for _, value, _ in rows) or 1
    room = WIDTH - NAMES - 170
    drawn = []
    for place, (name, value, words) in enumerate(rows):
        y = place * BAR
        length = max(room * value / largest, 1)
        drawn.append(
            f'<text x="{NAMES - 8}" y="{y + 15}" text-anchor="end">{escape(_short(name))}</text>'
            f'<rect class="c0" x="{NAMES}" y="{y + 3}" width="{length:.1f}" height="{BAR - 7}"/>'
            f'<text x="{NAMES + length + 6:.1f}" y="{y + 15}">{escape(words)}</text>'
        )
    return f'<svg viewBox="0 0 {WIDTH} {len(rows) * BAR}" role="img">{"".join(drawn)}</svg>'


def bits(value: float) -> str:
    """Return bits a second with a unit."""
    for unit in ("b/s", "kb/s", "Mb/s", "Gb/s"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:,.0f} Tb/s"


def size(value: float) -> str:
    """Return bytes with a unit."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:,.0f} {unit}" if unit == "B" else f"{value:.3g} {unit}"
        value /= 1024
    return f"{value:,.1f} TiB"


def _x(at: int, steps: int) -> float:
    return WIDTH * at / max(steps - 1, 1)


def _short(name: str, most: int = 40) -> str:
    return name if len(name) <= most else f"{name[: most - 3]}..."
