"""The packet under the cursor: its layers and its bytes, side by side where there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual import on
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widgets import Static

from netwatch.text import printable
from netwatch.tui.commands import bound
from netwatch.tui.deliver import deliver
from netwatch.tui.widgets.hexdump import Hexdump
from netwatch.tui.widgets.layers import Layers
from netwatch.tui.widgets.line_list import LineList
from netwatch.tui.widgets.packet_columns import endpoint

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.snapshot import Dissection

DEBOUNCE: Final = 0.05
"""Seconds that the cursor must rest on a row before it is dissected."""


class PacketDetail(Vertical):
    """Shows one packet; nothing while it is closed."""

    DEFAULT_CSS = """
    PacketDetail { display: none; }
    PacketDetail.-open { display: block; }
    PacketDetail #detail-title { height: 1; padding: 0 1; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("back", "close"),
    ]

    class Closed(Message):
        """The detail is gone."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self._wanted: int | None = None
        self._asked: Request[Dissection] | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Make the title, the tree and the hexdump."""
        yield Static(id="detail-title")
        with Container():
            yield Layers()
            yield Hexdump()

    @property
    def is_open(self) -> bool:
        """True while it can be seen."""
        return self.has_class("-open")

    def show(self, number: int) -> None:
        """Show packet `number` once the cursor rests."""
        self.add_class("-open")
        self._wanted = number
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DEBOUNCE, self._ask)

    def action_close(self) -> None:
        """Take no room any more."""
        self._wanted = self._asked = None
        self.remove_class("-open")
        self.post_message(self.Closed())

    def _ask(self) -> None:
        if self._wanted is None:
            return
        number = self._wanted
        if self._asked is not None:
            self._asked.cancel()
        request = self._asked = self._engine.dissect(number)
        deliver(
            self,
            request,
            lambda found: self._fill(found) if request is self._asked else None,
            lambda error: self._empty(number, error) if request is self._asked else None,
        )

    def _empty(self, number: int, error: BaseException) -> None:
        left = isinstance(error, LookupError)
        self._title(f"packet {number} left the buffer" if left else str(error), "error")
        self.query_one(Layers).show(())
        self.query_one(Hexdump).show(b"")

    def _fill(self, found: Dissection) -> None:
        row = found.row
        ends = f"{endpoint(row.source, row.source_port)} > {endpoint(row.destination, row.destination_port)}"
        note = f"   {found.note}" if found.note else ""
        self._title(f"#{row.number}  {row.protocol}  {ends}  {row.length} bytes{note}", "accent")
        self.query_one(Layers).show(found.layers)
        self.query_one(Hexdump).show(found.frame)
        self._mark()

    @on(LineList.Moved)
    def _moved(self, event: LineList.Moved) -> None:
        if isinstance(event.list, Layers):
            event.stop()
            self._mark()
        elif isinstance(event.list, Hexdump):
            event.stop()

    def _mark(self) -> None:
        layer = self.query_one(Layers).chosen
        if layer is not None:
            self.query_one(Hexdump).mark(layer.offset, layer.length)

    def _title(self, text: str, color: str) -> None:
        shown = Text(printable(text), self.app.theme_variables.get(color, "default").split(" ")[0], no_wrap=True)
        self.query_one("#detail-title", Static).update(shown, layout=False)
