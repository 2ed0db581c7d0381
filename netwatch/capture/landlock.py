"""Landlock: a thread gives up for good what it will never do with files, TCP and other processes; Linux 5.13 and newer.

By the system calls themselves (landlock(7), linux/landlock.h), which have the same numbers on every architecture but
Alpha. A restriction holds for the calling thread and for all threads and processes that it starts afterwards.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netwatch.capture.capabilities import forbid_new_privileges
from netwatch.capture.invoking_user import require_single_thread
from netwatch.errors import NetwatchError

if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG: Final = 1
_PATH_BENEATH, _NET_PORT = 1, 2
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = (1 << bit for bit in range(4))
_OF_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15
"""Rights that a file can have, too; the others are a folder's. The last two are TRUNCATE and IOCTL_DEV."""
_IOCTL_DEV: Final = 1 << 15
_CONNECT_TCP, _BIND_TCP = 1 << 1, 1 << 0
_ABSTRACT_SOCKETS, _SIGNALS = 1 << 0, 1 << 1
_RIGHTS_BY_VERSION: Final = ((5, 16), (3, 15), (2, 14), (1, 13))
"""From which version of the interface on there are how many rights over files."""
TCP_VERSION: Final = 4
"""Version of the interface from which on TCP can be denied (Linux 6.7)."""
SCOPE_VERSION: Final = 6
"""Version from which on signals and abstract sockets of others can be (Linux 6.12)."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What stays possible; paths that do not exist are left out."""

    run: tuple[str, ...] = ()
    """Files and folders to read and to execute from."""
    read: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    """To read, to write, and to ask as terminals are asked."""
    write: tuple[str, ...] = ()
    """Folders in which files may be read, made, changed and removed."""
    ports: tuple[int, ...] = ()
    """TCP ports to connect to."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """What the kernel enforces from now on."""

    version: int
    """Of the interface; 0 where there is none, and nothing is enforced."""

    @property
    def files(self) -> bool:
        """Files can be opened only as allowed."""
        return self.version > 0

    @property
    def tcp(self) -> bool:
        """TCP connections can be opened only to the ports that are allowed, and none be listened for."""
        return self.version >= TCP_VERSION

    @property
    def words(self) -> str:
        """Say it in one line."""
        if not self.files:
            return "no sandbox: this kernel has no Landlock (Linux 5.13 and newer, if it is switched on)"
        tcp = "no TCP connections" if self.tcp else "TCP is not denied: that takes Linux 6.7"
        return f"sandbox by Landlock {self.version}: files only as needed, {tcp}"


def landlock_version() -> int:
    """Return the version of the kernel's interface, 0 where there is none or it is switched off."""
    if sys.platform != "linux":
        return 0
    return max(_system_call(_CREATE_RULESET, None, 0, _VERSION_FLAG), 0)


def restrict(allowed: Allowed, version: int | None = None) -> Restriction:
    """Give up all but what is `allowed`, as far as the kernel can take it; `version` makes it as an older one would.

    Raises:
        NetwatchError: another thread runs, which would keep its rights, or the kernel refuses.
    """
    version = landlock_version() if version is None else version
    if not version:
        return Restriction(0)
    require_single_thread()
    every = (1 << next(count for since, count in _RIGHTS_BY_VERSION if version >= since)) - 1
    network = _CONNECT_TCP | _BIND_TCP if version >= TCP_VERSION else 0
    scoped = _ABSTRACT_SOCKETS | _SIGNALS if version >= SCOPE_VERSION else 0
    size = 24 if version >= SCOPE_VERSION else 16 if version >= TCP_VERSION else 8
    ruleset = _checked(_CREATE_RULESET, struct.pack("=3Q", every, network, scoped)[:size], size, 0)
    try:
        reading = _READ_FILE | _READ_DIR
        for paths, rights in (
            (allowed.run, reading | _EXECUTE),
            (allowed.read, reading),
            (allowed.devices, reading | _WRITE_FILE | _IOCTL_DEV),
            (allowed.write, every & ~(_EXECUTE | _IOCTL_DEV)),
        ):
            _allow(ruleset, paths, rights & every)
        for port in allowed.ports if network else ():
            _checked(_ADD_RULE, ruleset, _NET_PORT, struct.pack("=QQ", _CONNECT_TCP, port), 0)
        forbid_new_privileges()
        _checked(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return Restriction(version)


def _allow(ruleset: int, paths: Iterable[str], rights: int) -> None:
    for path in dict.fromkeys(paths):
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
                given = rights if folder else rights & _OF_FILES
                _checked(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", given, descriptor), 0)
            finally:
                os.close(descriptor)


def _checked(number: int, *arguments: bytes | int | None) -> int:
    result = _system_call(number, *arguments)
    if result < 0:
        raise NetwatchError(f"the sandbox could not be set up: {os.strerror(ctypes.get_errno())}")
    return result


def _system_call(number: int, *arguments: bytes | int | None) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    # Variadic: without a type an integer would be 32 bit wide
    words = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return int(libc.syscall(ctypes.c_long(number), *words))
