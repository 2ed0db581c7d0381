"""Which interface packets to the rest of the world leave by."""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from netwatch.capture.psutil_types import AddressEntry

_RTF_UP: Final = 0x0001
_RTF_REJECT: Final = 0x0200
# linux/route.h
_MAX_BYTES = 1 << 20
_SOMEWHERE: Final = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Documentation addresses (RFC 5737, RFC 3849), which only the default route covers."""


def default_route_interface(proc_root: Path, addresses: Mapping[str, Sequence[AddressEntry]]) -> str | None:
    """Return the interface of the default route with the lowest metric, IPv4 before IPv6; None when there is none."""
    if sys.platform != "linux":
        return _interface_of_address(addresses)
    for routes in (_ipv4_routes(proc_root), _ipv6_routes(proc_root)):
        best = min(routes, default=None)
        if best:
            return best[1]
    return None


def _ipv4_routes(proc_root: Path) -> Iterator[tuple[int, str]]:
    """Yield (metric, interface) of each IPv4 default route in /proc/net/route."""
    for fields in _table(proc_root / "net/route"):
        with contextlib.suppress(ValueError, IndexError):
            flags = int(fields[3], 16)
            if fields[1] == fields[7] == "00000000" and flags & _RTF_UP and not flags & _RTF_REJECT:
                yield int(fields[6]), fields[0]


def _ipv6_routes(proc_root: Path) -> Iterator[tuple[int, str]]:
    """Yield (metric, interface) of each IPv6 default route in /proc/net/ipv6_route."""
    for fields in _table(proc_root / "net/ipv6_route"):
        with contextlib.suppress(ValueError, IndexError):
            flags = int(fields[8], 16)
            if fields[0] == "0" * 32 and fields[1] == "00" and flags & _RTF_UP and not flags & _RTF_REJECT:
                yield int(fields[5], 16), fields[9]


def _table(path: Path) -> Iterator[list[str]]:
    with contextlib.suppress(OSError), path.open("rb") as file:
        for line in file.read(_MAX_BYTES).decode("utf-8", "replace").splitlines():
            yield line.split()


def _interface_of_address(addresses: Mapping[str, Sequence[AddressEntry]]) -> str | None:
    """Ask the system which own address it would use; connecting a datagram socket sends nothing."""
    for family, destination in _SOMEWHERE:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((destination, 9))
            own = probe.getsockname()[0]
            for name, entries in addresses.items():
                if any(entry.address.partition("%")[0] == own for entry in entries):
                    return name
    return None
