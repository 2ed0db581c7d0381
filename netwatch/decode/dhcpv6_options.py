"""The options of a DHCP message for IPv6 (RFC 8415 section 21), in bounded steps."""

from __future__ import annotations

from typing import Final

from netwatch.decode.info.dns_name import MALFORMED_NAME, read_name
from netwatch.decode.info.fields import u16

MOST_OPTIONS: Final = 96
IDENTITY_ASSOCIATION: Final = 3
ADDRESS: Final = 5
FQDN: Final = 39
"""RFC 4704."""
REPLY: Final = 7
OF_CLIENTS: Final = (1, 3, 4, 5, 6, 11)
"""Message types that a client sends to say what it wants."""
_OPTIONS_AT: Final = 4
_ADDRESSES_AT: Final = 12
"""In an identity association, behind its identifier and two times."""


def dhcpv6_options(data: bytes, at: int = _OPTIONS_AT) -> dict[int, bytes]:
    """Return the options that begin at `at` by their code; an option that comes again is ignored."""
    options: dict[int, bytes] = {}
    while at + 4 <= len(data) and len(options) < MOST_OPTIONS:
        size = u16(data, at + 2)
        options.setdefault(u16(data, at), data[at + 4 : at + 4 + size])
        at += 4 + size
    return options


def domain_name(options: dict[int, bytes]) -> str:
    """Return the name of the client in presentation form, which need not be a whole one; empty for none."""
    # RFC 4704 section 4: flags come first, and part of a name has no final zero
    wire = options.get(FQDN, b"")[1:]
    name = read_name(wire + b"\0", 0)[0] if wire else ""
    return "" if name.endswith(MALFORMED_NAME) else name.strip(".")


def leased_address(options: dict[int, bytes]) -> int:
    """Return the first address that the client has as a number, 0 for none."""
    inner = dhcpv6_options(options.get(IDENTITY_ASSOCIATION, b""), _ADDRESSES_AT)
    address = inner.get(ADDRESS, b"")[:16]
    return int.from_bytes(address, "big") if len(address) == 16 else 0
