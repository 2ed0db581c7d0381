"""What the operating system says about a file, as one line for the person at the terminal."""

from __future__ import annotations

import errno
import os
from typing import Final

from netwatch.errors import FileError
from netwatch.text import printable

_REASONS: Final = {
    errno.ENOENT: "there is no such file or folder",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.EISDIR: "it is a folder",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the file system is read-only",
    errno.ENOSPC: "no space is left on the device",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would exceed the size limit",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "it is a symbolic link",
    errno.EEXIST: "the file exists already",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open on this system",
    errno.EPIPE: "the reader of the pipe has gone",
}


def reason(error: OSError | ValueError) -> str:
    """Return why an operation failed, in lower case and without a full stop."""
    if isinstance(error, ValueError):  # Python itself refuses a NUL byte in a path
        return "the name is not valid"
    if error.errno in _REASONS:
        return _REASONS[error.errno]
    text = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
    return printable(text[:1].lower() + text[1:])


def cannot(action: str, path: str, error: OSError | ValueError) -> FileError:
    """Return `cannot <action> <path>: <reason>` as an error to raise."""
    return FileError(f"cannot {action} {printable(path)}: {reason(error)}")
