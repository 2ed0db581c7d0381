"""A text that is longer than the screen, scrolled with the same keys as everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.containers import VerticalScroll

from netwatch.tui.commands import bound
from netwatch.tui.screens.closing import ClosingScreen

if TYPE_CHECKING:
    from textual.binding import BindingType

R = TypeVar("R")


class ReadingScreen(ClosingScreen[R]):
    """Whoever derives from it puts one VerticalScroll on it, with the text inside."""

    DEFAULT_CSS = """
    ReadingScreen VerticalScroll { padding: 0 2 0 1; }
    ReadingScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("down", "scroll(1)"),
        bound("up", "scroll(-1)"),
        bound("half-down", "scroll(10)"),
        bound("half-up", "scroll(-10)"),
        bound("page-down", "scroll(20)"),
        bound("page-up", "scroll(-20)"),
        bound("first", "scroll(-999)"),
        bound("last", "scroll(999)"),
    ]

    def action_scroll(self, lines: int) -> None:
        """Move so many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
