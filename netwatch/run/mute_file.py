"""The file in which mutes that hold for ever are kept, a small one beside the user's settings."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from netwatch.capture import small_file
from netwatch.errors import FileError
from netwatch.tables.mutes import Mute
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LARGEST_FILE: Final = 1 << 16
MOST_MUTES: Final = 500


def read_mutes(path: Path) -> tuple[Mute, ...]:
    """Return the mutes in a file; one that makes no sense is as good as none."""
    found = small_file.read_json(path, LARGEST_FILE)
    if not isinstance(found, list):
        return ()
    mutes = (_mute(each) for each in found[:MOST_MUTES] if isinstance(each, dict))
    return tuple(mute for mute in mutes if mute is not None)


def write_mutes(path: Path, mutes: Iterable[Mute]) -> None:
    """Write those of `mutes` that hold for ever.

    Raises:
        FileError: the file cannot be written.
    """
    kept = [{"rule": mute.rule, "host": mute.host, "port": mute.port} for mute in mutes if not mute.until_ns]
    small_file.replace_json(path, kept)


def read_moved_mutes(path: Path, before: Path) -> tuple[Mute, ...]:
    """Return the mutes in `path`; those that an earlier version kept in the file `before` are moved there first.

    Where they cannot be moved they are read where they are.
    """
    if not path.exists() and before.exists():
        mutes = read_mutes(before)
        with contextlib.suppress(FileError, OSError):
            write_mutes(path, mutes)
            before.unlink()
        return mutes
    return read_mutes(path)


def _mute(found: dict[Any, Any]) -> Mute | None:
    rule, host, port = found.get("rule", ""), found.get("host", ""), found.get("port", 0)
    if not (isinstance(rule, str) and isinstance(host, str) and type(port) is int and (rule or host or port)):
        return None
    return Mute(printable(rule, 60), printable(host, 60), port)
