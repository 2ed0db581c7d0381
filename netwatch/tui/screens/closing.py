"""Screens that close once, however many keys and clicks that were on their way close them."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen

R = TypeVar("R")


class ClosingScreen(Screen[R]):
    """Closes only itself: Textual takes away what is on top, which may be another by then."""

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """Give `result` to whoever asked, unless that was done already."""
        return super().dismiss(result) if self.is_on_top else AwaitComplete()

    @property
    def is_on_top(self) -> bool:
        """True when keys come here; Textual's `is_current` also counts what is seen behind a dialog."""
        return self.app.screen_stack[-1:] == [self]


class Dialog(ModalScreen[R], ClosingScreen[R]):
    """The same over what is seen behind it."""
