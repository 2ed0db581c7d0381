"""What all prompts have in common: a line at the bottom of the screen, hidden until it is opened."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from netwatch.tui.widgets.prompt_line import PromptLine
from netwatch.tui.widgets.themed_text import ThemedText


class Prompt(Vertical):
    """Holds one PromptLine; the last ThemedText says what the text is taken for."""

    DEFAULT_CSS = """
    Prompt { height: auto; display: none; background: $surface; }
    Prompt Static { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    class Given(Message):
        """A text was given."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The prompt is gone."""

        def __init__(self, line: PromptLine) -> None:
            super().__init__()
            self._line = line

        def give_back(self) -> None:
            """Have the keys that were typed behind Enter act where the focus is by now."""
            self._line.release()

    @property
    def is_open(self) -> bool:
        """True while the prompt can be seen."""
        return self.display

    def forget_typed(self) -> None:
        """Never show again what was typed so far."""

    def action_leave(self) -> None:
        """Hide the prompt; nothing was changed."""
        self._close()

    def _begin(self, text: str) -> None:
        """Show the prompt with a text in its line, in place of the one that is open."""
        for other in self.screen.query(Prompt):
            while other.is_open and other is not self:
                other.action_leave()
        self.display = True  # not by a class, which would count only after the keys that follow
        self._put(text)
        self._line.begin()
        self.screen.set_focus(self._line)

    def _stay(self) -> None:
        """Go on with the line: what Enter gave is not taken."""
        self._line.release()

    def _close(self) -> None:
        self.display = False
        self.post_message(self.Closed(self._line))

    @property
    def _line(self) -> PromptLine:
        return self.query_one(PromptLine)

    def _put(self, text: str) -> None:
        self._line.value = text
        self._line.cursor_position = len(text)

    def _say(self, said: str, color: str = "dim") -> None:
        """Say something in the colour that the theme has by that name."""
        self.query(ThemedText).last().show(Text(said, color))
