"""The line that is typed in: keys behind Enter wait until it is known whether they still belong to it."""

from __future__ import annotations

from typing import Any

from textual.events import Key
from textual.widgets import Input


class PromptLine(Input):
    """Holds what is typed ahead, as over a link that is slow, while somebody judges what Enter gave."""

    def __init__(self, *options: Any, **named: Any) -> None:
        """Take what Textual gives an Input."""
        super().__init__(*options, **named)
        self._held: list[Key] | None = None

    def begin(self) -> None:
        """Take keys."""
        self._held = None

    def release(self) -> None:
        """Have the keys that were typed since Enter act where the focus is, and take those that come."""
        held, self._held = self._held or [], None
        for key in held:
            self.app.post_message(Key(key.key, key.character))

    async def _on_key(self, event: Key) -> None:
        if self._held is not None and event.key != "escape":
            self._held.append(event)
        elif not await self._act(event.key):
            return
        event.stop()
        event.prevent_default()

    async def _act(self, key: str) -> bool:
        """Do at once what the key is bound to here: Textual does it only after it took the text behind that key."""
        if key == "enter":
            self._held = []
        for binding in self._bindings.key_to_bindings.get(key, ()):
            if await self.app.run_action(binding.action, self):
                return True
        return False
