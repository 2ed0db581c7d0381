"""How much memory is left, and how much of it the ring of a capture takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.capture.sysfs import number_in

if TYPE_CHECKING:
    from pathlib import Path

RING_BYTES: Final = 128 << 20
"""A fifth of a second of a million packets/s of mixed sizes, for which other programs may keep the processor."""
SMALL_RING_BYTES: Final = 64 << 20
"""Of each of several rings, and where memory is scarce."""
SCARCE: Final = 1 << 30
"""Bytes left below which it is."""


def ring_bytes(available: int | None) -> int:
    """Return how large a ring may be where so much memory is left, None for nobody knows."""
    return SMALL_RING_BYTES if available is not None and available < SCARCE else RING_BYTES


def available_memory(root: Path) -> int | None:
    """Return what may still be taken, in bytes: of the machine, or less where a control group has a limit."""
    try:
        lines = (root / "proc/meminfo").read_text("ascii", "replace").splitlines()
        found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    except (OSError, ValueError, IndexError):
        return None
    limit, used = (number_in(root / "sys/fs/cgroup" / name) for name in ("memory.max", "memory.current"))
    if limit is not None and used is not None:
        found.append(max(limit - used, 0))
    return min(found, default=None)
