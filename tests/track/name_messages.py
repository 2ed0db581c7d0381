"""Messages that name machines, and what a cache learned from them."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

from host_packets import PC, batch_of, dns, halves, mac, record, udp

from netwatch.track.names import NameCache

CLIENT, OTHER, RESOLVER = "10.0.0.5", "10.0.0.6", "10.0.0.1"


def answer(*records, question="www.example.com", client=CLIENT, **options):
    return udp(RESOLVER, client, 53, 40000, dns(question, *records, **options))


def taught(*frames, **options):
    names = NameCache(**options)
    names.feed(batch_of(list(frames)))
    return names


def best(names, address, client=None):
    return names.best(*halves(address), None if client is None else halves(client))


def known(names, address):
    return [(name.name, name.kind.value) for name in names.names(*halves(address))]


def encoded(name, suffix):
    plain = name.ljust(15).encode() + bytes([suffix])
    return b"\x20" + bytes(65 + nibble for byte in plain for nibble in (byte >> 4, byte & 15)) + b"\0"


def netbios(flags, name, suffix, data, number=32, answers=1):
    question = b"" if answers else encoded(name, suffix) + struct.pack("!HH", 32, 1)
    counts = (0, answers, 0, 0) if answers else (1, 0, 0, 1)
    owner = encoded(name, suffix) if answers else b"\xc0\x0c"
    return struct.pack("!HHHHHH", 9, flags, *counts) + question + record(owner, number, data)


def claim(flags, address):
    return struct.pack("!H", flags) + IPv4Address(address).packed


def dhcp(operation, kind, *options, own="0.0.0.0", given="0.0.0.0", client=PC):
    fixed = struct.pack("!BBBBIHH", operation, 1, 6, 0, 99, 0, 0)
    fixed += IPv4Address(own).packed + IPv4Address(given).packed + bytes(8) + mac(client).ljust(16, b"\0")
    body = b"".join(bytes([code, len(value)]) + value for code, value in ((53, bytes([kind])), *options))
    return fixed.ljust(236, b"\0") + b"\x63\x82\x53\x63" + body + b"\xff"


def dhcpv6(kind, *options):
    return bytes([kind, 0, 0, 9]) + b"".join(struct.pack("!HH", code, len(value)) + value for code, value in options)
