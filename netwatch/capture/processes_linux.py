"""The users that own sockets, as /proc tells everybody on Linux; elsewhere nothing."""

from __future__ import annotations

import contextlib
import sys
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROC: Final = Path("/proc")
TABLES: Final = {"tcp": 6, "tcp6": 6, "udp": 17, "udp6": 17}
"""Files under net/ and the protocols whose sockets they list."""
LARGEST: Final = 8 << 20
"""Bytes read of one file; it has 150 a socket."""
TIME_WAIT: Final = 6
"""State of a connection that nobody owns any more (linux/tcp_states.h); its user reads 0, which is not meant."""


def socket_users(proc_root: Path = PROC) -> Mapping[tuple[int, str, int, str, int], int]:
    """Return the user of each socket by (protocol, local address, local port, remote address, remote port).

    The remote end of a socket that is not connected is empty and 0. Lines that cannot be read are left out.
    """
    found: dict[tuple[int, str, int, str, int], int] = {}
    for table, protocol in TABLES.items():
        for line in _lines(proc_root / "net" / table):
            with contextlib.suppress(ValueError, IndexError):
                fields = line.split()
                (local, _, port), (remote, _, remote_port) = fields[1].partition(":"), fields[2].partition(":")
                if int(fields[3], 16) == TIME_WAIT:
                    continue
                other = int(remote_port, 16)
                key = (protocol, _address(local), int(port, 16), _address(remote) if other else "", other)
                found[key] = int(fields[7])
    return found


@lru_cache(1024)
def user_name(user: int) -> str:
    """Return the name of a user, printable; the number where the system knows no name."""
    with contextlib.suppress(ImportError, KeyError, OverflowError):
        import pwd

        return printable(pwd.getpwuid(user).pw_name, 64)
    return str(user)


def _lines(path: Path) -> Iterator[str]:
    with contextlib.suppress(OSError), path.open("rb") as file:
        yield from file.read(LARGEST).decode("ascii", "replace").splitlines()[1:]


@lru_cache(8192)
def _address(text: str) -> str:
    """Return the address of `0100007F`: 32 bit words in the byte order of this machine, in hexadecimal.

    Raises:
        ValueError: it is no address.
    """
    words = [int(text[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(text), 8)]
    parsed = ip_address(b"".join(words))
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)
