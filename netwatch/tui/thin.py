"""A terminal driver for slow links: cells that stand there already are not sent again, and every byte is counted.

Textual sends whole regions, each piece of text with its colours set and reset. This keeps what the terminal shows, as
far as it was drawn with what is understood here, and sends only what differs; anything else goes through untouched and
makes it forget, so that the next drawing is sent whole.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final, cast

from rich.cells import cell_len
from textual.drivers.linux_driver import LinuxDriver

from netwatch.tui.charset import as_ascii
from netwatch.tui.terminal_output import TerminalOutput

if TYPE_CHECKING:
    from io import TextIOWrapper

TOKENS: Final = re.compile(
    r"\x1b\[(?P<line>\d+);(?P<column>\d+)H"  # cursor position (ECMA-48 8.3.21)
    r"|\x1b\[(?P<style>[\d;]*)m"  # select graphic rendition (8.3.117)
    r"|(?P<aside>\x1b\[\?(?:2026|25)[hl]|\x1b\[6n|\x07|\x1b\](?:22|52);[^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1bPtmux;\x1b\x1b\]52;[^\x07\x1b]*\x07\x1b\\)"
    r"|(?P<text>[^\x00-\x1f\x7f]+)"
    r"|(?P<end>\n)"
)
"""What changes nothing but what is understood: synchronised output, cursor on and off, bell, pointer, clipboard."""
NEAR: Final = 5
"""Cells that are cheaper sent again than jumped over."""
RESET: Final = "\x1b[0m"
MOST_UNDER_WAY: Final = 16
"""Writes that the terminal has not taken; Textual's queue holds 30, of which leaving needs some."""
CATCH_UP: Final = 0.25
"""Seconds between two looks whether a terminal that stopped reading goes on."""


class ShownCells:
    """What the terminal shows, line by line."""

    def __init__(self) -> None:
        self._lines: dict[int, list[tuple[str, str] | None]] = {}
        self._out: list[str] = []
        self._at: tuple[int, int] | None = None
        """Where the terminal's cursor is, None for unknown."""
        self._style = ""

    def forget(self) -> None:
        """Know nothing of what is shown."""
        self._lines.clear()

    def thin(self, data: str) -> str:
        """Return what has to be sent so that the terminal shows the same as after `data`."""
        self._out, self._at, self._style = [], None, ""
        line = column = place = 0
        known, moved, style = False, "", ""
        while place < len(data):
            found = TOKENS.match(data, place)
            if found is None or (found["text"] and not known):
                self.forget()
                return data
            place = found.end()
            if found["line"]:
                line, column, moved, known = int(found["line"]), int(found["column"]), found[0], True
            elif found["style"] is not None:
                style = "" if found["style"] in ("", "0") else found["style"]
            elif found["aside"]:
                self._out.append(found[0])
            elif found["end"]:
                known = False  # a new place is set before more is drawn
            else:
                column, moved = self._draw(line, column, found["text"], style), ""
        if self._style:
            self._out.append(RESET)
        return "".join(self._out) + moved  # where a text is typed the cursor has to be

    def _draw(self, line: int, column: int, text: str, style: str) -> int:
        """Send what differs of a text that begins at a place, and return the column behind it."""
        cells = _cells(text, style)
        row = self._lines.setdefault(line, [])
        row.extend([None] * (column + len(cells) - len(row) + 1))
        for at, cell in enumerate(cells, column):
            if row[at] != cell:
                self._tear(row, at)
                self._send(line, at, cell, row)
                row[at] = cell
        return column + len(cells)

    @staticmethod
    def _tear(row: list[tuple[str, str] | None], at: int) -> None:
        """Half of a wide character that is overwritten leaves the other half as nobody knows what."""
        before, after = row[at], row[at + 1] if at + 1 < len(row) else None
        if before is not None and before[0] == "" and at:
            row[at - 1] = None
        if after is not None and after[0] == "" and before is not None:
            row[at + 1] = None

    def _send(self, line: int, at: int, cell: tuple[str, str], row: list[tuple[str, str] | None]) -> None:
        text, style = cell
        if text == "":  # the second half of the character before
            if self._at != (line, at):
                self._move(line, at - 1)
                self._paint(row[at - 1] or cell)
            self._at = (line, at + 1)
            return
        if self._at is not None and self._at[0] == line and 0 < at - self._at[1] <= NEAR:
            between = row[self._at[1] : at]
            if all(each is not None and each[0] and each[1] == self._style for each in between):
                self._out.extend(each[0] for each in between if each is not None)
                self._at = (line, at)
        if self._at != (line, at):
            self._move(line, at)
        self._paint((text, style))
        self._at = (line, at + 1)

    def _move(self, line: int, at: int) -> None:
        self._out.append(f"\x1b[{line};{at}H")

    def _paint(self, cell: tuple[str, str]) -> None:
        text, style = cell
        if style != self._style:
            self._out.append(f"\x1b[0;{style}m" if style else RESET)
            self._style = style
        self._out.append(text)


class CountingDriver(LinuxDriver):
    """Counts what goes to the terminal, and leaves drawings out while the terminal takes none.

    Textual waits when 30 writes are under way, and while it waits no signal ends the program.
    """

    sent = 0
    """Bytes that went there."""
    meant = 0
    """Bytes that were to go there before some were left out."""
    utf8 = True
    """The terminal takes other characters than ASCII."""

    def __init__(self, *options: Any, **named: Any) -> None:
        """Take what Textual gives its drivers."""
        super().__init__(*options, **named)
        self._output = TerminalOutput(sys.__stderr__ or sys.stderr)
        self._file = cast("TextIOWrapper", self._output)
        self._writes = 0
        self._behind = self._leaving = False

    def write(self, data: str) -> None:
        """Send `data`."""
        if not self._leaving and self._under_way() >= MOST_UNDER_WAY:
            self._fall_behind()
            return
        data = data if self.utf8 else as_ascii(data)
        size = len(data.encode(errors="replace"))
        self.sent += size
        self.meant += size
        self._writes += 1
        super().write(data)

    def stop_application_mode(self) -> None:
        """Give the terminal back, and wait until it took what that needs."""
        self._leaving = True
        super().stop_application_mode()
        self._leaving = False

    def forget(self) -> None:
        """Send the next drawing whole: somebody else may have drawn."""

    def _under_way(self) -> int:
        return self._writes - self._output.writes

    def _fall_behind(self) -> None:
        self.forget()
        if not self._behind:
            self._behind = True
            self._app.set_timer(CATCH_UP, self._catch_up)

    def _catch_up(self) -> None:
        """Draw everything anew once the terminal reads again."""
        self._behind = False
        if self._under_way():
            self._fall_behind()
        else:
            self._app.screen.refresh()


class ThinDriver(CountingDriver):
    """Sends what differs, from the time on when it is told to: until then finding that out is not worth its cost."""

    _shown: ShownCells | None = None

    def begin(self) -> None:
        """Leave out from now on what the terminal shows already."""
        if self._shown is None:
            self._shown = ShownCells()

    def write(self, data: str) -> None:
        """Send what `data` changes."""
        if self._shown is None:
            super().write(data)
            return
        thin = self._shown.thin(data)
        self.meant += len(data.encode(errors="replace")) - len(thin.encode(errors="replace"))
        if thin:
            super().write(thin)

    def forget(self) -> None:
        """Send the next drawing whole."""
        if self._shown is not None:
            self._shown.forget()


def _cells(text: str, style: str) -> list[tuple[str, str]]:
    """Return a text cell by cell; the second cell of a wide character is empty, marks join the character before."""
    if text.isascii():
        return [(character, style) for character in text]
    cells: list[tuple[str, str]] = []
    for character in text:
        width = cell_len(character)
        if width == 0 and cells:
            cells[-1] = (cells[-1][0] + character, style)
            continue
        cells.append((character, style))
        cells.extend([("", style)] * (width - 1))
    return cells
