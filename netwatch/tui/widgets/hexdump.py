"""A hexdump of one frame: the bytes of the chosen field set off, and a cursor on single bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message

from netwatch.tui.commands import bound
from netwatch.tui.widgets.line_list import LineList, fill

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType

BYTES = 16
"""Bytes a line."""
_FIRST_BYTE = 7
"""Cells before the first byte of a line; three a byte follow, and one more in the middle."""
_ASCII = _FIRST_BYTE + 3 * BYTES + 2
_UNDER = Style(underline=True, bold=True)
_SHOWN = "".join(chr(code) if 0x20 <= code < 0x7F else "." for code in range(256))


class Hexdump(LineList):
    """Offset, sixteen bytes, and the same bytes as ASCII, a row for each."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("right", "byte(1)"),
        bound("left", "byte(-1)"),
    ]
    has_cursor = False

    class Byte(Message):
        """A byte was chosen."""

        def __init__(self, position: int) -> None:
            super().__init__()
            self.position = position

    def __init__(self) -> None:
        super().__init__(widget_id="hexdump")
        self._frame = b""
        self._marked = range(0)
        self._byte = 0

    def show(self, frame: bytes) -> None:
        """Draw another frame from its beginning."""
        self._frame = frame
        self._marked = range(0)
        self._byte = self.top = self.cursor = 0
        self.set_range(0, (len(frame) + BYTES - 1) // BYTES - 1)

    def mark(self, offset: int, length: int) -> None:
        """Set off `length` bytes from `offset` and bring the first of them into sight; a negative offset is none."""
        self._marked = range(offset, offset + length) if offset >= 0 else range(0)
        if self._marked and self._byte not in self._marked:
            self._byte = offset
            self.go(offset // BYTES)
        self.refresh()

    def action_byte(self, step: int) -> None:
        """Go on by so many bytes."""
        if self._frame:
            self._choose(min(max(self._byte + step, 0), len(self._frame) - 1))

    def action_move(self, rows: int) -> None:
        """Go on by lines."""
        self.action_byte(rows * BYTES)

    def action_first(self) -> None:
        """Go to the first byte."""
        self.action_byte(-len(self._frame))

    def action_last(self) -> None:
        """Go to the last byte."""
        self.action_byte(len(self._frame))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Choose the byte under the pointer, or take hold of the scrollbar."""
        if event.x < self.size.width - 1:
            position = (self.top + event.y) * BYTES + _column(event.x)
            if event.y + self.top <= self.last and position < len(self._frame):
                self._choose(position)

    def row_segments(self, row: int, width: int, *, selected: bool) -> list[Segment]:
        """Draw sixteen bytes."""
        del selected  # bytes are chosen here, not lines
        styles = self.styles_now
        begin = row * BYTES
        line = self._frame[begin : begin + BYTES]
        segments = [Segment(f" {begin:04x}  ", styles.accent if self.has_focus else styles.dim)]
        characters = []
        for position, byte in enumerate(line):
            style = styles.cursor if begin + position in self._marked else styles.normal
            gap = "  " if position == BYTES // 2 - 1 else " "
            inside = style is styles.cursor and begin + position + 1 in self._marked and position < len(line) - 1
            if self.has_focus and begin + position == self._byte:
                style += _UNDER
            segments.append(Segment(f"{byte:02x}", style))
            segments.append(Segment(gap, styles.cursor if inside else styles.normal))
            characters.append(Segment(_SHOWN[byte], style))
        missing = BYTES - len(line)
        # Three cells a byte, and one more for the gap in the middle when the line ends before it
        segments.append(Segment(" " * (missing * 3 + (1 if len(line) < BYTES // 2 else 0) + 1), styles.normal))
        return fill([*segments, *characters], width, styles.normal)

    def _choose(self, position: int) -> None:
        self._byte = position
        self.go(position // BYTES)
        self.post_message(self.Byte(position))


def _column(x: int) -> int:
    """Return which byte of a line is drawn in cell `x`, in hexadecimal or as a character."""
    if x >= _ASCII:
        return min(x - _ASCII, BYTES - 1)
    at = max(x - _FIRST_BYTE, 0)
    return min((at if at < 3 * BYTES // 2 else at - 1) // 3, BYTES - 1)
