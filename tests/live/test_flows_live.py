"""Flows of real programs: addresses, bytes, states, health, owners, and the same numbers from the saved file."""

from __future__ import annotations

import hashlib
import json
import sys
from base64 import b64encode
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.conftest import Cable, set_up_ipv6
from tests.live.servers import need, nginx, running
from tests.live.sockets import connect, listen

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.child import Child

pytestmark = pytest.mark.live

PAGE = 100_000
"""Bytes of the page that is fetched."""


def fetch(cable: Cable, namespace: str, url: str) -> dict[str, Any]:
    """Get a page with curl and return what curl says of it."""
    need("curl")
    said = cable.run(namespace, "curl", "-gsS", "--noproxy", "*", "-o", "/dev/null", "-w", "%{json}", url)
    found: dict[str, Any] = json.loads(said)
    return found


def tcp(tables: dict[str, Any], port: int = 80) -> list[dict[str, Any]]:
    """Return the TCP flows to a port, oldest first."""
    return [flow for flow in tables["flows"] if flow["protocol"] == "TCP" and flow["dport"] == port]


def attempts(tables: dict[str, Any], port: int = 80) -> list[dict[str, Any]]:
    """Return the handshakes with a port, oldest first."""
    return [attempt for attempt in tables["handshakes"] if attempt["dport"] == port]


def closed(tables: dict[str, Any]) -> bool:
    """Return whether all TCP flows to port 80 are over, and there is one."""
    return bool(tcp(tables)) and all(flow["state"] in ("CLOSED", "RESET") for flow in tcp(tables))


def community_id(source: str, sport: int, destination: str, dport: int) -> str:
    """Return the Community ID of a TCP connection, as its specification has it."""
    ends = sorted((ip_address(address).packed, port) for address, port in ((source, sport), (destination, dport)))
    (low, low_port), (high, high_port) = ends
    ports = low_port.to_bytes(2, "big") + high_port.to_bytes(2, "big")
    return "1:" + b64encode(hashlib.sha1(bytes(2) + low + high + b"\x06\0" + ports).digest()).decode()


def counters(cable: Cable) -> tuple[int, int]:
    """Return packets and bytes that the kernel counted at v0 of `one`, both ways."""
    (link,) = json.loads(cable.run(cable.one, "ip", "-s", "-j", "link", "show", "dev", "v0"))
    sent, received = link["stats64"]["tx"], link["stats64"]["rx"]
    return sent["packets"] + received["packets"], sent["bytes"] + received["bytes"]


def sums(tables: dict[str, Any]) -> list[int]:
    """Return packets and bytes of all flows."""
    return [sum(sum(flow[unit]) for flow in tables["flows"]) for unit in ("packets", "bytes")]


def check_fetch(flow: dict[str, Any], attempt: dict[str, Any], said: dict[str, Any]) -> None:
    """Compare a flow and its handshake with what curl says of its download."""
    assert said["response_code"] == 200
    source, sport, destination = said["local_ip"], said["local_port"], said["remote_ip"]
    assert (flow["source"], flow["sport"], flow["destination"], flow["dport"]) == (source, sport, destination, 80)
    expected = [said["size_request"], said["size_header"] + said["size_download"]]
    again = flow["health"]["retransmissions"]  # on a machine that has too much to do
    assert all(
        seen == wanted or (seen > wanted and resent)
        for seen, wanted, resent in zip(flow["payload"], expected, again, strict=True)
    ), (flow["payload"], expected, again)
    assert said["size_download"] == PAGE
    assert flow["application"] == "HTTP"
    assert (flow["state"], flow["conn_state"]) == ("CLOSED", "SF")
    assert flow["community_id"] == community_id(source, sport, destination, 80)
    assert flow["ttl"] == [64, 64]
    assert flow["history"].startswith("ShA")
    assert sum(flow["health"]["missing"]) == 0
    assert attempt["serial"] == flow["serial"]
    assert (attempt["outcome"], attempt["state"], attempt["retries"], attempt["syn_acks"]) == (
        "complete",
        "complete",
        0,
        1,
    )
    assert attempt["diagnosis"].startswith("complete in ")
    assert 0 < attempt["syn_ns"] <= attempt["syn_ack_ns"] <= attempt["ack_ns"]
    assert attempt["rtt_ns"] == attempt["ack_ns"] - attempt["syn_ns"]


def test_a_download_over_ipv4(cable: Cable, child: Callable[..., Child], tmp_path: Path) -> None:
    """The flow is what curl says of it; all flows together are what the kernel counted at the interface."""
    (tmp_path / "page").write_bytes(bytes(PAGE))
    with nginx(cable, cable.two, ["10.98.0.2"], tmp_path):
        capturing = child("v0")
        before = counters(cable)
        said = fetch(cable, cable.one, "http://10.98.0.2/page")
        capturing.until(closed, command="tables")

        def counted() -> list[int]:
            return [now - then for now, then in zip(counters(cable), before, strict=True)]

        # Neighbours may be asked for at any time
        capturing.until(lambda state: [state["packets"], state["bytes"]] == counted())
        tables = capturing.until(lambda tables: sums(tables) == counted(), command="tables")
    (flow,), (attempt,) = tcp(tables), attempts(tables)
    check_fetch(flow, attempt, said)


def test_downloads_over_ipv6_and_by_vlan(cable: Cable, vlan: str, child: Callable[..., Child], tmp_path: Path) -> None:
    """The same server by other ways: longer addresses, a tag; on the tag's own interface it is not seen."""
    set_up_ipv6(cable)
    (tmp_path / "page").write_bytes(bytes(PAGE))
    with nginx(cable, cable.two, ["10.98.5.2", "[fd98::2]"], tmp_path):
        capturing = child("v0", "tcp or (vlan and tcp)")
        inner = child("v0.5", "tcp")
        plain = fetch(cable, cable.one, "http://[fd98::2]/page")
        tagged = fetch(cable, cable.one, "http://10.98.5.2/page")
        outside = capturing.until(lambda tables: closed(tables) and len(tcp(tables)) == 2, command="tables")
        inside = inner.until(closed, command="tables")
    for flow, attempt, said in zip(tcp(outside), attempts(outside), (plain, tagged), strict=True):
        check_fetch(flow, attempt, said)
    assert [flow["vlan"] for flow in tcp(outside)] == ["", vlan]
    (flow,), (attempt,) = tcp(inside), attempts(inside)
    check_fetch(flow, attempt, tagged)
    assert flow["vlan"] == ""


SERVE = """
import socket
with socket.create_server(("10.98.0.1", 8080)) as server:
    while True: server.accept()[0].recv(1)
"""


def test_sockets_of_this_machine_have_owners(cable: Cable, child: Callable[..., Child], tmp_path: Path) -> None:
    """A process of our own without more rights than ours is named; of one with more rights the user is known."""
    need("setpriv")
    less = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    with (
        running(cable, cable.one, *less, sys.executable, "-c", SERVE, port=8080) as server,
        nginx(cable, cable.one, ["10.98.0.1"], tmp_path),
    ):
        capturing = child("v0", "tcp")
        ends = [connect(cable.two, "10.98.0.1", port) for port in (8080, 80)]
        elsewhere = listen(cable.two, "10.98.0.2", 8080)
        own = connect(cable.one, "10.98.0.2", 8080)
        tables = capturing.until(
            lambda tables: len([flow for flow in tables["flows"] if flow["process"] not in ("", "unknown")]) == 3,
            command="tables",
        )
        name = Path(f"/proc/{server.pid}/comm").read_text().strip()
        for one in (*ends, elsewhere, own):
            one.close()
    serving, web, asking = tables["flows"]
    assert serving["process"] == f"{name} ({server.pid})"
    assert web["process"] == "user root"
    assert asking["process"] == "user root"


def test_a_reader_that_does_not_read(cable: Cable, child: Callable[..., Child]) -> None:
    """Its window closes; it leaves what it did not read by a reset, and both are its own."""
    server = listen(cable.two, "10.98.0.2", 443)
    capturing = child("v0", "tcp")
    client = connect(cable.one, "10.98.0.2", 443)
    taken, _ = server.accept()
    client.setblocking(False)
    sent = 0

    def stuffed(tables: dict[str, Any]) -> bool:
        nonlocal sent
        with suppress(BlockingIOError):
            sent += client.send(bytes(1 << 20))
        return any(flow["health"]["zero_windows"][1] for flow in tables["flows"])

    capturing.until(stuffed, command="tables")
    taken.close()
    tables = capturing.until(lambda tables: tables["flows"][0]["state"] == "RESET", command="tables")
    (flow,) = tables["flows"]
    assert flow["health"]["zero_windows"][0] == 0
    assert (flow["conn_state"], flow["health"]["resets"][0]) == ("RSTR", 0)
    assert flow["health"]["resets"][1] >= 1
    assert 0 < flow["payload"][0] <= sent
    assert 0 < flow["health"]["in_flight"][0] <= flow["payload"][0]
    client.close()
    server.close()
