"""Real tools against a host of our own: each attack gives exactly one alert, and ordinary work gives none."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.live.detection_bench import REPOSITORY, TARGET, Bench

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="needs iproute2"),
]

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
    with bench.attacking("arpspoof", "-i", "v0", "-t", TARGET, victim):
        bench.wait_for_alert(victim, "arp.spoof")
    assert bench.rules_of(victim) == ["arp.spoof"]


def test_ordinary_work_gives_none_and_nothing_else_was_told(bench: Bench) -> None:
    need("curl")
    need("nmap")
    server = [sys.executable, "-m", "http.server", "8080", "--bind", TARGET, "--directory", str(REPOSITORY / "themes")]
    with bench.serving(*server, kind="-Hltn", port=8080):
        calm = bench.become()
        bench.expected[calm] = []
        page = f"http://{TARGET}:8080/"
        bench.attack("curl", "-sS", "--noproxy", "*", "-o", "/dev/null", f"{page}?page=[1-40]")
        bench.attack("ping", "-c", "3", "-i", "0.2", TARGET)
        # When a later attack was told, everything before it has been looked at
        last = bench.become()
        bench.expected[last] = ["scan.vertical"]
        bench.attack(*ATTACKS["sS"][1])
        bench.wait_for_alert(last, "scan.vertical")
    assert {address: bench.rules_of(address) for address in bench.expected} == bench.expected
