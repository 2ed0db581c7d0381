"""What conditions of a display filter are made of: an address, a port, a text, a conversation."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

Condition = tuple[str, str]
"""What a condition is about in words, and the display filter."""

PLAIN: Final = re.compile(r"[\w.:-]+")
"""A value that needs no quotes."""
TRANSPORTS: Final = {6: "tcp", 17: "udp", 132: "sctp", "TCP": "tcp", "UDP": "udp", "SCTP": "sctp"}
KINDS: Final = {
    "ARP": "arp", "DNS": "dns", "mDNS": "mdns", "LLMNR": "llmnr", "NBNS": "nbns", "DHCP": "dhcp", "TLS": "tls",
    "HTTP": "http", "QUIC": "quic", "TCP": "tcp", "UDP": "udp", "ICMP": "icmp", "ICMPv6": "icmpv6", "IGMP": "igmp",
    "NTP": "ntp",
}  # fmt: skip
"""Protocol column by the name of the protocol's field."""


def address(name: str, value: str) -> Condition | None:
    """Return the condition that either end, or with `name` src or dst one end, is an address; None for a name."""
    if is_card(value):
        return (f"{name or 'address'} {value}", f"eth.{name or 'addr'} == {value}")
    try:
        version = ip_address(value).version
    except ValueError:
        return None
    return (f"{name or 'address'} {value}", f"{'ip' if version == 4 else 'ipv6'}.{name or 'addr'} == {value}")


def is_card(value: str) -> bool:
    """Return whether an address is that of a network card."""
    return value.count(":") == 5 and len(value) == 17


def port(transport: str, value: int, name: str = "port") -> Condition | None:
    """Return the condition that a port is `value`."""
    return (f"{name} {value}", f"{transport}.{name} == {value}") if transport and value > 0 else None


def conversation(one: str, two: str, transport: str, ports: tuple[int, int]) -> Condition | None:
    """Return the condition of everything between two ends, whoever sends."""
    ends = [found[1] for value in (one, two) if (found := address("", value))]
    if len(ends) < 2:
        return None
    if transport and min(ports) > 0:
        ends += [f"{transport}.port == {value}" for value in ports]
    return "conversation", " && ".join(ends)


def text(field: str, value: str) -> Condition | None:
    """Return the condition that a field is a text, None for an empty one."""
    if not value:
        return None
    return f"{field.rpartition('.')[2].replace('_', ' ')} {value}", f"{field} == {quoted(value)}"


def domain(value: str) -> Condition | None:
    """Return the condition that a name was asked for; None for one of which bytes are written by number."""
    return text("dns.qry.name", value) if "\\" not in value else None


def symbol(words: str, field: str, value: str) -> Condition | None:
    """Return the condition that a field has a value with a name, such as NXDOMAIN; None for one without."""
    known = value.isascii() and value.isalpha() and value.isupper()
    return (f"{words} {value}", f"{field} == {value}") if known else None


def cell(told: tuple[str, str]) -> Condition:
    """Return the condition that a field is as a cell has it, of several values the first."""
    field, value = told[0], told[1].partition(",")[0]
    if value == field.rpartition(".")[2]:  # it is there or not
        return f"has {field}", field
    return f"{field} {value}", f"{field} == {value if PLAIN.fullmatch(value) else quoted(value)}"


def quoted(value: str) -> str:
    """Return a text as the language writes it."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def kept(found: list[Condition | None]) -> list[Condition]:
    """Return the conditions that there are, each filter once."""
    known: dict[str, Condition] = {}
    for condition in found:
        if condition is not None and condition[1]:
            known.setdefault(condition[1], condition)
    return list(known.values())
