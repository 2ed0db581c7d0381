"""The interface picker: what can be listened to, how much passes there now, the best guess first."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from netwatch.text import printable
from netwatch.tui import format as text
from netwatch.tui.deliver import deliver
from netwatch.tui.screens.closing import Dialog
from netwatch.tui.widgets.themed_text import ThemedText, keys_said

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from netwatch.engine import Engine
    from netwatch.snapshot import Interface

ANY: Final = "any"
WIDTH: Final = 110
SPARK_CELLS: Final = 8
ASK_SECONDS: Final = 1.0
KEYS: Final = "Enter starts  Esc leaves  Up Down choose"
SECONDS_SHOWN: Final = 16
"""Two values a cell where they are drawn in braille."""


class InterfacePicker(Dialog[None]):
    """Begins to capture on the interface that is chosen and goes away; stays when that cannot be opened."""

    DEFAULT_CSS = """
    InterfacePicker { align: center middle; }
    InterfacePicker > Vertical { width: 100%; max-width: 110; height: auto; max-height: 90%; padding: 0 1; }
    InterfacePicker > Vertical { background: $panel; }
    InterfacePicker OptionList { height: auto; max-height: 18; border: none; background: $panel; padding: 0; }
    InterfacePicker Static { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Leave", show=False),
        Binding("up", "move('up')", show=False, priority=True),
        Binding("down", "move('down')", show=False, priority=True),
    ]

    def __init__(self, engine: Engine, current: tuple[str, ...], glyphs: str) -> None:
        """Mark `current`, the interfaces that are captured on now; draw rates with `glyphs`."""
        super().__init__()
        self._glyphs = glyphs
        self._done = False
        self._problem = ""
        self._engine = engine
        self._current = current
        self._interfaces: tuple[Interface, ...] = ()
        self._rates: dict[str, deque[int]] = {}

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical():
            yield Static(Text("Choose an interface", "bold"))
            yield Input(placeholder="type to narrow")
            yield OptionList(markup=False)
            yield ThemedText(id="picker-facts")
            yield ThemedText(Text("asking the system", "dim"), id="picker-note")

    def on_mount(self) -> None:
        """Ask now and then once a second, so that rates are per second."""
        self._refresh()
        self.set_interval(ASK_SECONDS, self._refresh)
        self.set_focus(self.query_one(Input))

    def action_move(self, direction: str) -> None:
        """Move the mark while the cursor stays in the line."""
        options = self.query_one(OptionList)
        (options.action_cursor_up if direction == "up" else options.action_cursor_down)()

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self._problem = ""
        self._show()

    @on(Input.Submitted)
    def _choose(self, event: Input.Submitted) -> None:
        event.stop()
        options = self.query_one(OptionList)
        if options.highlighted is None:
            self._note("no interface of that name", "error")
        else:
            self._open(str(options.get_option_at_index(options.highlighted).id))

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._open(str(event.option_id))

    @on(OptionList.OptionHighlighted)
    def _tell(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._show_facts()

    def _open(self, name: str) -> None:
        self._note(f"opening {name}", "dim")
        deliver(self, self._engine.open((name,)), self._opened, self._failed)

    def _opened(self, _: None) -> None:
        self._done = True
        self.on_screen_resume()

    def on_screen_resume(self) -> None:
        """Leave when done; a notice of a small terminal may have lain on top when that came to be."""
        if self._done and self.is_current:
            self.dismiss()

    def _failed(self, error: BaseException) -> None:
        self._problem = str(error)
        self._note(self._problem, "error")

    def _refresh(self) -> None:
        deliver(self, self._engine.interfaces(), self._arrived, self._failed)

    def _arrived(self, interfaces: tuple[Interface, ...]) -> None:
        before = {interface.name: interface.packets for interface in self._interfaces}
        self._interfaces = interfaces
        for interface in self._interfaces:
            rates = self._rates.setdefault(interface.name, deque(maxlen=SECONDS_SHOWN))
            if interface.name in before:
                rates.append(max(interface.packets - before[interface.name], 0))
        if not self._problem:
            self.query_one("#picker-note", ThemedText).show(keys_said(KEYS), layout=False)
        self._show()

    def _show(self) -> None:
        options = self.query_one(OptionList)
        marked = options.highlighted
        selected = options.get_option_at_index(marked).id if marked is not None else None
        wanted = self.query_one(Input).value.strip().lower()
        rows = [(interface.name, self._row(interface)) for interface in self._interfaces if wanted in _words(interface)]
        if wanted in ANY:
            rows.append((ANY, Text(f"{'*' if ANY in self._current else ' '} {ANY:<15} all interfaces together")))
        options.clear_options()
        options.add_options([Option(text, id=name) for name, text in rows])
        names = [name for name, _ in rows]
        chosen = next((name for name in (selected, *self._current) if name in names), None)
        options.highlighted = names.index(chosen) if chosen is not None else (0 if names else None)

    def _row(self, interface: Interface) -> Text:
        rates = self._rates.get(interface.name, deque())
        current = "*" if interface.name in self._current else " "
        rate = f"{text.count(rates[-1]):>6} pkt/s " if rates else " " * 13
        row = Text(no_wrap=True, overflow="ellipsis")
        row.append(f"{current} {printable(interface.name):<15} ", "bold" if interface.up else "")
        row.append(f"{'up' if interface.up else 'down':<5}")
        row.append(f"{printable(interface.addresses[0]) if interface.addresses else '':<18.18} ")
        row.append(rate)
        row.append(f"{text.sparkline([*rates], SPARK_CELLS, self._glyphs)}  ")
        row.append(_kind(interface))
        row.truncate(min(self.app.size.width, WIDTH) - 4, overflow="ellipsis")  # the list would wrap it
        return row

    def _show_facts(self) -> None:
        """Tell of the highlighted interface what has no room in its row."""
        options = self.query_one(OptionList)
        name = options.get_option_at_index(options.highlighted).id if options.highlighted is not None else ""
        chosen = next((interface for interface in self._interfaces if interface.name == name), None)
        facts = Text(_facts(chosen) if chosen is not None else "", "dim", no_wrap=True)
        self.query_one("#picker-facts", ThemedText).show(facts, layout=False)

    def _note(self, said: str, color: str) -> None:
        note = Text(printable(said), color, no_wrap=True, overflow="ellipsis")
        self.query_one("#picker-note", ThemedText).show(note, layout=False)


def _words(interface: Interface) -> str:
    return " ".join((interface.name, interface.description, interface.mac, *interface.addresses)).lower()


def _kind(interface: Interface) -> str:
    words = (
        ("default", interface.default_route),
        ("loopback", interface.loopback),
        ("wireless", interface.wireless),
        ("virtual", interface.virtual),
    )
    return " ".join(word for word, true in words if true)


def _facts(interface: Interface) -> str:
    facts = [
        interface.description,
        interface.mac,
        f"{interface.speed_mbps} Mb/s" if interface.speed_mbps else "",
        f"mtu {interface.mtu}" if interface.mtu else "",
        f"{interface.dropped:,} dropped" if interface.dropped else "",
        *interface.addresses[1:],
    ]
    return printable("  ".join(filter(None, facts)))
