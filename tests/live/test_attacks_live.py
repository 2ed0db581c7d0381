"""Floods, guessed passwords, made-up names and a tunnel through DNS, by the tools themselves: one alert each."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.detect.dga import generated
from tests.live.child import wait_for
from tests.live.detection_bench import REPOSITORY, SECOND_TARGET, Bench
from tests.live.servers import need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="needs iproute2"),
]


TOLD_WITHIN = 20.0
"""Seconds after which an attack of which nothing was told is made again: what was captured is still being read."""
SLOW_FLOODS = """
[detect."flood.udp"]
fast_pps = 500
[detect."flood.icmp"]
fast_pps = 500
"""
"""A machine that is busy cannot flood as fast as the usual settings ask; these are tried on hand-made packets."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One pair of namespaces and one capture for all tests of this module."""
    made = Bench(tmp_path_factory.mktemp("attacks"), SLOW_FLOODS)
    try:
        yield made
    finally:
        made.close()


def insist(bench: Bench, condition: Callable[[], bool], *command: str) -> None:
    """Attack until `condition()`, whatever the tool's status: hydra gives up early when one of its children was late.

    The status of hping3 tells how many answers came.
    """
    again = 0.0

    def came() -> bool:
        nonlocal again
        if time.monotonic() >= again:
            with contextlib.suppress(subprocess.CalledProcessError):
                bench.attack(*command)
            again = time.monotonic() + TOLD_WITHIN
        return condition()

    wait_for(came, f"what {command[0]} gives")


def test_guessed_passwords_are_one_alert(bench: Bench, tmp_path: Path) -> None:
    need("hydra")
    address = bench.become()
    words = tmp_path / "words"
    words.write_text("".join(f"wrong{number}\n" for number in range(30)) + "right\n")
    server = [sys.executable, str(REPOSITORY / "tests/live/ftp_server.py"), SECOND_TARGET, "right"]
    with bench.serving(*server, kind="-Hltn", port=21):
        command = ("hydra", "-I", "-q", "-t", "4", "-l", "admin", "-P", str(words), f"ftp://{SECOND_TARGET}")

        def got_in() -> bool:
            told = [told for told in bench.alerts() if told.get("src_ip") == address]
            return "critical" in {one["alert"]["context"]["netwatch"]["severity"] for one in told}

        insist(bench, got_in, *command)
    assert bench.rules_of(address) == ["brute.ftp"]


def test_guessed_passwords_of_ssh_are_one_alert(bench: Bench, tmp_path: Path) -> None:
    need("hydra", "dropbear", "dropbearkey")
    address = bench.become()
    words, key = tmp_path / "words", tmp_path / "key"
    words.write_text("".join(f"wrong{number}\n" for number in range(20)))
    subprocess.run(["dropbearkey", "-t", "ecdsa", "-f", str(key)], check=True, capture_output=True)
    server = ["dropbear", "-F", "-E", "-r", str(key), "-p", f"{SECOND_TARGET}:22", "-P", str(tmp_path / "pid")]
    with bench.serving(*server, kind="-Hltn", port=22):
        command = ("hydra", "-I", "-q", "-t", "4", "-l", "root", "-P", str(words), f"ssh://{SECOND_TARGET}")
        insist(bench, lambda: "brute.ssh" in bench.rules_of(address), *command)
    assert bench.rules_of(address) == ["brute.ssh"]


def test_a_second_dhcp_server_is_one_alert(bench: Bench, tmp_path: Path) -> None:
    """Both answer the same question, asked on both sides of the cable since neither hears its own side."""
    need("dnsmasq")
    rogue = bench.become()
    client = [sys.executable, str(REPOSITORY / "tests/live/dhcp_client.py"), "v0"]
    common = ["dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "-p", "0", "--pid-file=", "--no-ping", "--interface=v0"]

    def server(number: int, router: str) -> list[str]:
        leases = f"--dhcp-leasefile={tmp_path / str(number)}"
        addresses = f"--dhcp-range=10.97.0.{number},10.97.0.{number + 9},255.255.255.0"
        return [*common, "--dhcp-authoritative", leases, addresses, f"--dhcp-option=3,{router}"]

    inside = ["ip", "netns", "exec", bench.one, *server(200, rogue)]
    with bench.serving(*server(100, SECOND_TARGET), kind="-Hlun", port=67):
        other = subprocess.Popen(inside, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:

            def told() -> bool:
                bench.attack(*client, "77")
                bench.do("ip", "netns", "exec", bench.two, *client, "77")
                return "dhcp.rogue" in bench.rules_of(rogue)

            wait_for(told, "the second server")
        finally:
            other.kill()
            other.wait()
    assert bench.rules_of(rogue) == ["dhcp.rogue"]


def test_made_up_names_are_one_alert(bench: Bench) -> None:
    need("dnsmasq")
    address = bench.become()
    dnsmasq = ["dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "--pid-file=", "--port=53"]
    dnsmasq += [f"--local=/{top}/" for top in ("com", "net", "org", "info", "biz")]
    with bench.serving(*dnsmasq, kind="-Hlun", port=53):
        client = [sys.executable, str(REPOSITORY / "tests/live/dns_client.py"), SECOND_TARGET]
        bench.attack(*client, *generated("conficker", 40))
        bench.wait_for_alert(address, "dns.dga")
    assert bench.rules_of(address) == ["dns.dga"]


def test_a_tunnel_through_names_is_one_alert(bench: Bench) -> None:
    need("iodine", "iodined")
    if not os.access("/dev/net/tun", os.W_OK):
        pytest.skip("needs /dev/net/tun")
    address = bench.become()
    server = ["iodined", "-f", "-c", "-P", "secret", "-l", SECOND_TARGET, "10.96.0.1", "t.example.com"]
    with bench.serving(*server, kind="-Hlun", port=53):
        command = ["ip", "netns", "exec", bench.one, "iodine", "-f", "-r", "-T", "NULL", "-P", "secret", SECOND_TARGET]
        tunnel = subprocess.Popen([*command, "t.example.com"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: bench.rules_of(address), "an alert of the tunnel")
        finally:
            tunnel.kill()
            tunnel.wait()
    assert bench.rules_of(address) == ["dns.tunnel"]


FLOODS = {
    "syn": ("flood.syn", ("-S", "-p", "80", "--rand-source", "-i", "u1000", "-c", "500")),
    "udp": ("flood.udp", ("--udp", "-p", "9", "-i", "u50", "-c", "6000")),
    # echo replies that nobody asked for: a machine that is fast enough answers every request, which is no flood then
    "icmp": ("flood.icmp", ("--icmp", "--icmptype", "0", "-i", "u50", "-c", "6000")),
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_one_alert(bench: Bench, name: str) -> None:
    need("hping3")
    rule, words = FLOODS[name]
    bench.become()
    command = ("hping3", "-q", *words, SECOND_TARGET)
    insist(bench, lambda: rule in bench.rules_against(SECOND_TARGET), *command)
    assert bench.rules_against(SECOND_TARGET).count(rule) == 1
