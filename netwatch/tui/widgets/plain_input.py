"""A line to type in that takes printable text only, whatever is pasted into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from netwatch.text import printable

if TYPE_CHECKING:
    from textual import events


class PlainInput(Input):
    """Textual's Input would send control characters of a paste on to the terminal; here they become escapes."""

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        line = next(iter(event.text.splitlines()), "")
        start, end = sorted(self.selection)
        self.replace(printable(line), start, end)
