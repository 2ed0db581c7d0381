"""The words of the command line: what each takes, how they are completed, and what a line means."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netwatch.errors import UsageError
from netwatch.text import printable
from netwatch.tui.commands import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.tui.command import Place

MOST_MEANT: Final = 4
"""Words that are named where one was begun that several begin with."""
MOST_DIGITS: Final = 15
"""Of a packet number."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that a line may begin with."""

    name: str
    help: str
    takes: str = ""
    """What may stand behind it; empty when nothing may."""
    needs: bool = False
    """Without something behind it, it means nothing."""
    values: tuple[str, ...] = ()
    """What is completed behind it."""
    action: str = ""
    """Textual's action when nothing stands behind it."""
    place: Place = "monitor"
    """Who carries that out."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a line asks for."""

    word: Word
    text: str


GO_TO: Final = Word("packet", "go to a packet", "NUMBER", needs=True)
WRITE: Final = Word("w", "save the buffer, or what is shown of it, to a new file", "[FILE]")
OVERWRITE: Final = Word("w!", "the same, and replace a file that exists", "FILE", needs=True)
QUIT_AT_ONCE: Final = Word("q!", "quit without a question")
_OWN: Final = (
    GO_TO,
    WRITE,
    OVERWRITE,
    Word("q", "quit; asks only when something would be lost", action="quit"),
    QUIT_AT_ONCE,
)
_TAKES: Final = {
    "find": "[TEXT]",
    "theme": "[NAME]",
    "display-filter": "[EXPRESSION]",
    "filter": "[EXPRESSION]",
    "interface": "[NAME]",
    "replay-jump": "[PLACE]",
}
"""Commands behind which the command line takes something."""
_ALSO: Final = {
    "$": "last",
    "N": "find-before",
    "colo": "theme",
    "colorscheme": "theme",
    "h": "help",
    "n": "find-next",
    "qa": "q",
    "qa!": "q!",
    "quit!": "q!",
    "se": "settings",
    "set": "settings",
    "sp": "split",
    "write": "w",
    "write!": "w!",
}
"""What vi and less call some words."""
_SAVE_AND_QUIT: Final = ("wq", "wq!", "x", "x!", "xa", "ZZ")
"""What is refused: to quit would end a save that takes its time."""


def words(themes: Sequence[str]) -> tuple[Word, ...]:
    """Return all words: those of the command line alone, and every command but those of a conversation by its id."""
    return _OWN + tuple(
        Word(
            command.id,
            command.help,
            _TAKES.get(command.id, ""),
            values=tuple(themes) if command.id == "theme" else (),
            action=command.action,
            place=command.place,
        )
        for command in COMMANDS
        if command.action and command.place != "follow"
    )


def completions(known: Sequence[Word], text: str) -> list[str]:
    """Return the lines that `text` may become, in the order of the alphabet."""
    found = [word.name for word in known] + [f"{word.name} {value}" for word in known for value in word.values]
    if " " not in text:
        found = [line for line in found if " " not in line]
    return sorted(line for line in found if line.startswith(text))


def _word(known: Sequence[Word], name: str) -> Word:
    """Return the word of a name, also of one that only it begins with, as vi takes it."""
    called = _ALSO.get(name, name)
    exact = next((word for word in known if word.name == called), None)
    if exact is not None:
        return exact
    if name in _SAVE_AND_QUIT:
        raise UsageError(f"no command {name}: w saves, and q quits once that is done")
    begun = [word for word in known if name and word.name.startswith(name)]
    if len(begun) == 1:
        return begun[0]
    near = [word.name for word in begun] or difflib.get_close_matches(name, [word.name for word in known], 1)
    meant = f"; did you mean {' or '.join(near[:MOST_MEANT])}?" if near else ""
    raise UsageError(f"no command {printable(name, 40)}{meant}")


def understood(known: Sequence[Word], text: str) -> Line:
    """Return what a line means.

    Raises:
        UsageError: there is no such word, or what stands behind it is not what it takes.
    """
    if text.strip().startswith("/"):
        text = f"find {text.strip()[1:]}"
    name, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    if name.isascii() and name.isdecimal():
        name, rest = GO_TO.name, name
    word = _word(known, name)
    if rest and not word.takes:
        raise UsageError(f"{word.name} takes nothing behind it")
    if word.needs and not rest:
        raise UsageError(f"{word.name} needs {word.takes}")
    if word is GO_TO and not (rest.isascii() and rest.isdecimal() and len(rest) <= MOST_DIGITS):
        raise UsageError(f"{printable(rest, 40)} is not the number of a packet")
    if word.values and rest and rest not in word.values:
        raise UsageError(f"no {word.name} {printable(rest, 40)}; there are {', '.join(word.values)}")
    return Line(word, rest)
