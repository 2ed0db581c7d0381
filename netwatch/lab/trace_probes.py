"""Probes of a trace: what balances load sees one flow, what answers can be told apart (Paris traceroute)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from netwatch.lab.exchange import Probe

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.lab.targets import IpAddress
    from netwatch.lab.trace import TraceOptions


class TraceProbes:
    """Makes packets with a hop limit and recognises the errors and answers that they cause.

    Balancers hash the addresses, ports and, of ICMP, the checksum; these stay the same. What differs is the sequence
    number of ICMP (a word of payload makes up for it in the checksum) and TCP, and the checksum of UDP, all of which
    stand in the first 8 bytes that an ICMP error quotes (RFC 792).
    """

    def __init__(self, source: str, address: IpAddress, sport: int, options: TraceOptions) -> None:
        self._source = source
        self._address = address
        self._target = str(address).partition("%")[0]
        self._sport = sport
        self._options = options
        self._identifier = int.from_bytes(os.urandom(2), "big")
        self._first = int.from_bytes(os.urandom(3), "big")
        self._marks: dict[int, tuple[int, int]] = {}
        """What tells a probe apart in an error -> (hop, query)."""
        self.senders: dict[tuple[int, int], str] = {}
        """Who answered each probe."""
        self.final: dict[tuple[int, int], bool] = {}
        """Whether the answer ends the trace: the target's own, or an error other than a hop limit that ran out."""
        self.notes: dict[tuple[int, int], str] = {}

    def probe(self, hop: int, query: int) -> Probe:
        """Return a probe that the router `hop` hops away should answer."""
        from scapy.layers.inet import IP
        from scapy.layers.inet6 import IPv6

        number = hop * 16 + query
        if self._address.version == 4:
            header: Any = IP(src=self._source, dst=self._target, ttl=hop, id=number)
        else:
            header = IPv6(src=self._source, dst=self._target, hlim=hop)
        packet = header / self._transport(number)
        data = bytes(packet)
        self._marks[self._mark_of(packet.__class__(data), number)] = (hop, query)
        words = f"{self._source} > {self._address} {self._options.method.upper()} probe {query + 1}, hop limit {hop}"
        return Probe((hop, query), data, words)

    def match(self, data: bytes) -> Hashable | None:
        """Return which probe a packet answers."""
        from scapy.layers.inet import IP
        from scapy.layers.inet6 import IPv6

        packet: Any = IP(data) if data[0] >> 4 == 4 else IPv6(data)
        key = self._direct(packet) if packet.src == self._target else None
        if key is not None:
            self.final[key] = True
        else:
            key = self._quoted(packet)
        if key is not None:
            self.senders.setdefault(key, packet.src)
        return key

    def _transport(self, number: int) -> Any:
        from scapy.layers.inet import ICMP, TCP, UDP
        from scapy.layers.inet6 import ICMPv6EchoRequest

        if self._options.method == "udp":
            return UDP(sport=self._sport, dport=self._options.port) / number.to_bytes(2, "big")
        if self._options.method == "tcp":
            sequence = (self._first << 12) + number & 0xFFFFFFFF
            return TCP(sport=self._sport, dport=self._options.port, flags="S", seq=sequence)
        balance = (0xFFFF - number).to_bytes(2, "big")
        kind = ICMP if self._address.version == 4 else ICMPv6EchoRequest
        return kind(id=self._identifier, seq=number) / (balance + bytes(30))

    def _mark_of(self, packet: Any, number: int) -> int:
        """Return what an error will quote of a probe that tells it apart."""
        from scapy.layers.inet import TCP, UDP

        if self._options.method == "udp":
            return int(packet[UDP].chksum)
        return int(packet[TCP].seq) if self._options.method == "tcp" else number

    def _direct(self, packet: Any) -> tuple[int, int] | None:
        """Return the probe that the target itself answers: an echo reply, a SYN-ACK or an RST."""
        from scapy.layers.inet import ICMP, TCP
        from scapy.layers.inet6 import ICMPv6EchoReply

        if self._options.method == "tcp":
            tcp = packet.getlayer(TCP)
            mine = tcp is not None and (tcp.sport, tcp.dport) == (self._options.port, self._sport)
            return self._marks.get((tcp.ack - 1) & 0xFFFFFFFF) if mine else None
        reply = packet.getlayer(ICMPv6EchoReply)
        if reply is None and ICMP in packet and packet[ICMP].type == 0:
            reply = packet[ICMP]
        if self._options.method == "udp" or reply is None or reply.id != self._identifier:
            return None
        return self._marks.get(reply.seq)

    def _quoted(self, packet: Any) -> tuple[int, int] | None:
        """Return the probe that an ICMP error quotes."""
        from scapy.layers.inet import ICMP, ICMPerror, IPerror, TCPerror, UDPerror
        from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6EchoRequest, ICMPv6TimeExceeded, IPerror6

        inner = packet.getlayer(IPerror) or packet.getlayer(IPerror6)
        if inner is None or inner.dst != self._target:
            return None
        key = None
        if self._options.method == "udp" and UDPerror in packet:
            quoted = packet[UDPerror]
            key = self._marks.get(quoted.chksum) if quoted.sport == self._sport else None
        elif self._options.method == "tcp" and TCPerror in packet:
            quoted = packet[TCPerror]
            key = self._marks.get(quoted.seq) if quoted.sport == self._sport else None
        elif self._options.method == "icmp":
            quoted = packet.getlayer(ICMPerror) or inner.getlayer(ICMPv6EchoRequest)
            mine = quoted is not None and getattr(quoted, "id", None) == self._identifier
            key = self._marks.get(quoted.seq) if mine else None
        if key is None:
            return None
        error = packet.getlayer(ICMP) or packet.getlayer(ICMPv6DestUnreach) or packet.getlayer(ICMPv6TimeExceeded)
        expired = ICMPv6TimeExceeded in packet or (ICMP in packet and packet[ICMP].type == 11)
        if not expired and error is not None:
            self.final[key] = True
            if packet.src != self._target or self._options.method != "udp":
                self.notes[key] = str(error.sprintf("%type% %code%"))
        return key
