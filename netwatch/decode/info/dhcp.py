"""DHCP for IPv4 (RFC 2131, 2132), BOOTP (RFC 951) and DHCP for IPv6 (RFC 8415)."""

from __future__ import annotations

from netwatch.decode.dhcp_options import (
    CLIENT_FQDN,
    HOST_NAME,
    LEASE_TIME,
    MESSAGE,
    MESSAGE_TYPE,
    REQUESTED_ADDRESS,
    SERVER,
    dhcp_options,
)
from netwatch.decode.dhcpv6_options import ADDRESS, FQDN, IDENTITY_ASSOCIATION, dhcpv6_options
from netwatch.decode.info.dns_name import read_name
from netwatch.decode.info.fields import ipv4, ipv6, mac, name_or_number, text, u24, u32
from netwatch.decode.info.reading import Context, Reading

_OPERATIONS = {1: "request", 2: "reply"}
_MESSAGES = {
    1: "Discover", 2: "Offer", 3: "Request", 4: "Decline", 5: "ACK", 6: "NAK", 7: "Release", 8: "Inform",
    9: "Force Renew", 10: "Lease Query", 11: "Lease Unassigned", 12: "Lease Unknown", 13: "Lease Active",
}  # fmt: skip

_MESSAGES6 = {
    1: "Solicit", 2: "Advertise", 3: "Request", 4: "Confirm", 5: "Renew", 6: "Rebind", 7: "Reply", 8: "Release",
    9: "Decline", 10: "Reconfigure", 11: "Information Request", 12: "Relay Forward", 13: "Relay Reply",
}  # fmt: skip
_RELAYED = (12, 13)
_TEMPORARY_ADDRESSES, _RELAY_MESSAGE, _PREFIX_DELEGATION, _PREFIX = 4, 9, 25, 26
_DEEPEST = 4


def read_dhcp(data: bytes, _context: Context) -> Reading | None:
    """Read a DHCP or BOOTP message: what, for whom, which address, which name."""
    if len(data) < 34 or data[0] not in _OPERATIONS or data[2] > 16:
        return None
    options = dhcp_options(data)
    kind = options.get(MESSAGE_TYPE, b"")
    words = [name_or_number(_MESSAGES, kind[0]) if kind else _OPERATIONS[data[0]]]
    offered, own = ipv4(data, 16), ipv4(data, 12)
    if u32(data, 16):
        words.append(offered)
    words.append(f"for {mac(data, 28)}")
    if u32(data, 12):
        words.append(f"client={own}")
    words += _option_words(options)
    words.append(f"xid=0x{u32(data, 4):08x}")
    return Reading("DHCP" if kind else "BOOTP", " ".join(words))


def read_dhcpv6(data: bytes, _context: Context) -> Reading | None:
    """Read a DHCPv6 message, or the one inside a relayed message."""
    if len(data) < 4 or data[0] not in _MESSAGES6:
        return None
    words: list[str] = []
    for _ in range(_DEEPEST):
        words.append(_MESSAGES6.get(data[0], "message") if data else "message")
        if not data or data[0] not in _RELAYED:
            break
        words.append(f"link={ipv6(data, 2)}")
        data = dhcpv6_options(data, 34).get(_RELAY_MESSAGE, b"")
    if len(data) >= 4:
        words.append(f"xid=0x{u24(data, 1):06x}")
    options = dhcpv6_options(data, 4)
    for association, size in ((IDENTITY_ASSOCIATION, 12), (_TEMPORARY_ADDRESSES, 4), (_PREFIX_DELEGATION, 12)):
        inner = dhcpv6_options(options.get(association, b""), size)
        if len(address := inner.get(ADDRESS, b"")) >= 16:
            words.append(ipv6(address, 0))
        if len(prefix := inner.get(_PREFIX, b"")) >= 25:
            words.append(f"{ipv6(prefix, 9)}/{prefix[8]}")
    if name := options.get(FQDN, b"")[1:]:
        words.append(f"fqdn={read_name(name, 0)[0]}")
    return Reading("DHCPv6", " ".join(words))


def _option_words(options: dict[int, bytes]) -> list[str]:
    words: list[str] = []
    if len(requested := options.get(REQUESTED_ADDRESS, b"")) == 4:
        words.append(f"requested={ipv4(requested, 0)}")
    if len(server := options.get(SERVER, b"")) == 4:
        words.append(f"server={ipv4(server, 0)}")
    if len(lease := options.get(LEASE_TIME, b"")) == 4:
        words.append(f"lease={u32(lease, 0)}s")
    # RFC 4702 section 2: flags and two result codes precede the name
    if name := options.get(HOST_NAME, b"") or options.get(CLIENT_FQDN, b"")[3:]:
        words.append(f"host={text(name)}")
    if message := options.get(MESSAGE, b""):
        words.append(f'"{text(message)}"')
    return words
