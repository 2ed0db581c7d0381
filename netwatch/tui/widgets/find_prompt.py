"""The prompt for what is to be found in packets."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from netwatch.snapshot import FindMode

MODES: Final[tuple[tuple[FindMode, str], ...]] = (
    ("text", "text in the bytes of packets; capitals matter when there are any"),
    ("regex", "regular expression in the bytes"),
    ("hex", "hexadecimal bytes, as 16 03 01"),
    ("info", "text in protocol and info"),
)


class FindPrompt(Vertical):
    """A line at the bottom of the screen, hidden until `open`."""

    DEFAULT_CSS = """
    FindPrompt { height: auto; display: none; background: $surface; }
    FindPrompt.-open { display: block; }
    FindPrompt Static { height: 1; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("tab", "mode", show=False),
    ]

    class Wanted(Message):
        """Something is to be found."""

        def __init__(self, mode: FindMode, text: str) -> None:
            super().__init__()
            self.mode: FindMode = mode
            self.text = text

    class Closed(Message):
        """The prompt is gone."""

    def __init__(self) -> None:
        super().__init__()
        self._mode = 0
        self._last = ""

    def compose(self) -> ComposeResult:
        """Make the line and what stands below it."""
        yield Input(id="find-text")
        yield Static(id="find-mode")

    @property
    def is_open(self) -> bool:
        """True while the prompt can be seen."""
        return self.has_class("-open")

    def open(self) -> None:
        """Ask for what is to be found."""
        line = self.query_one(Input)
        line.value = self._last
        line.placeholder = "find"
        line.cursor_position = len(line.value)
        self.add_class("-open")
        self._draw()
        line.focus()

    def action_leave(self) -> None:
        """Hide the prompt."""
        self.remove_class("-open")
        self.post_message(self.Closed())

    def action_mode(self) -> None:
        """Look for something else."""
        self._mode = (self._mode + 1) % len(MODES)
        self._draw()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value:
            self._last = event.value
            self.post_message(self.Wanted(MODES[self._mode][0], event.value))
        self.action_leave()

    def _draw(self) -> None:
        mode, meaning = MODES[self._mode]
        said = f"{mode}: {meaning}   Tab another   Enter finds   n N next, before   Esc leaves"
        color = self.app.theme_variables.get("dim", "default").split(" ")[0]
        self.query_one(Static).update(Text(said, color, no_wrap=True, overflow="ellipsis"))
