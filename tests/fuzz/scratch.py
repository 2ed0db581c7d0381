"""A folder in memory for readers that want a file."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

MEMORY = Path("/dev/shm")


def written(data: bytes, name: str) -> Path:
    """Return where `data` lies, alone in its folder."""
    path = _folder() / name / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


@cache
def _folder() -> Path:
    holder = tempfile.TemporaryDirectory(prefix="netwatch-fuzz-", dir=MEMORY if MEMORY.is_dir() else None)
    _holders.append(holder)
    return Path(holder.name)


_holders: list[tempfile.TemporaryDirectory[str]] = []
"""They remove themselves when the process ends."""
