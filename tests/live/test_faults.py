"""One monitor and all that happens to it: its link, its terminal and its folder; it sends nothing all the time."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import Cable, carrying
from tests.live.monitor import Monitor

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.live

SEND = """
import socket, sys
ip = bytes.fromhex("4500001e00010000401100000a6200630a620062") + bytes.fromhex("138913890009000061")
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(("v0", 0))
for _ in range(int(sys.argv[1])): s.send(bytes.fromhex("0200000000aa0200000000bb0800") + ip)
"""
"""Datagrams between two others, which this namespace's kernel has no reason to answer."""


def sent(cable: Cable) -> list[str]:
    """Return how many packets each interface of the monitor's namespace has sent."""
    return [
        cable.run(cable.one, "cat", f"/sys/class/net/{name}/statistics/tx_packets").strip() for name in ("v0", "lo")
    ]


def test_the_link_the_terminal_and_the_folder_fail_and_nothing_is_sent(cable: Cable, tmp_path: Path) -> None:
    """Every pane is visited; MTU, addresses, names and sizes change; the folder of the recording goes away."""
    folder = tmp_path / "captures"
    folder.mkdir()
    words = ["-i", "v0", "-f", "udp", "-w", str(folder / "rec.pcapng")]
    variables = {"XDG_STATE_HOME": str(tmp_path / "s"), "XDG_CONFIG_HOME": str(tmp_path / "c")}
    monitor = Monitor(cable.one, words, environment=variables, folder=folder, size=(100, 30))

    def send(count: int) -> None:
        cable.run(cable.two, sys.executable, "-c", SEND, str(count))

    try:
        monitor.expect("LIVE")
        before = sent(cable)
        send(20)
        monitor.expect(" 20 pkts")
        for key, shown in (("1", "TCP attempts"), ("3", "State"), ("5", "Latency"), ("7", "Vendor"), ("2", "Proto")):
            monitor.type(key)
            monitor.expect(shown)
        for step in range(100):
            monitor.resize(80 + step % 40, 24 + step % 20)
            monitor.read(0.01)
        monitor.screen.resize(30, 100)
        monitor.resize(100, 30)
        send(5)
        monitor.expect(" 25 pkts")
        assert sent(cable) == before

        cable.ip(cable.one, "link", "set", "v0", "mtu", "1400")
        cable.ip(cable.one, "addr", "flush", "dev", "v0")
        send(5)
        monitor.expect(" 30 pkts")
        cable.ip(cable.one, "link", "set", "v0", "down")
        monitor.expect("WAITING")
        cable.ip(cable.one, "link", "set", "v0", "name", "w0")
        cable.ip(cable.one, "link", "set", "w0", "name", "v0")
        cable.ip(cable.one, "link", "set", "v0", "up")
        carrying(cable)
        monitor.expect("LIVE")
        send(5)
        monitor.expect(" 35 pkts")

        shutil.rmtree(folder)
        monitor.type("s")
        monitor.expect("cannot write")
        send(5)
        monitor.expect(" 40 pkts")
        monitor.type("q")
        monitor.expect("Leave netwatch?")
        monitor.type("y")
        assert monitor.ended() == 1
        assert b"cannot write" in monitor.written[-2000:]
        assert b"Traceback" not in monitor.written
    finally:
        monitor.close()
    log = tmp_path / "s/netwatch/problems.log"
    assert not log.exists(), log.read_text()
