"""How much memory a process that fuzzes may take before it makes room for another one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

MIB: Final = 1 << 20
ROOM: Final = 1400 * MIB
"""Resident bytes; libFuzzer itself ends a process at 2 GiB, so that one input which takes 600 MiB is still found."""
LOOKS: Final = 64
"""Inputs between two looks."""
GROWN: Final = 75
"""Exit status of a process that came to ROOM."""


def resident() -> int:
    """Return the resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
