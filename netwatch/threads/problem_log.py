"""The log of parts that broke: a small file of the user's, replaced by a new one when it is full."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

from netwatch import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from netwatch.problem import Problem

LARGEST: Final = 1 << 18
"""Bytes after which the log begins anew; the one before is kept as NAME.1."""


class ToldProblems:
    """Tells a log of each problem once, whoever noticed it; may be asked by any thread."""

    def __init__(self, log: ProblemLog | None) -> None:
        """Without a `log` nobody is told."""
        self._log = log
        self._known: frozenset[Problem] = frozenset()

    def tell(self, problems: tuple[Problem, ...], when: datetime) -> None:
        """Add those that are new to the log."""
        fresh = [problem for problem in problems if problem not in self._known]
        self._known |= {*fresh}
        if fresh and self._log is not None:
            self._log.add(fresh, when)


class ProblemLog:
    """Appends to a file; that it cannot be written is no reason to bother anybody."""

    def __init__(self, path: Path) -> None:
        """Write to `path`, which is made when there is something to say."""
        self.path = path

    def add(self, problems: Iterable[Problem], when: datetime) -> None:
        """Note what broke `when`."""
        text = "".join(
            f"{when.isoformat(timespec='seconds')} netwatch {__version__}: {problem.words}\n{problem.trace}\n"
            for problem in problems
        )
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.path.is_symlink() or (self.path.exists() and self.path.stat().st_size >= LARGEST):
                self.path.replace(self.path.with_name(f"{self.path.name}.1"))
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            descriptor = os.open(self.path, flags, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.write(text)
