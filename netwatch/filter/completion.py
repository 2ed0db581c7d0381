"""What a display filter may go on with: fields by their beginning, names of values behind a comparison."""

from __future__ import annotations

import re
from typing import Final

from netwatch.filter.fields import FAMILIES, FIELDS, field
from netwatch.filter.parser import RELATIONS
from netwatch.filter.values import Kind

MOST: Final = 200
_WORD = re.compile(r"[A-Za-z0-9_.:-]*$")
_BEFORE = re.compile(
    r"(?P<field>[A-Za-z_][A-Za-z0-9_.-]*)(?:\[[^]]*\])?\s*(?:"
    + "|".join(re.escape(name) for name in sorted(RELATIONS, key=len, reverse=True))
    + r")\s*$"
)
_OPERATORS: Final = (
    ("==", "is"), ("!=", "is not"), ("contains", "has in it"), ("matches", "is matched by a regular expression"),
    ("in", "is one of {..}"), (">", "is more than"), ("<", "is less than"), ("and", "both"), ("or", "one of both"),
)  # fmt: skip


def complete(text: str, cursor: int) -> tuple[int, list[tuple[str, str]]]:
    """Return where the word that ends at `cursor` begins, and (text, title) of what it may become, the best first."""
    before = text[: max(cursor, 0)]
    begin = before.rindex(found.group()) if (found := _WORD.search(before)) and found.group() else len(before)
    word = before[begin:]
    left = before[:begin]
    compared = _BEFORE.search(left)
    if compared:
        return begin, _values(compared.group("field"), word)
    if not word and re.search(r"[\w\])\"]\s+$", left) and not re.search(r"\b(?:and|or|not|xor)\s+$", left):
        return begin, list(_OPERATORS)
    return begin, _fields(word)


def _fields(word: str) -> list[tuple[str, str]]:
    wanted = word.lower()
    for old, new in FAMILIES.items():
        if wanted == old or wanted.startswith(old + "."):
            wanted = new + wanted[len(old) :]
    starting = [name for name in FIELDS if name.startswith(wanted)]
    # The next level first, as one types from the left
    depth = wanted.count(".")
    starting.sort(key=lambda name: (name.count(".") > depth + (name.partition(".")[0] == wanted), name))
    inside = [name for name in FIELDS if wanted and wanted in name and not name.startswith(wanted)]
    return [(name, FIELDS[name].title) for name in (*starting, *inside)][:MOST]


def _values(name: str, word: str) -> list[tuple[str, str]]:
    known = field(name)
    if known is None:
        return []
    if known.kind is Kind.BOOLEAN:
        values = [("True", "set"), ("False", "not set")]
    else:
        values = [(shown, str(number)) for shown, number in known.symbols.items()]
    return [pair for pair in values if pair[0].lower().startswith(word.lower())][:MOST]
