"""What is copied of a packet, and made of it as a filter: both show that very packet again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from netwatch.capture.bpf import FilterCompiler
from netwatch.capture.bpf_machine import run
from netwatch.capture.frames import LINKTYPE_ETHERNET
from netwatch.tui.copies import copies
from netwatch.tui.panes.application_conditions import place
from netwatch.tui.panes.carrier import Carrier, carrier
from netwatch.tui.panes.condition import address, domain
from netwatch.tui.panes.conditions import packet
from tests.frames import arp, ethernet, frames, icmp, ipv4, ipv6, sctp, tcp, udp, vxlan
from tests.scenes import SceneSource, running_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.engine import Engine

IPV4: Final = 0x0800
INNER: Final = ethernet(IPV4, ipv4(6, tcp(sport=1234), source="172.16.0.1", destination="172.16.0.2"))
PACKETS: Final = (
    ethernet(IPV4, ipv4(6, tcp(), source="192.0.2.1")),
    ethernet(IPV4, ipv4(17, udp(b"x", dport=5060))),
    ethernet(IPV4, ipv4(132, sctp())),
    ethernet(0x86DD, ipv6(17, udp(dport=9999))),
    ethernet(IPV4, ipv4(6, tcp(dport=8080)), tags=[(0x8100, 200), (0x8100, 201)]),
    ethernet(0x0806, arp(1)),
    ethernet(0x88CC, bytes(46)),
    ethernet(IPV4, ipv4(1, icmp(8, 0))),
    ethernet(IPV4, ipv4(17, vxlan(INNER))),
)
TUNNEL: Final = len(PACKETS)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Return an engine that holds the packets."""
    made = running_engine(SceneSource([frames(PACKETS)]), len(PACKETS))
    yield made
    made.close()


def test_filters_of_a_packet_show_it(engine: Engine) -> None:
    """Each condition that is offered of a packet is one that it meets: of ARP, SCTP and tagged ones too."""
    for row in engine.rows(1, len(PACKETS)):
        rules = [text for _, text in packet(row, carrier(engine, row).transport)]
        missed = [text for text in rules if engine.facts([row.number], (), (text,))[row.number].rule < 0]
        assert not missed, row.number


def test_capture_filters_of_a_packet_show_it(engine: Engine) -> None:
    """libpcap finds the packet, behind its tags and by its transport; into tunnels it does not look."""
    block, compiler = frames(PACKETS), FilterCompiler.open()
    for row in engine.rows(1, len(PACKETS)):
        forms = dict(copies(row, "line", engine.frame(row.number), by=carrier(engine, row)))
        if row.number == TUNNEL:
            assert "BPF filter" not in forms
            continue
        text = forms["BPF filter"]
        assert forms["tcpdump command"] == f"tcpdump -n '{text}'"
        kept = run(compiler.compile(text, LINKTYPE_ETHERNET), block, np.array([row.number - 1]))
        assert kept[0], text
    compiler.close()


def test_names_are_no_addresses() -> None:
    """An alert may be about a domain; bytes of a name that are written by number cannot be asked for."""
    assert address("src", "192.0.2.1") == ("src 192.0.2.1", "ip.src == 192.0.2.1")
    assert address("", "fe80::1") == ("address fe80::1", "ipv6.addr == fe80::1")
    assert address("", "tunnel.example") is None
    assert domain("www.example") == ("name www.example", 'dns.qry.name == "www.example"')
    assert domain(r"\255x.example") is None
    assert place("tunnel.example") == ("names of tunnel.example", 'dns.qry.name contains "tunnel.example"')


def test_what_carries_the_ends(engine: Engine) -> None:
    """Ports are those of the transport inside of a tunnel; a packet that is gone has none."""
    rows = engine.rows(1, len(PACKETS))
    carriers = [carrier(engine, row) for row in rows]
    assert [each.transport for each in carriers] == ["tcp", "udp", "sctp", "udp", "tcp", "", "", "", "tcp"]
    assert [each.tunnelled for each in carriers] == [False] * (TUNNEL - 1) + [True]
    assert carrier(engine, replace(rows[0], number=99)) == Carrier()
