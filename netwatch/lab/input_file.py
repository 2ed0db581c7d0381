"""Files that a tool is given to work on: one that cannot be used is wrong usage, as a wrong option is."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from netwatch.errors import ExitStatus, FileError

if TYPE_CHECKING:
    from collections.abc import Iterator


class InputFileError(FileError):
    """A file that was named as input cannot be read, or holds something else."""

    status = ExitStatus.USAGE


@contextmanager
def as_input() -> Iterator[None]:
    """Let what reads a file that was named as input say so: a FileError becomes an InputFileError."""
    try:
        yield
    except FileError as error:
        raise InputFileError(error.message, error.hint) from error
