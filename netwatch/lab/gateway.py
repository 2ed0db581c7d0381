"""The own gateway and what the kernel knows of the neighbours, from /proc."""

from __future__ import annotations

import contextlib
import ipaddress
import sys
from pathlib import Path
from typing import Final

_MOST: Final = 1 << 20


def default_gateway(interface: str | None, proc: Path = Path("/proc")) -> tuple[str, str] | None:
    """Return (interface, IPv4 address) of the default route with the lowest metric, of `interface` if one is named."""
    found = []
    for fields in _lines(proc / "net/route"):
        with contextlib.suppress(ValueError, IndexError):
            if fields[1] == fields[7] == "00000000" and int(fields[3], 16) & 3 == 3:  # RTF_UP, RTF_GATEWAY
                address = ipaddress.IPv4Address(int(fields[2], 16).to_bytes(4, sys.byteorder))
                if interface in (None, fields[0]):
                    found.append((int(fields[6]), fields[0], str(address)))
    return min(found)[1:] if found else None


def kernel_neighbours(interface: str, proc: Path = Path("/proc")) -> dict[str, str]:
    """Return the MAC address that the kernel has for each IPv4 address on an interface."""
    return {
        fields[0]: fields[3].lower()
        for fields in _lines(proc / "net/arp")
        if len(fields) > 5 and fields[5] == interface and fields[3] != "00:00:00:00:00:00"
    }


def _lines(path: Path) -> list[list[str]]:
    try:
        with path.open("rb") as file:
            return [line.split() for line in file.read(_MOST).decode("utf-8", "replace").splitlines()[1:]]
    except OSError:
        return []
