"""A prompt for one line of text at the bottom of the screen, hidden until it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult


class LinePrompt(Vertical):
    """Tells the screen what was typed."""

    DEFAULT_CSS = """
    LinePrompt { height: auto; display: none; background: $surface; }
    LinePrompt.-open { display: block; }
    LinePrompt Static { height: 1; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    class Typed(Message):
        """Enter was pressed behind a text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The prompt is gone."""

    def __init__(self, asked: str, hint: str) -> None:
        """Ask for what `asked` says, with `hint` below."""
        super().__init__()
        self._asked = asked
        self._hint = hint

    def compose(self) -> ComposeResult:
        """Make the line and what stands below it."""
        yield Input(placeholder=self._asked)
        yield Static()

    @property
    def is_open(self) -> bool:
        """True while the prompt can be seen."""
        return self.has_class("-open")

    def open(self) -> None:
        """Ask, beginning with an empty line."""
        line = self.query_one(Input)
        line.value = ""
        color = self.app.theme_variables.get("dim", "default").split(" ")[0]
        self.query_one(Static).update(Text(self._hint, color, no_wrap=True, overflow="ellipsis"))
        self.add_class("-open")
        line.focus()

    def action_leave(self) -> None:
        """Hide the prompt."""
        self.remove_class("-open")
        self.post_message(self.Closed())

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.post_message(self.Typed(event.value.strip()))
        self.action_leave()
