"""Charts as SVG to stand inside a page: a stacked graph over time, and bars. No script, no font, no link."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.export.dates import date_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.tables.traffic import TrafficSeries

WIDTH: Final = 900
HEIGHT: Final = 180
BAR: Final = 22
"""Height of a bar and its gap."""
NAMES: Final = 260
"""Width that the names of bars take."""
CLASSES: Final = 8
"""Colours in the style sheet, .c0 to .c7; the last is that of everything that has none of its own."""


def time_graph(series: TrafficSeries) -> str:
    """Return bits a second by protocol group, stacked, and which colour is which group."""
    steps = len(series)
    names, rates = _largest(series)
    if not steps or not names:
        return ""
    peak = float(rates.sum(axis=0).max())
    base = [0.0] * steps
    areas = []
    for place, name in enumerate(names):
        top = [low + float(value) for low, value in zip(base, rates[place], strict=True)]
        upper = [f"{_x(at, steps):.1f},{HEIGHT * (1 - value / peak):.1f}" for at, value in enumerate(top)]
        lower = [f"{_x(at, steps):.1f},{HEIGHT * (1 - value / peak):.1f}" for at, value in enumerate(base)]
        points = " ".join([*upper, *reversed(lower)])
        areas.append(f'<polygon class="c{place}" points="{points}"><title>{escape(name)}</title></polygon>')
        base = top
    seconds = steps * int(series.resolution)
    label = f"at most {bits(peak)} over {seconds:,} s, {int(series.resolution)} s a step"
    ends = (date_text(int(series.start_ns[0])), date_text(int(series.start_ns[-1])))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT + 20}" role="img" aria-label="{label}">{"".join(areas)}'
        f'<text x="0" y="{HEIGHT + 15}">{ends[0]}</text>'
        f'<text x="{WIDTH // 2}" y="{HEIGHT + 15}" text-anchor="middle">{label}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT + 15}" text-anchor="end">{ends[1]}</text></svg><p>{_legend(names)}</p>'
    )


def _largest(series: TrafficSeries) -> tuple[list[str], NDArray[np.float64]]:
    """Return the names of the groups with most bits and their bits a second; those without a colour are one."""
    rates = series.bits / int(series.resolution)
    totals = rates.sum(axis=1)
    order = [place for place in np.argsort(-totals, kind="stable").tolist() if totals[place]]
    own, rest = (order, []) if len(order) <= CLASSES else (order[: CLASSES - 1], order[CLASSES - 1 :])
    names = [series.groups[place] for place in own]
    if not rest:
        return names, rates[own]
    return [*names, f"{len(rest)} others"], np.vstack((rates[own], rates[rest].sum(axis=0)))


def _legend(names: Sequence[str]) -> str:
    return "".join(
        f'<span class="key"><svg viewBox="0 0 10 10" class="dot"><rect class="c{place}" width="10" '
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
