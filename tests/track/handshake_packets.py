"""Attempts to connect, for the tests of handshakes."""

from __future__ import annotations

from dataclasses import replace

from flow_packets import ACK, RST, SYN, C, Packet, fed, handshake

from netwatch.tables.query import TableQuery
from netwatch.track.handshakes import Handshakes

SYN_PACKET = Packet(flags=SYN, seq=1000)
RESET = SYN_PACKET.back(time=0.0003, flags=RST | ACK, ack=1001)


def watched(packets, cuts=(), **options):
    return Handshakes(fed(packets, cuts, **options))


def attempts(packets, cuts=()):
    return watched(packets, cuts).page(TableQuery("syn", descending=False)).table


def several():
    """Attempts to two services: three complete in 10, 20 and 30 ms, one refused, one silent; one met in the middle."""
    packets = []
    for number in range(3):
        packets += handshake(Packet(time=number, sport=50000 + number), rtt=0.010 * (number + 1), client_delay=0.0)
    refused = replace(SYN_PACKET, time=3, sport=51000)
    packets += [refused, refused.back(time=3.1, flags=RST | ACK, ack=1001)]
    packets += [replace(SYN_PACKET, time=4, source=C, sport=52000, dport=443), Packet(time=5, sport=53000, dport=22)]
    return packets


def icmp_error(quoted, kind=3, code=3, time=0.004):
    """An ICMP error of the destination, or of a router, that quotes a frame."""
    quote = quoted.frame()[14 : 14 + 28]
    return Packet(
        time=time,
        source=quoted.destination,
        destination=quoted.source,
        protocol=1,
        sport=kind,
        dport=code,
        payload=quote,
    )
