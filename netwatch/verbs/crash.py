"""After a crash: it is said in a line and logged, and the buffer is saved, if the settings want that."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netwatch.capture.invoking_user import invoking_user
from netwatch.errors import ExitStatus, NetwatchError
from netwatch.plural import counted
from netwatch.problem import Problem
from netwatch.snapshot import CaptureState
from netwatch.text import printable
from netwatch.threads.problem_log import ProblemLog

if TYPE_CHECKING:
    from netwatch.engine import Engine
    from netwatch.settings import Settings

PATIENCE: Final = 60.0
"""Seconds that saving may take; whoever crashed may not hang on top of it."""


def say_internal_error(error: Exception) -> int:
    """Say in one line what nobody foresaw, log where it happened, and return the exit status."""
    problem = Problem.of("internal error", error)
    said = f"; {path} has more, for netwatch doctor --bundle" if (path := _logged(problem)) else ""
    sys.stderr.write(f"netwatch: {problem.words}{said}\n")
    return ExitStatus.FAILED


def _logged(problem: Problem) -> str:
    """Log the problem and return where; not while rights are still to be dropped, for the log is the user's."""
    from netwatch.settings import folders

    if hasattr(os, "geteuid") and os.geteuid() == 0 and invoking_user(os.environ) is not None:
        return ""
    path = folders().user_state_path / "problems.log"
    ProblemLog(path).add([problem], datetime.now(UTC))
    return printable(str(path)) if path.exists() else ""


def save_after_crash(engine: Engine, settings: Settings, status: int) -> None:
    """Save the buffer and say where, when the monitor did not end by its user's will and `save_on_crash` is set.

    Must be called before the engine is closed. That there is nothing to save, or that it cannot be saved, is said.
    """
    snapshot = engine.snapshot()
    broken = status != 0 or (snapshot.live and snapshot.state is CaptureState.FAILED)
    if not (settings.save_on_crash and snapshot.live and broken):
        return
    folder = Path(settings.save_folder or ".")
    path = folder / time.strftime(f"crash_%Y%m%d_%H%M%S.{settings.save_format}")
    try:
        saved = engine.save(path).result(PATIENCE)
    except (NetwatchError, TimeoutError) as error:
        said = f"the buffer could not be saved: {printable(str(error) or 'it took too long', 300)}"
    else:
        said = f"{counted(saved.packets, 'packets')} of the buffer are in {printable(str(path))}"
    sys.stderr.write(f"netwatch: {said}\n")
