"""The remote session that netwatch itself is watched through, so that the capture can leave it out.

Found on the server's side: in the environment of an ancestor, in the sockets of an ancestor sshd, behind the client of
tmux or screen, or as mosh. What is found must be a connection that the kernel has now, since the environment of a tmux
pane outlives the session that made it.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netwatch.capture.proc import ESTABLISHED, LISTEN, Connection, Process, ProcFolder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SSH_SERVERS: Final = ("sshd", "sshd-session", "dropbear")
_MOSH_SERVER: Final = "mosh-server"
_MULTIPLEXERS: Final = {"tmux: server": "tmux: client", "screen": "screen"}
"""Name of the server process to the name of its clients' processes."""
_NESTED_MULTIPLEXERS: Final = 4


@dataclass(frozen=True, slots=True)
class OwnSession:
    """The two ends of the session, as they are in the packets on this machine."""

    client_address: str
    """Empty for mosh, whose client may move; `server_port` alone tells its packets then."""
    client_port: int
    server_address: str
    server_port: int
    transport: str
    """`tcp` for SSH, `udp` for mosh."""

    @property
    def filter(self) -> str:
        """The filter expression that leaves out exactly this session, both directions."""
        if not self.client_address:
            host = f" and host {self.server_address}" if self.server_address else ""
            return f"not ({self.transport} port {self.server_port}{host})"
        client = (self.client_address, self.client_port)
        server = (self.server_address, self.server_port)
        there, back = self._direction(client, server), self._direction(server, client)
        return f"not (({there}) or ({back}))"

    @property
    def label(self) -> str:
        """The session for people: `10.0.0.9:52144 > 10.0.0.5:22`."""
        server = _endpoint(self.server_address or "this machine", self.server_port)
        return (
            f"{_endpoint(self.client_address, self.client_port)} > {server}"
            if self.client_address
            else f"mosh > {server}"
        )

    def _direction(self, source: tuple[str, int], destination: tuple[str, int]) -> str:
        return (
            f"{self.transport} src port {source[1]} and src host {source[0]} and "
            f"{self.transport} dst port {destination[1]} and dst host {destination[0]}"
        )


def find_own_session(
    environ: Mapping[str, str] = os.environ, proc_root: Path = Path("/proc"), process: int | None = None
) -> OwnSession | None:
    """Return the session that `process` (default: this one) is used through, None when it is used locally.

    Needs rights to see other users' processes for all but the first way, so it must run before privileges are
    dropped. Never raises and starts no program.
    """
    proc = ProcFolder(proc_root)
    start = os.getpid() if process is None else process
    for candidate in _candidates(proc, start, environ):
        if _exists(proc, candidate):
            return candidate
    return None


def _candidates(proc: ProcFolder, start: int, environ: Mapping[str, str], depth: int = 0) -> Iterator[OwnSession]:
    """Yield possible sessions, the most certain first."""
    ancestors = proc.ancestors(start)
    server = next((ancestor for ancestor in ancestors if ancestor.name in _MULTIPLEXERS), None)
    if server is not None:
        for client in _clients(proc, server) if depth < _NESTED_MULTIPLEXERS else ():
            yield from _candidates(proc, client.parent, proc.environ(client.pid), depth + 1)
        return  # what a pane has in its environment is about the session that the pane was made in
    yield from _of_chain(proc, ancestors, environ)
    yield from _of_audit_session(proc, start)


def _of_chain(proc: ProcFolder, ancestors: list[Process], environ: Mapping[str, str]) -> Iterator[OwnSession]:
    for ancestor in ancestors:
        if ancestor.name == _MOSH_SERVER:
            yield from _mosh(proc, ancestor)
    yield from _from_environment(environ)
    for ancestor in ancestors:
        yield from _from_environment(proc.environ(ancestor.pid))
    for ancestor in ancestors:
        if ancestor.name in _SSH_SERVERS:
            yield from _ssh(proc, ancestor)


def _from_environment(environ: Mapping[str, str]) -> Iterator[OwnSession]:
    fields = environ.get("SSH_CONNECTION", "").split()
    if len(fields) == 4 and fields[1].isdecimal() and fields[3].isdecimal():
        client, server = _plain(fields[0]), _plain(fields[2])
        if client and server and int(fields[1]) < 65536 and int(fields[3]) < 65536:
            yield OwnSession(client, int(fields[1]), server, int(fields[3]), "tcp")


def _ssh(proc: ProcFolder, server: Process) -> Iterator[OwnSession]:
    """Yield the connections of an sshd that serves one session; the listening parent has none.

    Forwarded ports are its sockets too: the session is the one at a port that another process listens on.
    """
    inodes = proc.socket_inodes(server.pid)
    own: list[Connection] = []
    listening: set[int] = set()
    forwarded: set[int] = set()
    for connection in proc.connections("tcp") if inodes else ():
        if connection.state == LISTEN:
            (forwarded if connection.inode in inodes else listening).add(connection.local_port)
        elif connection.state == ESTABLISHED and connection.inode in inodes:
            own.append(connection)
    own.sort(key=lambda connection: connection.local_port in forwarded or connection.local_port not in listening)
    for connection in own:
        local, local_port, remote, remote_port = _ends(connection)
        yield OwnSession(remote, remote_port, local, local_port, "tcp")


def _mosh(proc: ProcFolder, server: Process) -> Iterator[OwnSession]:
    inodes = proc.socket_inodes(server.pid)
    for connection in proc.connections("udp"):
        if connection.inode in inodes:
            address = connection.local_address if connection.local.strip("0") else ""
            yield OwnSession("", 0, address, connection.local_port, "udp")


def _clients(proc: ProcFolder, server: Process) -> list[Process]:
    """Return the attached clients of a terminal multiplexer of the same user, the one that was typed in last first."""
    name = _MULTIPLEXERS[server.name]
    clients = [p for p in proc.processes() if p.name == name and p.pid != server.pid and p.user == server.user]
    return sorted(clients, key=lambda client: proc.terminal_used(client.pid), reverse=True)


def _of_audit_session(proc: ProcFolder, start: int) -> Iterator[OwnSession]:
    """Yield the sshd of the same audit session, for a process that has no ancestors left (nohup, setsid)."""
    session = proc.audit_session(start)
    if session is None:
        return
    for process in proc.processes():
        if process.name in _SSH_SERVERS and proc.audit_session(process.pid) == session:
            yield from _ssh(proc, process)


def _exists(proc: ProcFolder, session: OwnSession) -> bool:
    """Return True when the kernel has this connection, or when it does not let us see."""
    if not session.client_address:
        return True
    ports = (session.server_port, session.client_port)
    wanted = (session.server_address, session.server_port, session.client_address, session.client_port)
    visible = False
    for connection in proc.connections("tcp"):
        visible = True
        same_ports = (connection.local_port, connection.remote_port) == ports
        if same_ports and connection.state == ESTABLISHED and _ends(connection) == wanted:
            return True
    return not visible


def _ends(connection: Connection) -> tuple[str, int, str, int]:
    return connection.local_address, connection.local_port, connection.remote_address, connection.remote_port


def _plain(address: str) -> str:
    """Return an address in its shortest form without zone, IPv4 where it is mapped, empty when it is none."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def _endpoint(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
