"""Real tools against a host of our own: each attack gives exactly one alert, and ordinary work gives none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.child import PATIENCE, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="needs iproute2"),
]

REPOSITORY = Path(__file__).resolve().parents[2]
TARGET = "10.97.0.2"
NMAP = ("nmap", "-n", "-Pn", "--max-retries", "1", "-T4")
ATTACKS = {
    "sS": ("scan.vertical", (*NMAP, "-sS", "-p", "1-60", TARGET)),
    "sT": ("scan.vertical", (*NMAP, "-sT", "-p", "1-60", TARGET)),
    "sU": ("scan.udp", (*NMAP, "-sU", "-p", "1001-1030", TARGET)),
    "sF": ("scan.stealth", (*NMAP, "-sF", "-p", "1-20", TARGET)),
    "sX": ("scan.stealth", (*NMAP, "-sX", "-p", "1-20", TARGET)),
    "sN": ("scan.stealth", (*NMAP, "-sN", "-p", "1-20", TARGET)),
    "sA": ("scan.ack", (*NMAP, "-sA", "-p", "1-60", TARGET)),
    "sn": ("sweep.arp", ("nmap", "-n", "-sn", "-T4", "--max-retries", "0", "10.97.0.64/26")),
}


class Bench:
    """Two namespaces joined by a cable; what netwatch hears in the second one is in a file of events."""

    def __init__(self, folder: Path) -> None:
        """Make them, and begin to listen."""
        self.one, self.two = f"nwd{os.getpid()}a", f"nwd{os.getpid()}b"
        self._path = folder / "events.json"
        self._number = 9
        self.expected: dict[str, list[str]] = {}
        """By address what was to be told of it, and nothing besides."""
        for name in (self.one, self.two):
            self.do("ip", "netns", "add", name)
        self.do("ip", "link", "add", "v0", "netns", self.one, "type", "veth", "peer", "name", "v0", "netns", self.two)
        self.do("ip", "-n", self.two, "addr", "add", f"{TARGET}/24", "dev", "v0")
        for name in (self.one, self.two):
            self.do("ip", "-n", name, "link", "set", "lo", "up")
            self.do("ip", "-n", name, "link", "set", "v0", "up")
        self.do("ip", "netns", "exec", self.two, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0")
        command = ["-i", "v0", "--types", "alert,arp", "--to", str(self._path)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SUDO_")}
        self._listener = subprocess.Popen(
            ["ip", "netns", "exec", self.two, sys.executable, "-m", "netwatch", "events", *command],
            cwd=REPOSITORY,
            env=environment | {"PYTHONPATH": str(REPOSITORY)},
        )
        self.become()
        self._hears()

    def close(self) -> None:
        """Leave nothing behind."""
        self._listener.terminate()
        try:
            self._listener.wait(PATIENCE)
        finally:
            self._listener.kill()
            for name in (self.one, self.two):
                subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def become(self) -> str:
        """Give the first host another address and MAC address, and return the address."""
        self._number += 1
        address = f"10.97.0.{self._number}"
        self.do("ip", "-n", self.one, "addr", "flush", "dev", "v0")
        self.do("ip", "-n", self.one, "link", "set", "v0", "address", f"00:16:3e:00:00:{self._number:02x}")
        self.do("ip", "-n", self.one, "addr", "add", f"{address}/24", "dev", "v0")
        return address

    def attack(self, *words: str) -> None:
        """Run a tool of the first host to its end."""
        self.do("ip", "netns", "exec", self.one, *words)

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts of severity low or higher, as they were opened."""
        told = [record for record in self._records() if record["event_type"] == "alert"]
        return [record for record in told if record["alert"]["severity"] < 4]

    def rules_of(self, address: str) -> list[str]:
        """Return the rules of the alerts that opened with one source or victim."""
        opened = [record for record in self.alerts() if record["alert"]["context"]["netwatch"]["news"] == "open"]
        return sorted(_rule(record) for record in opened if address in _ends(record))

    def wait_for_alert(self, address: str, rule: str) -> None:
        """Wait until a source has an alert."""
        wait_for(lambda: rule in self.rules_of(address), f"{rule} of {address}: {self.alerts()}")

    @staticmethod
    def do(*words: str) -> None:
        """Run a command that must succeed."""
        subprocess.run(words, check=True, capture_output=True, timeout=PATIENCE)

    def _records(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        text = self._path.read_text()
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def _hears(self) -> None:
        """Wait until a packet was captured."""

        def heard() -> bool:
            subprocess.run(
                ["ip", "netns", "exec", self.one, "ping", "-c1", "-W1", TARGET], capture_output=True, check=False
            )
            return any(record["event_type"] == "arp" for record in self._records())

        wait_for(heard, "the first packet")


def _ends(record: dict[str, Any]) -> tuple[str, str]:
    return str(record.get("src_ip", "")), str(record["alert"]["context"]["netwatch"]["victim"])


def _rule(record: dict[str, Any]) -> str:
    return str(record["alert"]["category"])


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One pair of namespaces and one capture for all tests of this module."""
    made = Bench(tmp_path_factory.mktemp("detection"))
    try:
        yield made
    finally:
        made.close()


def need(tool: str) -> None:
    """Skip where a tool is missing."""
    if shutil.which(tool) is None:
        pytest.skip(f"needs {tool}")


@pytest.mark.parametrize("name", ATTACKS)
def test_a_scan_is_one_alert(bench: Bench, name: str) -> None:
    rule, words = ATTACKS[name]
    need(words[0])
    address = bench.become()
    bench.expected[address] = [rule]
    bench.attack(*words)
    bench.wait_for_alert(address, rule)
    assert bench.rules_of(address) == [rule]


def test_arpspoof_is_one_alert(bench: Bench) -> None:
    need("arpspoof")
    victim = bench.become()
    bench.attack("ping", "-c1", TARGET)
    bench.become()
    bench.attack("ping", "-c1", TARGET)
    bench.expected[victim] = ["arp.spoof"]
    tool = subprocess.Popen(
        ["ip", "netns", "exec", bench.one, "arpspoof", "-i", "v0", "-t", TARGET, victim],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        bench.wait_for_alert(victim, "arp.spoof")
    finally:
        tool.kill()
        tool.wait()
    assert bench.rules_of(victim) == ["arp.spoof"]


def test_ordinary_work_gives_none_and_nothing_else_was_told(bench: Bench) -> None:
    need("curl")
    need("nmap")
    server = subprocess.Popen(
        ["ip", "netns", "exec", bench.two, sys.executable, "-m", "http.server", "8080", "--bind", TARGET],
        cwd=REPOSITORY / "themes",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        calm = bench.become()
        bench.expected[calm] = []
        page = f"http://{TARGET}:8080/"
        retry = ("--retry", "60", "--retry-delay", "1", "--retry-connrefused", "--noproxy", "*")
        bench.attack("curl", "-sS", *retry, "-o", "/dev/null", page)
        bench.attack("curl", "-sS", "--noproxy", "*", "-o", "/dev/null", f"{page}?page=[1-40]")
        bench.attack("ping", "-c", "3", "-i", "0.2", TARGET)
        # When a later attack was told, everything before it has been looked at
        last = bench.become()
        bench.expected[last] = ["scan.vertical"]
        bench.attack(*ATTACKS["sS"][1])
        bench.wait_for_alert(last, "scan.vertical")
    finally:
        server.kill()
        server.wait()
    assert {address: bench.rules_of(address) for address in bench.expected} == bench.expected
