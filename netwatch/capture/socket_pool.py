"""Packet sockets that were opened while that was allowed, lent to captures and taken back for the next one.

A socket with protocol 0 hears nothing. Without any capability it can be given a ring, a filter and promiscuous mode
and be bound to any interface, again and again; so interfaces can be switched long after privileges were dropped.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import socket
import struct
import sys
import threading
from typing import Final

from netwatch.capture.bpf_program import REJECT_ALL, detach_filter
from netwatch.capture.libpcap import UNUSED_PROTOCOL
from netwatch.errors import CaptureError, NotPermittedError

RAW_SOCKETS: Final = 8
"""Interfaces that can be captured at once."""
COOKED_SOCKETS: Final = 4
"""`any`, or interfaces without a usable link layer header, that can be captured at once."""

_SOL_PACKET = 263
_ADD_RING, _STATISTICS, _AUXDATA, _VERSION, _RESERVE = 5, 6, 8, 10, 12
_DROP_MEMBERSHIP, _TIMESTAMP, _IGNORE_OUTGOING = 2, 17, 23
_MEMBERSHIPS: Final = (1, 2)
"""PACKET_MR_PROMISC and PACKET_MR_ALLMULTI."""
_SO_TIMESTAMPNS = 35
# linux/if_packet.h, asm-generic/socket.h


class SocketPool:
    """Unbound packet sockets; lending and taking back may happen in any thread."""

    def __init__(self, raw: list[socket.socket], cooked: list[socket.socket]) -> None:
        self._free = {False: raw, True: cooked}
        self._kinds = {id(lent): is_cooked for is_cooked, kind in self._free.items() for lent in kind}
        self._sockets = [*raw, *cooked]
        self._lock = threading.Lock()

    @classmethod
    def open(cls, raw: int = RAW_SOCKETS, cooked: int = COOKED_SOCKETS) -> SocketPool:
        """Open the sockets; needs CAP_NET_RAW in the user namespace that owns the network namespace.

        Systems other than Linux have no packet sockets, and the pool is empty there.

        Raises:
            NotPermittedError: without it.
            CaptureError: this kernel has no packet sockets (WSL 1), or no descriptors are left.
        """
        if sys.platform != "linux":
            return cls([], [])
        opened: dict[int, list[socket.socket]] = {socket.SOCK_RAW: [], socket.SOCK_DGRAM: []}
        try:
            for kind, count in ((socket.SOCK_RAW, raw), (socket.SOCK_DGRAM, cooked)):
                for _ in range(count):
                    opened[kind].append(_packet_socket(kind))
        except Exception:
            for one in [*opened[socket.SOCK_RAW], *opened[socket.SOCK_DGRAM]]:
                one.close()
            raise
        return cls(opened[socket.SOCK_RAW], opened[socket.SOCK_DGRAM])

    def take(self, *, cooked: bool = False) -> socket.socket:
        """Lend a socket as socket() made it: unbound, without ring, filter or promiscuous mode.

        `cooked` asks for SOCK_DGRAM, whose frames begin with the network header.

        Raises:
            CaptureError: all are lent.
        """
        with self._lock:
            if not self._free[cooked]:
                total = sum(kind is cooked for kind in self._kinds.values())
                raise CaptureError(
                    f"all {total} capture sockets of this kind are in use", "Capture fewer interfaces, or any"
                )
            lent = self._free[cooked].pop()
        _drain(lent)
        detach_filter(lent)
        return lent

    def give_back(self, lent: socket.socket) -> None:
        """Take a socket back, whatever was done to it; its ring must be unmapped. A broken one is closed."""
        cooked = self._kinds.get(id(lent))
        if cooked is None or lent.fileno() < 0:
            return
        try:
            _silence(lent)
        except (OSError, CaptureError):
            lent.close()
            return
        with self._lock:
            if all(lent is not free for free in self._free[cooked]):
                self._free[cooked].append(lent)

    def close(self) -> None:
        """Close all sockets, the lent ones too. May be called twice."""
        with self._lock:
            for kind in self._free.values():
                kind.clear()
        for one in self._sockets:
            one.close()


def bind_packet_socket(packet_socket: socket.socket, interface_index: int, protocol: int) -> None:
    """Bind to the interface with that index, 0 for all interfaces, which Python's own bind() cannot say.

    Raises:
        OSError: as bind(2); ENETDOWN leaves the socket bound.
    """
    address = struct.pack("=HHiHBB8s", socket.AF_PACKET, socket.htons(protocol), interface_index, 0, 0, 0, b"")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.bind(packet_socket.fileno(), address, len(address)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _packet_socket(kind: int) -> socket.socket:
    try:
        return socket.socket(socket.AF_PACKET, kind, 0)
    except PermissionError as error:
        raise NotPermittedError("capturing needs the right to open packet sockets (CAP_NET_RAW)") from error
    except OSError as error:
        if error.errno in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT):
            raise CaptureError("this kernel has no packet sockets (WSL 1?), so only files can be read") from error
        raise CaptureError(f"cannot open a packet socket: {error.strerror}") from error


def _silence(lent: socket.socket) -> None:
    """Undo everything that a capture does to a socket.

    bind() with protocol 0 keeps the protocol there was, so the socket is bound to one that nobody uses; the filter
    lies on it until it is lent again, for those who do use it.
    """
    REJECT_ALL.attach(lent)
    with contextlib.suppress(OSError):
        bind_packet_socket(lent, 0, UNUSED_PROTOCOL)
    lent.setsockopt(_SOL_PACKET, _ADD_RING, bytes(28))
    for option in (_VERSION, _RESERVE, _AUXDATA, _TIMESTAMP, _IGNORE_OUTGOING):
        with contextlib.suppress(OSError):  # kernels before 4.20 cannot ignore outgoing frames
            lent.setsockopt(_SOL_PACKET, option, 0)
    lent.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 0)
    for index, _ in socket.if_nameindex():
        for membership in _MEMBERSHIPS:
            with contextlib.suppress(OSError):
                lent.setsockopt(_SOL_PACKET, _DROP_MEMBERSHIP, struct.pack("=iHH8s", index, membership, 0, b""))
    lent.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    lent.getsockopt(_SOL_PACKET, _STATISTICS, 12)
    lent.settimeout(None)
    _drain(lent)


def _drain(packet_socket: socket.socket) -> None:
    """Throw away the frames that wait in the socket's queue; the filter lets no new ones in."""
    with contextlib.suppress(BlockingIOError, OSError):
        while True:
            packet_socket.recv(1, socket.MSG_DONTWAIT | socket.MSG_TRUNC)
