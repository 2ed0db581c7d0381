"""Rendition: colours and attributes of a terminal's cell, and the shortest order that leads from one to another.

Orders are those of select graphic rendition (SGR, ECMA-48 8.3.117, colours of 256 and of 24 bits as in xterm).
"""

from __future__ import annotations

from typing import Final, NamedTuple

FACE: Final = frozenset(("1", "2", "3"))
"""Bold, faint and italic: a blank looks the same with them and without."""
UNDOING: Final = frozenset(("", "0", "21", "22", "23", "24", "25", "27", "28", "29", "39", "49", "54", "55"))
"""Orders that take back what others did: what follows from them depends on what was."""
FOREGROUNDS: Final = (*range(30, 39), *range(90, 98))
BACKGROUNDS: Final = (*range(40, 49), *range(100, 108))
KEPT: Final = 4096
"""Styles whose parts are remembered; a screen has some dozens."""


class Rendition(NamedTuple):
    """What SGR orders have set; empty where the terminal's own holds."""

    foreground: str = ""
    background: str = ""
    others: tuple[str, ...] = ()

    def on_blank(self, before: Rendition) -> Rendition:
        """Return what may be in force where a blank is drawn so, when `before` was: not all of it can be seen."""
        if not FACE.issuperset((*self.others, *before.others)):
            return self
        if self.background or not before.background:
            return Rendition(before.foreground, self.background, before.others)
        return Rendition()

    def order(self, before: Rendition) -> str:
        """Return what makes a terminal change from `before` to this."""
        if self == before:
            return ""
        lost = (before.foreground and not self.foreground) or (before.background and not self.background)
        if lost or not {*before.others} <= {*self.others} or not UNDOING.isdisjoint(self.others):
            return f"\x1b[{';'.join(('0', *filter(None, (*self.others, self.foreground, self.background))))}m"
        words = [word for word in self.others if word not in before.others]
        words += [
            now
            for now, was in ((self.foreground, before.foreground), (self.background, before.background))
            if now != was
        ]
        return f"\x1b[{';'.join(words)}m"


PLAIN: Final = Rendition()


class Renditions:
    """Renditions by the parameters of the orders that set them, such as `1;38;5;74`."""

    def __init__(self) -> None:
        self._known: dict[str, Rendition] = {"": PLAIN}

    def of(self, style: str) -> Rendition:
        """Return what `style` sets after a reset."""
        found = self._known.get(style)
        if found is None:
            if len(self._known) >= KEPT:
                self._known = {"": PLAIN}
            found = self._known[style] = _parsed(style)
        return found

    def blank(self, style: str) -> str:
        """Return the style whose blanks look the same as those of `style` and that all such styles share."""
        rendition = self.of(style)
        return rendition.background if FACE.issuperset(rendition.others) else style


def _parsed(style: str) -> Rendition:
    foreground, background, others = "", "", []
    words = style.split(";")
    while words:
        size = {"2": 5, "5": 3}.get(words[1], 1) if words[0] in ("38", "48") and len(words) > 1 else 1
        word, words = ";".join(words[:size]), words[size:]
        code = int(word.split(";")[0] or 0)
        if code in FOREGROUNDS:
            foreground = word
        elif code in BACKGROUNDS:
            background = word
        else:
            others.append(word)
    return Rendition(foreground, background, tuple(others))
