"""NameJudge: what detectors want to know of a name, remembered for names that come again."""

from __future__ import annotations

from typing import Final, NamedTuple

from netwatch.detect.names.prepare import prepared
from netwatch.detect.names.suffixes import public_suffixes
from netwatch.detect.names.trigrams import Trigrams, judgeable

REMEMBERED: Final = 4096


class Judged(NamedTuple):
    """One name."""

    registered: str
    """Who registered it, in the ICANN view; empty where the name tells nothing about that."""
    label: str
    """The first label of that."""
    score: float
    """Bits a character, 0 where the label cannot be judged."""


class NameJudge:
    """Scores the registered part of names; used by one thread."""

    def __init__(self) -> None:
        self._suffixes = public_suffixes()
        self._trigrams = Trigrams()
        self._known: dict[str, Judged] = {}

    def judge(self, name: str) -> Judged:
        """Return what is known of a name as a query or a response has it."""
        found = self._known.get(name)
        if found is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            registered = self._suffixes.registered(prepared(name))
            label = registered.partition(".")[0]
            score = self._trigrams.score(label) if judgeable(label) else 0.0
            found = self._known[name] = Judged(registered, label, score)
        return found

    def explained(self, judged: Judged) -> str:
        """Return one line that says how unusual a name is, and why."""
        rarest = " ".join(text for text, _ in self._trigrams.rarest(judged.label))
        return f"{judged.registered} {judged.score:.1f} bits a letter, rarest {rarest}"
