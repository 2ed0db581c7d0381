"""What can go wrong, in words for the person at the terminal, and the exit statuses that scripts see."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """Exit statuses of the command line (DESIGN.md section 5)."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_PERMITTED = 77


class NetwatchError(Exception):
    """Something that the user can understand and often mend.

    `message` says what happened and why, `hint` what to do about it; both are one line, without a final full stop
    in `hint` where it is a command to type.
    """

    status = ExitStatus.FAILED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class UsageError(NetwatchError):
    """The command line or a setting cannot be used as given."""

    status = ExitStatus.USAGE


class FilterError(UsageError):
    """A filter expression was refused; the message holds the compiler's own words."""


class NotPermittedError(NetwatchError):
    """The operating system refused the rights that a capture needs."""

    status = ExitStatus.NOT_PERMITTED


class CaptureError(NetwatchError):
    """An interface cannot be opened or stopped delivering for good."""


class FileError(NetwatchError):
    """A capture file cannot be read or written."""
