"""Lab tools against real peers in namespaces: what they find, and that the guard rails hold."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.live.child import PATIENCE, Child, wait_for
from tests.live.lab_network import NOBODY, ROUTER, ROUTER6, SERVER, SERVER6, LabNetwork, lab_network
from tests.live.servers import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.live.conftest import Cable

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def net() -> Iterator[LabNetwork]:
    """One network for all tests of this module."""
    with lab_network() as made:
        yield made


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where a run logs."""
    return tmp_path / "lab.log"


def events(log: Path) -> list[dict[str, object]]:
    """Return the lines of a log."""
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_ping_counts_and_measures(net: LabNetwork, log: Path) -> None:
    done = net.lab("ping", ROUTER, NOBODY, "-c", 3, "--interval", 0.01, "--timeout", 0.6, "--json", "--log", log)
    assert (done.status, done.err) == (0, "")
    there, nobody = done.results
    assert (there["target"], there["sent"], there["received"], there["loss_percent"]) == (ROUTER, 3, 3, 0.0)
    assert 0 < there["min_ms"] <= there["median_ms"] <= there["max_ms"]
    assert there["min_ms"] <= there["avg_ms"] <= there["max_ms"]
    assert there["ttl"] == 64
    assert (nobody["received"], nobody["loss_percent"], nobody["avg_ms"]) == (0, 100.0, None)
    # asking in vain for the address of nobody may lose the echo itself
    assert done.sent >= 3
    written = events(log)
    assert [event["event"] for event in written] == ["start", *["sent"] * 6, "end"]
    assert written[0]["arguments"][:2] == ["ping", ROUTER]
    assert written[1]["packet"] == f"10.98.0.1 > {ROUTER} ICMP echo request seq 1"
    assert (written[-1]["packets"], written[-1]["outcome"]) == (6, "done")
    assert log.stat().st_mode & 0o777 == 0o600


def test_ping_of_ipv6_and_of_this_machine(net: LabNetwork, log: Path) -> None:
    words = ("-c", 2, "--interval", 0.01, "--log", log, "--json")
    for target in (ROUTER6, "127.0.0.1", "::1", "10.98.0.1"):
        row = net.lab("ping", target, *words).results[0]
        assert (row["sent"], row["received"]) == (2, 2), target


def test_a_sweep_lists_who_answers(net: LabNetwork, log: Path) -> None:
    done = net.lab("ping", "10.98.0.248/29", "--timeout", 0.6, "--log", log, "--json")
    assert [row["target"] for row in done.results] == [ROUTER]
    assert json.loads(done.out)["summary"] == {"targets": 6, "answering": 1, "sent": 6}


def test_round_trips_are_those_of_ping(namespaces: Cable, wire: Child, log: Path) -> None:
    """Over a cable of 30 ms both tools must say 30 ms; without a delay the machine's own noise is larger than it.

    A busy machine only ever adds to a round trip: the shortest of some tells what the path takes.
    """
    need("ping")
    wire.ask("delay 0.03")
    child = Child(namespaces.one, module="tests.live.lab_child")
    words = ("lab", "ping", "10.98.0.2", "-c", "5", "--interval", "0.02", "--log", str(log), "--json")

    def ours() -> float:
        row = json.loads(child.ask(json.dumps(words))["out"])["results"][0]
        assert row["received"] == 5
        return float(row["min_ms"])

    def theirs() -> float:
        said = namespaces.run(namespaces.one, "ping", "-nq", "-c", "5", "-i", "0.02", "10.98.0.2")
        return float(said.rpartition("= ")[2].partition("/")[0])

    try:
        for tool in (ours, theirs):
            shortest = wait_for(lambda tool=tool: (found := tool()) < 36 and found, f"30 ms by {tool.__name__}")
            assert shortest >= 30
    finally:
        child.close()


def test_discovery_finds_who_is_on_the_link(net: LabNetwork, log: Path) -> None:
    done = net.lab("arp", "10.98.0.240/28", "--timeout", 0.6, "--retries", 0, "--log", log, "--json")
    mac = net.run(net.router, "cat", "/sys/class/net/r0/address").strip()
    assert [(row["ip"], row["mac"], row["found"]) for row in done.results] == [(ROUTER, mac, "active")]
    assert json.loads(done.out)["sent"]["packets"] == 14
    for target in ("fd98::/64", ROUTER6):
        done = net.lab("arp", target, "--timeout", 0.6, "--retries", 0, "--log", log, "--json")
        assert [(row["ip"], row["mac"]) for row in done.results] == [(ROUTER6, mac)], target


def test_discovery_agrees_with_arp_scan(net: LabNetwork, log: Path) -> None:
    need("arp-scan")
    shown = net.run(net.client, "arp-scan", "-I", "v0", "-r", "3", "-x", "10.98.0.240/28")
    theirs = {tuple(line.split("\t")[:2]) for line in shown.splitlines()}
    done = net.lab("arp", "10.98.0.240/28", "--timeout", 1, "--log", log, "--json")
    assert {(row["ip"], row["mac"]) for row in done.results} == theirs
    assert len(theirs) == 1


def test_discovery_is_compared_with_a_capture(net: LabNetwork, log: Path, tmp_path: Path) -> None:
    from scapy.layers.l2 import ARP, Ether
    from scapy.utils import wrpcap

    capture = tmp_path / "seen.pcap"
    seen = [("10.98.0.250", "02:00:00:00:00:50"), (ROUTER, "02:00:00:00:00:54")]
    packets = [Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc=mac, psrc=ip, pdst=ROUTER) for ip, mac in seen]
    wrpcap(str(capture), packets)
    words = ("--timeout", 0.6, "--retries", 0, "--log", log, "--json", "--compare", capture)
    done = net.lab("arp", "10.98.0.248/29", *words)
    silent, router = done.results
    assert (silent["ip"], silent["found"]) == ("10.98.0.250", "passive")
    assert router["found"] == "both"
    assert router["note"] == "the capture has it at 02:00:00:00:00:54"


def test_targets_behind_a_router_need_the_word(net: LabNetwork, log: Path) -> None:
    for target in (SERVER, SERVER6, "10.98.1.0/30"):
        done = net.lab("ping", target, "--log", log)
        assert (done.status, done.out, done.sent) == (2, "", 0)
        assert "is in no directly connected network" in done.err
        assert "--i-am-authorised" in done.err
        assert done.err.count("\n") == 1
    assert not log.exists()
    allowed = net.lab("ping", SERVER, "-c", 1, "--i-am-authorised", "--log", log, "--json")
    assert allowed.results[0]["received"] == 1
    assert events(log)[0]["authorised"] is True
    # with -i only that interface's networks count
    assert net.lab("ping", ROUTER, "-i", "lo", "--log", log).status == 2


DRY = [
    ("ping", ROUTER),
    ("ping", "10.98.0.248/29"),
    ("arp", "10.98.0.240/28"),
    ("arp", "fd98::/64"),
]


@pytest.mark.parametrize("words", DRY, ids=" ".join)
def test_a_dry_run_sends_nothing(net: LabNetwork, log: Path, words: tuple[str, ...]) -> None:
    done = net.lab(*words, "--dry-run", "--log", log)
    assert (done.status, done.err, done.sent) == (0, "", 0)
    shown = re.findall(r"^would send .* \(\d+ bytes\)$", done.out, re.MULTILINE)
    assert shown
    assert f"dry run: {len(shown)} packets" in done.out
    assert not log.exists()


WRONG = {
    "ping": "required",
    "ping 192.0.2": "not an IP address",
    "ping a..b!": "neither an address",
    f"ping {ROUTER} -c 0": "--count",
    f"ping {ROUTER} --rate 1001": "at most 1000",
    f"ping {ROUTER} --rate 0": "rate",
    f"ping {ROUTER} --interval 0": "--interval",
    f"ping {ROUTER} --size 9000": "--size",
    f"ping {ROUTER} -i nothere0": "no interface nothere0",
    f"ping {ROUTER} -i any": "one interface",
    f"ping {ROUTER} --json --csv": "not allowed with",
    "ping router.example --dry-run": "asking for its address would send",
    "ping 10.0.0.0/8": "one run may have",
    "arp 127.0.0.1": "addresses of this machine",
    "arp 10.98.0.1": "addresses of this machine",
    "arp 10.98.1.0/29": "no directly connected network",
    f"arp fd98::/64 {ROUTER}": "only target",
    "nothing": "invalid choice",
    "": "required",
}


def test_wrong_usage_is_one_line_and_sends_nothing(net: LabNetwork) -> None:
    for words, reason in WRONG.items():
        done = net.lab(*words.split())
        assert (done.status, done.out, done.sent) == (2, "", 0), (words, done)
        assert done.err.startswith("netwatch: "), words
        assert done.err.count("\n") == 1, words
        assert reason in done.err, (words, done.err)


def test_the_rate_is_kept(net: LabNetwork, log: Path) -> None:
    """20 packets at 100 a second take 0.19 s at least; the machine may make it longer, never shorter."""
    done = net.lab("ping", ROUTER, "-c", 20, "--interval", 0.001, "--log", log, "--json")
    assert done.results[0]["received"] == 20
    times = [float(str(event["time"])) for event in events(log) if event["event"] == "sent"]
    assert times[-1] - times[0] > 0.18


def test_results_go_where_they_are_wanted(net: LabNetwork, log: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    words = ("ping", ROUTER, "-c", 1, "--log", log, "-o", path)
    done = net.lab(*words, "--csv")
    assert (done.status, done.out, done.err) == (0, "", "")
    header, row, *rest = path.read_bytes().split(b"\r\n")
    assert header.startswith(b"target,sent,received,loss_percent,min_ms")
    assert row.startswith(f"{ROUTER},1,1,0.0,".encode())
    assert rest == [b""]
    again = net.lab(*words)
    assert (again.status, again.sent, "exists already" in again.err) == (1, 0, True)


def test_an_interrupted_run_says_what_it_found(net: LabNetwork, log: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "netwatch",
        "lab",
        "ping",
        ROUTER,
        "-c",
        "1000",
        "--interval",
        "0.05",
        "--log",
        str(log),
    ]
    running = subprocess.Popen(
        ["ip", "netns", "exec", net.client, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        wait_for(lambda: log.exists() and log.read_text().count('"sent"') > 1, "an echo that was sent")
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=PATIENCE)
    finally:
        running.kill()
    assert (running.returncode, err) == (0, b"")
    assert b"1 of 1 targets answer" in out
    assert b"\ninterrupted; " in out
    assert events(log)[-1]["outcome"] == "interrupted"


def test_without_rights_a_dry_run_works_and_nothing_else(net: LabNetwork, tmp_path: Path) -> None:
    """The command that would have rights is said; nothing is logged."""
    words = [sys.executable, "-m", "netwatch", "lab", "ping", ROUTER]
    plain = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", *words]
    inside = ["ip", "netns", "exec", net.client, *plain]
    environment = {**os.environ, "HOME": str(tmp_path)}
    dry = subprocess.run(
        [*inside, "--dry-run"], capture_output=True, text=True, check=False, timeout=PATIENCE, env=environment
    )
    if "Permission denied" in dry.stderr or "No module named netwatch" in dry.stderr:
        pytest.skip("another user cannot read this checkout")
    assert (dry.returncode, dry.stdout.count("would send")) == (0, 4), dry
    refused = subprocess.run(inside, capture_output=True, text=True, check=False, timeout=PATIENCE, env=environment)
    assert (refused.returncode, refused.stdout) == (77, "")
    assert refused.stderr.startswith("netwatch: sending needs the right to open raw sockets. Run: sudo ")


def test_privileges_are_gone_while_a_tool_runs(net: LabNetwork) -> None:
    code = (
        "from netwatch.lab.rights import SendRights; r = SendRights.acquire(None, frames=False);"
        "print([line for line in open('/proc/self/status') if line.startswith(('CapPrm', 'CapEff', 'NoNewPrivs'))])"
    )
    shown = net.run(net.client, sys.executable, "-c", code)
    assert shown.count("0000000000000000") == 2
    assert "NoNewPrivs:\\t1" in shown
