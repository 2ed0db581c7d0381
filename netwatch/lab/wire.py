"""The wire that a lab tool sends on and hears: packets out, packets in with the kernel's time stamps."""

from __future__ import annotations

import errno
import select
import socket
import struct
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from netwatch.capture.socket_pool import bind_packet_socket
from netwatch.errors import NetwatchError
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.lab.rights import SendRights

_ETH_P_ALL: Final = 3
_LINKTYPE_ETHERNET: Final = 1
_LINKTYPE_RAW: Final = 101
_SO_TIMESTAMPNS: Final = 35
_PACKET_OUTGOING: Final = 4
# linux/if_ether.h, asm-generic/socket.h, linux/if_packet.h
_LARGEST: Final = 1 << 16
_UNREACHABLE: Final = frozenset({errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ECONNREFUSED})
"""What a raw socket reports of an earlier packet; the packet at hand is lost as any other may be."""
_FULL: Final = frozenset({errno.ENOBUFS, errno.EAGAIN})


@dataclass(frozen=True, slots=True)
class Heard:
    """A packet that was on the wire."""

    data: bytes
    """From the network header on, or the whole frame where the wire has frames."""
    time: float
    """Seconds since the epoch, by the kernel."""
    outgoing: bool
    """A packet that this machine sends."""
    hardware: str = ""
    """Source address of the link layer, where it has one."""


class Wire(Protocol):
    """What tools send and hear through."""

    frames: bool
    """True when packets begin with their Ethernet header."""

    def listen(self, filter_text: str | None) -> None:
        """Hear what this BPF expression matches from now on; nothing for None."""
        ...

    def send(self, packet: bytes) -> bool:
        """Send a packet; False when the system says at once that it cannot reach its destination.

        Raises:
            NetwatchError: the interface does not take it.
        """
        ...

    def receive(self, timeout: float, /) -> Heard | None:
        """Return the next packet, None when there was none within `timeout` seconds."""
        ...

    def close(self) -> None:
        """Give everything back. May be called twice."""
        ...


class SocketWire:
    """The real wire, on the sockets that were opened while that was allowed."""

    def __init__(self, rights: SendRights, interface: str | None) -> None:
        """Use `interface`, or for packets without an Ethernet header all interfaces."""
        self.frames = rights.frames
        self._rights = rights
        self._interface = interface

    def listen(self, filter_text: str | None) -> None:
        """See Wire.

        Raises:
            NetwatchError: the filter does not compile, or the interface has gone.
        """
        link_type = _LINKTYPE_ETHERNET if self.frames else _LINKTYPE_RAW
        packet = self._rights.packet
        if filter_text is not None:
            self._rights.compiler.compile(filter_text, link_type).attach(packet)
        packet.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        packet.setblocking(False)
        try:
            index = socket.if_nametoindex(self._interface) if self._interface else 0
            bind_packet_socket(packet, index, 0 if filter_text is None else _ETH_P_ALL)
        except OSError as error:
            raise NetwatchError(f"cannot listen on {self._shown()}: {error.strerror}") from error

    def send(self, packet: bytes) -> bool:
        """See Wire."""
        for _ in range(20):
            try:
                self._send(packet)
            except OSError as error:
                if error.errno in _UNREACHABLE:
                    return False
                if error.errno not in _FULL:
                    raise NetwatchError(f"cannot send on {self._shown()}: {error.strerror}") from error
                time.sleep(0.005)
            else:
                return True
        raise NetwatchError(f"cannot send on {self._shown()}: its queue stays full")

    def receive(self, timeout: float) -> Heard | None:
        """See Wire."""
        packet = self._rights.packet
        try:
            if not select.select([packet], [], [], max(timeout, 0))[0]:
                return None
            data, ancillary, _, address = packet.recvmsg(_LARGEST, 64)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            raise NetwatchError(f"cannot listen on {self._shown()}: {error.strerror}") from error
        stamp = time.time()
        for level, kind, value in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
                seconds, nanoseconds = struct.unpack("@ll", value[: struct.calcsize("@ll")])
                stamp = seconds + nanoseconds / 1e9
        hardware = address[4].hex(":") if len(address[4]) == 6 else ""
        return Heard(data, stamp, address[2] == _PACKET_OUTGOING, hardware)

    def close(self) -> None:
        """See Wire."""
        self._rights.close()

    def _send(self, packet: bytes) -> None:
        if self.frames:
            self._rights.packet.send(packet)
        elif packet[0] >> 4 == 4:
            self._rights.ipv4.sendto(packet, (socket.inet_ntop(socket.AF_INET, packet[16:20]), 0))
        elif self._rights.ipv6 is None:
            raise OSError(errno.EAFNOSUPPORT, "this kernel has no IPv6")
        else:
            index = socket.if_nametoindex(self._interface) if self._interface else 0
            address = socket.inet_ntop(socket.AF_INET6, packet[24:40])
            self._rights.ipv6.sendto(packet, (address, 0, 0, index))

    def _shown(self) -> str:
        return printable(self._interface, 64) if self._interface else "any interface"


class SilentWire:
    """The wire of a dry run: nothing leaves and nothing is heard."""

    def __init__(self, *, frames: bool) -> None:
        self.frames = frames
        self.packets: deque[bytes] = deque(maxlen=10)
        """The last packets that would have gone out."""

    def listen(self, filter_text: str | None) -> None:
        """See Wire."""

    def send(self, packet: bytes) -> bool:
        """See Wire; keeps it only."""
        self.packets.append(packet)
        return True

    def receive(self, _timeout: float) -> Heard | None:
        """See Wire."""
        return None

    def close(self) -> None:
        """See Wire."""
