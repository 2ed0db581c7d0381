"""Lines of printable text that scroll, one of them under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment

from netwatch.tui.widgets.line_list import LineList, fill

if TYPE_CHECKING:
    from collections.abc import Sequence


class TextLines(LineList):
    """Shows lines that are printable already, or in their place why there are none."""

    def __init__(self, widget_id: str) -> None:
        super().__init__(widget_id=widget_id)
        self._text: Sequence[str] = ()
        self._empty = ""

    def show(self, lines: Sequence[str], empty: str = "") -> None:
        """Draw other lines; `empty` stands there when there are none."""
        self._text, self._empty = lines, empty
        self.top = self.cursor = 0
        self.set_range(0, len(lines) - 1)

    def empty_text(self) -> str:
        """Say why there is nothing."""
        return self._empty

    def row_segments(self, row: int, width: int, *, selected: bool) -> list[Segment]:
        """Draw one line."""
        styles = self.styles_now
        style = styles.cursor if selected and self.has_focus else styles.normal
        return fill([Segment(f" {self._text[row]}", style)], width, style)
