"""The columns of the packet table: shown or hidden, their order and width, and any field of the display filter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from netwatch.text import printable
from netwatch.tui.deliver import deliver
from netwatch.tui.packet_look import MOST_COLUMNS, WIDTHS, OwnColumn, PacketLook
from netwatch.tui.screens.closing import Dialog
from netwatch.tui.widgets.packet_columns import BUILT_IN
from netwatch.tui.widgets.themed_text import ThemedText

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from textual.app import ComposeResult

    from netwatch.engine import Engine
    from netwatch.snapshot import Completion

HELP: Final = "Space shows  J K order  + - width  n new field  x takes it away\nEnter takes  u usual ones  Esc leaves"
HELP_FIELD: Final = "a field of the display filter, as ip.ttl   Tab completes   Enter adds   Esc back"
OFFERED: Final = 5


class PacketColumns(Dialog[PacketLook | None]):
    """Gives the look with other columns; None leaves everything as it was."""

    DEFAULT_CSS = """
    PacketColumns { align: center middle; }
    PacketColumns > Vertical { width: 66; max-width: 96%; height: auto; max-height: 95%; background: $panel; }
    PacketColumns > Vertical { padding: 0 1; }
    PacketColumns OptionList, PacketColumns OptionList:focus { border: none; background: $panel; padding: 0; }
    PacketColumns OptionList { height: auto; max-height: 13; }
    PacketColumns Static { height: auto; }
    PacketColumns Input { display: none; }
    PacketColumns.-typing Input { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("q", "leave", show=False),
        Binding("space", "flip", show=False),
        Binding("J,shift+down", "shift(1)", show=False),
        Binding("K,shift+up", "shift(-1)", show=False),
        Binding("plus", "width(1)", show=False),
        Binding("minus", "width(-1)", show=False),
        Binding("n", "new", show=False),
        Binding("x,delete", "remove", show=False),
        Binding("u", "usual", show=False),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
        Binding("tab", "complete", show=False, priority=True),
    ]

    def __init__(self, engine: Engine, look: PacketLook, usual: Collection[str]) -> None:
        """Begin with the columns of `look`, or where it has none with the `usual` ones, which are seen now."""
        super().__init__()
        self._engine = engine
        self._look = look
        known = {column.field for column in look.columns}
        hidden = tuple(OwnColumn(name, shown=not look.columns and name in usual) for name in BUILT_IN)
        self._columns = [*look.columns, *(column for column in hidden if column.field not in known)]
        self._offers: tuple[Completion, ...] = ()

    def compose(self) -> ComposeResult:
        """Make the list and the line for a field."""
        with Vertical():
            yield Static(Text("Columns of the packets", "bold"))
            yield OptionList(markup=False)
            yield Input(placeholder="field")
            yield ThemedText(id="column-help")

    def on_mount(self) -> None:
        """Begin with the first."""
        self._draw(0)

    @property
    def is_typing(self) -> bool:
        """True while a field is typed."""
        return self.has_class("-typing")

    def action_leave(self) -> None:
        """Close the line, else leave everything as it was."""
        if self.is_typing:
            self._end_typing()
        else:
            self.dismiss(None)

    def action_move(self, step: int) -> None:
        """Move like everywhere else."""
        options = self.query_one(OptionList)
        (options.action_cursor_down if step > 0 else options.action_cursor_up)()

    def action_flip(self) -> None:
        """Show the column, or hide it."""
        self._change(lambda column: replace(column, shown=not column.shown))

    def action_width(self, step: int) -> None:
        """Make the column wider or narrower."""
        width = self._columns[self._at].width or 12
        self._change(lambda column: replace(column, width=min(max(width + step, WIDTHS.start), WIDTHS.stop - 1)))

    def action_shift(self, step: int) -> None:
        """Let the column change places with the next one, or the one before."""
        at, other = self._at, self._at + step
        if 0 <= other < len(self._columns):
            self._columns[at], self._columns[other] = self._columns[other], self._columns[at]
            self._draw(other)

    def action_remove(self) -> None:
        """Take a field away; a column that is always there is hidden."""
        if self._columns[self._at].field in BUILT_IN:
            self._change(lambda column: replace(column, shown=False))
            return
        del self._columns[self._at]
        self._draw(self._at)

    def action_usual(self) -> None:
        """Go back to the columns that fit the terminal."""
        self.dismiss(replace(self._look, columns=()))

    def action_new(self) -> None:
        """Ask for a field."""
        if len(self._columns) >= MOST_COLUMNS:
            self._say(f"{MOST_COLUMNS} columns are the most", "error")
            return
        self.add_class("-typing")
        self.set_focus(self.query_one(Input))
        self._say(HELP_FIELD)

    def action_complete(self) -> None:
        """Take the first completion."""
        if self.is_typing and self._offers:
            line = self.query_one(Input)
            line.value = self._offers[0].text
            line.cursor_position = len(line.value)

    @on(OptionList.OptionSelected)
    def _taken(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        shown = any(column.shown for column in self._columns)
        self.dismiss(replace(self._look, columns=tuple(self._columns) if shown else ()))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_typing and event.value:
            deliver(self, self._engine.complete(event.value, len(event.value)), self._offered, self._failed)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        name = event.value.strip()
        if name:
            deliver(self, self._engine.check_facts((name,), ()), lambda _: self._add(name), self._failed)

    def _offered(self, found: tuple[int, tuple[Completion, ...]]) -> None:
        self._offers = found[1]
        if self.is_typing and self._offers:
            self._say("\n".join(f"{offer.text:<34} {printable(offer.title, 26)}" for offer in self._offers[:OFFERED]))

    def _add(self, name: str) -> None:
        place = min(self._at + 1, len(self._columns))
        self._columns.insert(place, OwnColumn(name))
        self._end_typing()
        self._draw(place)

    def _end_typing(self) -> None:
        self.remove_class("-typing")
        self.query_one(Input).value = ""
        self.set_focus(self.query_one(OptionList))
        self._say(HELP)

    @property
    def _at(self) -> int:
        return self.query_one(OptionList).highlighted or 0

    def _change(self, changed: Callable[[OwnColumn], OwnColumn]) -> None:
        self._columns[self._at] = changed(self._columns[self._at])
        self._draw(self._at)

    def _draw(self, at: int) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        for column in self._columns:
            title = BUILT_IN.get(column.field, column.field)
            width = f"{column.width:>3} cells" if column.width else ""
            line = f"[{'x' if column.shown else ' '}] {printable(title, 44):<44} {width}"
            options.add_option(Option(Text(line, no_wrap=True)))
        options.highlighted = min(at, len(self._columns) - 1)
        self._say(HELP)

    def _failed(self, error: BaseException) -> None:
        self._say(printable(str(error), 200), "error")

    def _say(self, said: str, color: str = "dim") -> None:
        self.query_one("#column-help", ThemedText).show(Text(said, color))
