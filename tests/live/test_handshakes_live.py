"""Attempts to connect that succeed, fail, wait and cross on real stacks: their class, their steps, their diagnosis."""

from __future__ import annotations

import errno
import json
import re
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.conftest import Cable, set_up_ipv6
from tests.live.sockets import AT_ONCE, connect, finish, listen, send_syn, start

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.child import Child

pytestmark = pytest.mark.live

SPAN = r"[\d.]+ (?:ms|s)"


def to(tables: dict[str, Any], address: str, kind: str = "handshakes") -> dict[str, Any]:
    """Return the only row of TCP to a server."""
    (row,) = (row for row in tables[kind] if row["destination"] == address and row.get("protocol", "TCP") == "TCP")
    found: dict[str, Any] = row
    return found


def all_over(*addresses: str) -> Callable[[dict[str, Any]], bool]:
    """Return what tells whether attempts to all these servers have ended."""
    return lambda tables: {*addresses} <= {row["destination"] for row in tables["handshakes"] if row["ended_ns"]}


def mac(cable: Cable, namespace: str) -> str:
    """Return the MAC address of v0."""
    (link,) = json.loads(cable.run(namespace, "ip", "-j", "link", "show", "dev", "v0"))
    return str(link["address"])


def know(cable: Cable, namespace: str, address: str, mac_address: str) -> None:
    """Make a neighbour known for good, so that nobody asks for it."""
    cable.ip(namespace, "neigh", "replace", address, "lladdr", mac_address, "dev", "v0", "nud", "permanent")


def test_refused_by_rst(cable: Cable, child: Callable[..., Child]) -> None:
    """Nothing listens, over IPv4 and IPv6."""
    set_up_ipv6(cable)
    capturing = child("v0", "tcp")
    for address in ("10.98.0.2", "fd98::2"):
        assert finish([start(cable.one, address, 8080)]) == [errno.ECONNREFUSED]
    tables = capturing.until(all_over("10.98.0.2", "fd98::2"), command="tables")
    for address in ("10.98.0.2", "fd98::2"):
        attempt, flow = to(tables, address), to(tables, address, "flows")
        assert (attempt["outcome"], attempt["state"]) == ("refused", "refused by RST")
        assert re.fullmatch(rf"refused in {SPAN}: nothing listens on 8080", attempt["diagnosis"])
        assert attempt["syn_ns"] < attempt["ended_ns"]
        assert (attempt["syn_ack_ns"], attempt["rtt_ns"], attempt["retries"]) == (0, -1, 0)
        assert (flow["conn_state"], flow["state"], flow["history"]) == ("REJ", "RESET", "Sr")
        assert flow["health"]["resets"] == [0, 1]
    assert [(row["port"], row["attempts"], row["refused"], row["success"]) for row in tables["services"]] == [
        (8080, 1, 1, 0.0)
    ] * 2
    assert (tables["counts"]["refused"], tables["counts"]["complete"]) == (2, 0)


REFUSALS = {
    "10.97.0.1": ("unreachable", "the host does not answer its router"),
    "10.97.0.2": ("prohibit", "a firewall prohibits it"),
    "fd97::1": ("unreachable", "no route to the host"),
    "fd97::2": ("prohibit", "a firewall prohibits it"),
}
"""Servers behind `two`, the kind of route that refuses them, and what netwatch is to say."""


def test_refused_by_icmp(cable: Cable, child: Callable[..., Child]) -> None:
    """A router says that it does not pass this on; the error belongs to the attempt that it quotes."""
    set_up_ipv6(cable)
    cable.run(cable.two, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    cable.ip(cable.one, "route", "add", "10.97.0.0/24", "via", "10.98.0.2")
    cable.ip(cable.one, "route", "add", "fd97::/64", "via", "fd98::2")
    for address, (kind, _) in REFUSALS.items():
        cable.ip(cable.two, "route", "add", kind, address)
    capturing = child("v0")
    for address in REFUSALS:
        (error,) = finish([start(cable.one, address, 443)])
        assert error
    tables = capturing.until(all_over(*REFUSALS), command="tables")
    for address, (_, reason) in REFUSALS.items():
        attempt, flow = to(tables, address), to(tables, address, "flows")
        assert (attempt["outcome"], attempt["state"]) == ("refused", "refused by ICMP")
        assert re.fullmatch(rf"refused by ICMP in {SPAN}: {reason}", attempt["diagnosis"])
        assert (flow["conn_state"], flow["packets"][1]) == ("S0", 0)
    assert tables["counts"]["refused"] == len(REFUSALS)


def assert_silent(attempt: dict[str, Any], flow: dict[str, Any], server: str) -> None:
    """An attempt that is tried again and again, to a server that says nothing."""
    assert flow["packets"] == [attempt["retries"] + 1, 0]
    assert attempt["outcome"] == "incomplete"
    assert attempt["state"] == f"retrying {attempt['retries']} times"
    assert (attempt["syn_acks"], attempt["syn_ack_ns"], attempt["ended_ns"]) == (0, 0, 0)
    words = f"server {re.escape(server)} never answered {attempt['retries'] + 1} SYNs in {SPAN}: host down or filtered"
    assert re.fullmatch(words, attempt["diagnosis"])
    assert (flow["conn_state"], flow["state"]) == ("S0", "SYN-SENT")


def test_no_answer_and_a_late_one(cable: Cable, child: Callable[..., Child]) -> None:
    """Retries of a SYN are one attempt; what is never answered is incomplete, what is at last is complete."""
    set_up_ipv6(cable)
    server = listen(cable.two, "0.0.0.0", 443)
    for address in ("10.98.0.9", "fd98::9"):
        know(cable, cable.one, address, "02:00:00:00:00:09")
    know(cable, cable.one, "10.98.0.3", mac(cable, cable.two))
    capturing = child("v0", "tcp")
    silent = [start(cable.one, address, 443) for address in ("10.98.0.9", "fd98::9")]
    late = start(cable.one, "10.98.0.3", 443)
    capturing.until(lambda tables: [row for row in tables["handshakes"] if row["retries"]], command="tables")
    cable.ip(cable.two, "addr", "add", "10.98.0.3/24", "dev", "v0")
    assert finish([late]) == [0]
    tables = capturing.until(
        lambda tables: (
            to(tables, "10.98.0.3")["outcome"] == "complete"
            and min(to(tables, address)["retries"] for address in ("10.98.0.9", "fd98::9")) >= 2
        ),
        command="tables",
    )
    for address, text in (("10.98.0.9", "10.98.0.9:443"), ("fd98::9", "[fd98::9]:443")):
        assert_silent(to(tables, address), to(tables, address, "flows"), text)
    attempt = to(tables, "10.98.0.3")
    assert attempt["retries"] >= 1
    assert attempt["syn_ack_ns"] - attempt["syn_ns"] > 900_000_000
    assert 0 < attempt["server_rtt_ns"] < attempt["syn_ack_ns"] - attempt["syn_ns"]
    words = f"complete, answered only at SYN {attempt['retries'] + 1} after {SPAN}: a SYN or its answer was lost"
    assert re.fullmatch(words, attempt["diagnosis"])
    counts = tables["counts"]
    assert (counts["complete"], counts["incomplete"], counts["half_open"]) == (1, 2, 0)
    for one in (*silent, late, server):
        one.close()


def test_answers_that_nobody_acknowledges(cable: Cable, child: Callable[..., Child]) -> None:
    """A SYN under an address that nobody has is answered again and again; one that the client takes back is reset."""
    server = listen(cable.two, "10.98.0.2", 443)
    know(cable, cable.two, "10.98.0.77", mac(cable, cable.one))
    capturing = child("v0", "tcp")
    send_syn(cable.one, ("10.98.0.77", 20000), ("10.98.0.2", 443))
    send_syn(cable.one, ("10.98.0.1", 20001), ("10.98.0.2", 443))
    tables = capturing.until(lambda tables: any(row["syn_acks"] >= 2 for row in tables["handshakes"]), command="tables")
    forged, scanned = tables["handshakes"]
    assert (forged["source"], forged["outcome"]) == ("10.98.0.77", "half_open")
    assert forged["state"] == ("half-open" if forged["overdue"] else "SYN-ACK seen")
    words = f"{forged['syn_acks']} answers arrive but the client never ACKs: one-way path or SYN flood"
    assert forged["diagnosis"] == words
    assert (scanned["source"], scanned["outcome"], scanned["state"]) == ("10.98.0.1", "half_open", "aborted")
    assert re.fullmatch(f"client reset {SPAN} after the answer: port scan, or it gave up", scanned["diagnosis"])
    assert [flow["conn_state"] for flow in tables["flows"]] == ["S1", "RSTO"]
    assert tables["counts"]["half_open"] == 2
    server.close()


def test_both_ends_connect_at_once(wire: Child, namespaces: Cable, child: Callable[..., Child]) -> None:
    """Two SYNs that cross on the cable make one connection."""
    one, two = ("10.98.0.1", 20001), ("10.98.0.2", 20002)
    know(namespaces, namespaces.one, two[0], mac(namespaces, namespaces.two))
    know(namespaces, namespaces.two, one[0], mac(namespaces, namespaces.one))
    capturing = child("v0", "tcp")
    wire.ask("hold")
    ends = [start(namespaces.one, *two, local=one), start(namespaces.two, *one, local=two)]
    wire.until(lambda state: min(state["waiting"]) >= 1)
    wire.ask("release")
    assert finish(ends) == [0, 0]
    ends[0].sendall(b"from one")
    assert ends[1].recv(100) == b"from one"
    ends[1].sendall(b"from two")
    assert ends[0].recv(100) == b"from two"
    for end in ends:
        end.close()
    tables = capturing.until(
        lambda tables: tables["flows"] and tables["flows"][0]["state"] == "CLOSED", command="tables"
    )
    (flow,), (attempt,) = tables["flows"], tables["handshakes"]
    assert (flow["sport"], flow["dport"], flow["payload"], flow["conn_state"]) == (20001, 20002, [8, 8], "SF")
    assert (attempt["outcome"], attempt["state"]) == ("complete", "complete")
    assert attempt["diagnosis"] == "both ends sent a SYN at the same time: simultaneous open"
    assert tables["counts"]["complete"] == 1


def test_the_same_ports_again(cable: Cable, child: Callable[..., Child]) -> None:
    """A new connection on the ports of one that was reset, or closed, is an attempt and a flow of its own."""
    server = listen(cable.two, "10.98.0.2", 443)
    capturing = child("v0", "tcp")
    for size in (1, 20, 300):
        client = connect(cable.one, "10.98.0.2", 443, local=("10.98.0.1", 20000))
        client.sendall(bytes(size))
        taken, _ = server.accept()
        assert len(taken.recv(1000)) == size
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        client.close()
        taken.close()
    tables = capturing.until(
        lambda tables: [row["state"] for row in tables["flows"]] == ["RESET"] * 3, command="tables"
    )
    flows, attempts = tables["flows"], tables["handshakes"]
    assert [flow["payload"] for flow in flows] == [[1, 0], [20, 0], [300, 0]]
    assert {(flow["sport"], flow["dport"], flow["community_id"]) for flow in flows} == {
        (20000, 443, flows[0]["community_id"])
    }
    assert [flow["conn_state"] for flow in flows] == ["RSTO"] * 3
    assert [flow["health"]["resets"] for flow in flows] == [[1, 0]] * 3
    assert [attempt["serial"] for attempt in attempts] == [flow["serial"] for flow in flows]
    assert [attempt["outcome"] for attempt in attempts] == ["complete"] * 3
    assert tables["counts"]["complete"] == 3
    server.close()


def test_a_connection_older_than_the_capture(cable: Cable, child: Callable[..., Child]) -> None:
    """It is no attempt; its client is known by the ports; a new one beside it counts as usual."""
    server = listen(cable.two, "10.98.0.2", 80)
    old = connect(cable.one, "10.98.0.2", 80)
    taken, _ = server.accept()
    capturing = child("v0", "tcp")
    taken.sendall(b"first word by the server")
    assert old.recv(100)
    new = connect(cable.one, "10.98.0.2", 80)
    tables = capturing.until(
        lambda tables: [row["outcome"] for row in tables["handshakes"]] == ["mid_stream", "complete"], command="tables"
    )
    flow, attempt = tables["flows"][0], tables["handshakes"][0]
    assert (flow["source"], flow["sport"]) == old.getsockname()
    assert (flow["destination"], flow["dport"]) == ("10.98.0.2", 80)
    assert (flow["conn_state"], flow["state"], flow["payload"]) == ("OTH", "MIDSTREAM", [0, 24])
    assert attempt["diagnosis"] == "no SYN was seen: the connection is older than the capture"
    assert (attempt["retries"], attempt["syn_ack_ns"], attempt["rtt_ns"]) == (0, 0, -1)
    counts = tables["counts"]
    assert (counts["mid_stream"], counts["complete"], counts["incomplete"], counts["half_open"]) == (1, 1, 0, 0)
    for one in (old, new, taken, server):
        one.close()


def test_options_that_are_not_accepted(cable: Cable, child: Callable[..., Child]) -> None:
    """What the client offers and the server refuses is said; both ends' values are theirs."""
    cable.run(cable.one, "sysctl", "-qw", "net.ipv4.tcp_ecn=1")
    refused = ("tcp_sack", "tcp_timestamps", "tcp_window_scaling", "tcp_ecn")
    cable.run(cable.two, "sysctl", "-qw", *(f"net.ipv4.{name}=0" for name in refused))
    cable.ip(cable.two, "link", "set", "v0", "mtu", "1400")
    server = listen(cable.two, "10.98.0.2", 443)
    capturing = child("v0", "tcp")
    client = connect(cable.one, "10.98.0.2", 443)
    tables = capturing.until(
        lambda tables: [row["outcome"] for row in tables["handshakes"]] == ["complete"], command="tables"
    )
    (attempt,), health = tables["handshakes"], tables["flows"][0]["health"]
    assert attempt["mismatch"] == "not accepted: window scaling, SACK, timestamps, ECN"
    assert health["mss"] == [1460, 1360]
    assert health["window_scale"][0] >= 0
    assert health["window_scale"][1] == -1
    assert (health["sack"], health["timestamps"], health["ecn"]) == ([True, False],) * 3
    client.close()
    server.close()
