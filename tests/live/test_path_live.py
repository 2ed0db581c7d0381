"""Delay and loss on the way between two hosts: round trips, retransmissions, and what tshark makes of the same run."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.carrier import join
from tests.live.child import PATIENCE
from tests.live.conftest import Cable, set_up
from tests.live.servers import need, running
from tests.live.sockets import connect, listen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.live.child import Child

pytestmark = pytest.mark.live

DELAY_NS = 100_000_000
"""What frames of `two` take longer to `one`."""
PERIOD = 40
"""Every so many-th frame of data is lost on the way to `two`."""
SHARE = "5%"
"""The same by chance."""
AMOUNT = "500K"
"""What is transferred: so many bytes, however fast they get through, that several frames are lost."""
UNDER_WAY = 2
"""Losses at most in the last round trip, of which nobody waits for a repetition."""

TSHARK = {
    "retransmissions": "tcp.analysis.retransmission",
    "fast_retransmissions": "tcp.analysis.fast_retransmission",
    "spurious_retransmissions": "tcp.analysis.spurious_retransmission",
    "out_of_order": "tcp.analysis.out_of_order",
    "lost_segments": "tcp.analysis.lost_segment",
    "duplicate_acks": "tcp.analysis.duplicate_ack",
}
"""Columns of FlowHealth and the marks of tshark that they count."""


@contextmanager
def netem(cable: Cable) -> Iterator[Callable[[], bool]]:
    """Join the namespaces by a third one whose kernel delays and loses; give what tells whether it lost any."""
    middle = f"{cable.one}m"
    subprocess.run(["ip", "netns", "add", middle], check=True, capture_output=True)
    try:
        cable.run(middle, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        cable.ip(middle, "link", "add", "bridge", "type", "bridge")
        for port, name in (("one", cable.one), ("two", cable.two)):
            join(middle, port, name, "v0")
            cable.ip(middle, "link", "set", port, "master", "bridge")
            cable.ip(middle, "link", "set", port, "up")
        cable.ip(middle, "link", "set", "bridge", "up")
        set_up(cable)
        for port, words in (("one", ("delay", f"{DELAY_NS // 1_000_000}ms")), ("two", ("loss", SHARE))):
            try:
                cable.run(middle, "tc", "qdisc", "add", "dev", port, "root", "netem", *words)
            except subprocess.CalledProcessError as error:
                pytest.skip(f"needs tc netem (CONFIG_NET_SCH_NETEM): {error.stderr.strip()}")
        # Some of it may be acknowledgements, or frames of many segments
        yield lambda: json.loads(cable.run(middle, "tc", "-s", "-j", "qdisc", "show", "dev", "two"))[0]["drops"] > 0
    finally:
        subprocess.run(["ip", "netns", "del", middle], check=False, capture_output=True)


@pytest.fixture(params=["netem", "process"])
def repeated(request: pytest.FixtureRequest, namespaces: Cable) -> Iterator[Callable[[], int]]:
    """A bad path between the namespaces, by the kernel or by a process; tells how much must be sent again at least."""
    if request.param == "netem":
        with netem(namespaces) as repeated:
            yield repeated
        return
    wire: Child = request.getfixturevalue("wire")
    wire.ask(f"delay {DELAY_NS / 1e9}")
    wire.ask(f"lose {PERIOD}")
    yield lambda: wire.ask("state")["lost"] - UNDER_WAY


def bulk(tables: dict[str, Any]) -> dict[str, Any]:
    """Return the TCP flow that carried most."""
    return max((flow for flow in tables["flows"] if flow["protocol"] == "TCP"), key=lambda flow: sum(flow["bytes"]))


def over(tables: dict[str, Any]) -> bool:
    """Return whether both connections of iperf3 have ended."""
    states = [flow["state"] for flow in tables["flows"] if flow["protocol"] == "TCP"]
    return len(states) >= 2 and set(states) <= {"CLOSED", "RESET"}


def least(tables: dict[str, Any], side: str) -> float:
    """Return the shortest round trip between the capture and a side of all handshakes, infinite without any."""
    return min((row[side] for row in tables["handshakes"] if row["outcome"] == "complete"), default=inf)


def marks(file: Path, flow: dict[str, Any]) -> dict[str, list[int]]:
    """Return what tshark counts in the packets of both ends of a flow, by the names of FlowHealth."""
    names = [word for mark in TSHARK.values() for word in ("-e", mark)]
    only = f"tcp.port == {flow['sport']} && tcp.port == {flow['dport']}"
    said = subprocess.run(
        ["tshark", "-nr", file, "-Y", only, "-T", "fields", "-e", "tcp.srcport", *names],
        check=True, capture_output=True, text=True, timeout=PATIENCE,
    ).stdout  # fmt: skip
    lines = [line.split("\t") for line in said.splitlines()]
    ends = [[line[1:] for line in lines if int(line[0]) == flow[port]] for port in ("sport", "dport")]
    return {name: [sum(bool(line[at]) for line in end) for end in ends] for at, name in enumerate(TSHARK)}


def test_a_transfer_over_a_bad_path(
    repeated: Callable[[], int], namespaces: Cable, child: Callable[..., Child], tmp_path: Path
) -> None:
    """Round trips are the delay, on the side where it is; what was lost is sent again; tshark counts the same."""
    need("iperf3")
    cable, server = namespaces, listen(namespaces.two, "10.98.0.2", 8080)
    with running(cable, cable.two, "iperf3", "-s", "-B", "10.98.0.2", port=5201):
        near, far = child("v0", "tcp"), child("v0", "tcp", namespace=cable.two)
        cable.run(cable.one, "iperf3", "-c", "10.98.0.2", "-n", AMOUNT, "-b", "4M", "-l", "1400")
        tables = [capturing.until(over, command="tables") for capturing in (near, far)]
    least_again, flows = repeated(), [bulk(seen) for seen in tables]
    sent_again = [flow["health"]["retransmissions"][0] + flow["health"]["out_of_order"][0] for flow in flows]
    assert sent_again[0] >= least_again > 0
    assert 0 < sent_again[1] <= sent_again[0]
    assert flows[0]["health"]["duplicate_acks"][1] > 0
    assert flows[0]["health"]["missing"] == [0, 0]
    assert flows[1]["health"]["lost_segments"][0] > 0
    assert flows[0]["payload"][0] > flows[1]["payload"][0]
    assert flows[0]["health"]["in_flight"][0] > 1400

    def soon_enough(seen: dict[str, Any]) -> bool:
        """A busy machine only ever adds to a round trip: the shortest of some tells what the path takes."""
        if least(seen, "rtt_ns") < DELAY_NS * 1.1:
            return True
        connect(cable.one, "10.98.0.2", 8080).close()
        return False

    tables = [capturing.until(soon_enough, command="tables") for capturing in (near, far)]
    assert least(tables[0], "server_rtt_ns") > DELAY_NS * 0.9 > least(tables[0], "client_rtt_ns")
    assert least(tables[1], "client_rtt_ns") > DELAY_NS * 0.9 > least(tables[1], "server_rtt_ns")
    assert flows[0]["health"]["rtt_least_ns"][0] > DELAY_NS * 0.9 > flows[1]["health"]["rtt_least_ns"][0]
    server.close()
    need("tshark")
    for number, capturing in enumerate((near, far)):
        file = tmp_path / f"{number}.pcapng"
        capturing.ask(f"report {file}")
        flow = bulk(capturing.ask("tables"))  # with what may still have come
        assert {name: flow["health"][name] for name in TSHARK} == marks(file, flow)


def test_every_repetition_is_counted(wire: Child, namespaces: Cable, child: Callable[..., Child]) -> None:
    """A segment that is lost n times is sent n times more; behind the loss it is seen once."""
    server = listen(namespaces.two, "10.98.0.2", 443)
    near, far = child("v0", "tcp"), child("v0", "tcp", namespace=namespaces.two)
    client = connect(namespaces.one, "10.98.0.2", 443)
    taken, _ = server.accept()
    wire.ask("lose 1")
    client.sendall(bytes(1400))
    wire.until(lambda state: state["lost"] >= 2)
    lost = wire.ask("lose 0")["lost"]  # and one more than needed, when its acknowledgement is late
    assert len(taken.recv(2000)) == 1400
    client.close()
    taken.close()
    before, behind = (capturing.until(over_once, command="tables")["flows"][0] for capturing in (near, far))
    late = behind["health"]["retransmissions"][0]
    assert before["health"]["retransmissions"] == [lost + late, 0]
    assert before["payload"] == [1400 * (lost + 1 + late), 0]
    assert behind["health"]["retransmissions"] == [late, 0]
    assert behind["payload"] == [1400 * (1 + late), 0]
    assert before["conn_state"] == behind["conn_state"] == "SF"
    server.close()


def over_once(tables: dict[str, Any]) -> bool:
    """Return whether the only connection was closed."""
    return [flow["state"] for flow in tables["flows"]] == ["CLOSED"]
