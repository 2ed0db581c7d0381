"""Attempts to connect by service."""

from __future__ import annotations

import numpy as np
import pytest
from flow_packets import SYN, B, Packet, handshake
from handshake_packets import several, watched

from netwatch.tables.query import TableQuery
from netwatch.track import handshake_services


def services(packets, **query):
    return watched(packets).services(TableQuery(**{"sort": "attempts", **query})).table


def test_services():
    table = services(several())
    assert list(zip(table.server, table.port.tolist(), table.protocol, strict=True)) == [
        (B, 80, "TCP"),
        (B, 443, "TCP"),
    ]
    assert table.attempts.tolist() == [4, 1]
    assert table.complete.tolist() == [3, 0]
    assert table.refused.tolist() == [1, 0]
    assert table.incomplete.tolist() == [0, 1]
    assert table.success.tolist() == [0.75, 0.0]
    assert (table.rtt_p50_ns[0], table.rtt_max_ns[0]) == (20_000_000, 30_000_000)
    assert table.rtt_p95_ns[0] == pytest.approx(29_000_000)
    assert np.isnan(table.rtt_p50_ns[1])
    assert services(several(), text="refused").attempts.tolist() == [1]
    assert len(services([])) == len(services([Packet()])) == 0


@pytest.mark.parametrize("column", sorted({*handshake_services.OF_FLOWS, *handshake_services.OWN_KEYS}))
def test_services_sort_by_every_column(column):
    page = watched(several()).services(TableQuery(column, whole_order=True))
    assert len(page.order) == page.total == 2
    with pytest.raises(KeyError):
        watched(several()).services(TableQuery("none"))


def test_services_keep_their_serials():
    before = services(several()).serial.tolist()
    after = services([*several(), *handshake(Packet(time=9, sport=60000))]).serial.tolist()
    assert before == after


def test_services_that_share_a_hash_stay_apart(monkeypatch):
    monkeypatch.setattr(handshake_services, "_mixed", lambda key, _secrets: np.full(len(key[0]), 5 << 40, np.uint64))
    packets = [Packet(sport=40000 + number, dport=80 + number % 3, flags=SYN) for number in range(30)]
    assert services(packets).attempts.tolist() == [10, 10, 10]


def test_services_that_are_tried_in_the_same_moment_stay_in_the_order_of_their_packets():
    """Of equals the older comes first, in every run: a scan sends many attempts in a microsecond."""
    packets = [Packet(sport=40000, dport=port, flags=SYN) for port in (9, 3, 7, 1, 8, 2, 6, 4, 5)]
    for _ in range(3):
        assert services(packets).port.tolist() == [9, 3, 7, 1, 8, 2, 6, 4, 5]
        assert services(packets, descending=False).port.tolist() == [9, 3, 7, 1, 8, 2, 6, 4, 5]
