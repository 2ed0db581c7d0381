"""A prompt for one line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.widgets import Input

from netwatch.tui.widgets.prompt import Prompt
from netwatch.tui.widgets.prompt_line import PromptLine
from netwatch.tui.widgets.themed_text import ThemedText

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult


class LinePrompt(Prompt):
    """Tells the screen what was typed."""

    class Typed(Prompt.Given):
        """Enter was pressed behind a text."""

    def __init__(self, asked: str, hint: Callable[[str], str]) -> None:
        """Ask for what `asked` says; `hint` returns what is said below a text."""
        super().__init__()
        self._asked = asked
        self._hint = hint

    def compose(self) -> ComposeResult:
        """Make the line and what stands below it."""
        yield PromptLine(placeholder=self._asked)
        yield ThemedText()

    def open(self) -> None:
        """Ask, beginning with an empty line."""
        self._begin("")
        self._say(self._hint(""))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say(self._hint(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        self.action_leave()
        if text:
            self.post_message(self.Typed(text))
