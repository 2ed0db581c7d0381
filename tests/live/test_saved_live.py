"""The same numbers live and from the file that was saved of that very run."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.child import PATIENCE, wait_for
from tests.live.conftest import Cable, set_up_ipv6
from tests.live.servers import need, nginx
from tests.live.sockets import AT_ONCE, connect, finish, listen, send_syn, start
from tests.live.tap import inside

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.live.child import Child

pytestmark = pytest.mark.live

SECTIONS = ("protocols", "flows", "handshakes", "hosts", "arp")
"""Parts of a report that are of the packets only."""
TOTALS = ("packets", "bytes", "first_time", "last_time", "malformed", "link_types")


def claim(mac: str, address: str) -> bytes:
    """Return a gratuitous ARP reply."""
    own = bytes.fromhex(mac) + socket.inet_aton(address)
    return bytes.fromhex("ffffffffffff" + mac + "0806" + "0001080006040002") + own + own


def make_traffic(cable: Cable) -> None:
    """Let the two hosts do a little of everything: what works, what is refused, what nobody answers, what is odd."""
    for url in ("http://10.98.0.2/page", "http://[fd98::2]/page", "http://10.98.0.2/nothing"):
        cable.run(cable.one, "curl", "-gsS", "--noproxy", "*", "-o", "/dev/null", url)
    for address in ("10.98.0.1", "fd98::1"):
        cable.run(cable.two, "ping", "-q", "-i", "0.02", "-c", "5", address)
    finish([start(cable.one, "10.98.0.2", 8080), start(cable.one, "fd98::2", 8080)])
    reset = connect(cable.one, "10.98.0.2", 80)
    reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    reset.close()
    cable.ip(cable.one, "neigh", "replace", "10.98.0.9", "lladdr", "02:00:00:00:00:09", "dev", "v0", "nud", "permanent")
    start(cable.one, "10.98.0.9", 443).close()
    send_syn(cable.one, ("10.98.0.1", 20001), ("10.98.0.2", 80))
    with inside(cable.one), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talker:
        for port in (53, 9):
            talker.sendto(bytes(range(40)), ("10.98.0.2", port))
    with inside(cable.two), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind(("v0", 0))
        sender.send(claim("020000000001", "10.98.0.50"))
        sender.send(claim("020000000002", "10.98.0.50"))
        sender.send(bytes.fromhex("ffffffffffff" + "020000000001" + "8100" + "0005" + "0800" + "4500"))
        sender.send(bytes.fromhex("ffffffffffff" + "020000000001" + "88b5") + b"last")


def report(file: Path) -> dict[str, Any]:
    """Return what netwatch says of a file."""
    command = [sys.executable, "-m", "netwatch", "report", "-r", str(file), "--format", "json", "--top", "1000"]
    found: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE).stdout
    )
    return found


def test_live_and_saved_say_the_same(cable: Cable, child: Callable[..., Child], tmp_path: Path) -> None:
    """Protocols, flows, handshakes, hosts, changes of neighbours: equal to the last nanosecond that JSON can hold."""
    need("curl", "ping")
    set_up_ipv6(cable)
    (tmp_path / "page").write_bytes(bytes(100_000))
    with nginx(cable, cable.two, ["10.98.0.2", "[fd98::2]"], tmp_path):
        old, older = connect(cable.one, "10.98.0.2", 80), listen(cable.two, "10.98.0.2", 443)
        capturing = child("v0")
        old.sendall(b"GET / HTTP/1.0\r\n\r\n")
        wait_for(lambda: old.recv(1000), "an answer")
        make_traffic(cable)
        capturing.until(lambda tables: "0x88b5" in {flow["protocol"] for flow in tables["flows"]}, command="tables")
        old.close()
        older.close()
    live = {suffix: capturing.ask(f"report {tmp_path / f'run.{suffix}'}") for suffix in ("pcapng", "pcap")}
    for suffix, seen in live.items():
        saved = report(tmp_path / f"run.{suffix}")
        assert {name: seen["capture"][name] for name in TOTALS} == {name: saved["capture"][name] for name in TOTALS}
        for section in SECTIONS:
            assert seen[section] == saved[section], section
    seen = live["pcapng"]
    shakes = seen["handshakes"]
    assert (shakes["mid_stream"], shakes["refused"], shakes["incomplete"], shakes["half_open"]) == (1, 2, 1, 1)
    assert shakes["complete"] == 4
    assert shakes["rtt_ms"]["p50"] > 0
    assert {"tcp", "udp", "icmp", "icmpv6", "arp"} <= seen["protocols"].keys()
    assert [(change["old_mac"], change["new_mac"]) for change in seen["arp"]["changes"]] == [
        ("02:00:00:00:00:01", "02:00:00:00:00:02")
    ]
    assert len(seen["flows"]["top"]) == seen["flows"]["tcp"] + seen["flows"]["udp"]
    assert {"10.98.0.1", "10.98.0.2"} <= {host["ip"] for host in seen["hosts"]}
    assert seen["loss"]["kernel_dropped"] == seen["loss"]["evicted_packets"] == 0
