"""What /proc tells about processes and their connections; whatever cannot be read is left out."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ESTABLISHED: Final = 1
LISTEN: Final = 10
# linux/tcp_states.h
_MAX_BYTES = 8 << 20
"""Of one file; /proc/net/tcp has 150 bytes a connection."""
_MAX_DEPTH = 64
_NO_AUDIT_SESSION = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Process:
    """One process."""

    pid: int
    parent: int
    name: str
    """The kernel's `comm`, at most 15 bytes."""
    user: int
    """Effective user, -1 when unknown."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One line of /proc/net/tcp, tcp6, udp or udp6."""

    local: str
    remote: str
    """Addresses as the kernel writes them; decoded on demand, for there may be many lines."""
    local_port: int
    remote_port: int
    state: int
    inode: int

    @property
    def local_address(self) -> str:
        """The own address; mapped IPv4 is shown as IPv4."""
        return _address(self.local)

    @property
    def remote_address(self) -> str:
        """The other end's address; mapped IPv4 is shown as IPv4."""
        return _address(self.remote)


@dataclass(frozen=True, slots=True)
class ProcFolder:
    """A /proc file system."""

    root: Path

    def process(self, pid: int) -> Process | None:
        """Return a process, None when there is none."""
        # "pid (comm) state ppid ...", and comm may hold spaces and parentheses: proc_pid_stat(5)
        text = self._read(f"{pid}/stat").decode("utf-8", "replace")
        begin, end = text.find("("), text.rfind(")")
        fields = text[end + 1 :].split()
        if begin < 0 or end < begin or len(fields) < 2 or not fields[1].isdecimal():
            return None
        try:
            user = (self.root / str(pid)).stat().st_uid
        except OSError:
            user = -1
        return Process(pid, int(fields[1]), text[begin + 1 : end], user)

    def processes(self) -> Iterator[Process]:
        """Yield all processes that can be seen."""
        with contextlib.suppress(OSError):
            for entry in os.scandir(self.root):
                if entry.name.isdecimal() and (process := self.process(int(entry.name))):
                    yield process

    def ancestors(self, pid: int) -> list[Process]:
        """Return the process itself, its parent and so on, without the first process of the system."""
        found: list[Process] = []
        while pid > 1 and len(found) < _MAX_DEPTH and (process := self.process(pid)):
            found.append(process)
            pid = process.parent
        return found

    def environ(self, pid: int) -> Mapping[str, str]:
        """Return the environment that a process was started with, empty when it is somebody else's."""
        text = self._read(f"{pid}/environ").decode("utf-8", "replace")
        return dict(entry.partition("=")[::2] for entry in text.split("\0") if "=" in entry)

    def socket_inodes(self, pid: int) -> frozenset[int]:
        """Return the inodes of the sockets that a process has open."""
        found = set()
        with contextlib.suppress(OSError):
            for entry in os.scandir(self.root / str(pid) / "fd"):
                with contextlib.suppress(OSError, ValueError):
                    target = os.readlink(entry.path)
                    if target.startswith("socket:["):
                        found.add(int(target[8:-1]))
        return frozenset(found)

    def audit_session(self, pid: int) -> int | None:
        """Return the audit session that a process was started in, None when it has none."""
        text = self._read(f"{pid}/sessionid").strip()
        session = int(text) if text.isdigit() else _NO_AUDIT_SESSION
        return None if session == _NO_AUDIT_SESSION else session

    def terminal_used(self, pid: int) -> float:
        """Return when the standard input of a process was read last, seconds since the epoch; 0 when unknown."""
        try:
            return (self.root / str(pid) / "fd/0").stat().st_atime
        except OSError:
            return 0.0

    def connections(self, transport: str) -> Iterator[Connection]:
        """Yield the sockets of `tcp` or `udp`, IPv4 and IPv6, of this process's network namespace."""
        for table in (transport, f"{transport}6"):
            for line in self._read(f"net/{table}").decode("ascii", "replace").splitlines()[1:]:
                fields = line.split()
                with contextlib.suppress(ValueError, IndexError):
                    (local, _, port), (remote, _, remote_port) = fields[1].partition(":"), fields[2].partition(":")
                    state, inode = int(fields[3], 16), int(fields[9])
                    yield Connection(local, remote, int(port, 16), int(remote_port, 16), state, inode)

    def _read(self, path: str) -> bytes:
        try:
            with (self.root / path).open("rb") as file:
                return file.read(_MAX_BYTES)
        except OSError:
            return b""


def _address(text: str) -> str:
    """Return the address of `0100007F`: 32 bit words in the byte order of this machine, in hexadecimal."""
    words = [int(text[i : i + 8], 16).to_bytes(4, sys.byteorder) for i in range(0, len(text), 8)]
    try:
        parsed = ipaddress.ip_address(b"".join(words))
    except ValueError:
        return ""
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)
