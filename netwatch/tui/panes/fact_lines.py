"""Lines below a table: what is said of one row, in no more lines than there are."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence


def fitted(facts: Sequence[str], width: int, room: int) -> list[Text]:
    """Return `facts` in at most `room` lines of `width` cells; one that is cut ends with an ellipsis.

    A long one takes further lines as long as each of those behind it has one.
    """
    lines: list[Text] = []
    for place, fact in enumerate(facts[:room]):
        most = max(room - len(lines) - (min(len(facts), room) - place - 1), 1)
        broken = wrap(fact, width) or [""]
        for said in (*broken[: most - 1], " ".join(broken[most - 1 :])) if len(broken) > most else broken:
            line = Text(said, no_wrap=True)
            line.truncate(width, overflow="ellipsis")
            lines.append(line)
    return lines
