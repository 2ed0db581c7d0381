"""Loads detectors that the user wrote: Python files in a folder that nobody else could have put there."""

from __future__ import annotations

import os
import stat
import sys
import traceback
from inspect import isabstract
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from netwatch.detect.config import Config
from netwatch.detect.detector import Detector
from netwatch.detect.rule import Rule
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST: Final = 1 << 20
"""Bytes of a file."""
MOST_FILES: Final = 64
_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH
_ROOT: Final = 0


class CustomDetectors:
    """What a folder of the user's detectors holds. Errors are lines for the user; they never end anything."""

    def __init__(self) -> None:
        self.kinds: list[type[Detector[Any]]] = []
        self.problems: list[str] = []
        """Why something was not loaded, printable, one line each."""

    def load(self, folder: Path, user: int | None = None) -> None:
        """Load `*.py` of `folder`, in the order of their names; `user` is who must own all of it, by default we."""
        user = os.geteuid() if user is None else user
        try:
            paths = sorted(folder.glob("*.py"))
        except OSError as error:
            self._refuse(folder, error.strerror or "cannot be read")
            return
        if not paths:
            return
        if user == _ROOT:
            self.problems.append("your own detectors are not loaded as root")
            return
        if why := _not_ours(os.lstat(folder), user, directory=True):
            self._refuse(folder, why)
            return
        for path in paths[:MOST_FILES]:
            self._load_file(path, user)

    def _load_file(self, path: Path, user: int) -> None:
        try:
            source = _read(path, user)
        except OSError as error:
            self._refuse(path, error.strerror or str(error))
            return
        module = ModuleType(f"netwatch_custom_{path.stem}")
        module.__file__ = str(path)
        sys.modules[module.__name__] = module  # where dataclasses look for the names in annotations
        try:
            exec(compile(source, str(path), "exec"), module.__dict__)  # noqa: S102  # it is the user's own file
            found = list(_detectors(module))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # whatever it does, it must not end the capture
            del sys.modules[module.__name__]
            self._refuse(path, _words(error, path))
            return
        if not found:
            self._refuse(path, "it holds no detector: a class that extends Detector and has a rule")
        for kind in found:
            if why := self._unfit(kind):
                self._refuse(path, why)
            else:
                self.kinds.append(kind)

    def _unfit(self, kind: type[Detector[Any]]) -> str:
        if not isinstance(getattr(kind, "rule", None), Rule):
            return f"{kind.__name__}.rule is no Rule"
        if not isinstance(getattr(kind, "defaults", None), Config):
            return f"{kind.__name__}.defaults is no Config"
        if any(other.rule.id == kind.rule.id for other in self.kinds):
            return f"there is a detector {kind.rule.id} already"
        try:
            kind(kind.defaults)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # as above
            return f"{kind.__name__} cannot be made: {_words(error)}"
        return ""

    def _refuse(self, path: Path, why: str) -> None:
        self.problems.append(f"detector {printable(path.name, 80)} is not loaded: {printable(why, 200)}")


def _read(path: Path, user: int) -> bytes:
    """Return a file that belongs to `user` and that nobody else may write.

    Raises:
        OSError: it cannot be read, or somebody else could have written it.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if why := _not_ours(os.fstat(descriptor), user, directory=False):
            raise OSError(why)
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise OSError(f"it is larger than {LARGEST >> 20} MiB")
    return data


def _not_ours(facts: os.stat_result, user: int, *, directory: bool) -> str:
    if not (stat.S_ISDIR if directory else stat.S_ISREG)(facts.st_mode):
        return "it is no folder" if directory else "it is no ordinary file"
    if facts.st_uid != user:
        return "it belongs to somebody else"
    return "others may write to it; chmod go-w makes it yours" if facts.st_mode & _OTHERS else ""


def _detectors(module: ModuleType) -> Iterator[type[Detector[Any]]]:
    for value in vars(module).values():
        ours = isinstance(value, type) and issubclass(value, Detector) and value.__module__ == module.__name__
        if ours and not isabstract(value):
            yield value


def _words(error: BaseException, path: Path | None = None) -> str:
    """Return an error in one line, with the line of the file where it happened."""
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    if line is None and path is not None:
        steps = [step for step in traceback.extract_tb(error.__traceback__) if step.filename == str(path)]
        line = steps[-1].lineno if steps else None
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"line {line}: {text}" if line else text
