"""Names, servers and the quick filter of look-ups."""

from __future__ import annotations

import numpy as np
import pytest
from dns_packets import (
    CLIENT,
    MS,
    SERVER,
    ask,
    fed,
    names,
    reply,
    transactions,
)
from host_packets import udp

from netwatch.tables.query import TableQuery


def test_names():
    """Queries, clients, share of NXDOMAIN, percentiles, first seen and new."""
    tracker = fed(
        ask("old.example"),
        reply("old.example"),
        ask("gone.example", identifier=1),
        ask("gone.example", identifier=1, client="10.0.0.3"),
        reply("gone.example", identifier=1, code=3),
        udp(CLIENT, SERVER, 1, 2),
        times=(1, 1.010, 50, 51, 52, 75),
    )
    found = names(tracker)
    assert found.name == ("gone.example", "old.example")
    assert found.queries.tolist() == [2, 1]
    assert found.clients.tolist() == [2, 1]
    assert found.nxdomain.tolist() == [1.0, 0.0]
    assert found.latency_p50_ns.tolist() == [2e9, 10e6]
    assert found.new.tolist() == [True, False]
    assert names(tracker, "new").name == ("gone.example",)
    assert names(tracker, "nxdomain").name == ("gone.example",)
    assert names(tracker, "OLD.ex").name == ("old.example",)
    assert names(tracker, "dns").name == found.name
    assert transactions(tracker, "new").name == ("old.example", "gone.example")
    assert tracker.top_names(1) == (("gone.example", 2),)


def test_clients_are_counted_once():
    """As many as 256 of one name."""
    tracker = fed(*(ask(client=f"10.1.{at // 200}.{at % 200}") for at in (*range(300), *range(300))))
    assert names(tracker).clients.tolist() == [256]
    one = fed(ask(), ask(identifier=8))
    assert names(one).clients.tolist() == [1]


def test_servers():
    """How each answers; percentiles interpolate as numpy does."""
    latencies = [1, 2, 3, 4, 100]
    frames, times = [], []
    for at, delay in enumerate(latencies):
        frames += [ask(identifier=at), reply(identifier=at)]
        times += [1 + at, 1 + at + delay / 1000]
    frames += [ask(server="10.0.0.9"), udp(CLIENT, SERVER, 1, 2)]
    tracker = fed(*frames, times=[*times, 7, 13])
    table = tracker.servers(TableQuery("queries")).table
    assert table.server == (SERVER, "10.0.0.9")
    assert table.queries.tolist() == [5, 1]
    assert table.answered.tolist() == [5, 0]
    assert table.unanswered.tolist() == [0, 1]
    assert table.latency_p95_ns[0] == pytest.approx(np.percentile(latencies, 95) * MS)
    assert (table.latency_p50_ns[0], table.latency_max_ns[0]) == (3 * MS, 100 * MS)
    assert np.isnan(table.latency_p50_ns[1])
    assert tracker.servers(TableQuery("queries", text="10.0.0.8/29")).table.server == ("10.0.0.9",)


def test_quick_filter():
    """Every word must match: a name, an address, a prefix, a type, a protocol."""
    tracker = fed(
        ask(), ask("mail.example.org", number=15, identifier=8), ask("wpad", server="224.0.0.252", service=5355)
    )
    for text, serials in (
        ("example", [0, 1]),
        ("example mx", [1]),
        ("10.0.0.1", [0, 1]),
        ("224.0.0.0/4", [2]),
        ("llmnr a", [2]),
        ("retried", []),
        ("EXAMPLE.COM", [0]),
        ("nothing", []),
    ):
        assert transactions(tracker, text).serial.tolist() == serials, text


@pytest.mark.parametrize(
    "column",
    ["time", "protocol", "client", "server", "name", "type", "state", "rcode", "latency", "retries", "responses"],
)
def test_every_column_sorts(column):
    """What the table shows rises."""
    tracker = fed(
        ask("b.example"), reply("b.example", code=3), ask("a.example", client="10.0.0.9", number=28),
        ask("c.example", client="10.0.0.1", server="9.9.9.9", number=16), reply("d.example", port=9),
        times=(1, 1.5, 2, 7, 8),
    )  # fmt: skip
    shown = transactions(tracker, sort=column)
    assert sorted(shown.serial.tolist()) == [0, 1, 2, 3]
    if column in ("name", "time"):
        values = getattr(shown, "time_ns" if column == "time" else column)
        assert list(values) == sorted(values)
    order = tracker.page(TableQuery(column, whole_order=True)).order
    assert order is not None
    held = tracker.page(TableQuery(column, text="a.example", held=order[::-1].copy())).table
    assert held.serial.tolist() == order[::-1].tolist()


def test_port_scanning_noise():
    """What is no message is counted and makes no rows."""
    tracker = fed(
        *(udp(CLIENT, SERVER, 40000, 53, bytes([at]) * 40) for at in range(1, 60)), udp(CLIENT, SERVER, 1, 53)
    )
    assert tracker.held == 0
    assert tracker.counts().malformed == 59
