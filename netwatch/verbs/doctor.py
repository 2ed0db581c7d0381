"""`netwatch doctor`: what can be seen from here, what not, and the command that mends it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from netwatch.capture.doctor import examine, render
from netwatch.errors import ExitStatus
from netwatch.text import printable

if TYPE_CHECKING:
    import argparse


def doctor(options: argparse.Namespace) -> int:
    """Write the examination to standard output, or a bundle to a file; always done, whatever it finds.

    Raises:
        FileError: the bundle cannot be written.
    """
    checks = examine(drawn=_drawn())
    if options.bundle is None:
        sys.stdout.write(render(checks) + "\n")
        return ExitStatus.DONE
    from netwatch.verbs.bundle import write_bundle

    name = printable(write_bundle(options.bundle, checks))
    sys.stderr.write(f"netwatch: {name} is the bundle; read it before you give it away\n")
    return ExitStatus.DONE


def _drawn() -> str:
    """Say what the last run sent to its terminal, nothing where that is not known or where libraries are missing."""
    try:
        from netwatch.settings import memory_path
        from netwatch.tui.memory import PaneMemory
    except ImportError:
        return ""
    last = PaneMemory(memory_path()).last_drawn
    return last.words() if last is not None else ""
