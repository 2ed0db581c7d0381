"""What lab tools send as they are told to: own packets, an alert's look, made traffic; and what they refuse."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.live.child import PATIENCE
from tests.live.lab_network import ROUTER, ROUTER6, SERVER, LabNetwork, lab_network, serving_names_and_pages
from tests.live.tap import open_packet_socket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabNetwork]:
    """The network with nginx on port 80 and dnsmasq on port 53 of the server."""
    with lab_network() as made, serving_names_and_pages(made, tmp_path_factory.mktemp("nginx")):
        yield made


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where a run logs."""
    return tmp_path / "lab.log"


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
    assert (silent.status, "1 packet of 28 bytes" in silent.out) == (0, True)


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
