"""ARP (RFC 826, 5227), RARP (RFC 903) and inverse ARP (RFC 2390) as sentences."""

from __future__ import annotations

from itertools import pairwise

from netwatch.decode.info.fields import hexadecimal, ipv4, name_or_number, u16
from netwatch.decode.info.reading import Context, Reading

HEADER = 8
"""Bytes in front of the addresses."""
LONGEST_ADDRESS = 20
"""Bytes of an address that are shown; InfiniBand's are the longest in use (RFC 4391 section 9.1.1)."""

_REQUEST, _REPLY = 1, 2
_OPERATIONS = {
    1: "Request", 2: "Reply", 3: "Reverse request", 4: "Reverse reply", 5: "Dynamic reverse request",
    6: "Dynamic reverse reply", 7: "Dynamic reverse error", 8: "Inverse request", 9: "Inverse reply", 10: "ARP NAK",
}  # fmt: skip


def read_arp(data: bytes, _context: Context) -> Reading:
    """Read an ARP packet for addresses of any length; gratuitous ones and probes are said to be that."""
    if len(data) < HEADER:
        return Reading("ARP", "cut short", "arp")
    operation = u16(data, 6)
    protocol = "RARP" if operation in (3, 4) else "ARP"
    hardware, network = data[4], data[5]
    ends = HEADER + 2 * (hardware + network)
    if len(data) < ends:
        return Reading(protocol, f"{name_or_number(_OPERATIONS, operation, 'Operation {}')}, cut short", "arp")
    cuts = [HEADER, HEADER + hardware, HEADER + hardware + network, HEADER + 2 * hardware + network, ends]
    sender_mac, sender, target_mac, target = (data[begin:end] for begin, end in pairwise(cuts))
    words = _words(operation, _hardware(sender_mac), sender, _hardware(target_mac), target)
    return Reading(protocol, words, "arp")


def _words(operation: int, sender_mac: str, sender: bytes, target_mac: str, target: bytes) -> str:
    sent_by, asked = _network(sender), _network(target)
    if operation in (_REQUEST, _REPLY) and sender == target:
        return f"Gratuitous ARP {name_or_number(_OPERATIONS, operation).lower()}: {sent_by} is at {sender_mac}"
    if operation == _REQUEST:
        return f"Who has {asked}? Tell {sent_by}" if any(sender) else f"Who has {asked}? (probe by {sender_mac})"
    if operation == _REPLY:
        return f"{sent_by} is at {sender_mac}"
    if operation == 3:
        return f"Who is {target_mac}? Tell {sender_mac}"
    if operation == 4:
        return f"{target_mac} is at {asked}"
    if operation == 8:
        return f"Who is {target_mac}? Tell {sender_mac}, {sent_by}"
    if operation == 9:
        return f"{sender_mac} is at {sent_by}"
    return f"{name_or_number(_OPERATIONS, operation, 'Operation {}')} from {sent_by} ({sender_mac})"


def _hardware(address: bytes) -> str:
    return address.hex(":") if len(address) <= LONGEST_ADDRESS else hexadecimal(address, LONGEST_ADDRESS)


def _network(address: bytes) -> str:
    return ipv4(address, 0) if len(address) == 4 else hexadecimal(address, LONGEST_ADDRESS)
