"""Names and processes of the ends of flows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netwatch.capture.processes import LocalSockets, ProcessOwner, SocketKey
from netwatch.tables.query import TableQuery
from netwatch.track.flow_names import with_processes
from tests.scenes import CLIENT, RESOLVER, SERVER, analysed, day

if TYPE_CHECKING:
    from netwatch.tables.flows import FlowTable


def flows() -> FlowTable:
    """Return the flows of one round of the day, the oldest first."""
    page = analysed(day(1)).page("flows", TableQuery("serial", descending=False))
    table: FlowTable = page.table
    return table


def test_the_responder_has_the_name_that_was_asked_for() -> None:
    """And nobody else has one."""
    table = flows()
    named = {(table.destination[row], table.destination_name[row]) for row in range(len(table))}
    assert named == {
        (SERVER, "www.example.com"),
        (RESOLVER, ""),
        ("10.0.0.5", ""),
    }
    assert set(table.source_name) == {""}


def test_processes_are_those_of_this_machine() -> None:
    """A listening socket owns nothing that passes between others; a local socket nobody knows says so."""
    owners = {
        SocketKey(6, CLIENT, 52144, SERVER, 443): ProcessOwner(77, "curl", "ann"),
        SocketKey(17, "0.0.0.0", 53): ProcessOwner(1, "dnsmasq", "nobody"),
    }
    table = flows()
    ours = with_processes(table, LocalSockets(owners, frozenset({CLIENT}))).process
    found = {(table.protocol[row], int(table.dport[row])): ours[row] for row in range(len(table))}
    assert found[("TCP", 443)] == "curl (77)"
    assert found[("TCP", 23)] == "unknown"
    assert found[("UDP", 53)] == "unknown"
    assert found[("ICMP", 0)] == ""
    theirs = with_processes(table, LocalSockets(owners, frozenset({RESOLVER}))).process
    assert theirs[table.dport.tolist().index(53)] == "dnsmasq (1)"
    assert set(with_processes(table, LocalSockets(owners)).process) == {""}
    assert table.process == ()
    assert replace(table, process=ours).process == ours
