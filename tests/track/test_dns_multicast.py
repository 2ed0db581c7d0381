"""Look-ups on the link: LLMNR, NetBIOS, multicast DNS."""

from __future__ import annotations

import struct
from ipaddress import ip_address

from dns_packets import (
    CLIENT,
    MS,
    ask,
    fed,
    message,
    names,
    record,
    reply,
    transactions,
    wire,
)
from host_packets import udp

from netwatch.tables.query import TableQuery


def test_llmnr_and_netbios():
    """A group is asked, a member answers with its own address."""
    encoded = "".join(chr(65 + (byte >> 4)) + chr(65 + (byte & 15)) for byte in b"FILESERVER     \x20")
    nb_address = record(encoded, 32, b"\0\0" + ip_address("10.0.0.9").packed)
    tracker = fed(
        ask("wpad", server="224.0.0.252", service=5355),
        reply("wpad", record("wpad", 1, bytes(4)), server="10.0.0.8", service=5355),
        ask(encoded, server="10.0.0.255", service=137, port=137, number=32),
        reply("", nb_address, server="10.0.0.9", service=137, port=137),
    )
    table = transactions(tracker)
    assert table.protocol == ("LLMNR", "NBNS")
    assert table.name == ("wpad", "FILESERVER<20>")
    assert table.server == ("10.0.0.8", "10.0.0.9")
    assert table.state == ("answered", "answered")
    counts = tracker.counts()
    assert (counts.queries, counts.responses, counts.matched) == (1, 1, 1)
    assert [(each.protocol, each.matched) for each in counts.protocols] == [("LLMNR", 1), ("NBNS", 1)]
    assert len(tracker.servers(TableQuery("queries")).table) == 0


def test_multicast_dns():
    """Whoever asked is answered by any response with the name; nobody has to respond."""
    group = {"server": "224.0.0.251", "port": 5353, "service": 5353, "identifier": 0}
    answer = record("printer.local", 1, ip_address("10.0.0.9").packed)
    tracker = fed(
        ask("printer.local", **group),
        ask("printer.local", **{**group, "client": "10.0.0.3"}),
        ask("nobody.local", **group),
        udp("10.0.0.9", "224.0.0.251", 5353, 5353, message("", answer, flags=0x8400, identifier=0)),
        udp("10.0.0.7", "224.0.0.251", 5353, 5353, message("", record("x.local", 1, bytes(4)), flags=0x8400)),
        times=(1, 1.1, 1.2, 1.3, 20),
    )
    table = transactions(tracker)
    assert table.state == ("answered", "answered", "asked", "unsolicited")
    assert table.server == ("10.0.0.9", "10.0.0.9", "224.0.0.251", "10.0.0.7")
    assert table.latency_ns.tolist() == [300 * MS, 200 * MS, -1, -1]
    counts = tracker.counts()
    assert (counts.queries, counts.responses, counts.matched, counts.unanswered) == (3, 2, 0, 0)
    assert [(each.protocol, each.matched, each.unanswered) for each in counts.protocols] == [("mDNS", 1, 0)]


def test_names_of_services_are_readable():
    """Spaces and UTF-8 belong to names of service instances (RFC 6763 section 4.1.3)."""
    label = "Z\xfcrich printer (2)".encode()
    name = bytes([len(label)]) + label + wire("_ipp._tcp.local")
    query = struct.pack("!HHHHHH", 0, 0, 1, 0, 0, 0) + name + struct.pack("!HH", 12, 1)
    tracker = fed(udp(CLIENT, "224.0.0.251", 5353, 5353, query))
    assert names(tracker).name == ("z\xfcrich printer (2)._ipp._tcp.local",)
