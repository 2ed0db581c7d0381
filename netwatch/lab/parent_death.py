"""A child process that does not outlive the one that started it (prctl(2); Linux only)."""

from __future__ import annotations

import ctypes
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
# linux/prctl.h


def end_with_parent() -> None:
    """Let the kernel send SIGTERM to this process when its parent ends; changing users forgets that again."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
