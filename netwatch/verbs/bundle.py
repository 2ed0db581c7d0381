"""`netwatch doctor --bundle`: what a report of a fault needs, in one file of text, and nothing of what was captured."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from netwatch import __version__
from netwatch.capture.doctor import render
from netwatch.capture.privileges import drop_privileges
from netwatch.errors import UsageError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from netwatch.capture.check import Check

HEAD: Final = f"""\
netwatch {__version__}: a bundle for a report of a fault, made by netwatch doctor --bundle.
No packets, and of errors no words that may come from packets. It does tell this machine's interfaces and addresses, and
your settings: read it before you give it away.
"""
LARGEST_LOG: Final = 1 << 19
"""Bytes of the end of a log."""
_RAISED: Final = re.compile(r"^(?P<kind>[A-Za-z_][\w.]*)(?::.*)?$")
"""The last line of a traceback: `ValueError: what was wrong`."""
_TOLD: Final = re.compile(r"(?P<kind>\b[A-Za-z_]\w*)\(.*")
"""The repr of an error in the first line of an entry."""
_PLACES: Final = "Traceback (most recent call last):"
_PLACE: Final = re.compile(r"  File \"|    |  \[Previous line repeated \d+ more times?\]$")
"""Where in the code, or the line there."""
_ENTRY: Final = re.compile(r"^\d{4}-\d\d-\d\dT\S+ netwatch ")


def write_bundle(path: str, checks: Sequence[Check]) -> str:
    """Write a new file, mode 0600, that belongs to the user behind sudo; return its name, made up when `path` is empty.

    Raises:
        FileError: it exists already or cannot be written.
    """
    drop_privileges()
    from netwatch.capture.atomic import AtomicFile

    name = path or time.strftime("netwatch-bundle_%Y%m%d_%H%M%S.txt")
    with AtomicFile(name) as file:
        file.write("\n".join(_parts(checks)).encode())
        file.commit()
    return name


def _parts(checks: Sequence[Check]) -> Iterator[str]:
    from netwatch.settings import folders

    yield HEAD
    yield from ("== what netwatch doctor says ==", render(checks), "")
    yield from ("== settings ==", _settings(), "")
    for name in ("problems.log.1", "problems.log"):
        log = _end_of(folders().user_state_path / name)
        yield from (f"== {name} ==", "\n".join(without_data(log)) if log else "none", "")


def without_data(log: str) -> Iterator[str]:
    """Yield the lines of a log of problems without the words of errors, which may hold what was in a packet.

    The words follow the places in the code, may have several lines, and these may look like a place.
    """
    places = False
    for line in log.splitlines():
        if _ENTRY.match(line):
            places = False
            yield printable(_TOLD.sub(r"\g<kind>(...)", line), 400)
        elif line == _PLACES:
            places = True
            yield line
        elif places and _PLACE.match(line):
            yield printable(line, 400)
        else:
            raised = _RAISED.match(line) if places else None
            places = False
            yield f"{raised['kind']}: ..." if raised else "..." if line else ""


def _settings() -> str:
    from netwatch.config.settings_text import settings_toml
    from netwatch.settings import config_path, load

    path = config_path()
    try:
        return settings_toml(load(path), path)
    except UsageError as error:
        return f"cannot be used: {error}"


def _end_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - LARGEST_LOG, 0))
            return file.read(LARGEST_LOG).decode("utf-8", "replace")
    except OSError:
        return ""
