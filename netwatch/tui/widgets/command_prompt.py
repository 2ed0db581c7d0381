"""The command line: a prompt that completes the words it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from netwatch.tui.command_line import Word, completions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

SHOWN = 12
"""Completions that are named below the line."""


class CommandPrompt(Vertical):
    """A line at the bottom of the screen, hidden until `open`."""

    DEFAULT_CSS = """
    CommandPrompt { height: auto; display: none; background: $surface; }
    CommandPrompt.-open { display: block; }
    CommandPrompt Static { height: 1; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("tab", "complete", show=False, priority=True),
        Binding("up", "recall(-1)", show=False),
        Binding("down", "recall(1)", show=False),
    ]

    class Entered(Message):
        """A command was given."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The prompt is gone."""

    def __init__(self, words: Sequence[Word]) -> None:
        """Complete `words`."""
        super().__init__()
        self._words = words
        self._given: list[str] = []
        """Commands of before, the newest last."""
        self._recalled = 0

    def compose(self) -> ComposeResult:
        """Make the line and what stands below it."""
        yield Input(placeholder="command, or packet number", suggester=SuggestFromList(completions(self._words, "")))
        yield Static()

    @property
    def is_open(self) -> bool:
        """True while the prompt can be seen."""
        return self.has_class("-open")

    def open(self) -> None:
        """Ask, beginning with an empty line."""
        self.query_one(Input).value = ""
        self._recalled = len(self._given)
        self.add_class("-open")
        self._draw("")
        self.query_one(Input).focus()

    def action_leave(self) -> None:
        """Hide the prompt."""
        self.remove_class("-open")
        self.post_message(self.Closed())

    def action_complete(self) -> None:
        """Write the longest text that all completions begin with."""
        line = self.query_one(Input)
        found = completions(self._words, line.value)
        if found:
            line.value = _common(found)
            line.cursor_position = len(line.value)

    def action_recall(self, step: int) -> None:
        """Bring a command of before back."""
        self._recalled = min(max(self._recalled + step, 0), len(self._given))
        line = self.query_one(Input)
        line.value = self._given[self._recalled] if self._recalled < len(self._given) else ""
        line.cursor_position = len(line.value)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._draw(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        self.action_leave()
        if text:
            self._given.append(text)
            self.post_message(self.Entered(text))

    def _draw(self, text: str) -> None:
        found = completions(self._words, text)
        said = "   ".join(found[:SHOWN]) + ("   ..." if len(found) > SHOWN else "")
        exact = next((word for word in self._words if word.name == text.split(" ", 1)[0]), None)
        if exact is not None and len(found) <= 1:
            said = "   ".join(filter(None, (f"{exact.name} {exact.takes}".strip(), exact.help)))
        color = self.app.theme_variables.get("dim", "default").split(" ")[0]
        self.query_one(Static).update(Text(said or "Esc leaves", color, no_wrap=True, overflow="ellipsis"))


def _common(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    for at, letter in enumerate(first):
        if at >= len(last) or last[at] != letter:
            return first[:at]
    return first
