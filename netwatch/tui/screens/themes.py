"""The theme chooser: every theme by name, the screen behind it drawn in the one under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from netwatch.tui.screens.closing import Dialog
from netwatch.tui.widgets.themed_text import ThemedText, keys_said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult


class ThemeChooser(Dialog[str | None]):
    """Gives the name of the theme that was taken; Esc brings the one before back and gives None."""

    DEFAULT_CSS = """
    ThemeChooser { align: right top; background: transparent; }
    ThemeChooser > Vertical { width: 26; height: auto; max-height: 100%; background: $panel; padding: 0 1; }
    ThemeChooser OptionList, ThemeChooser OptionList:focus {
        height: auto; max-height: 18; border: none; background: $panel; padding: 0;
    }
    ThemeChooser Static { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "keep", "Leave", show=False),
        Binding("j,t", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
    ]

    def __init__(self, names: Sequence[str], now: str) -> None:
        """Offer the themes `names`, of which `now` is the current one."""
        super().__init__()
        self._before = now
        self._names = names

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical():
            yield Static(Text("Theme", "bold"))
            yield OptionList(*(Option(Text(name, no_wrap=True)) for name in self._names))
            yield ThemedText(keys_said("Enter takes  Esc leaves"))

    def on_mount(self) -> None:
        """Begin at the theme that is."""
        self.query_one(OptionList).highlighted = self._names.index(self._before)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Draw everything in it."""
        self.app.theme = self._names[event.option_index]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        self.dismiss(self._names[event.option_index])

    def action_move(self, step: int) -> None:
        """Move like everywhere else; the key that opened the chooser goes on, and round."""
        themes = self.query_one(OptionList)
        themes.highlighted = ((themes.highlighted or 0) + step) % len(self._names)

    def action_keep(self) -> None:
        """Leave everything as it was."""
        self.app.theme = self._before
        self.dismiss(None)
