"""The user behind sudo, doas or pkexec, and the one-way change from root to that user."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwatch.capture.capabilities import (
    drop_all_capabilities,
    drop_bounding_set,
    forbid_new_privileges,
    forbid_tracing,
    hand_on_only,
    keep_through_change,
    read_capabilities,
)
from netwatch.errors import NetwatchError
from netwatch.text import printable

if TYPE_CHECKING:
    import pwd
    from collections.abc import Mapping, MutableMapping, Sequence


@dataclass(frozen=True, slots=True)
class InvokingUser:
    """An existing user other than root."""

    uid: int
    gid: int
    name: str
    home: str


def invoking_user(environ: Mapping[str, str]) -> InvokingUser | None:
    """Return the user that started this root process, None when root itself did.

    SUDO_UID and its like are what the caller says, so they are taken only as the number or name of an existing user
    other than root.
    """
    entry = _entry_of_number(environ.get("SUDO_UID", "")) or _entry_of_number(environ.get("PKEXEC_UID", ""))
    if entry is None and environ.get("DOAS_USER"):
        entry = _entry_of_name(environ["DOAS_USER"])
    if entry is None or entry.pw_uid == 0:
        return None
    gid = entry.pw_gid
    sudo_gid = _number(environ.get("SUDO_GID", "")) if "SUDO_UID" in environ else 0
    return InvokingUser(entry.pw_uid, sudo_gid or gid, entry.pw_name, entry.pw_dir)


def user_named(name: str) -> InvokingUser | None:
    """Return the user of that name, None for root and where there is none."""
    entry = _entry_of_name(name)
    if entry is None or entry.pw_uid == 0:
        return None
    return InvokingUser(entry.pw_uid, entry.pw_gid, entry.pw_name, entry.pw_dir)


def become(user: InvokingUser | None, environ: MutableMapping[str, str], keep: int | None = None) -> None:
    """Give up every capability and, when `user` is given, root itself, for good.

    Must run in the only thread of the process, since Linux keeps capabilities thread by thread. Sets HOME to the
    user's home and touches nothing else in `environ`. The capability `keep` stays, also in a program run instead.

    Raises:
        NetwatchError: something could not be given up; the process must not go on then.
    """
    require_single_thread()
    if keep is not None:
        keep_through_change(keep)
    drop_bounding_set()
    if user is not None:
        _change_ids(user)
    if keep is None:
        drop_all_capabilities()
    else:
        hand_on_only(keep)
    forbid_new_privileges()
    forbid_tracing()
    _verify(user, 0 if keep is None else 1 << keep)
    if user is not None:
        environ["HOME"] = user.home


def require_single_thread() -> None:
    """Raise NetwatchError when another thread runs, for it would keep its capabilities."""
    try:
        threads = len(os.listdir("/proc/self/task"))
    except OSError:
        threads = 1
    if threads > 1:
        raise NetwatchError(f"privileges cannot be dropped safely: {threads} threads run already")


def can_read(user: InvokingUser, paths: Sequence[str]) -> bool:
    """Return whether `user` may read all these files; asked in a child process that becomes that user."""
    require_single_thread()
    child = os.fork()
    if child == 0:
        readable = False
        try:
            _change_ids(user)
            readable = all(os.access(path, os.R_OK) for path in paths)
        finally:
            os._exit(0 if readable else 1)
    _, status = os.waitpid(child, 0)
    return status == 0


def _change_ids(user: InvokingUser) -> None:
    try:
        os.setgroups(os.getgrouplist(user.name, user.gid))
        os.setresgid(user.gid, user.gid, user.gid)
        os.setresuid(user.uid, user.uid, user.uid)
    except OSError as error:
        raise NetwatchError(f"cannot become user {printable(user.name)}: {error.strerror}") from error


def _verify(user: InvokingUser | None, kept: int) -> None:
    left = read_capabilities()
    if left is not None and left.usable & ~kept:
        raise NetwatchError(f"privileges could not be dropped: capabilities {left.usable:x} are left")
    if user is not None and (os.getresuid() != (user.uid,) * 3 or os.getresgid() != (user.gid,) * 3):
        raise NetwatchError(f"privileges could not be dropped: still not user {printable(user.name)}")


def _entry_of_number(text: str) -> pwd.struct_passwd | None:
    import pwd

    try:
        return pwd.getpwuid(_number(text)) if _number(text) else None
    except (KeyError, OverflowError):
        return None


def _entry_of_name(name: str) -> pwd.struct_passwd | None:
    import pwd

    try:
        return pwd.getpwnam(name)
    except (KeyError, ValueError):
        return None


def _number(text: str) -> int:
    """Return a positive identifier, 0 for everything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else 0
