"""A hexdump of one frame, the bytes of the chosen layer set off."""

from __future__ import annotations

from rich.segment import Segment

from netwatch.tui.widgets.line_list import LineList, fill

BYTES = 16
"""Bytes a line."""
_SHOWN = "".join(chr(code) if 0x20 <= code < 0x7F else "." for code in range(256))


class Hexdump(LineList):
    """Offset, sixteen bytes, and the same bytes as ASCII, a row for each."""

    has_cursor = False

    def __init__(self) -> None:
        super().__init__(widget_id="hexdump")
        self._frame = b""
        self._marked = range(0)

    def show(self, frame: bytes) -> None:
        """Draw another frame from its beginning."""
        self._frame = frame
        self._marked = range(0)
        self.top = self.cursor = 0
        self.set_range(0, (len(frame) + BYTES - 1) // BYTES - 1)

    def mark(self, offset: int, length: int) -> None:
        """Set off `length` bytes from `offset` and bring the first of them into sight; a negative offset is none."""
        self._marked = range(offset, offset + length) if offset >= 0 else range(0)
        if self._marked:
            self.go(offset // BYTES)
        self.refresh()

    def row_segments(self, row: int, width: int, *, selected: bool) -> list[Segment]:
        """Draw sixteen bytes."""
        del selected  # the marked bytes are what one looks for here
        styles = self.styles_now
        begin = row * BYTES
        line = self._frame[begin : begin + BYTES]
        segments = [Segment(f" {begin:04x}  ", styles.accent if self.has_focus else styles.dim)]
        characters = []
        for position, byte in enumerate(line):
            style = styles.cursor if begin + position in self._marked else styles.normal
            gap = "  " if position == BYTES // 2 - 1 else " "
            inside = style is styles.cursor and begin + position + 1 in self._marked and position < len(line) - 1
            segments.append(Segment(f"{byte:02x}", style))
            segments.append(Segment(gap, style if inside else styles.normal))
            characters.append(Segment(_SHOWN[byte], style))
        missing = BYTES - len(line)
        # Three cells a byte, and one more for the gap in the middle when the line ends before it
        segments.append(Segment(" " * (missing * 3 + (1 if len(line) < BYTES // 2 else 0) + 1), styles.normal))
        return fill([*segments, *characters], width, styles.normal)
