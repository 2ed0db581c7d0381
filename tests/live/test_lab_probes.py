"""Scan, trace, DNS and the check of the gateway against nginx, dnsmasq, a router, a silent host and a liar."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.live.child import wait_for
from tests.live.lab_network import (
    NOBODY,
    ROUTER,
    ROUTER6,
    SERVER,
    SERVER6,
    SILENT,
    Done,
    LabNetwork,
    lab_network,
    serving_names_and_pages,
)
from tests.live.servers import need
from tests.live.tap import open_packet_socket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.live

FAR = ("--i-am-authorised", "--json")


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabNetwork]:
    """The network with nginx on port 80 and dnsmasq on port 53 of the server."""
    with lab_network() as made, serving_names_and_pages(made, tmp_path_factory.mktemp("nginx")):
        yield made


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where a run logs."""
    return tmp_path / "lab.log"


def test_a_scan_agrees_with_nmap(net: LabNetwork, log: Path) -> None:
    need("nmap")
    ports = "22,53,79-82,443"
    shown = net.run(net.client, "nmap", "-sS", "-n", "-Pn", "-p", ports, "-oG", "-", SERVER)
    theirs = dict(re.findall(r"(\d+)/(\w+)/tcp", shown))
    done = net.lab("scan", SERVER, "-p", ports, "--log", log, *FAR)
    assert {str(row["port"]): row["state"] for row in done.results} == theirs
    assert {row["port"] for row in done.results if row["state"] == "open"} == {53, 80}
    assert json.loads(done.out)["summary"] == {"open": 2, "closed": 5, "filtered": 0}


def test_a_scan_of_ipv6_of_silence_and_with_banners(net: LabNetwork, log: Path) -> None:
    six = net.lab("scan", SERVER6, "-p", "80,81", "--log", log, *FAR).results
    assert [(row["port"], row["state"], row["reason"]) for row in six] == [
        (80, "open", "SYN-ACK"),
        (81, "closed", "RST"),
    ]
    silent = net.lab("scan", SILENT, "-p", "80", "--timeout", 0.2, "--retries", 0, "--log", log, *FAR).results
    assert [(row["state"], row["reason"], row["rtt_ms"]) for row in silent] == [("filtered", "no answer", None)]
    heard = net.lab("scan", SERVER, "-p", "80", "--banner", "--timeout", 4, "--log", log, *FAR).results
    assert heard[0]["banner"].startswith("HTTP/1.1 ")
    assert "Server: nginx" in heard[0]["banner"]
    assert "for its banner" in log.read_text()


def test_crowds_of_closed_ports_are_said_once(net: LabNetwork, log: Path) -> None:
    words = ("scan", SERVER, "-p", "60-100", "--rate", 1000, "--log", log, "--i-am-authorised")
    short = net.lab(*words)
    assert "RST" not in short.out
    assert "41 packets sent" in short.out
    assert "1 open, 40 closed, 0 filtered; closed ports are not listed" in short.out
    lines = net.lab(*words, "--all", "--csv").out.splitlines()
    assert lines[0] == "target,port,service,state,reason,rtt_ms,banner"
    assert len(lines) == 42


@pytest.mark.parametrize("method", ["icmp", "udp", "tcp"])
def test_a_trace_shows_every_hop(net: LabNetwork, log: Path, method: str) -> None:
    words = ("trace", SERVER, "--method", method, "--timeout", 5, "--log", log, *FAR)
    done = net.lab(*words)
    assert done.status == 0, done.err
    assert [(row["hop"], row["address"]) for row in done.results] == [(1, ROUTER), (2, SERVER)], done.results
    assert all((row["sent"], row["received"]) == (3, 3) for row in done.results)
    whole = json.loads(done.out)
    assert whole["summary"] == {"target": SERVER, "reached": True, "hops": 2}
    # the rate leaves time for the target's answer, after which nothing is sent to hops beyond it: no 90 packets
    assert whole["sent"]["packets"] <= 45


def test_a_trace_of_ipv6(net: LabNetwork, log: Path) -> None:
    for method in ("icmp", "udp", "tcp"):
        rows = net.lab("trace", SERVER6, "--method", method, "--queries", 1, "--timeout", 5, "--log", log, *FAR).results
        assert [row["address"] for row in rows] == [ROUTER6, SERVER6], method


def test_silence_is_a_star_and_the_trace_ends(net: LabNetwork, log: Path) -> None:
    words = ("trace", SILENT, "--max-hops", 3, "--queries", 2, "--timeout", 0.5, "--i-am-authorised", "--log", log)
    rows = net.lab(*words, "--json").results
    assert [row["address"] for row in rows] == [ROUTER, "*", "*"]
    assert [row["rtts"] for row in rows[1:]] == ["* *", "* *"]
    assert "was not reached within 3 hops" in net.lab(*words).out


def test_a_dns_answer_with_all_its_flags(net: LabNetwork, log: Path) -> None:
    done = net.lab("dns", "www.lab.test", "--server", SERVER, "--timeout", 60, "--log", log, *FAR)
    summary = json.loads(done.out)["summary"]
    assert (summary["rcode"], summary["qr"], summary["aa"], summary["rd"], summary["tc"]) == (
        "NOERROR",
        *[True] * 3,
        False,
    )
    assert [row["data"] for row in done.results if row["section"] == "answer"] == ["192.0.2.7"]
    assert summary["transport"] == "UDP"
    words = ("dns", "nothing.example", "--server", SERVER, "--timeout", 60, "--log", log, "--i-am-authorised")
    text = net.lab(*words).out
    assert "rcode=REFUSED" in text
    assert "opcode=QUERY" in text


def test_a_long_dns_answer_comes_over_tcp(net: LabNetwork, log: Path) -> None:
    done = net.lab("dns", "many.lab.test", "--server", SERVER, "--timeout", 60, "--log", log, *FAR)
    assert json.loads(done.out)["summary"]["transport"] == "TCP"
    assert sum(row["section"] == "answer" for row in done.results) == 100
    packets = [json.loads(line).get("packet", "") for line in log.read_text().splitlines()]
    assert [packet.rpartition(" over ")[2] for packet in packets if packet] == [
        "UDP",
        "TCP, for the answer did not fit",
    ]


def test_nobody_who_serves_dns(net: LabNetwork, log: Path) -> None:
    refused = net.lab("dns", "www.lab.test", "--server", ROUTER, "--log", log)
    assert refused.status == 1
    assert "no DNS server" in refused.err or "no answer" in refused.out
    silent = net.lab("dns", "www.lab.test", "--server", SILENT, "--timeout", 0.2, "--i-am-authorised", "--log", log)
    assert (silent.status, "no answer" in silent.out) == (1, True)


@contextmanager
def liar(net: LabNetwork, mac: str) -> Iterator[None]:
    """Answer ARP questions for the router with another MAC address, beside the router's own answers."""
    from scapy.layers.l2 import ARP, Ether

    end = open_packet_socket(net.router, "r0")
    end.settimeout(0.1)
    stop = threading.Event()

    def lie() -> None:
        while not stop.is_set():
            try:
                asked = Ether(end.recv(2000))
            except TimeoutError:
                continue
            if ARP in asked and asked[ARP].op == 1 and asked[ARP].pdst == ROUTER:
                answer = ARP(op=2, hwsrc=mac, psrc=ROUTER, hwdst=asked.src, pdst=asked[ARP].psrc)
                end.send(bytes(Ether(src=mac, dst=asked.src) / answer))

    thread = threading.Thread(target=lie)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
        end.close()
        # the client's kernel believed it
        net.run(net.client, "ip", "neigh", "flush", "dev", "v0")


def macs_of(done: Done) -> list[str]:
    """Return the MAC addresses that an arp-check heard of."""
    found: list[str] = json.loads(done.out)["summary"]["macs"]
    return found


def test_a_spoofed_gateway_is_found(net: LabNetwork, log: Path) -> None:
    words = ("arp-check", "--timeout", 0.6, "--pause", 0, "--log", log)
    honest = net.lab(*words)
    assert honest.status == 0, honest
    assert f"{ROUTER} is at " in honest.out
    with liar(net, "02:00:00:00:66:66"):
        # status 1 alone may as well be that neither answered in time
        spoofed = wait_for(
            lambda: len(macs_of(done := net.lab(*words, "--json"))) == 2 and done, "the answers of both machines"
        )
    assert spoofed.status == 1
    assert "02:00:00:00:66:66" in macs_of(spoofed)
    summary = json.loads(spoofed.out)["summary"]
    assert "several machines answer" in summary["doubts"][0]
    nobody = net.lab("arp-check", NOBODY, "--timeout", 0.1, "--pause", 0, "--log", log)
    assert (nobody.status, "does not answer" in nobody.out) == (1, True)
