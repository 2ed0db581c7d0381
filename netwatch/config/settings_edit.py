"""One setting changed in the text of a settings file; comments and order stay as the user wrote them."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Final

from netwatch.config.settings_text import toml_value
from netwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_LINES: Final = 2000
"""A file with more is no file of settings; looking for the ends of its statements would take long."""


def edited(text: str, key: str, value: Any) -> str:
    """Return the TOML `text` in which the top-level `key` is `value`; None takes the key out, so the default holds.

    Raises:
        UsageError: `text` is not valid TOML, or it is written so that the change cannot be made without touching more.
    """
    before = _parsed(text)
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    if before is None or len(lines) > MOST_LINES:
        raise UsageError("the settings file cannot be read as TOML; mend it by hand first")
    written = [] if value is None else [f"{key} = {toml_value(value)}"]
    span = next(((first, last) for name, first, last in _statements(lines) if name == key), None)
    if span is not None:
        comment = _comment_behind(lines[span[0] : span[1]])
        new = [f"{line}  {comment}".rstrip() for line in written] or [comment.rstrip()] * bool(comment)
        lines[span[0] : span[1]] = new
    elif written:
        place = _place_for(lines, key)
        lines[place:place] = written
    after = ending.join(lines)
    wanted = {name: each for name, each in before.items() if name != key}
    if value is not None:
        wanted[key] = list(value) if isinstance(value, tuple) else value
    if _parsed(after) != wanted:
        raise UsageError(f"{key} cannot be changed where it stands in the settings file; change it by hand")
    return after


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _statements(lines: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Yield (key, first line, line behind the last) of each statement before the first table."""
    first = 0
    while first < len(lines):
        line = lines[first].strip()
        if line.startswith("["):
            return
        last = first + 1
        if line and not line.startswith("#"):
            while (found := _parsed("\n".join(lines[first:last]))) is None and last < len(lines):
                last += 1
            if found is None:
                return
            yield next(iter(found), ""), first, last
        first = last


def _comment_behind(statement: Sequence[str]) -> str:
    """Return the comment that ends a statement, empty for none."""
    whole, last = _parsed("\n".join(statement)), statement[-1]
    for place, character in enumerate(last):
        if character == "#" and _parsed("\n".join([*statement[:-1], last[:place]])) == whole:
            return last[place:]
    return ""


def _place_for(lines: Sequence[str], key: str) -> int:
    """Return before which line a new key goes: below its own commented line, else behind the last key before tables."""
    table = next((number for number, line in enumerate(lines) if line.lstrip().startswith("[")), None)
    top = len(lines) if table is None else table
    for number in range(top):
        if lines[number].strip().removeprefix("#").replace(" ", "").startswith(f"{key}="):
            return number + 1
    behind = max((last for _, _, last in _statements(lines)), default=0)
    if behind:
        return behind
    if table is None:
        return top - 1 if lines[-1] == "" else top
    while top and lines[top - 1].strip().startswith("#"):  # what stands right above a table speaks of it
        top -= 1
    return top
