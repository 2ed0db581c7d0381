"""The processes of this machine that own its sockets, or at least the users, where the processes cannot be seen."""

from __future__ import annotations

import contextlib
import importlib
from collections import OrderedDict
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from netwatch.capture.processes_linux import socket_users, user_name
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TCP: Final = 6
UDP: Final = 17
"""IP protocol numbers."""
FRESH_SECONDS: Final = 2.0
"""Sockets are not asked for more often than this."""
REMEMBERED: Final = 8192
"""Connections that are gone whose owners are still known, so that a short one can be told when it is looked at."""
ANY_IPV4: Final = "0.0.0.0"  # noqa: S104 nothing is bound: this is what the kernel says of sockets
ANY_IPV6: Final = "::"


@dataclass(frozen=True, slots=True)
class ProcessOwner:
    """Who owns a socket; texts are printable and empty where they are not known."""

    pid: int | None
    """None where the process belongs to another user and may not be looked at."""
    name: str
    user: str

    @property
    def label(self) -> str:
        """The owner for people: `nginx (1234)`, or `user www-data` where the process cannot be seen."""
        if self.pid is None:
            return f"user {self.user}" if self.user else "unknown"
        return f"{self.name or 'process'} ({self.pid})"


class SocketKey(NamedTuple):
    """A socket; the remote end of one that is not connected is empty and 0."""

    protocol: int
    local: str
    local_port: int
    remote: str = ""
    remote_port: int = 0


@dataclass(frozen=True, slots=True)
class LocalSockets:
    """The sockets of this machine and their owners at one moment, with connections that were seen before."""

    owners: Mapping[SocketKey, ProcessOwner] = field(default_factory=dict)
    addresses: frozenset[str] = frozenset()
    """Addresses of this machine, as FlowTable writes addresses."""

    def find(
        self, protocol: int, local: str, local_port: int, remote: str = "", remote_port: int = 0
    ) -> ProcessOwner | None:
        """Return who owns the socket of a flow, None when nobody is known.

        `protocol` is TCP or UDP; `local` is the address of the end that is this machine, as FlowTable writes it. A
        connection is found by both ends, else by the socket that waits for connections or datagrams on that port.
        """
        waiting = (ANY_IPV6,) if ":" in local else (ANY_IPV4, ANY_IPV6)
        keys = (
            SocketKey(protocol, local, local_port, remote, remote_port),
            *(SocketKey(protocol, address, local_port) for address in (local, *waiting)),
        )
        return next((self.owners[key] for key in keys if key in self.owners), None)

    def __len__(self) -> int:
        return len(self.owners)


class SocketOwners:
    """Asks the system who owns which socket; used by one thread that may wait, never by the one that captures."""

    def __init__(
        self,
        read: Callable[[], Mapping[SocketKey, ProcessOwner]] | None = None,
        read_addresses: Callable[[], frozenset[str]] | None = None,
    ) -> None:
        """Ask with `read` and `read_addresses`, else the system."""
        self._read = read or read_sockets
        self._read_addresses = read_addresses or local_addresses
        self._asked: float | None = None
        self._sockets = LocalSockets()
        self._connected: OrderedDict[SocketKey, ProcessOwner] = OrderedDict()

    def refresh(self, now: float) -> LocalSockets:
        """Return the sockets, asked for anew when the last answer is older than FRESH_SECONDS.

        `now` is any clock in seconds that does not go back. Takes 1 ms a hundred sockets. Never raises.
        """
        if self._asked is not None and now - self._asked < FRESH_SECONDS:
            return self._sockets
        self._asked = now
        current = self._read()
        for key, owner in current.items():
            if key.remote:
                self._connected[key] = owner
                self._connected.move_to_end(key)
        while len(self._connected) > REMEMBERED:
            self._connected.popitem(last=False)
        self._sockets = LocalSockets({**self._connected, **current}, self._read_addresses())
        return self._sockets


def read_sockets() -> dict[SocketKey, ProcessOwner]:
    """Return all sockets of TCP and UDP whose owner can be told, by process where it may be looked at."""
    psutil = importlib.import_module("psutil")
    users = socket_users()
    processes: dict[int, ProcessOwner] = {}
    found: dict[SocketKey, ProcessOwner] = {}
    for connection in _connections(psutil):
        key = _key(connection)
        if key is None:
            continue
        if connection.pid is None:
            if (user := users.get(key)) is not None:
                found.setdefault(key, ProcessOwner(None, "", user_name(user)))
            continue
        if connection.pid not in processes:
            processes[connection.pid] = _process(psutil, connection.pid)
        found[key] = processes[connection.pid]
    return found


def local_addresses() -> frozenset[str]:
    """Return the addresses of this machine's interfaces."""
    import psutil

    try:
        found = psutil.net_if_addrs()
    except OSError:
        return frozenset()
    return frozenset(plain_address(each.address) for every in found.values() for each in every) - {""}


def plain_address(address: str) -> str:
    """Return an address without its zone, IPv4 where it is mapped; empty when it is none."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)


def _connections(psutil: Any) -> Iterator[Any]:
    with contextlib.suppress(psutil.Error, OSError, RuntimeError):
        yield from psutil.net_connections(kind="inet")
        return
    # macOS tells all sockets only to root, but each user those of the own processes
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            for connection in process.net_connections(kind="inet"):
                yield _Owned(connection.type, connection.laddr, connection.raddr, process.pid)


class _Owned(NamedTuple):
    type: Any
    laddr: Any
    raddr: Any
    pid: int


def _key(connection: Any) -> SocketKey | None:
    # SOCK_STREAM and SOCK_DGRAM have these numbers on all systems
    protocol = {1: TCP, 2: UDP}.get(int(connection.type))
    if protocol is None or not connection.laddr:
        return None
    local = plain_address(connection.laddr[0])
    if not connection.raddr:
        return SocketKey(protocol, local, connection.laddr[1])
    return SocketKey(protocol, local, connection.laddr[1], plain_address(connection.raddr[0]), connection.raddr[1])


def _process(psutil: Any, pid: int) -> ProcessOwner:
    name = user = ""
    with contextlib.suppress(psutil.Error, OSError, KeyError):
        process = psutil.Process(pid)
        name = printable(process.name(), 64)
        user = printable(process.username(), 64)
    return ProcessOwner(pid, name, user)
