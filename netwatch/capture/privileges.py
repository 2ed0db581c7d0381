"""Rights for capturing: what needs them is opened first, then they are given up for good.

Imported before numpy and Textual, which start threads, and importing neither.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netwatch.capture.bpf import FilterCompiler
from netwatch.capture.capabilities import CAP_NET_RAW, raise_capability
from netwatch.capture.containers import detect_container
from netwatch.capture.invoking_user import InvokingUser, become, can_read, invoking_user, user_named
from netwatch.capture.own_session import OwnSession, find_own_session
from netwatch.capture.socket_pool import COOKED_SOCKETS, RAW_SOCKETS, SocketPool
from netwatch.errors import NotPermittedError, UsageError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class CaptureRights:
    """What was opened with rights; the process has none any more."""

    pool: SocketPool
    compiler: FilterCompiler
    own_session: OwnSession | None
    notes: tuple[str, ...] = ()
    """What the user should know about the rights, one sentence each."""

    @classmethod
    def acquire(cls, raw: int = RAW_SOCKETS, cooked: int = COOKED_SOCKETS, user: str = "") -> CaptureRights:
        """Open packet sockets and the filter compiler, find the own remote session, then drop every privilege.

        Afterwards the process is the user who called sudo (or doas, pkexec), or whoever it was without them, with no
        capability, no way to gain one, and HOME set to that user's. Works as root and with CAP_NET_RAW alone. As root
        `user` names whom to become instead.

        Raises:
            NotPermittedError: without the rights; the hint holds the command that has them.
            NetwatchError: privileges cannot be dropped, for instance because another thread runs.
        """
        pool = _open_pool(raw, cooked)
        try:
            compiler = FilterCompiler.open()
            own_session = find_own_session()
            notes = [*drop_privileges(user), *_notes(compiler)]
        except BaseException:
            pool.close()
            raise
        return cls(pool, compiler, own_session, tuple(notes))

    def close(self) -> None:
        """Close the sockets and the compiler. May be called twice."""
        self.pool.close()
        self.compiler.close()


def drop_privileges(name: str = "", keep: int | None = None) -> tuple[str, ...]:
    """Become the user `name`, else the one who called sudo, and give up every capability but `keep`.

    Does nothing on systems other than Linux and for a process that has no privileges. Stays root, but without any
    capability, when that user could not read the rest of netwatch. Returns what the user should know about it.

    Raises:
        UsageError: `name` is nobody that root can become here, or this is not root.
        NetwatchError: something could not be given up, for instance because another thread runs.
    """
    if name:
        become(_named(name), os.environ)
        return ()
    if sys.platform != "linux":
        return ("netwatch keeps its rights here, because each interface is opened with them",) if _is_root() else ()
    user = invoking_user(os.environ) if _is_root() else None
    unreadable = user is not None and not can_read(user, _program_files())
    become(None if unreadable else user, os.environ, keep)
    if user is not None and unreadable:
        where = printable(str(Path(__file__).parents[1]))
        return (f"netwatch stays root, with no capability left, because {printable(user.name)} cannot read {where}",)
    if not _is_root():
        return ()
    return ("netwatch runs as root, without any capability; --user nobody makes it an ordinary user",)


def _named(name: str) -> InvokingUser:
    shown = printable(name, 40)
    if sys.platform != "linux" or not _is_root():
        raise UsageError(f"--user {shown}: only root on Linux can become another user", "leave it out")
    user = user_named(name)
    if user is None:
        raise UsageError(f"--user {shown}: there is no such user besides root")
    if not can_read(user, _program_files()):
        where = printable(str(Path(__file__).parents[1]))
        raise UsageError(f"--user {shown}: this user cannot read {where} or its Python", "install it for everybody")
    return user


def permitted_command(arguments: Sequence[str] | None = None) -> str:
    """Return the shell command that runs netwatch with `arguments` (default: as now) with rights.

    With the absolute path, since sudo looks only in its own secure_path.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    return shlex.join(["sudo", *own_command(), *words])


def setpriv_command(arguments: Sequence[str] | None = None) -> str:
    """Return the shell command that gives netwatch CAP_NET_RAW and nothing else, running as the user from the start."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return (
        'sudo setpriv --reuid "$(id -u)" --regid "$(id -g)" --init-groups --inh-caps +net_raw --ambient-caps +net_raw '
        '-- env HOME="$HOME" ' + shlex.join([*own_command(), *words])
    )


def _open_pool(raw: int, cooked: int) -> SocketPool:
    if sys.platform == "linux":
        raise_capability(CAP_NET_RAW)
    try:
        return SocketPool.open(raw, cooked)
    except NotPermittedError as error:
        raise NotPermittedError(error.message, _hint()) from error


def _hint() -> str:
    if not _is_root():
        return f"Run: {printable(permitted_command(), 8192)}"
    container = detect_container()
    where = f"the {container} container" if container else "a container"
    return (
        f"Root lacks CAP_NET_RAW here; start {where} with --cap-add NET_RAW, and --net host to see the host's traffic"
    )


def _program_files() -> list[str]:
    """Return one file of each package that is loaded only after the drop, and of Python itself."""
    files = [os.__file__, __file__]
    for name in ("numpy", "textual", "scapy", "psutil"):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin:
            files.append(spec.origin)
    return files


def _notes(compiler: FilterCompiler) -> list[str]:
    if sys.platform == "linux" and not compiler.vlan_aware:
        return ["no interface was up at the start, so the filter word vlan misses tags that the network card takes out"]
    return []


def own_command() -> list[str]:
    """Return how this program is started from anywhere."""
    program = sys.argv[0] if sys.argv else ""
    found = shutil.which(program) if program and Path(program).name not in ("", "-c", "-m", "__main__.py") else None
    return [str(Path(found).absolute())] if found else [sys.executable, "-m", "netwatch"]


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
