"""The cells that a terminal shows, and what has to be sent so that it shows others.

Textual sends whole regions, each piece of text with its colours set and reset. This keeps what the terminal shows, as
far as it was drawn with what is understood here, lets the terminal scroll what only moved, and sends what differs;
anything else goes through untouched and makes it forget, so that the next drawing is sent whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len

from netwatch.tui.rendition import PLAIN, Renditions
from netwatch.tui.scrolling import shift_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.tui.rendition import Rendition

TOKENS: Final = re.compile(
    r"\x1b\[(?P<line>\d+);(?P<column>\d+)H"  # cursor position (ECMA-48 8.3.21)
    r"|\x1b\[(?P<style>[\d;]*)m"  # select graphic rendition (8.3.117)
    r"|(?P<aside>\x1b\[\?(?:2026|25)[hl]|\x1b\[6n|\x07|\x1b\](?:22|52);[^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1bPtmux;\x1b\x1b\]52;[^\x07\x1b]*\x07\x1b\\)"
    r"|(?P<text>[^\x00-\x1f\x7f]+)"
    r"|(?P<end>\n)"
)
"""What changes nothing but what is understood: synchronised output, cursor on and off, bell, pointer, clipboard."""
Cell = tuple[str, str]
"""A character and its style, that of a blank without what cannot be seen of it."""
NEAR: Final = 5
"""Cells that are cheaper sent again than jumped over."""
RESET: Final = "\x1b[0m"


class Drawing(NamedTuple):
    """A text at a place, cell by cell."""

    line: int
    column: int
    cells: list[Cell]


class ShownCells:
    """What the terminal shows, line by line."""

    def __init__(self) -> None:
        self._lines: dict[int, list[Cell | None]] = {}
        self._out: list[str] = []
        self._at: tuple[int, int] | None = None
        """Where the terminal's cursor is, None for unknown."""
        self._rendition = PLAIN
        self._renditions = Renditions()
        self.cursor: tuple[int, int] | None = None
        """Where it is after all that was sent, as line and column from 1; None for unknown."""

    def forget(self) -> None:
        """Know nothing of what is shown."""
        self._lines.clear()
        self.cursor = None

    def thin(self, data: str, width: int = 0) -> str:
        """Return what has to be sent so that the terminal, so many columns wide, shows the same as after `data`."""
        self._out, self._at, self._rendition = [], None, PLAIN
        steps = _steps(data, self._renditions)
        if steps is None:
            self.forget()
            return data
        drawings = [step for step in steps if isinstance(step, Drawing)]
        for step in steps:
            if not isinstance(step, Drawing):
                self._out.append(step)
                continue
            if step is drawings[0]:
                self._scroll(drawings, width)
            self._draw(step)
        if self._rendition != PLAIN:
            self._out.append(RESET)
        left = steps[-1] if steps and isinstance(steps[-1], Drawing) and not steps[-1].cells else None
        if left is not None:  # where a text is typed the cursor has to be
            self._move(left.line, left.column)
            self._at = (left.line, left.column)
        self.cursor = self._at or self.cursor
        return "".join(self._out)

    def _scroll(self, drawings: Sequence[Drawing], width: int) -> None:
        """Let the terminal move what only moved."""
        after: dict[int, list[Cell | None]] = {}
        for drawing in drawings:
            if drawing.cells:
                row = after.setdefault(drawing.line, [])
                row.extend([None] * (drawing.column + len(drawing.cells) - len(row)))
                row[drawing.column : drawing.column + len(drawing.cells)] = drawing.cells
        shift = shift_of({line: self._lines.get(line, []) for line in after}, after, width)
        if shift is None:
            return
        self._out.append(shift.orders)
        self.cursor = (1, 1)  # where margins leave it
        moved = {line: self._lines.pop(line, []) for line in range(shift.top, shift.bottom + 1)}
        for line, row in moved.items():
            if shift.top <= line - shift.lines <= shift.bottom:
                self._lines[line - shift.lines] = row

    def _draw(self, drawing: Drawing) -> None:
        """Send what differs."""
        line, column, cells = drawing
        row = self._lines.setdefault(line, [])
        row.extend([None] * (column + len(cells) - len(row) + 1))
        for at, cell in enumerate(cells, column):
            if row[at] != cell:
                self._tear(row, at)
                self._send(line, at, cell, row)
                row[at] = cell

    @staticmethod
    def _tear(row: list[Cell | None], at: int) -> None:
        """Half of a wide character that is overwritten leaves the other half as nobody knows what."""
        before, after = row[at], row[at + 1] if at + 1 < len(row) else None
        if before is not None and before[0] == "" and at:
            row[at - 1] = None
        if after is not None and after[0] == "" and before is not None:
            row[at + 1] = None

    def _send(self, line: int, at: int, cell: Cell, row: list[Cell | None]) -> None:
        text, style = cell
        if text == "":  # the second half of the character before
            if self._at != (line, at):
                self._move(line, at - 1)
                self._paint(row[at - 1] or cell)
            self._at = (line, at + 1)
            return
        if self._at is not None and self._at[0] == line and 0 < at - self._at[1] <= NEAR:
            between = row[self._at[1] : at]
            if all(each is not None and each[0] and self._wanted(each) == self._rendition for each in between):
                self._out.extend(each[0] for each in between if each is not None)
                self._at = (line, at)
        if self._at != (line, at):
            self._move(line, at)
        self._paint((text, style))
        self._at = (line, at + 1)

    def _move(self, line: int, at: int) -> None:
        self._out.append(f"\x1b[{line};{at}H")

    def _paint(self, cell: Cell) -> None:
        wanted = self._wanted(cell)
        self._out.extend((wanted.order(self._rendition), cell[0]))
        self._rendition = wanted

    def _wanted(self, cell: Cell) -> Rendition:
        """Return what is to be in force where the cell is drawn."""
        text, style = cell
        rendition = self._renditions.of(style)
        return rendition.on_blank(self._rendition) if text == " " else rendition


def _steps(data: str, renditions: Renditions) -> list[Drawing | str] | None:
    """Return what `data` does in order: drawings, and what is passed on as it is; None for what is not understood.

    A drawing without cells at the end is where the cursor is left.
    """
    steps: list[Drawing | str] = []
    line = column = place = 0
    known, moved, style = False, False, ""
    while place < len(data):
        found = TOKENS.match(data, place)
        if found is None or (found["text"] and not known):
            return None
        place = found.end()
        if found["line"]:
            line, column, moved, known = int(found["line"]), int(found["column"]), True, True
        elif found["style"] is not None:
            style = "" if found["style"] in ("", "0") else found["style"]
        elif found["aside"]:
            steps.append(found[0])
        elif found["end"]:
            known = False  # a new place is set before more is drawn
        else:
            cells = _cells(found["text"], style, renditions.blank(style))
            steps.append(Drawing(line, column, cells))
            column, moved = column + len(cells), False
    return [*steps, Drawing(line, column, [])] if moved else steps


def _cells(text: str, style: str, blank: str) -> list[Cell]:
    """Return a text cell by cell; the second cell of a wide character is empty, marks join the character before."""
    if text.isascii():
        return [(character, blank if character == " " else style) for character in text]
    cells: list[Cell] = []
    for character in text:
        width = cell_len(character)
        if width == 0 and cells:
            cells[-1] = (cells[-1][0] + character, style)
            continue
        cells.append((character, blank if character == " " else style))
        cells.extend([("", style)] * (width - 1))
    return cells
