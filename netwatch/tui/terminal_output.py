"""TerminalOutput: the file that Textual's thread writes to, for terminals that stop reading or vanish."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import IO


class TerminalOutput:
    """Passes on what is written and counts the writes; a terminal that is gone swallows everything.

    Textual's thread would end with the first write that fails. Its queue then fills, and whoever draws waits for ever.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.writes = 0
        """Writes that the terminal took, or would have if it were there."""

    def write(self, text: str) -> int:
        """Write `text`; returns when the terminal has taken it."""
        with contextlib.suppress(OSError, ValueError):
            self._file.write(text)
        self.writes += 1
        return len(text)

    def flush(self) -> None:
        """Send what is buffered."""
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()

    def fileno(self) -> int:
        """Return the descriptor of the terminal."""
        return self._file.fileno()
