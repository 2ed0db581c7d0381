"""Ends of network interfaces inside namespaces for programs of the tests that move frames themselves."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TUN = Path("/dev/net/tun")
LARGEST = 65536
"""Bytes of the largest frame."""
_TUNSETIFF, _IFF_TAP, _IFF_NO_PI = 0x400454CA, 2, 0x1000
_CLONE_NEWNET, _CLONE_NEWNS = 0x40000000, 0x00020000
_MS_REC, _MS_SLAVE, _MNT_DETACH = 1 << 14, 1 << 19, 2
_SOL_PACKET, _PACKET_IGNORE_OUTGOING = 263, 23


@contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Be in a namespace; sockets and interfaces made there stay there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net") as home, open(f"/run/netns/{namespace}") as wanted:
        if libc.setns(wanted.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            if libc.setns(home.fileno(), _CLONE_NEWNET):
                raise SystemExit("cannot leave a namespace again")


def enter(namespace: str) -> None:
    """Be in a namespace for good, with a /sys of its own, as `ip netns exec` does it."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{namespace}") as wanted:
        steps = (
            ("setns", lambda: libc.setns(wanted.fileno(), _CLONE_NEWNET)),
            ("unshare", lambda: libc.unshare(_CLONE_NEWNS)),
            ("mount /", lambda: libc.mount(b"", b"/", b"none", _MS_SLAVE | _MS_REC, None)),
            ("umount /sys", lambda: libc.umount2(b"/sys", _MNT_DETACH)),
            ("mount /sys", lambda: libc.mount(namespace.encode(), b"/sys", b"sysfs", 0, None)),
        )
        for name, step in steps:
            if step():
                raise OSError(ctypes.get_errno(), name)


def open_tap(namespace: str, name: str) -> int:
    """Make an Ethernet interface and return what its frames are read from and written to; it goes when that is closed.

    Unlike veth it has no offloads: every frame is whole, as on a wire.
    """
    with inside(namespace):
        end = os.open(TUN, os.O_RDWR)
        fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TAP | _IFF_NO_PI))
    return end


def open_packet_socket(namespace: str, name: str) -> socket.socket:
    """Return a socket that hears what arrives at an interface and sends frames from it."""
    with inside(namespace):
        end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        end.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        end.bind((name, 0))
    return end
