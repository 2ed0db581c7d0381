"""The interface picker: what can be listened to, how much passes there now, the best guess first."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from netwatch.text import printable

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.snapshot import Interface

ANY: Final = "any"
WIDTH: Final = 110
SECONDS_SHOWN: Final = 12
BARS: Final = " ▁▂▃▄▅▆▇█"


class InterfacePicker(ModalScreen["tuple[str, ...] | None"]):
    """Dismisses with the chosen interface names, or None."""

    DEFAULT_CSS = """
    InterfacePicker { align: center middle; }
    InterfacePicker > Vertical { width: 100%; max-width: 110; height: auto; max-height: 90%; padding: 0 1; }
    InterfacePicker > Vertical { background: $panel; }
    InterfacePicker OptionList { height: auto; max-height: 18; border: none; background: $panel; padding: 0; }
    InterfacePicker Static { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave", show=False),
        Binding("up", "move('up')", show=False, priority=True),
        Binding("down", "move('down')", show=False, priority=True),
    ]

    def __init__(self, engine: Engine, current: tuple[str, ...]) -> None:
        """Mark `current`, the interfaces that are captured on now."""
        super().__init__()
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
            yield Static(Text("asking the system", self._color("dim")), id="picker-note")

    def on_mount(self) -> None:
        """Ask now and then once a second, so that rates are per second."""
        self._refresh()
        self.set_interval(1, self._refresh)
        self.query_one(Input).focus()

    def action_move(self, direction: str) -> None:
        """Move the mark while the cursor stays in the line."""
        options = self.query_one(OptionList)
        (options.action_cursor_up if direction == "up" else options.action_cursor_down)()

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    @on(Input.Submitted)
    def _choose(self, event: Input.Submitted) -> None:
        event.stop()
        options = self.query_one(OptionList)
        if options.highlighted is None:
            self._note("no interface of that name", "error")
        else:
            self.dismiss((str(options.get_option_at_index(options.highlighted).id),))

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss((str(event.option_id),))

    def _refresh(self) -> None:
        request = self._engine.interfaces()
        request.add_done_callback(lambda _: self.app.call_later(self._arrived, request))

    def _arrived(self, request: Request[tuple[Interface, ...]]) -> None:
        if not self.is_mounted or request.cancelled():
            return
        error = request.exception()
        if error is not None:
            self._note(printable(str(error)), "error")
            return
        before = {interface.name: interface.packets for interface in self._interfaces}
        self._interfaces = request.result()
        for interface in self._interfaces:
            rates = self._rates.setdefault(interface.name, deque(maxlen=SECONDS_SHOWN))
            if interface.name in before:
                rates.append(max(interface.packets - before[interface.name], 0))
        self._note("Enter starts   Esc leaves   packets/s of the last seconds on the right", "dim")
        self._show()

    def _show(self) -> None:
        options = self.query_one(OptionList)
        marked = options.highlighted
        selected = options.get_option_at_index(marked).id if marked is not None else None
        wanted = self.query_one(Input).value.strip().lower()
        rows = [(interface.name, self._row(interface)) for interface in self._interfaces if wanted in _words(interface)]
        if wanted in ANY:
            rows.append((ANY, Text(f"  {ANY:<12} all interfaces together")))
        options.clear_options()
        options.add_options([Option(text, id=name) for name, text in rows])
        names = [name for name, _ in rows]
        chosen = next((name for name in (selected, *self._current) if name in names), None)
        options.highlighted = names.index(chosen) if chosen is not None else (0 if names else None)

    def _row(self, interface: Interface) -> Text:
        rates = self._rates.get(interface.name, deque())
        current = "*" if interface.name in self._current else " "
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(f"{current} {printable(interface.name):<12} ", "bold" if interface.up else self._color("dim"))
        text.append(f"{'up' if interface.up else 'down':<5}", self._color("success" if interface.up else "dim"))
        text.append(f"{interface.addresses[0] if interface.addresses else '':<20.20} ")
        text.append(f"{rates[-1] if rates else 0:>8,} {_bars(rates):<{SECONDS_SHOWN}} ", self._color("accent"))
        text.append(_facts(interface), self._color("dim"))
        text.truncate(min(self.app.size.width, WIDTH) - 4, overflow="ellipsis")  # the list would wrap it
        return text

    def _note(self, text: str, color: str) -> None:
        self.query_one("#picker-note", Static).update(Text(text, self._color(color), no_wrap=True), layout=False)

    def _color(self, name: str) -> str:
        return self.app.theme_variables.get(name, "default").split(" ")[0]


def _words(interface: Interface) -> str:
    return " ".join((interface.name, interface.description, interface.mac, *interface.addresses)).lower()


def _facts(interface: Interface) -> str:
    facts = ["default"] if interface.default_route else []
    facts += [word for word, true in (("loopback", interface.loopback), ("wireless", interface.wireless)) if true]
    if interface.speed_mbps:
        facts.append(f"{interface.speed_mbps} Mb/s")
    facts += [interface.mac, *interface.addresses[1:]]
    return printable(" ".join(filter(None, facts)))


def _bars(rates: deque[int]) -> str:
    peak = max(rates, default=0)
    if peak == 0:
        return ""
    return "".join(BARS[-(-rate * (len(BARS) - 1) // peak)] for rate in rates)
