"""Replayed captures arrive as they were recorded, and the small network of namespaces comes and goes whole."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from netwatch.lab.namespace import STATE, NamespaceOptions, build_commands, down, spaces, up
from tests.live.child import PATIENCE
from tests.live.lab_network import LabNetwork, lab_network
from tests.live.servers import need
from tests.live.tap import open_packet_socket

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def net() -> Iterator[LabNetwork]:
    """One network; the client's interface has the default route."""
    with lab_network() as made:
        yield made


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A capture of 30 frames, 10 ms apart, from 02:aa:00:00:00:01, the last of them tagged."""
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Dot1Q, Ether
    from scapy.utils import wrpcap

    packets: list[Any] = []
    for number in range(30):
        header = Ether(src="02:aa:00:00:00:01", dst="02:00:00:00:00:fe")
        body = IP(src="192.0.2.7", dst="192.0.2.8", id=number) / UDP(sport=1000 + number, dport=9) / bytes(number * 20)
        packets.append(header / Dot1Q(vlan=5) / body if number == 29 else header / body)
        packets[-1].time = 1_700_000_000 + number * 0.01
    path = tmp_path / "recorded.pcap"
    wrpcap(str(path), packets)
    return path


def heard(end: Any, count: int) -> list[tuple[float, bytes]]:
    """Return the next frames from 02:aa:..., with when they came."""
    found = []
    while len(found) < count:
        frame = end.recv(4000)
        if frame[6:8] == b"\x02\xaa":
            found.append((time.monotonic(), frame))
    return found


def test_a_replayed_capture_is_the_recorded_one(net: LabNetwork, capture: Path, tmp_path: Path) -> None:
    from scapy.utils import rdpcap

    wanted = [bytes(packet) for packet in rdpcap(str(capture))]
    end = open_packet_socket(net.router, "r0")
    end.settimeout(PATIENCE)
    words = ("replay", capture, "-i", "v0", "--log", tmp_path / "log", "--i-am-authorised", "--json")
    done = net.lab(*words)
    assert done.status == 0, done.err
    row = done.results[0]
    assert (row["packets"], row["cut_short"], row["left_out"]) == (30, 0, 0)
    assert row["seconds"] >= 0.29
    # the receiving kernel takes the tag of the last frame out
    assert [frame for _, frame in heard(end, 30)][:29] == wanted[:29]
    fast = net.lab(*words, "--rate", 5000, "--loop", 2, "--engine", "netwatch")
    assert [row["packets"] for row in fast.results] == [30, 30]
    assert fast.results[0]["packets_per_second"] <= 5200
    assert [frame for _, frame in heard(end, 60)][30:59] == wanted[:29]
    mapped = net.lab(
        *words, "--speed", 100, "--map", "192.0.2.0/24=10.98.0.0/24", "--destination-mac", "02:00:00:00:00:77"
    )
    assert mapped.status == 0
    first = heard(end, 30)[0][1]
    assert (first[:6].hex(), first[26:34].hex()) == ("020000000077", "0a6200070a620008")
    end.close()


def test_tcpreplay_sends_the_same(net: LabNetwork, capture: Path, tmp_path: Path) -> None:
    from scapy.utils import rdpcap

    need("tcpreplay")
    wanted = [bytes(packet) for packet in rdpcap(str(capture))]
    end = open_packet_socket(net.router, "r0")
    end.settimeout(PATIENCE)
    log = tmp_path / "log"
    words = ("replay", "-i", "v0", "--log", log, "--i-am-authorised", "--engine", "tcpreplay", "--json")
    done = net.lab(*words, capture, "--rate", 1000, "--loop", 2)
    assert (done.status, done.err) == (0, "")
    assert done.results[0]["packets"] == 60
    frames = [frame for _, frame in heard(end, 60)]
    assert frames[:29] == frames[30:59] == wanted[:29]
    assert [json.loads(line).get("packets") for line in log.read_text().splitlines()] == [None, None, 60]
    # for a rate it is taken unasked; the rhythm of the recording is kept by netwatch
    unasked = [word for word in words if word not in ("--engine", "tcpreplay")]
    for option, sender in (("--rate", "tcpreplay"), ("--speed", "netwatch")):
        alone = net.lab(*unasked, capture, option, 1000)
        assert json.loads(alone.out)["summary"] == {"rounds": 1, "packets": 30, "sender": sender}
        assert [frame for _, frame in heard(end, 30)][:29] == wanted[:29]
    mapped = net.lab(*words, capture, "--map", "192.0.2.0/24=10.98.0.0/24", "--speed", 50)
    assert mapped.status == 0
    assert heard(end, 30)[0][1][26:34].hex() == "0a6200070a620008"
    assert net.lab(*words, tmp_path / "nothing.pcap").status == 2
    dry = net.lab(*words[:-1], capture, "--dry-run")
    assert (dry.status, dry.sent, dry.out.count("would send")) == (0, 0, 30)
    end.close()


WRONG = {
    "": "needs an interface",
    "-i v0": "has the default route",
    "-i v0 --i-am-authorised --rate 10001": "at most 10000",
    "-i v0 --i-am-authorised --speed 0": "--speed",
    "-i v0 --i-am-authorised --speed 2 --rate 5": "exclude each other",
    "-i v0 --i-am-authorised --loop 0": "--loop",
    "-i v0 --i-am-authorised --map 10.0.0.0/8=10.0.0.0/9": "different sizes",
    "-i v0 --i-am-authorised --source-mac x": "not a MAC address",
    "-i nothere0": "no interface nothere0",
}


def test_wrong_usage_of_replay(net: LabNetwork, capture: Path) -> None:
    for words, reason in WRONG.items():
        done = net.lab("replay", capture, *words.split())
        assert (done.status, done.out, done.sent, done.err.count("\n")) == (2, "", 0, 1), (words, done)
        assert reason in done.err, (words, done.err)
    dry = net.lab("replay", capture, "-i", "v0", "--i-am-authorised", "--dry-run")
    assert (dry.status, dry.sent, dry.out.count("would send")) == (0, 0, 30)


def test_a_small_network_comes_and_goes() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    need("ip", "sysctl", "ping")
    name = f"nwlab{os.getpid()}n"
    words = [sys.executable, "-m", "netwatch", "lab", "namespace"]
    options = NamespaceOptions(name, 0.0, 0.0, dry=False)
    try:
        built = subprocess.run(
            [*words, "up", "--name", name], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert (built.returncode, built.stderr) == (0, "")
        assert f"ip netns exec {name}-router netwatch -i br0" in built.stdout
        ping = ["ip", "netns", "exec", f"{name}-client", "ping", "-c", "1", "-W", "5"]
        for address in ("10.98.1.10", "10.98.0.66", "fd98:1::10"):
            subprocess.run([*ping, address], check=True, capture_output=True, timeout=PATIENCE)
        from netwatch.errors import NetwatchError

        with pytest.raises(NetwatchError, match="exists already"):
            up(options)
    finally:
        gone = down(options)
    assert gone.text == f"{name} is gone"
    assert not any(Path("/run/netns", space).exists() for space in spaces(name).values())
    assert not (STATE / name).exists()


def test_the_way_to_the_server_can_be_long_and_bad() -> None:
    """By the kernel's netem where it has it, else by a process: either way a ping tells."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    need("ip", "sysctl", "ping")
    name = f"nwlab{os.getpid()}w"
    words = [sys.executable, "-m", "netwatch", "lab", "namespace"]
    ping = ["ip", "netns", "exec", f"{name}-client", "ping", "-c", "1", "-W", "5"]
    for options, arrives in ((("--delay", "30"), True), (("--loss", "100"), False)):
        command = [*words, "up", "--name", name, *options]
        try:
            built = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
            assert (built.returncode, built.stderr) == (0, "")
            assert "is lost, the rest" in built.stdout
            wait = ping if arrives else [*ping[:-1], "1"]
            done = subprocess.run([*wait, "10.98.1.10"], capture_output=True, text=True, timeout=PATIENCE, check=False)
            assert (done.returncode == 0) is arrives, done.stdout
            if arrives:
                # once there and once back
                assert float(done.stdout.split("time=")[1].split()[0]) >= 60
        finally:
            down(NamespaceOptions(name, 0.0, 0.0, dry=False))
        assert not Path("/run/netns", f"{name}-wire").exists()


def test_nothing_is_left_of_a_network_that_cannot_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    need("ip", "sysctl")
    from netwatch.errors import NetwatchError
    from netwatch.lab import namespace

    name = f"nwlab{os.getpid()}b"
    options = NamespaceOptions(name, 0.0, 0.0, dry=False)
    broken = [*build_commands(options), ["ip", "-n", f"{name}-router", "link", "set", "nothere0", "up"]]
    monkeypatch.setattr(namespace, "build_commands", lambda *_, **__: broken)
    with pytest.raises(NetwatchError, match=r"cannot build the network: ip -n .*nothere0"):
        up(options)
    assert not any(Path("/run/netns", space).exists() for space in spaces(name).values())
    assert not (STATE / name).exists()


def test_names_and_dry_runs_of_networks() -> None:
    from netwatch.errors import NetwatchError, UsageError

    for name in ("", "-x", "../x", "A", "x" * 25, "a/b", "a b"):
        for act in (up, down):
            with pytest.raises(UsageError, match="is no name"):
                act(NamespaceOptions(name, 0.0, 0.0, dry=True))
    with pytest.raises(UsageError, match="--loss"):
        up(NamespaceOptions("x", 101.0, 0.0, dry=True))
    with pytest.raises(NetwatchError, match="there is no lab network"):
        down(NamespaceOptions("never-built", 0.0, 0.0, dry=False))
    shown = up(NamespaceOptions("x", 5.0, 20.0, dry=True)).text
    assert len(re.findall(r"netem delay 20ms loss 5%", shown)) == 2
    assert not Path("/run/netns/x-client").exists()
