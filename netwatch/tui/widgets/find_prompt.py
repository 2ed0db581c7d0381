"""The prompt for what is to be found in packets."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from netwatch.tui.widgets.prompt import Prompt
from netwatch.tui.widgets.prompt_line import PromptLine
from netwatch.tui.widgets.themed_text import ThemedText

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from netwatch.snapshot import FindMode

MODES: Final[tuple[tuple[FindMode, str], ...]] = (
    ("text", "in the bytes of packets; lower case finds capitals too"),
    ("regex", "regular expression in the bytes"),
    ("hex", "hexadecimal bytes, as 16 03 01"),
    ("info", "text in protocol and info"),
    ("info-regex", "regular expression in protocol and info"),
    ("detail", "text in the fields of packets; slow"),
    ("detail-regex", "regular expression in the fields of packets; slow"),
)

ROOM_FOR_KEYS: Final = 120
"""Terminal columns from which the keys that every prompt has are told too."""


class FindPrompt(Prompt):
    """Tells the screen what to look for, and how."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "mode", show=False)]

    class Wanted(Message):
        """Something is to be found."""

        def __init__(self, mode: FindMode, text: str) -> None:
            super().__init__()
            self.mode: FindMode = mode
            self.text = text

    def __init__(self) -> None:
        super().__init__()
        self._mode = 0
        self._last = ""

    def compose(self) -> ComposeResult:
        """Make the line and what stands below it."""
        yield PromptLine(id="find-text", placeholder="find")
        yield ThemedText(id="find-mode")

    def open(self) -> None:
        """Ask for what is to be found."""
        self._begin(self._last)
        self._draw()

    def forget_typed(self) -> None:
        """See Prompt."""
        self._last = ""

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
        more = "   Enter finds   n N next, before   Esc leaves" if self.app.size.width >= ROOM_FOR_KEYS else ""
        self._say(f"{mode}: {meaning}   Tab another{more}")
