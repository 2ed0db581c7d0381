"""The line that is typed in: keys behind Enter wait until it is known whether they still belong to it."""

from __future__ import annotations

from typing import Any

from textual.message import Message
from textual.widgets import Input


class PromptLine(Input):
    """Tells while somebody judges what Enter gave; what is typed ahead meanwhile, as over a slow link, is held."""

    class Judged(Message):
        """Keys that were held may act where the focus is; sent to the app."""

    def __init__(self, *options: Any, **named: Any) -> None:
        """Take what Textual gives an Input."""
        super().__init__(*options, **named)
        self.is_judged = False

    def begin(self) -> None:
        """Take keys."""
        self.is_judged = False

    def release(self) -> None:
        """Have the keys that were typed since Enter act where the focus is, and take those that come."""
        self.is_judged = False
        self.app.post_message(self.Judged())  # not by bubbling, which ends at whoever has it posted

    def on_input_changed(self) -> None:
        """Take keys again when a click or a paste made another text of the one that is judged."""
        if self.is_judged:
            self.release()

    async def action_submit(self) -> None:
        """Give the text; from now on it is judged."""
        self.is_judged = True
        await super().action_submit()
