"""The command line: a prompt that completes the words it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.suggester import SuggestFromList
from textual.widgets import Input

from netwatch.tui.command_line import Word, completions
from netwatch.tui.recall import Recall
from netwatch.tui.widgets.line_prompt import LinePrompt

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 12
"""Completions that are named below the line."""


class CommandPrompt(LinePrompt):
    """Takes a command."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", show=False, priority=True),
        Binding("up", "recall(-1)", show=False),
        Binding("down", "recall(1)", show=False),
    ]

    class Typed(LinePrompt.Typed):
        """A command was given."""

    def __init__(self, words: Sequence[Word]) -> None:
        """Complete `words`."""
        super().__init__("command, or packet number", self._completions)
        self._words = words
        self._given: list[str] = []
        """Commands of before, the newest last."""
        self._recall = Recall(self._given)
        self._round: Sequence[str] = ()
        """What Tab goes through when it cannot make the line longer."""

    def on_mount(self) -> None:
        """Suggest what a line may become."""
        self._line.suggester = SuggestFromList(completions(self._words, ""))

    def open(self) -> None:
        """Ask, beginning with an empty line."""
        self._recall = Recall(self._given)
        super().open()

    def forget_typed(self) -> None:
        """See Prompt."""
        self._given.clear()

    def action_complete(self) -> None:
        """Write the longest text that all completions begin with, and when that is there already one after another."""
        value = self._line.value
        if value in self._round:
            self._put(self._round[(self._round.index(value) + 1) % len(self._round)])
            return
        found = completions(self._words, value)
        common = _common(found) if found else ""
        self._round = found if common == value and len(found) > 1 else ()
        self._put((self._round[0] if self._round[0] != value else self._round[1]) if self._round else common or value)

    def action_recall(self, step: int) -> None:
        """Bring a command of before back."""
        self._put(self._recall.move(step, self._line.value))

    @on(Input.Submitted)
    def _remember(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self._given.append(event.value.strip())

    def _completions(self, text: str) -> str:
        found = completions(self._words, text)
        exact = next((word for word in self._words if word.name == text.split(" ", 1)[0]), None)
        if exact is not None and len(found) <= 1:
            return "   ".join(filter(None, (f"{exact.name} {exact.takes}".strip(), exact.help)))
        said = "   ".join(found[:SHOWN]) + ("   ..." if len(found) > SHOWN else "")
        return said or "Esc leaves"


def _common(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    for at, letter in enumerate(first):
        if at >= len(last) or last[at] != letter:
            return first[:at]
    return first
