"""ThemedText: a text whose styles may be names of the theme's colours, so that another theme draws it in its own."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from rich.text import Text

from netwatch.tui.widgets.plain_static import PlainStatic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import RenderResult

NAMED: Final = frozenset({"Enter", "Esc", "Space", "Tab", "Up", "Down"})
"""Keys that are no single characters."""


class ThemedText(PlainStatic):
    """Shows a text; styles as `accent`, `dim` or `error` are looked up each time it is drawn, others stay."""

    def __init__(self, said: Text | None = None, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # as Textual calls it
        """Show `said`."""
        super().__init__(id=id, classes=classes, markup=False)
        self._said = said or Text()

    def show(self, said: Text, *, layout: bool = True) -> None:
        """Show another text, with `layout` when it may need more or less room."""
        self._said = said
        self.refresh(layout=layout)

    def render(self) -> RenderResult:
        """Draw it in the colours of now."""
        variables = self.app.theme_variables
        drawn = self._said.copy()
        drawn.style = _color(str(drawn.style), variables)
        drawn.spans = [span._replace(style=_color(str(span.style), variables)) for span in drawn.spans]
        return drawn


def keys_said(keys: str) -> Text:
    """Return a line of keys as the footer of the monitor has them, of `Enter takes  J K order  Esc leaves`.

    Two blanks or more stand between what is said of one key and of the next.
    """
    line = Text(no_wrap=True, overflow="ellipsis")
    for said in re.split(" {2,}", keys):
        words = said.split(" ")
        names = [*takewhile(lambda word: len(word) == 1 or word in NAMED, words)]
        line.append("  " if line else "").append(" ".join(names), "accent")
        line.append("".join(f" {word}" for word in words[len(names) :]))
    return line


def _color(style: str, variables: Mapping[str, str]) -> str:
    """Return the colour that the theme has by a name; what is no name of one stays."""
    return variables[style].split(" ")[0] if style in variables else style
