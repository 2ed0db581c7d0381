"""What all prompts have in common: a line at the bottom of the screen, hidden until it is opened."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static


class Prompt(Vertical):
    """Holds one Input; the last Static says what the text is taken for."""

    DEFAULT_CSS = """
    Prompt { height: auto; display: none; background: $surface; }
    Prompt.-open { display: block; }
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

    @property
    def is_open(self) -> bool:
        """True while the prompt can be seen."""
        return self.has_class("-open")

    def action_leave(self) -> None:
        """Hide the prompt; nothing was changed."""
        self._close()

    def _begin(self, text: str) -> None:
        """Show the prompt with a text in its line."""
        self.add_class("-open")
        self._put(text)
        self._line.focus()

    def _close(self) -> None:
        self.remove_class("-open")
        self.post_message(self.Closed())

    @property
    def _line(self) -> Input:
        return self.query_one(Input)

    def _put(self, text: str) -> None:
        self._line.value = text
        self._line.cursor_position = len(text)

    def _say(self, said: str, color: str = "dim") -> None:
        """Say something in the colour that the theme has by that name."""
        self.query(Static).last().update(Text(said, self._color(color)))

    def _color(self, name: str) -> str:
        return self.app.theme_variables.get(name, "default").split(" ")[0]
