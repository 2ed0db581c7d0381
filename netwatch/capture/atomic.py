"""Files that appear under their name whole or not at all, and never in place of something that was there."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from typing import TYPE_CHECKING, Final

from netwatch.capture.file_errors import cannot
from netwatch.errors import FileError
from netwatch.text import printable

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_NO_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES})
"""What file systems without hard links answer (FAT, some network and user-space ones)."""


class AtomicFile:
    """A file that is written under a temporary name in the same folder and gets its own name when it is whole.

    Leaving the `with` block without `commit` removes it.
    """

    def __init__(self, path: str, *, overwrite: bool = False) -> None:
        """Create the temporary file, mode 0600; under sudo it belongs to the user who called.

        Raises:
            FileError: `path` exists and `overwrite` is False, is no regular file, or cannot be created.
        """
        self.path = path
        self.size = 0
        self._overwrite = overwrite
        self._folder = os.path.dirname(path) or "."
        self._published = False
        self._check_target()
        # a name of its own: the target's could become too long
        self._temporary = os.path.join(self._folder, f".netwatch-{secrets.token_hex(8)}.part")
        try:
            self._descriptor = os.open(self._temporary, _CREATE, 0o600)
        except (OSError, ValueError) as error:
            raise cannot("write", path, error) from error
        _give_to_invoker(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def write(self, data: bytes | memoryview) -> None:
        """Append all of `data`.

        Raises:
            FileError: there is no space, or the device failed; part of `data` may be in the file.
        """
        view = memoryview(data)
        while view:
            try:
                count = os.write(self._descriptor, view)
            except OSError as error:
                raise cannot("write", self.path, error) from error
            self.size += count
            view = view[count:]

    def truncate(self, size: int) -> None:
        """Take back what was written after the first `size` bytes."""
        try:
            os.ftruncate(self._descriptor, size)
            os.lseek(self._descriptor, size, os.SEEK_SET)
        except OSError as error:
            raise cannot("write", self.path, error) from error
        self.size = size

    def publish(self) -> None:
        """Give the file its own name now; it may go on growing (a recording is visible while it runs).

        Raises:
            FileError: something else has that name by now, or it cannot be given.
        """
        if self._published:
            return
        self._check_target()
        try:
            if self._overwrite:
                os.replace(self._temporary, self.path)
            else:
                self._link()
        except OSError as error:
            raise cannot("write", self.path, error) from error
        self._published = True

    def commit(self) -> None:
        """Bring everything to the disk, give the file its name and close it.

        Raises:
            FileError: any of that failed; the file is not there unless it was published before.
        """
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            if error.errno != errno.EINVAL:  # what cannot be synchronised
                raise cannot("write", self.path, error) from error
        self.publish()
        self._check_name()
        descriptor, self._descriptor = self._descriptor, -1
        try:
            os.close(descriptor)
        except OSError as error:
            raise cannot("write", self.path, error) from error
        self._sync_folder()

    def abort(self) -> None:
        """Close the file and remove it unless it has its own name. May be called twice, and after `commit`."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1
        if not self._published:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)
            self._published = True  # nothing is left that a second call could remove

    def _check_name(self) -> None:
        """Refuse to say that a file was written that nobody can find."""
        try:
            named = os.stat(self.path, follow_symlinks=False)
        except OSError as error:
            raise cannot("write", self.path, error) from error
        own = os.fstat(self._descriptor)
        if (named.st_ino, named.st_dev) != (own.st_ino, own.st_dev) and os.name == "posix":
            raise FileError(f"cannot write {printable(self.path)}: it was replaced while it was written")

    def _check_target(self) -> None:
        try:
            mode = os.lstat(self.path).st_mode
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise cannot("write", self.path, error) from error
        name = printable(self.path)
        if stat.S_ISLNK(mode):
            raise FileError(f"cannot write {name}: it is a symbolic link")
        if stat.S_ISDIR(mode):
            raise FileError(f"cannot write {name}: it is a folder")
        if not stat.S_ISREG(mode):
            raise FileError(f"cannot write {name}: it is not a regular file")
        if not self._overwrite:
            raise FileError(f"cannot write {name}: the file exists already")

    def _link(self) -> None:
        """Name the file so that nothing that has the name is lost, not even when it appeared just now."""
        try:
            os.link(self._temporary, self.path)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # without hard links the name is reserved by an empty file, which is then replaced
            os.close(os.open(self.path, _CREATE, 0o600))
            os.replace(self._temporary, self.path)
        else:
            os.unlink(self._temporary)

    def _sync_folder(self) -> None:
        with contextlib.suppress(OSError):  # not every system opens or synchronises folders
            descriptor = os.open(self._folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


_CREATE: Final = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def _give_to_invoker(descriptor: int) -> None:
    """Let a file that root makes under sudo belong to the user who called."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    user, group = (os.environ.get(name, "") for name in ("SUDO_UID", "SUDO_GID"))
    # the caller chooses these variables: numbers that are not root's only
    if user.isascii() and user.isdigit() and group.isascii() and group.isdigit() and int(user) and int(group):
        with contextlib.suppress(OSError, OverflowError):
            os.fchown(descriptor, int(user), int(group))
