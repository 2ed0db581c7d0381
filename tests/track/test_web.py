"""WebTracker: transactions with their answers, names and agents, bounded."""

from __future__ import annotations

import numpy as np
import pytest

from netwatch.nanoseconds import SECOND
from netwatch.tables.query import TableQuery
from netwatch.track.web import WebTracker
from netwatch.track.web_transaction import WebKind, WebRequest, WebResponse

CLIENT, SERVER = (0, 0xFFFF_0A00_0001, 40000), (0x2001_0DB8_0000_0000, 1, 443)


def hello(name: str = "example.com", *, time_ns: int = SECOND, flow: int = 1, client: int = 1) -> WebRequest:
    """Return a ClientHello of a client on 10.0.0.`client`."""
    end = (0, 0xFFFF_0A00_0000 + client, 40000)
    return WebRequest(WebKind.TLS, flow, time_ns, end, SERVER, name, "TLS1.3", ("h2",), "t13d1516h2_a_b", "ja3")


def request(name: str = "example.com", *, time_ns: int = SECOND, flow: int = 2, agent: str = "curl/8") -> WebRequest:
    """Return an HTTP request."""
    return WebRequest(
        WebKind.HTTP, flow, time_ns, CLIENT, SERVER, name, "HTTP/1.1", method="GET", target="/index", agent=agent
    )


def test_a_transaction_with_its_answer() -> None:
    """What both sides said stands in one row."""
    web = WebTracker(flow_sizes=lambda flows: flows * 100)
    serial = web.begin(hello())
    (row,) = web.page(TableQuery("time")).table.outcome
    assert row == "waiting"
    web.respond(serial, WebResponse(SECOND + 5, "TLS1.2", protocol="h2", cipher="AES", notes=("resumed",)))
    table = web.page(TableQuery("time")).table
    assert (table.kind, table.client, table.server, table.name) == (
        ("TLS",),
        ("10.0.0.1",),
        ("2001:db8::1",),
        ("example.com",),
    )
    assert (table.version, table.outcome, table.protocol, table.notes) == (
        ("TLS1.2",),
        ("answered",),
        ("h2",),
        (("resumed",),),
    )
    assert table.latency_ns.tolist() == [5]
    assert table.size.tolist() == [100]
    assert web.flow_of(serial) == 1


def test_the_size_of_a_body_may_come_later() -> None:
    """HTTP has its own sizes, not those of flows."""
    web = WebTracker(flow_sizes=lambda flows: flows * 100)
    serial = web.begin(request())
    web.respond(serial, WebResponse(SECOND + 7, status=200, content_type="text/html"))
    assert web.page(TableQuery("size")).table.size.tolist() == [-1]
    web.resize(serial, 512)
    assert web.page(TableQuery("size")).table.size.tolist() == [512]


def test_failures_count_once() -> None:
    """By alert, by status, or by both."""
    web = WebTracker()
    one, two = web.begin(hello()), web.begin(request())
    web.fail(one, "alert handshake_failure")
    web.respond(two, WebResponse(SECOND, status=404))
    web.fail(two, "no answer")
    assert web.counts().failed == 2
    assert web.names(TableQuery("failed")).table.failed.tolist() == [2]
    assert web.page(TableQuery("status", text="failed")).total == 2


def test_names_and_agents() -> None:
    """Names count by kind; fingerprints are the agents of TLS."""
    web = WebTracker()
    for client in (1, 2, 2):
        web.begin(hello(client=client))
    web.begin(request())
    names = web.names(TableQuery("total")).table
    assert (names.name, names.tls.tolist(), names.http.tolist()) == (("example.com",), [3], [1])
    assert names.clients.tolist() == [2]
    agents = web.agents(TableQuery("requests")).table
    assert list(zip(agents.agent, agents.kind, agents.requests.tolist(), strict=True)) == [
        ("t13d1516h2_a_b", "JA4", 3),
        ("curl/8", "HTTP", 1),
    ]
    assert web.server_names(5) == (("example.com", 3),)


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 2), ("tls", 1), ("http", 1), ("quic", 0), ("2xx", 1), ("200", 1), ("443", 2), ("40000", 2), ("waiting", 1),
     ("answered", 1), ("10.0.0.0/8", 2), ("2001:db8:", 2), ("t13d", 1), ("curl", 1), ("EXAMPLE get", 1), ("h2", 1)],
)  # fmt: skip
def test_the_quick_filter(text: str, count: int) -> None:
    """Every word has to match."""
    web = WebTracker()
    web.begin(hello())
    web.respond(web.begin(request()), WebResponse(SECOND, status=200))
    assert web.page(TableQuery("time", text=text)).total == count


@pytest.mark.parametrize(
    "column",
    [
        "serial", "time", "kind", "client", "server", "name", "version", "status", "latency", "size", "ja4", "method",
        "agent",
    ],
)  # fmt: skip
def test_every_column_sorts(column: str) -> None:
    """Sorted pages hold all rows; unknown columns are refused."""
    web = WebTracker()
    for count in range(3):
        serial = web.begin(hello(f"{count}.example", time_ns=SECOND * count))
        if count:
            web.respond(serial, WebResponse(SECOND * count + count, f"TLS1.{count}"))
    assert sorted(web.page(TableQuery(column)).table.serial.tolist()) == [1, 2, 3]
    with pytest.raises(KeyError):
        web.page(TableQuery("nonsense"))


def test_everything_is_bounded() -> None:
    """The oldest leave and are counted; what comes for them later is dropped."""
    web = WebTracker(capacity=16, names=16, agents=16)
    serials = [web.begin(hello(f"{count}.example", time_ns=count)) for count in range(100)]
    assert web.held == 16
    assert web.counts().tls == 100
    assert web.counts().evicted == 84
    assert len(web.names(TableQuery("total", count=100)).table) <= 16
    assert web.evicted > 84
    web.respond(serials[0], WebResponse(5))
    web.fail(serials[0], "no answer")
    web.resize(serials[0], 5)
    with pytest.raises(LookupError):
        web.flow_of(serials[0])
    assert web.counts().answered == 0


def test_bytes_are_bounded_too() -> None:
    """Long texts leave sooner."""
    web = WebTracker(size=100_000)
    for count in range(100):
        web.begin(request(agent="x" * 10_000 + str(count)))
    assert web.held < 12


def test_summary_has_every_name_and_the_versions() -> None:
    """What a report needs."""
    web = WebTracker()
    for count in range(3):
        web.respond(web.begin(hello(f"{count % 2}.example")), WebResponse(SECOND, "TLS1.2"))
    found = web.summary(10)
    assert dict(zip(found.names.name, found.names.tls.tolist(), strict=True)) == {"0.example": 2, "1.example": 1}
    assert found.versions == (("TLS", "TLS1.2", 3),)
    assert np.isfinite(found.counts.latency_p50_ns)
