"""When a recording ends by itself (`-a`) and when it goes on in a new file (`-b`), as dumpcap understands them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from netwatch.errors import UsageError
from netwatch.nanoseconds import SECOND
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_KILOBYTE: Final = 1000
"""dumpcap(1): "Note that 1 kB is 1000 bytes"."""
_LARGEST: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a recording or of one of its files; None is no limit."""

    duration_ns: int | None = None
    """Nanoseconds since the first packet."""
    packets: int | None = None
    filesize: int | None = None
    """Bytes; the packet that reaches it is the last."""
    files: int | None = None
    """For `-a` how many files are written, for `-b` how many are kept."""


def parse_autostop(texts: Iterable[str]) -> Limits:
    """Return the limits that `-a` states: `duration:S`, `packets:N`, `filesize:KB`, `files:N`.

    Raises:
        UsageError: a text is none of these, or its value is not a positive number.
    """
    return _parsed("-a", texts)


def parse_ring(texts: Iterable[str]) -> Limits:
    """Return the limits that `-b` states, of one file but for `files:N`, the number of files that are kept.

    Raises:
        UsageError: as for `parse_autostop`, or nothing says when a file is full.
    """
    limits = _parsed("-b", texts)
    if limits == Limits(files=limits.files):
        raise UsageError("-b does not say when to begin a new file", "add -b filesize:KB, duration:S or packets:N")
    return limits


def _parsed(option: str, texts: Iterable[str]) -> Limits:
    limits = Limits()
    for text in texts:
        word, _, value = text.partition(":")
        if word == "duration":
            limits = replace(limits, duration_ns=_number(option, text, value, SECOND))
        elif word == "packets":
            limits = replace(limits, packets=_number(option, text, value))
        elif word == "filesize":
            limits = replace(limits, filesize=_number(option, text, value, _KILOBYTE))
        elif word == "files":
            limits = replace(limits, files=_number(option, text, value))
        else:
            raise UsageError(
                f"{option} {printable(text)} is not known",
                "it is duration:S, packets:N, filesize:KB or files:N, and for -a match:EXPR",
            )
    return limits


def _number(option: str, text: str, value: str, unit: int = 1) -> int:
    try:
        number = int(value) * unit if value.isascii() and value.isdigit() else 0
        if unit == SECOND and not number:
            number = int(float(value) * SECOND)
    except (ValueError, OverflowError):
        number = 0
    if not 0 < number < _LARGEST:
        raise UsageError(f"{option} {printable(text)} does not end in a positive number")
    return number
