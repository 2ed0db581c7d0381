"""Trigrams: how unusual the letters of a name follow each other, from the names that people registered."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final

ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789-"
START: Final = 37
"""Code of what stands in front of a label, twice."""
END: Final = 38
"""Code of what stands behind it."""
OTHER: Final = 39
"""Code of every character that no host name has."""
SIZE: Final = 40
"""Codes in all."""
STEPS: Final = 12
"""Steps of the table a bit."""
TABLE: Final = Path(__file__).with_name("trigrams.bin")
"""SIZE ** 3 bytes, compressed: -log2 of the probability of the third code after the first two, in STEPS a bit."""
SHORTEST: Final = 7
"""Characters that a label needs to be judged: shorter ones are abbreviations."""
UNDECODED: Final = "xn--"
"""In front of labels in another script (RFC 5890 section 2.3.2.1), whose letters are not in the label."""

_CODES: Final = bytes(
    ALPHABET.index(chr(code).lower()) if code < 128 and chr(code).lower() in ALPHABET else OTHER for code in range(256)
)
_MARKS: Final = {START: "^", END: "$", OTHER: "?"}


class Trigrams:
    """A table of probabilities; immutable."""

    def __init__(self, table: bytes | None = None) -> None:
        """Use `table`, or the one that netwatch ships."""
        self._table = zlib.decompress(TABLE.read_bytes()) if table is None else table

    def score(self, label: str) -> float:
        """Return the mean bits a character of one label, its end included: 3 to 4.5 for words, above 5 for noise."""
        table = self._table
        before, last, total = START, START, 0
        for code in codes(label):
            total += table[(before * SIZE + last) * SIZE + code]
            before, last = last, code
        total += table[(before * SIZE + last) * SIZE + END]
        return total / (STEPS * (len(label) + 1))

    def rarest(self, label: str, count: int = 3) -> tuple[tuple[str, float], ...]:
        """Return the `count` most unusual sequences of `label` with their bits; ^ is its begin and $ its end."""
        sequence = [START, START, *codes(label), END]
        found: dict[str, float] = {}
        for at in range(2, len(sequence)):
            before, last, code = sequence[at - 2 : at + 1]
            text = "".join(_MARKS.get(each) or ALPHABET[each] for each in (before, last, code))
            found[text] = self._table[(before * SIZE + last) * SIZE + code] / STEPS
        return tuple(sorted(found.items(), key=lambda item: -item[1])[:count])


def codes(label: str) -> bytes:
    """Return the code of each character of `label`."""
    return label.encode("latin-1", "replace").translate(_CODES)


def judgeable(label: str) -> bool:
    """Return True for a label that is long enough to be judged, and written in letters that the table knows."""
    return len(label) >= SHORTEST and not label.startswith(UNDECODED)
