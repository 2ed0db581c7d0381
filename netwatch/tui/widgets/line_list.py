"""The one list: rows by number, a cursor, a tail to follow, its own scrollbar; only visible rows are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from netwatch.tui.theme import Styles, styles

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events
    from textual.geometry import Region

WHEEL_LINES = 3


class LineList(Widget, can_focus=True):
    """Rows `first` to `last` (both included, none while `last` < `first`), of which the visible ones are drawn.

    Row numbers never change their meaning, so rows may leave at the front and arrive at the end at any time.
    Subclasses draw single rows. There is no layout, no virtual size and no measuring: a repaint costs the same for
    ten rows and for ten million.
    """

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("ctrl+d", "page(0.5)", show=False),
        Binding("ctrl+u", "page(-0.5)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("g,home", "first", show=False),
        Binding("G,end", "last", show=False),
    ]

    class Moved(Message):
        """The cursor is on another row."""

        def __init__(self, sender: LineList, row: int) -> None:
            super().__init__()
            self.list = sender
            self.row = row

    header_height = 0
    """Lines above the rows that do not scroll."""

    def __init__(self, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.first, self.last = 0, -1
        self.top = 0
        """The uppermost visible row."""
        self.cursor = 0
        self.following = False
        """True while the newest row is kept in sight."""
        self._styles: Styles | None = None

    def row_strip(self, row: int, width: int, *, selected: bool) -> Strip:
        """Draw one row, `width` cells wide."""
        raise NotImplementedError

    def header_strip(self, width: int) -> Strip:
        """Draw the line above the rows, where `header_height` is 1."""
        return Strip.blank(width)

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

    def action_move(self, rows: int) -> None:
        """Move the cursor; upwards it leaves the tail."""
        self.following = self.following and rows > 0
        self.go(self.cursor + rows)

    def action_page(self, pages: float) -> None:
        """Move by pages."""
        self.action_move(int(self.page_rows * pages))

    def action_first(self) -> None:
        """Move to the oldest row."""
        self.following = False
        self.go(self.first)

    def action_last(self) -> None:
        """Move to the newest row."""
        self.go(self.last)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back in time."""
        event.stop()
        self.action_move(-WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll forward."""
        event.stop()
        self.action_move(WHEEL_LINES)

    def on_click(self, event: events.Click) -> None:
        """Select the row under the pointer; on the scrollbar jump to that share of the rows."""
        line = event.y - self.header_height
        if line < 0:
            return
        self.following = False
        if event.x >= self.size.width - 1:
            share = line / max(self.page_rows - 1, 1)
            self.go(self.first + round(share * max(self.last - self.first, 0)))
        else:
            self.go(self.top + line)

    def on_resize(self) -> None:
        """Keep the tail or the cursor in sight."""
        self.set_range(self.first, self.last)
        self.go(self.cursor)

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
        strips = [self.header_strip(width)] if self.header_height else []
        bar = self._scrollbar(count)
        for line in range(count):
            row = self.top + line
            if line < rows:
                strip = self.row_strip(row, width - 1, selected=row == self.cursor)
            else:
                strip = self._blank_line(line, width - 1, count)
            strips.append(Strip([*strip, bar[line]], width))
        lines = [strip.crop(crop.x, crop.right) for strip in strips[crop.y : crop.bottom]]
        for line_filter in self.get_line_filters():
            lines = [line.apply_filter(line_filter, self.background_colors[1]) for line in lines]
        return lines

    def fill(self, segments: list[Segment], width: int, style: Style) -> Strip:
        """Return the segments as a line of exactly `width` cells; what is too long is cut."""
        return Strip(segments).adjust_cell_length(width, style)

    def _blank_line(self, line: int, width: int, count: int) -> Strip:
        text = self.empty_text() if self.last < self.first and line == count // 2 else ""
        return self.fill([Segment(text.center(width), self.styles_now.dim)], width, self.styles_now.normal)

    def _scrollbar(self, count: int) -> list[Segment]:
        total = self.last - self.first + 1
        empty = Segment(" ", self.styles_now.normal)
        if total <= count or count <= 0:
            return [empty] * max(count, 0)
        length = max(count * count // total, 1)
        begin = (self.top - self.first) * (count - length) // max(total - count, 1)
        thumb = Segment("|", self.styles_now.accent)
        rail = Segment(" ", self.styles_now.dim)
        return [thumb if begin <= line < begin + length else rail for line in range(count)]

    def _clamp(self) -> None:
        self.cursor = max(min(self.cursor, self.last), self.first)
        self.top = max(min(self.top, self.last - self.page_rows + 1), self.first)
