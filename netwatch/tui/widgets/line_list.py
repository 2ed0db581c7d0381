"""The one list: rows by number, a cursor, a tail to follow, its own scrollbar; only visible rows are drawn."""

from __future__ import annotations

from abc import abstractmethod
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.filter import ANSIToTruecolor
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from netwatch.tui.commands import bindings
from netwatch.tui.theme import Styles, styles

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Region

WHEEL_LINES = 3


class LineList(Widget, can_focus=True):
    """Rows `first` to `last` (both included, none while `last` < `first`), of which the visible ones are drawn.

    Row numbers never change their meaning, so rows may leave at the front and arrive at the end at any time.
    Subclasses draw single rows. There is no layout, no virtual size and no measuring: a repaint costs the same for
    ten rows and for ten million.
    """

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = bindings("list")

    class Moved(Message):
        """The cursor is on another row, or the tail was left or found."""

        def __init__(self, sender: LineList, row: int) -> None:
            super().__init__()
            self.list = sender
            self.row = row

    class Filled(Message):
        """Keys that waited for the rows may act; sent to the app."""

    header_height = 0
    """Lines above the rows that do not scroll."""
    has_cursor = True
    """False where nothing can be selected, so that moving scrolls at once."""

    def __init__(self, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.first, self.last = 0, -1
        self.top = 0
        """The uppermost visible row."""
        self.cursor = 0
        self.following = False
        """True while the newest row is kept in sight."""
        self.awaited: Literal["", "rows", "place"] = ""
        """What is on its way: the first rows, without which a key of theirs would mean nothing, or another place for
        all keys, as when the packets of a row are asked for."""
        self._styles: Styles | None = None

    def fill_in(self) -> None:
        """Let keys act: what was awaited is there, or will not come."""
        if self.awaited:
            self.awaited = ""
            self.app.post_message(self.Filled())  # not by bubbling, which ends at whoever has it posted

    @abstractmethod
    def row_segments(self, row: int, width: int, *, selected: bool) -> list[Segment]:
        """Draw one row, `width` cells wide."""

    def header_segments(self, width: int) -> list[Segment]:
        """Draw the line above the rows, where `header_height` is 1."""
        return fill([], width, self.styles_now.header)

    def prepare(self, top: int, count: int) -> None:
        """Get ready to draw rows from `top` on; a subclass fetches them here, all at once."""

    def empty_text(self) -> str:
        """Return what stands in the middle while there are no rows."""
        return ""

    @property
    def styles_now(self) -> Styles:
        """The styles of the current theme."""
        if self._styles is None:
            self._styles = styles(self.app)
        return self._styles

    @property
    def page_rows(self) -> int:
        """How many rows can be seen at once."""
        return max(self.size.height - self.header_height, 1)

    def set_range(self, first: int, last: int) -> None:
        """Tell which rows there are now; the cursor and the top are moved only if their rows are gone."""
        self.first, self.last = first, last
        if self.following:
            self.cursor = max(last, first)
            self.top = last - self.page_rows + 1
        self._clamp()
        self.refresh()

    def go(self, row: int) -> None:
        """Put the cursor on `row`, or on the nearest there is."""
        before = self.cursor
        self.cursor = row
        self._clamp()
        if self.cursor < self.top:
            self.top = self.cursor
        elif self.cursor >= self.top + self.page_rows:
            self.top = self.cursor - self.page_rows + 1
        self._clamp()
        self.refresh()
        if self.cursor != before:
            self.post_message(self.Moved(self, self.cursor))

    def scroll_rows(self, rows: int) -> None:
        """Move the view; the cursor stays on its row as long as that is in sight. Upwards it leaves the tail."""
        if rows < 0:
            self.leave_tail()
        self.top += rows
        self._clamp()
        cursor = min(max(self.cursor, self.top), self.top + self.page_rows - 1) if self.has_cursor else self.top
        self.go(cursor)

    def leave_tail(self) -> None:
        """Stop following."""
        if self.following:
            self.following = False
            self.post_message(self.Moved(self, self.cursor))

    def action_move(self, rows: int) -> None:
        """Move the cursor; upwards it leaves the tail."""
        if not self.has_cursor:
            self.scroll_rows(rows)
            return
        if rows < 0:
            self.leave_tail()
        self.go(self.cursor + rows)

    def action_page(self, pages: float) -> None:
        """Move by pages."""
        self.action_move(int(self.page_rows * pages))

    def action_first(self) -> None:
        """Move to the oldest row."""
        self.leave_tail()
        self.go(self.first)

    def action_last(self) -> None:
        """Move to the newest row."""
        self.go(self.last)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back in time."""
        event.stop()
        self.scroll_rows(-WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll forward."""
        event.stop()
        self.scroll_rows(WHEEL_LINES)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Select the row under the pointer, or take hold of the scrollbar."""
        line = event.y - self.header_height
        if line < 0 or self.last < self.first:
            return
        self.leave_tail()
        if event.x >= self.size.width - 1:
            self.capture_mouse()
            self._jump(line)
        elif self.has_cursor:
            self.go(self.top + line)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the pointer that holds the scrollbar."""
        if self.app.mouse_captured is self:
            self._jump(event.y - self.header_height)

    def on_mouse_up(self) -> None:
        """Let go of the scrollbar."""
        self.release_mouse()

    def on_resize(self) -> None:
        """Keep the tail or the cursor in sight."""
        self.set_range(self.first, self.last)
        self.go(self.cursor)

    def on_focus(self) -> None:
        """Show that keys act here."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that keys act elsewhere."""
        self.refresh()

    def notify_style_update(self) -> None:
        """Forget prebuilt styles when the theme changes."""
        super().notify_style_update()
        self._styles = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the visible part without Textual's style cache, which would keep a copy of every line."""
        width, height = self.size
        count = height - self.header_height
        rows = max(min(self.last - self.top + 1, count), 0)
        if rows:
            self.prepare(self.top, rows)
        strips = [Strip(self.header_segments(width), width)] if self.header_height else []
        bar = self._scrollbar(count)
        for line in range(count):
            row = self.top + line
            if line < rows:
                segments = self.row_segments(row, width - 1, selected=row == self.cursor)
            else:
                segments = self._blank_line(line, width - 1, count)
            segments.append(bar[line])
            strips.append(Strip(segments, width))
        lines = [strip.crop(crop.x, crop.right) for strip in strips[crop.y : crop.bottom]]
        # Our styles hold no ANSI colours to be translated, but NO_COLOR has to be obeyed
        filters = [wanted for wanted in self.get_line_filters() if not isinstance(wanted, ANSIToTruecolor)]
        for wanted in filters:
            background = self.background_colors[1]
            lines = [line.apply_filter(wanted, background) for line in lines]
        return lines

    def _blank_line(self, line: int, width: int, count: int) -> list[Segment]:
        said = wrap(self.empty_text(), max(width - 2, 1)) if self.last < self.first else []
        at = line - count // 2
        text = said[at] if 0 <= at < len(said) else ""
        return fill([Segment(text.center(width), self.styles_now.dim)], width, self.styles_now.normal)

    def _jump(self, line: int) -> None:
        """Go to the row that lies at `line` of the scrollbar."""
        share = min(max(line / max(self.page_rows - 1, 1), 0), 1)
        self.go(self.first + round(share * (self.last - self.first)))

    def _scrollbar(self, count: int) -> list[Segment]:
        total = self.last - self.first + 1
        empty = Segment(" ", self.styles_now.normal)
        if total <= count or count <= 0:
            return [empty] * max(count, 0)
        length = max(count * count // total, 1)
        begin = (self.top - self.first) * (count - length) // max(total - count, 1)
        # A bar in the colour of its own background; where there are no colours its character can be seen
        thumb = Segment("|", self.styles_now.scrollbar)
        return [thumb if begin <= line < begin + length else empty for line in range(count)]

    def _clamp(self) -> None:
        self.cursor = max(min(self.cursor, self.last), self.first)
        self.top = max(min(self.top, self.last - self.page_rows + 1), self.first)


def fill(segments: list[Segment], width: int, style: Style) -> list[Segment]:
    """Return the segments with blanks of `style` up to exactly `width` cells; what is too long is cut."""
    filled = []
    room = width
    for segment in segments:
        text = segment.text
        size = len(text) if text.isascii() else cell_len(text)
        if size > room:
            filled.append(Segment(set_cell_size(text, room), segment.style))
            return filled
        room -= size
        filled.append(segment)
    if room:
        filled.append(Segment(" " * room, style))
    return filled
