"""The packet under the cursor: its layers and its bytes, side by side where there is room, or tshark's words beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual import on
from textual.containers import Container, Vertical
from textual.message import Message

from netwatch.text import printable
from netwatch.tui.commands import bound
from netwatch.tui.deliver import deliver
from netwatch.tui.widgets.bits_line import bits_line
from netwatch.tui.widgets.hexdump import Hexdump
from netwatch.tui.widgets.layers import Layers
from netwatch.tui.widgets.line_list import LineList
from netwatch.tui.widgets.packet_columns import endpoint
from netwatch.tui.widgets.text_lines import TextLines
from netwatch.tui.widgets.themed_text import ThemedText

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from netwatch.dissection import Dissection
    from netwatch.engine import Engine
    from netwatch.request import Request

DEBOUNCE: Final = 0.05
"""Seconds that the cursor must rest on a row before it is dissected."""


class PacketDetail(Vertical):
    """Shows one packet; nothing while it is closed."""

    DEFAULT_CSS = """
    PacketDetail { display: none; }
    PacketDetail.-open { display: block; }
    PacketDetail #detail-title { height: 1; padding: 0 1; background: $surface; }
    PacketDetail #detail-bits { height: 1; padding: 0 1; background: $surface; }
    PacketDetail #tshark { display: none; }
    PacketDetail.-tshark #tshark { display: block; }
    PacketDetail.-tshark Hexdump { display: none; }
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
        self._asked_tshark: Request[list[str]] | None = None
        self._timer: Timer | None = None
        self._frame = b""

    def compose(self) -> ComposeResult:
        """Make the title, the tree, the hexdump, and the line of the chosen bytes."""
        yield ThemedText(id="detail-title")
        with Container():
            yield Layers()
            yield Hexdump()
            yield TextLines("tshark")
        yield ThemedText(id="detail-bits")

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

    def toggle_tshark(self) -> None:
        """Show what tshark says of the packet in place of its bytes, or these again."""
        self.toggle_class("-tshark")
        if self.has_class("-tshark"):
            self._ask_tshark()

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
        if self.has_class("-tshark"):
            self._ask_tshark()

    def _ask_tshark(self) -> None:
        if self._wanted is None:
            return
        words = self.query_one("#tshark", TextLines)
        words.show((), "tshark takes the packet apart ...")
        if self._asked_tshark is not None:
            self._asked_tshark.cancel()
        request = self._asked_tshark = self._engine.tshark(self._wanted)
        deliver(
            self,
            request,
            lambda lines: words.show(lines) if request is self._asked_tshark else None,
            lambda error: words.show((), printable(str(error))) if request is self._asked_tshark else None,
        )

    def _empty(self, number: int, error: BaseException) -> None:
        left = isinstance(error, LookupError)
        self._title(f"packet {number} left the buffer" if left else str(error), "error")
        self._frame = b""
        self.query_one(Layers).show(None)
        self.query_one(Hexdump).show(b"")
        self._mark()

    def _fill(self, found: Dissection) -> None:
        row = found.row
        ends = f"{endpoint(row.source, row.source_port)} > {endpoint(row.destination, row.destination_port)}"
        note = f"   {found.note}" if found.note else ""
        self._title(f"#{row.number}  {row.protocol}  {ends}  {row.length} bytes{note}", "accent")
        self._frame = found.frame
        self.query_one(Layers).show(found)
        self.query_one(Hexdump).show(found.frame)
        self._mark()

    @on(LineList.Moved)
    def _moved(self, event: LineList.Moved) -> None:
        event.stop()
        if isinstance(event.list, Layers):
            self._mark()

    @on(Hexdump.Byte)
    def _byte(self, event: Hexdump.Byte) -> None:
        """Go to the field of a byte."""
        event.stop()
        if not self.query_one(Layers).find(event.position):
            self.query_one(Hexdump).mark(event.position, 1)
            self._bits(event.position * 8, 8, "")
        else:
            self._mark()

    def _mark(self) -> None:
        layers = self.query_one(Layers)
        bit, bits = layers.place
        begin = bit // 8 if bits else -1
        self.query_one(Hexdump).mark(begin, (bit + bits + 7) // 8 - begin if bits else 0)
        self._bits(bit, bits, layers.name_chosen)

    def _bits(self, bit: int, bits: int, name: str) -> None:
        self._draw("#detail-bits", bits_line(self._frame, bit, bits, name), "dim")

    def _title(self, text: str, color: str) -> None:
        self._draw("#detail-title", text, color)

    def _draw(self, line: str, text: str, color: str) -> None:
        shown = Text(printable(text), color, no_wrap=True, overflow="ellipsis")
        self.query_one(line, ThemedText).show(shown, layout=False)
