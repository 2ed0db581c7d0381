"""What a display filter may go on with: fields by their beginning, values behind a comparison."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from netwatch.filter.fields import FAMILIES, FIELDS, field
from netwatch.filter.parser import RELATIONS
from netwatch.filter.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.filter.field import Field

    Seen = Callable[[Field], list[tuple[str, int]]]
    """Tells what values a field had, and how often, the most frequent first."""

MOST: Final = 200
_WORD = re.compile(r'(?:"[^"]*|[A-Za-z0-9_.:/-]*)$')
_BEFORE = re.compile(
    r"(?P<field>[A-Za-z_][A-Za-z0-9_.-]*)(?P<part>\[[^]]*\])?\s*(?:"
    + "|".join(re.escape(name) for name in sorted(RELATIONS, key=len, reverse=True))
    + r"|(?:not\s+)?in\s*\{[^{}]*)\s*$"
)
_OPERATORS: Final = (
    ("==", "is"), ("!=", "is not"), ("contains", "has in it"), ("matches", "is matched by a regular expression"),
    ("in", "is one of {..}"), (">", "is more than"), ("<", "is less than"), ("and", "both"), ("or", "one of both"),
)  # fmt: skip


def complete(text: str, cursor: int, seen: Seen = lambda _field: []) -> tuple[int, list[tuple[str, str]]]:
    """Return where the word that ends at `cursor` begins, and (text, title) of what it may become, the best first.

    `seen` knows which values there are.
    """
    before = text[: max(cursor, 0)]
    begin = before.rindex(found.group()) if (found := _WORD.search(before)) and found.group() else len(before)
    word = before[begin:]
    left = before[:begin]
    compared = _BEFORE.search(left)
    if compared:
        return begin, _values(compared.group("field"), word, (lambda _field: []) if compared.group("part") else seen)
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


def _values(name: str, word: str, seen: Seen) -> list[tuple[str, str]]:
    known = field(name)
    if known is None:
        return []
    counts = dict(seen(known))
    values = {value: f"seen {count:,} times" if count > 1 else "seen once" for value, count in counts.items()}
    if known.kind is Kind.BOOLEAN:
        values = {"True": "set", "False": "not set"}
    for shown, number in known.symbols.items():
        values[shown] = ", ".join(filter(None, (str(number), values.get(shown, ""))))
    wanted = word.strip('"').lower()
    starting = [value for value in values if value.lower().startswith(wanted)]
    inside = [value for value in values if wanted in value.lower() and not value.lower().startswith(wanted)]
    quotes = known.kind is Kind.TEXT
    return [(_quoted(value) if quotes else value, values[value]) for value in (*starting, *inside)][:MOST]


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
