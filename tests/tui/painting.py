"""Paintings: what a screen looks like in several themes, kept as a file of its text and the styles of its cells.

A file holds the lines of the screen, then how far the styles of each line reach (`a5 b75`: five cells of style a, then
75 of style b; a ditto mark for the same as in the line above), then what each style is in each theme. All themes have
the same text.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import count, groupby, islice, product
from string import ascii_letters
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual._context import visible_screen_stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from rich.style import Style

    from netwatch.tui.app import NetwatchApp

BESIDE = " | "
"""Between the styles of the themes."""
BLANK = "-"
"""In place of a line that would have none."""
MOST_SAID = 30
"""Lines of differences that are told."""


class Painting(NamedTuple):
    """One screen in one theme."""

    lines: tuple[str, ...]
    styles: tuple[tuple[str, ...], ...]
    """Of each cell of each line."""


Paintings = Mapping[str, Painting]
"""By theme."""


def painted(app: NetwatchApp) -> Painting:
    """Return what is on the screen."""
    visible_screen_stack.set(app._background_screens)  # what a dialog shows behind itself, as Textual does it
    lines, styles = [], []
    for strip in app.screen._compositor.render_strips():
        segments = [(segment.text, _said(segment.style)) for segment in strip]
        lines.append("".join(text for text, _ in segments).rstrip())
        styles.append(tuple(style for text, style in segments for _ in range(cell_len(text))))
    return Painting(tuple(lines), tuple(styles))


def _said(style: Style | None) -> str:
    if style is None:
        return BLANK
    colors = [color.get_truecolor().hex if color is not None else BLANK for color in (style.color, style.bgcolor)]
    kinds = ("bold", "dim", "italic", "underline", "blink", "reverse", "strike")
    return " ".join([f"{colors[0]} on {colors[1]}", *(kind for kind in kinds if getattr(style, kind))])


def write(path: Path, found: Paintings) -> None:
    """Keep the paintings of one screen, which have the same text."""
    themes = list(found)
    first = found[themes[0]]
    assert all(painting.lines == first.lines for painting in found.values()), f"{path.name}: themes differ in text"
    cells = [[*zip(*(found[theme].styles[at] for theme in themes), strict=True)] for at in range(len(first.lines))]
    names = dict(zip(dict.fromkeys(style for line in cells for style in line), _letters(), strict=False))
    reaches = [" ".join(f"{names[style]}{len([*run])}" for style, run in groupby(line)) for line in cells]
    dittos = ['"' if at and reach == reaches[at - 1] else reach for at, reach in enumerate(reaches)]
    legend = [f"{name} {BESIDE.join(style)}" for style, name in names.items()]
    text = "\n".join((*first.lines, BESIDE.join(themes), *dittos, *legend))
    other = path.with_suffix(f".{os.getpid()}")
    other.write_text(text + "\n")
    other.replace(path)


def read(path: Path, height: int) -> Paintings:
    """Return the paintings of a screen of so many lines."""
    content = iter(path.read_text().split("\n")[:-1])
    lines = (*islice(content, height),)
    themes = next(content).split(BESIDE)
    reaches = [*islice(content, height)]
    legend = {name: style.split(BESIDE) for name, _, style in (line.partition(" ") for line in content)}
    styles: dict[str, list[tuple[str, ...]]] = {theme: [] for theme in themes}
    for reach in reaches:
        for at, theme in enumerate(themes):
            above = styles[theme]
            above.append(above[-1] if reach == '"' else (*_cells(reach, legend, at),))
    return {theme: Painting(lines, (*styles[theme],)) for theme in themes}


def differences(expected: Painting, found: Painting) -> str:
    """Say where two paintings differ: in text, and where that is the same in style."""
    if len(expected.lines) != len(found.lines):
        return f"expected {len(expected.lines)} lines, found {len(found.lines)}"
    said: list[str] = []
    for at, (wanted, line) in enumerate(zip(expected.lines, found.lines, strict=True), 1):
        if wanted != line:
            said += [f"{at:>3} - {wanted}", f"{at:>3} + {line}"]
        else:
            said += [f"{at:>3} = {line}\n{words}" for words in _restyled(at, line, expected, found)]
    return "\n".join(said[:MOST_SAID] + ([f"... {len(said) - MOST_SAID} more"] if len(said) > MOST_SAID else []))


def _restyled(at: int, line: str, expected: Painting, found: Painting) -> Iterator[str]:
    pairs = [*zip(expected.styles[at - 1], found.styles[at - 1], strict=False)]
    if len(expected.styles[at - 1]) != len(found.styles[at - 1]):
        yield f"      {len(expected.styles[at - 1])} cells became {len(found.styles[at - 1])}"
    for (wanted, style), run in groupby(enumerate(pairs), key=lambda each: each[1]):
        places = [place for place, _ in run]
        if wanted != style:
            yield f"      {line[places[0] : places[-1] + 1]!r} at {places[0]}: {wanted} became {style}"


def _cells(reach: str, legend: Mapping[str, Sequence[str]], theme: int) -> Iterable[str]:
    for run in reach.split():
        name = run.rstrip("0123456789")
        yield from [legend[name][theme]] * int(run[len(name) :])


def _letters() -> Iterator[str]:
    for length in count(1):
        yield from map("".join, product(ascii_letters, repeat=length))
