"""One monitor and all that happens to it: its link, its terminal and its folder; it sends nothing all the time."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.file_source import FileSource
from tests.live.conftest import Cable, carrying, make_link
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


def look_around(monitor: Monitor) -> None:
    """Visit panes, and pull at the terminal's corner."""
    for key, shown in (("1", "TCP attempts"), ("3", "State"), ("5", "Latency"), ("7", "Vendor"), ("2", "Proto")):
        monitor.type(key)
        monitor.expect(shown)
    for step in range(100):
        monitor.resize(80 + step % 40, 24 + step % 20)
        monitor.read(0.01)
    monitor.screen.resize(30, 240)
    monitor.resize(240, 30)


def go_down_and_up(cable: Cable, monitor: Monitor) -> None:
    """Take the link away, under another name for a while, under its own again; delete it and make it anew."""
    cable.ip(cable.one, "link", "set", "v0", "down")
    monitor.expect("WAITING")
    cable.ip(cable.one, "link", "set", "v0", "name", "w0")
    cable.ip(cable.one, "link", "set", "w0", "up")
    monitor.expect("v0 is called w0 now")
    monitor.expect("LIVE")
    send(cable, 5)
    monitor.expect(" 35 pkts")
    cable.ip(cable.one, "link", "set", "w0", "down")
    monitor.expect("WAITING")
    cable.ip(cable.one, "link", "set", "w0", "name", "v0")
    cable.ip(cable.one, "link", "set", "v0", "up")
    carrying(cable)
    monitor.expect("LIVE")
    send(cable, 5)
    monitor.expect(" 40 pkts")
    cable.ip(cable.one, "link", "del", "v0")
    monitor.expect("v0 is gone")
    make_link(cable)
    monitor.expect("LIVE")


def send(cable: Cable, count: int) -> None:
    """Have so many datagrams cross the link."""
    cable.run(cable.two, sys.executable, "-c", SEND, str(count))


def test_the_link_the_terminal_and_the_folder_fail_and_nothing_is_sent(cable: Cable, tmp_path: Path) -> None:
    """Every pane is visited; MTU, addresses, names and sizes change; the folder of the recording goes away."""
    folder = tmp_path / "captures"
    folder.mkdir()
    words = ["-i", "v0", "-f", "udp", "-w", str(folder / "rec.pcapng")]
    variables = {"XDG_STATE_HOME": str(tmp_path / "s"), "XDG_CONFIG_HOME": str(tmp_path / "c")}
    monitor = Monitor(cable.one, words, environment=variables, folder=folder, size=(240, 30))

    try:
        monitor.expect("LIVE")
        before = sent(cable)
        send(cable, 20)
        monitor.expect(" 20 pkts")
        look_around(monitor)
        send(cable, 5)
        monitor.expect(" 25 pkts")
        assert sent(cable) == before

        cable.ip(cable.one, "link", "set", "v0", "mtu", "1400")
        cable.ip(cable.one, "addr", "flush", "dev", "v0")
        cable.ip(cable.one, "addr", "add", "10.98.0.77/24", "dev", "v0")
        send(cable, 5)
        monitor.expect(" 30 pkts")
        go_down_and_up(cable, monitor)
        send(cable, 5)
        monitor.expect(" 45 pkts")
        shutil.rmtree(folder)
        monitor.type("s")
        monitor.expect("cannot write")
        send(cable, 5)
        monitor.expect(" 50 pkts")
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


def test_a_terminal_that_vanishes_leaves_whole_files(cable: Cable, tmp_path: Path) -> None:
    """The recording is complete, and the buffer is saved when the settings want that."""
    variables = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("STATE", "CONFIG")}
    settings = tmp_path / "CONFIG/netwatch/config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("save_on_crash = true\n")
    words = ["-i", "v0", "-f", "udp", "-w", "rec.pcapng"]
    monitor = Monitor(cable.one, words, environment=variables, folder=tmp_path)
    try:
        monitor.expect("LIVE")
        send(cable, 7)
        monitor.expect("REC 7 ")
        monitor.expect(" 7 pkts")
        monitor.vanish()
    finally:
        monitor.close()
    for name in ("rec.pcapng", "crash_*.pcap"):
        (path,) = tmp_path.glob(name)
        source = FileSource([str(path)])
        frames = source.read(1.0)
        source.close()
        assert frames is not None
        assert len(frames) == 7
