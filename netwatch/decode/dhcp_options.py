"""The options of a DHCP message for IPv4 (RFC 2131, 2132), in bounded steps."""

from __future__ import annotations

from typing import Final

FIXED: Final = 236
"""Bytes in front of the magic cookie."""
MOST_OPTIONS: Final = 96

REQUEST: Final = 1
REPLY: Final = 2
"""The field `op`: what clients and what servers send."""
HOST_NAME: Final = 12
REQUESTED_ADDRESS: Final = 50
LEASE_TIME: Final = 51
MESSAGE_TYPE: Final = 53
SERVER: Final = 54
MESSAGE: Final = 56
CLIENT_FQDN: Final = 81
"""RFC 4702."""

DHCP_REQUEST: Final = 3
DHCP_ACK: Final = 5
DHCP_INFORM: Final = 8
"""Message types (RFC 2132 section 9.6)."""

_COOKIE = b"\x63\x82\x53\x63"
_PAD, _END = 0, 255
_ENCODED = 4
"""The flag E of the client FQDN: the name is in the form of DNS, else ASCII (RFC 4702 section 2.1)."""


def dhcp_options(data: bytes) -> dict[int, bytes]:
    """Return the options by their code; an option that comes again is ignored. Empty for BOOTP without a cookie."""
    options: dict[int, bytes] = {}
    if data[FIXED : FIXED + 4] != _COOKIE:
        return options
    at = FIXED + 4
    for _ in range(MOST_OPTIONS):
        if at + 1 >= len(data) or data[at] == _END:
            break
        if data[at] == _PAD:
            at += 1
            continue
        options.setdefault(data[at], data[at + 2 : at + 2 + data[at + 1]])
        at += 2 + data[at + 1]
    return options


def client_name(options: dict[int, bytes]) -> bytes:
    """Return the name that a client has or asks for, in ASCII: its FQDN, else its host name; empty for none."""
    domain_name = options.get(CLIENT_FQDN, b"")
    # RFC 4702 section 2: flags and two result codes precede the name
    name = domain_name[3:]
    if name and domain_name[0] & _ENCODED:
        name = _labels(name)
    return name.strip(b"\0.") or options.get(HOST_NAME, b"").strip(b"\0")


def _labels(name: bytes) -> bytes:
    """Return a name in the form of DNS, which has no pointers here (RFC 4702 section 2.3), with dots."""
    labels = []
    at = 0
    while at < len(name) and name[at]:
        labels.append(name[at + 1 : at + 1 + name[at]])
        at += 1 + name[at]
    return b".".join(labels)
