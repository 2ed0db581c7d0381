"""PlainStatic: a text of which every place is drawn in the same styles."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import Static


class PlainStatic(Static):
    """A Static whose styles do not tell where in the text they stand.

    Textual writes the place into every style, for selecting with the mouse. Places of texts that change all the time
    are thousands of styles, of which its caches, each of up to 16,384, hold a kilobyte each for an hour and find none.
    """

    ALLOW_SELECT: ClassVar[bool] = False

    def render_line(self, y: int) -> Strip:
        """Return a line of the text."""
        drawn = super().render_line(y)
        segments = [Segment(text, style and style.clear_meta_and_links(), control) for text, style, control in drawn]
        return Strip(segments, drawn.cell_length)
