"""A terminal driver for slow links: every byte is counted, and cells that stand there already are not sent again.

What the terminal shows is known as far as ShownCells understands what was drawn. A terminal whose cursor is not where
it should be after a drawing is sent whole regions from then on.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, cast

from textual.drivers.linux_driver import LinuxDriver

from netwatch.tui.charset import as_ascii
from netwatch.tui.shown_cells import ShownCells
from netwatch.tui.terminal_output import TerminalOutput

if TYPE_CHECKING:
    from io import TextIOWrapper

MOST_UNDER_WAY: Final = 16
"""Writes that the terminal has not taken; Textual's queue holds 30, of which leaving needs some."""
CATCH_UP: Final = 0.25
"""Seconds between two looks whether a terminal that stopped reading goes on."""
MOST_MISTAKES: Final = 3
"""Cursors in a row that were not where they should be, after which whole regions are sent."""


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

    def begin(self) -> None:
        """Leave out from now on what the terminal shows already, where that is known."""

    def forget(self) -> None:
        """Send the next drawing whole: somebody else may have drawn."""

    def cursor(self) -> tuple[int, int] | None:
        """Return where the cursor should be after all that was sent, as line and column from 1; None for unknown."""
        return None

    def check(self, expected: tuple[int, int] | None, line: int, column: int) -> bool:
        """Hear where it was; return whether that ended the trust in what the terminal shows."""
        del expected, line, column
        return False

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
    _mistakes = 0

    def begin(self) -> None:
        """See CountingDriver."""
        if self._shown is None:
            self._shown = ShownCells()

    def write(self, data: str) -> None:
        """Send what `data` changes."""
        if self._shown is None or self._mistakes >= MOST_MISTAKES:
            super().write(data)
            return
        thin = self._shown.thin(data, self._app.size.width)
        self.meant += len(data.encode(errors="replace")) - len(thin.encode(errors="replace"))
        if thin:
            super().write(thin)

    def forget(self) -> None:
        """Send the next drawing whole."""
        if self._shown is not None:
            self._shown.forget()

    def cursor(self) -> tuple[int, int] | None:
        """See CountingDriver."""
        return self._shown.cursor if self._shown is not None else None

    def check(self, expected: tuple[int, int] | None, line: int, column: int) -> bool:
        """See CountingDriver; a character that the terminal draws wider, or an order that it does not know, shows."""
        if expected is None or self._mistakes >= MOST_MISTAKES:
            return False
        # Behind the last column some terminals stay in it and some tell one that is not there
        at_end = min(column, expected[1]) >= self._app.size.width
        right = line == expected[0] and (column == expected[1] or at_end)
        self._mistakes = 0 if right else self._mistakes + 1
        return self._mistakes == MOST_MISTAKES
