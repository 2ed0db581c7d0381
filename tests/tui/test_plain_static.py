"""Texts that change all the time are drawn in the same few styles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import App

from netwatch.tui.widgets.plain_static import PlainStatic

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Shown(App[None]):
    def compose(self) -> ComposeResult:
        yield PlainStatic(markup=False)


async def test_a_style_is_the_same_wherever_it_stands() -> None:
    """Or Textual's caches of styles fill with places for an hour: 16,384 of a kilobyte each."""
    async with Shown().run_test(size=(40, 4)) as pilot:
        text = pilot.app.query_one(PlainStatic)
        drawn = set()
        for blanks in range(20):
            text.update(Text.assemble(" " * blanks, ("word", "bold red"), " ", ("word", "bold red")))
            await pilot.pause()
            drawn |= {style for said, style, _ in text.render_line(0) if said == "word"}
        assert len(drawn) == 1
        assert [style.color.name for style in drawn if style is not None and style.color is not None] == ["color(1)"]
