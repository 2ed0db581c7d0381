"""Graphs made of characters: an area over several lines, and horizontal bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LEFT_DOTS: Final = (0x40, 0x04, 0x02, 0x01)
RIGHT_DOTS: Final = (0x80, 0x20, 0x10, 0x08)
"""Dots of a braille cell from the bottom up (Unicode chapter 21.1)."""
EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
TENTHS: Final = " .:-=+*#@"
SHADES: Final = " ░▒▓█"


def per_cell(glyphs: str) -> int:
    """Return how many values one cell of an area is wide."""
    return 2 if glyphs == "braille" else 1


def area(values: Sequence[float], width: int, height: int, glyphs: str) -> list[str]:
    """Return `height` lines of `width` cells, from the top; the newest value is on the right.

    The highest value reaches the top; everything above zero is seen.
    """
    count = max(width, 0) * per_cell(glyphs)  # before it is laid out a widget has less than no room
    shown = ([0.0] * count + list(values))[-count:] if count else []
    peak = max(shown, default=0) or 1
    steps = 4 if glyphs == "braille" else len(EIGHTHS) - 1
    levels = [_level(value / peak, height * steps) for value in shown]
    return [_line(levels, (height - 1 - line) * steps, steps, glyphs) for line in range(height)]


def owners(parts: Sequence[Sequence[float]], width: int, height: int, glyphs: str) -> list[list[int]]:
    """Return which of `parts`, stacked from the first up, each cell of their sum's area belongs to, line by line."""
    count = max(width, 0) * per_cell(glyphs)  # before it is laid out a widget has less than no room
    shown = [([0.0] * count + list(part))[-count:] if count else [] for part in parts]
    cells = [[sum(part[at : at + per_cell(glyphs)]) for at in range(0, count, per_cell(glyphs))] for part in shown]
    peak = max(map(sum, zip(*cells, strict=True)), default=0) or 1
    return [
        [_owner([part[cell] for part in cells], (height - line - 0.5) / height * peak) for cell in range(width)]
        for line in range(height)
    ]


def strip(values: Sequence[float], width: int, glyphs: str) -> str:
    """Return one line of `width` cells, darker where there is more; each stands for equally many values."""
    shades = TENTHS if glyphs == "ascii" else SHADES
    size = max(-(-len(values) // max(width, 1)), 1)
    sums = [sum(values[at : at + size]) for at in range(0, len(values), size)]
    peak = max(sums, default=0) or 1
    return "".join(shades[_level(value / peak, len(shades) - 1)] for value in sums).rjust(width)[-width:]


def bar(share: float, width: int, glyphs: str) -> str:
    """Return a bar over `share` (0 to 1) of `width` cells, with blanks behind it; everything above zero is seen."""
    filled = min(max(round(share * width), 1 if share > 0 else 0), width)
    return ("#" if glyphs == "ascii" else "━") * filled + " " * (width - filled)


def _owner(parts: Sequence[float], height: float) -> int:
    """Return which of the stacked `parts` reaches over `height`, the uppermost where none does."""
    below = 0.0
    last = 0
    for place, part in enumerate(parts):
        below += part
        if part > 0:
            last = place
            if below > height:
                break
    return last


def _level(share: float, most: int) -> int:
    return min(max(round(share * most), 1), most) if share > 0 else 0


def _line(levels: Sequence[int], base: int, steps: int, glyphs: str) -> str:
    inside = [min(max(level - base, 0), steps) for level in levels]
    if glyphs == "braille":
        pairs = zip(inside[::2], inside[1::2], strict=True)
        return "".join(chr(0x2800 + sum(LEFT_DOTS[:left]) + sum(RIGHT_DOTS[:right])) for left, right in pairs)
    return "".join((EIGHTHS if glyphs == "block" else TENTHS)[level] for level in inside)
