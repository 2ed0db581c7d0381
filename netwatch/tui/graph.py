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


def per_cell(glyphs: str) -> int:
    """Return how many values one cell of an area is wide."""
    return 2 if glyphs == "braille" else 1


def area(values: Sequence[float], width: int, height: int, glyphs: str) -> list[str]:
    """Return `height` lines of `width` cells, from the top; the newest value is on the right.

    The highest value reaches the top; everything above zero is seen.
    """
    count = width * per_cell(glyphs)
    shown = ([0.0] * count + list(values))[-count:] if count else []
    peak = max(shown, default=0) or 1
    steps = 4 if glyphs == "braille" else len(EIGHTHS) - 1
    levels = [_level(value / peak, height * steps) for value in shown]
    return [_line(levels, (height - 1 - line) * steps, steps, glyphs) for line in range(height)]


def bar(share: float, width: int, glyphs: str) -> str:
    """Return a bar over `share` (0 to 1) of `width` cells, with blanks behind it; everything above zero is seen."""
    filled = min(max(round(share * width), 1 if share > 0 else 0), width)
    return ("#" if glyphs == "ascii" else "━") * filled + " " * (width - filled)


def _level(share: float, most: int) -> int:
    return min(max(round(share * most), 1), most) if share > 0 else 0


def _line(levels: Sequence[int], base: int, steps: int, glyphs: str) -> str:
    inside = [min(max(level - base, 0), steps) for level in levels]
    if glyphs == "braille":
        pairs = zip(inside[::2], inside[1::2], strict=True)
        return "".join(chr(0x2800 + sum(LEFT_DOTS[:left]) + sum(RIGHT_DOTS[:right])) for left, right in pairs)
    return "".join((EIGHTHS if glyphs == "block" else TENTHS)[level] for level in inside)
