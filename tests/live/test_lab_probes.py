"""Scan, trace, DNS and the check of the gateway against nginx, dnsmasq, a router, a silent host and a liar."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.live.child import PATIENCE, wait_for
from tests.live.lab_network import NOBODY, ROUTER, ROUTER6, SERVER, SERVER6, SILENT, Done, LabNetwork, lab_network
from tests.live.servers import NGINX, need
from tests.live.tap import open_packet_socket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.live
FAR = ("--i-am-authorised", "--json")


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabNetwork]:
    """The network with nginx on port 80 and dnsmasq on port 53 of the server."""
    need("nginx", "dnsmasq")
    folder = tmp_path_factory.mktemp("nginx")
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, listen="listen 80; listen [::]:80;", more=""))
    records = [f"--txt-record=long{number}.lab.test,{'x' * 200}" for number in range(3)]
    many = [f"--host-record=many.lab.test,10.99.{number}.1" for number in range(100)]
    dnsmasq = ["dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "--pid-file=", "--address=/www.lab.test/192.0.2.7"]
    with (
        lab_network() as made,
        made.serving("nginx", "-p", str(folder), "-c", str(configuration), port=80),
        made.serving(*dnsmasq, *records, *many, port=53),
    ):
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


def test_probes_of_a_trace_take_one_path() -> None:
    """What balances load sees the same ports, and for ICMP the same checksum, in every probe."""
    import ipaddress

    from scapy.layers.inet import ICMP, IP, TCP, UDP

    from netwatch.lab.trace import TraceOptions
    from netwatch.lab.trace_probes import TraceProbes

    address = ipaddress.ip_address(SERVER)
    keys = [(hop, query) for hop in range(1, 31) for query in range(3)]
    for method in ("icmp", "udp", "tcp"):
        probes = TraceProbes("10.98.0.1", address, 40000, TraceOptions(method, 33434, 30, 3, 1.0))
        packets = [IP(probes.probe(*key).packet) for key in keys]
        if method == "icmp":
            assert len({packet[ICMP].chksum for packet in packets}) == 1
            assert len({packet[ICMP].seq for packet in packets}) == len(keys)
        else:
            layer = UDP if method == "udp" else TCP
            assert {(packet[layer].sport, packet[layer].dport) for packet in packets} == {(40000, 33434)}
            told = {
                packet.chksum if method == "udp" else packet.seq for packet in (packet[layer] for packet in packets)
            }
            assert len(told) == len(keys)


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


def test_packets_of_ones_own_and_their_answers(net: LabNetwork, log: Path, tmp_path: Path) -> None:
    words = ("--wait", 30, "--log", log, "--json")
    echo = net.lab("send", f'IP(dst="{ROUTER}")/ICMP(id=7)/"abc"', "-c", 3, "--interval", 0.01, *words)
    assert json.loads(echo.out)["summary"] == {"sent": 3, "answered": 3, "unanswered": 0}
    assert all("echo-reply" in row["answer"] and row["rtt_ms"] > 0 for row in echo.results)
    frame = f'Ether(dst="ff:ff:ff:ff:ff:ff")/ARP(pdst="{ROUTER}")'
    assert f"says {ROUTER}" in net.lab("send", frame, "-i", "v0", *words).results[0]["answer"]
    looped = net.lab("send", f'IP(dst="{ROUTER}")/TCP(dport=9, sport=999)', "--loop", 2, "--interval", 0, *words[:-1])
    assert re.findall(r"^(\d): .* RA  [\d.]+ ms$", looped.out, re.MULTILINE) == ["1", "2"]
    assert "2 of 2 answered" in looped.out
    written = tmp_path / "echo.hex"
    written.write_text("4500 001c 0001 0000 4001 0000 # header\n0a620001 0a6200fe 0800 f7ff 0000 0000")
    assert net.lab("send", "--hex", written, "--layer", 3, *words).results[0]["answer"] is not None
    silent = net.lab("send", f'IP(dst="{ROUTER}")/UDP(dport=5)', "--log", log)
    assert (silent.status, "1 packets of 28 bytes" in silent.out) == (0, True)


def test_an_alert_is_enriched_in_its_own_file(net: LabNetwork, log: Path, tmp_path: Path) -> None:
    path = tmp_path / "alert.json"
    path.write_text(json.dumps({"id": "scan.vertical", "src": ROUTER, "dst": SERVER, "severity": "medium"}))
    words = ("enrich", path, "-n", "-p", "22,80", "--timeout", 1, "--log", log)
    asked = net.lab(*words)
    assert (asked.status, asked.sent) == (2, 0)
    assert f"this sends to {ROUTER}: 3 echo requests, up to 8 hops of a trace, SYNs to the ports 22, 80" in asked.err
    assert "--yes" in asked.err
    done = net.lab(*words, "--yes")
    assert (done.status, "3 of 3 answered" in done.out) == (0, True), done
    alert = json.loads(path.read_text())
    assert (alert["id"], alert["severity"], len(alert["enrichment"])) == ("scan.vertical", "medium", 1)
    found = alert["enrichment"][0]
    mac = net.run(net.router, "cat", "/sys/class/net/r0/address").strip()
    assert (found["host"], found["arp"], found["ping"]["received"]) == (ROUTER, mac, 3)
    assert [(port["port"], port["state"]) for port in found["ports"]] == [(22, "closed"), (80, "closed")]
    assert net.lab(*words, "--yes", "--host", ROUTER6).status == 0
    assert json.loads(path.read_text())["enrichment"].pop()["arp"] == mac
    far = net.lab(*words, "--yes", "--host", "dst", "--i-am-authorised")
    assert far.status == 0
    last = json.loads(path.read_text())["enrichment"][2]
    assert [hop["address"] for hop in last["trace"]] == [ROUTER, SERVER]
    assert [(port["port"], port["state"]) for port in last["ports"]] == [(22, "closed"), (80, "open")]
    before = path.read_text()
    dry = net.lab(*words, "--dry-run")
    assert (dry.status, dry.sent, path.read_text()) == (0, 0, before)
    for text in ("", "[]", "{}", '{"id": 1}', '{"id": "a", "enrichment": 1}', "[" * 100_000):
        path.write_text(text)
        wrong = net.lab(*words, "--yes")
        assert (wrong.status, wrong.err.count("\n"), "is not an alert" in wrong.err) == (2, 1, True)
    path.write_text('{"id": "a", "src": "several"}')
    assert net.lab(*words, "--yes").status == 2


DRY = [
    ("send", f'IP(dst="{ROUTER}")/ICMP()', "-c", 2),
    ("send", f'Ether(dst="02:00:00:00:00:01")/IP(dst="{ROUTER}")/ICMP()', "-i", "v0"),
    ("scan", ROUTER, "-p", "1-5", "--banner"),
    ("trace", ROUTER, "--max-hops", 2),
    ("trace", ROUTER, "--method", "tcp", "--max-hops", 2),
    ("dns", "www.lab.test", "--server", ROUTER),
    ("arp-check",),
]


def test_dry_runs_send_nothing(net: LabNetwork, log: Path) -> None:
    for words in DRY:
        done = net.lab(*words, "--dry-run", "--log", log)
        assert (done.status, done.err, done.sent) == (0, "", 0), (words, done)
        assert re.findall(r"^would send .* \(\d+ bytes\)$", done.out, re.MULTILINE), words
    assert not log.exists()


WRONG = {
    f"scan {SERVER}": "no directly connected network",
    f"trace {SERVER}": "no directly connected network",
    f"dns x --server {SERVER}": "no directly connected network",
    "arp-check 10.98.1.254": "no directly connected network",
    f"scan {ROUTER} -p 0": "ports between 1 and 65535",
    f"scan {ROUTER} -p 9-1": "ports between 1 and 65535",
    f"scan {ROUTER} -p http": "not a list of ports",
    "scan 10.98.0.0/24 -p 1-1000": "are over 65,536",
    f"scan {ROUTER} {ROUTER6}": "one after the other",
    f"trace {ROUTER} --max-hops 0": "--max-hops",
    "trace 10.98.0.0/30": "one host",
    f"trace {ROUTER} --method gre": "invalid choice",
    f"dns a..b --server {ROUTER}": "not a DNS name",
    f"dns x --server {ROUTER} --type NOPE": "--type must be one of",
    "dns x": "required",
    f"arp-check {ROUTER6}": "IPv4",
    "send": "needs a packet",
    f'send IP(dst="{SERVER}")/ICMP()': "no directly connected network",
    f'send IP(dst="{ROUTER}")/IP(dst="{SERVER}")/ICMP()': "no directly connected network",
    f'send Ether(dst="02:00:00:00:00:01")/IP(dst="{SERVER}") -i v0': "no directly connected network",
    f'send Ether(dst="02:00:00:00:00:01")/ARP(pdst="{SERVER}") -i v0': "no directly connected network",
    f'send Ether()/IP(dst="{ROUTER}") -i v0': "Ether needs its destination",
    f'send Ether(dst="02:00:00:00:00:01")/IP(dst="{ROUTER}")': "needs the interface",
    "send IP()/ICMP()": "IP needs its destination",
    "send TCP()": "begins with Ether, IP or IPv6",
    f'send IP(dst="{ROUTER}") --layer 2': "is not of layer 2",
    f'send IP(dst="{ROUTER}") -c 0': "--count",
    f'send IP(dst="{ROUTER}") -c 1 --loop 1': "exclude each other",
}


def test_wrong_usage_is_one_line_and_sends_nothing(net: LabNetwork) -> None:
    for words, reason in WRONG.items():
        done = net.lab(*words.split())
        assert (done.status, done.out, done.sent, done.err.count("\n")) == (2, "", 0, 1), (words, done)
        assert reason in done.err, (words, done.err)


def test_made_traffic_is_sent_as_it_was_written(net: LabNetwork, log: Path, tmp_path: Path) -> None:
    from scapy.utils import rdpcap

    capture = tmp_path / "sweep.pcap"
    end = open_packet_socket(net.router, "r0")
    end.settimeout(PATIENCE)
    words = ("make", "sweep-arp", "-w", capture, "--send", "--speed", 20, "--rate", 1000, "--log", log)
    refused = net.lab(*words, "--dry-run")
    assert (refused.status, refused.sent) == (2, 0)
    dry = net.lab(*words, "-i", "v0", "--dry-run")
    assert (dry.status, dry.sent, dry.out.count("would send"), capture.exists()) == (0, 0, 105, False)
    done = net.lab(*words, "-i", "v0")
    assert done.status == 0, done.err
    wanted = [bytes(packet) for packet in rdpcap(str(capture))]
    heard: list[bytes] = []
    while len(heard) < len(wanted):
        frame = end.recv(2000)
        if frame[6:10] == b"\x02NW\x00":
            heard.append(frame)
    end.close()
    assert heard == wanted
