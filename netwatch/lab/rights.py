"""The rights of a lab tool: its sockets are opened with them, then every privilege is dropped."""

from __future__ import annotations

import contextlib
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwatch.capture.bpf import FilterCompiler
from netwatch.capture.capabilities import CAP_NET_RAW, raise_capability
from netwatch.capture.privileges import drop_privileges, permitted_command
from netwatch.errors import NetwatchError, NotPermittedError
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.lab.targets import IpAddress


@dataclass(frozen=True, slots=True)
class SendRights:
    """Sockets that may send and hear; the process can do nothing else that needs rights any more."""

    packet: socket.socket
    """AF_PACKET, not bound yet: whole frames where `frames` is True, else from the network header on."""
    ipv4: socket.socket
    ipv6: socket.socket | None
    """Raw sockets that take packets with their IP header; the kernel finds the way."""
    compiler: FilterCompiler
    frames: bool

    @classmethod
    def acquire(cls, interface: str | None, *, frames: bool) -> SendRights:
        """Open the sockets, bound to `interface` if one is named, then drop every privilege of this process.

        Raises:
            NotPermittedError: without CAP_NET_RAW.
            NetwatchError: no such interface, or not on Linux.
        """
        if sys.platform != "linux":
            raise NetwatchError("the lab tools need Linux: they send through packet sockets")
        raise_capability(CAP_NET_RAW)
        try:
            packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW if frames else socket.SOCK_DGRAM, 0)
            ipv4 = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
            ipv4.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            ipv6 = _ipv6_socket()
            for one in (ipv4, ipv6):
                if one is not None and interface:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        except PermissionError as error:
            command = printable(permitted_command(), 8192)
            raise NotPermittedError("sending needs the right to open raw sockets", f"Run: {command}") from error
        except OSError as error:
            raise NetwatchError(f"cannot open the sockets for sending: {error.strerror}") from error
        compiler = FilterCompiler.open()
        drop_privileges()
        return cls(packet, ipv4, ipv6, compiler, frames)

    def close(self) -> None:
        """Close everything. May be called twice."""
        for one in (self.packet, self.ipv4, self.ipv6):
            if one is not None:
                one.close()
        self.compiler.close()


def source_towards(address: IpAddress, interface: str | None) -> str:
    """Return the own address that the kernel would send from to reach `address`; sends nothing, needs no rights.

    Raises:
        NetwatchError: there is no way to it.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    text, _, scope = str(address).partition("%")
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            index = socket.if_nametoindex(scope or interface or "") if scope or interface else 0
            if interface:
                # Linux before 5.7 allows it to root only; then the routing table decides
                with contextlib.suppress(PermissionError):
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
            # connecting a datagram socket asks the routing table and sends nothing
            probe.connect((text, 9) if family == socket.AF_INET else (text, 9, 0, index))
            return str(probe.getsockname()[0]).partition("%")[0]
    except OSError as error:
        where = f" through {printable(interface, 64)}" if interface else ""
        raise NetwatchError(f"there is no way to {address}{where}: {error.strerror}") from error


def _ipv6_socket() -> socket.socket | None:
    try:
        return socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
    except PermissionError:
        raise
    except OSError:
        return None  # a kernel without IPv6
