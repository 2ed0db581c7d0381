"""HTTP/1 transactions of one stream."""

from __future__ import annotations

import pytest
from http_streams import CLIENT, MILLISECOND, SERVER, STREAM, Feed, Heard, chunked, heard, request, response
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.track.http_head import MOST_HEAD
from netwatch.track.http_reader import MOST_WAITING, HttpReader
from netwatch.track.http_transaction import KEPT_ANSWER, KEPT_BODY
from netwatch.track.stream_reader import NO_MORE


def statuses(sink):
    return [(handle, each.status) for handle, each in sink.transactions]


def test_a_request_and_its_response():
    asked = request("GET", "/a?b=c", "User-Agent: curl/8", "Referer: http://x/")
    sink = heard((CLIENT, asked), (SERVER, response(200, "Content-Type: text/html", body=b"hello")))
    (found,), ((handle, answer),) = sink.requests, sink.transactions
    assert (found.method, found.uri, found.version, found.host) == ("GET", b"/a?b=c", "1.1", "example.com")
    assert (found.user_agent, found.referer, found.content_length, found.body) == ("curl/8", "http://x/", 0, b"")
    assert found.client == (0, 0xFFFF_0A00_0001, 40000)
    assert found.server == (0, 0xFFFF_0A00_0002, 80)
    assert (handle, answer.request, answer.status, answer.content_type) == (0, found, 200, "text/html")
    assert (answer.latency_ns, answer.content_length, answer.body) == (MILLISECOND, 5, b"hello")
    assert (found.moment.number, answer.moment.number) == (1, 2)


@pytest.mark.parametrize("size", [1, 2, 7, 50])
def test_cuts_make_no_difference(size):
    sent = request("POST", "/", "Content-Length: 4", body=b"abcd") + request("PROPFIND", "/x")
    got = response(100, length=False) + response(201, "Transfer-Encoding: chunked", body=b"", length=False)
    got += chunked(b"a" * 30, b"b" * 10, trailer=b"X: y\r\n") + response(207, body=b"z")
    parts = [(CLIENT, sent[at : at + size]) for at in range(0, len(sent), size)]
    parts += [(SERVER, got[at : at + size]) for at in range(0, len(got), size)]
    sink = heard(*parts)
    assert [each.method for each in sink.requests] == ["POST", "PROPFIND"]
    assert sink.requests[0].body == b"abcd"
    assert statuses(sink) == [(0, 201), (1, 207)]
    assert sink.lengths == {0: 40}


@pytest.mark.parametrize("method", ["GET", "REPORT", "M-SEARCH", "XYZZY", "get", "mkcol!"])
def test_any_token_is_a_method(method):
    assert heard((CLIENT, request(method))).requests[0].method == method


@pytest.mark.parametrize(
    "line", [b"hello world\r\n\r\n", b"GET\r\n\r\n", b"\x00\x01\x02 / HTTP/1.1\r\n\r\n", b"A B\n\n"]
)
def test_other_text_is_no_request(line):
    assert not heard((CLIENT, line)).requests


def test_pipelined_requests_are_paired_in_order():
    targets = [f"/{number}" for number in range(5)]
    sink = heard(
        (CLIENT, b"".join(request(target=target) for target in targets)),
        (SERVER, b"".join(response(200 + number, body=b"x" * number) for number in range(5))),
    )
    assert [each.request.uri.decode() for _, each in sink.transactions] == targets
    assert [each.status for _, each in sink.transactions] == [200, 201, 202, 203, 204]


def test_more_pipelined_requests_than_are_kept_do_not_shift_the_others():
    many = MOST_WAITING + 10
    sink = heard((CLIENT, request() * many), (SERVER, response(200) * many))
    assert len(sink.requests) == many
    assert sink.skipped == 10
    assert statuses(sink)[: MOST_WAITING + 1] == [*((number, 200) for number in range(MOST_WAITING)), (-1, 200)]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_some_responses_have_no_body_whatever_their_length_says(method, status):
    head = response(status, "Content-Length: 500", length=False)
    sink = heard((CLIENT, request(method) + request()), (SERVER, head + response(206)))
    assert statuses(sink) == [(0, status), (1, 206)]


def test_interim_responses_are_passed_over():
    got = response(100, length=False) + response(103, length=False) + response(200)
    assert statuses(heard((CLIENT, request()), (SERVER, got))) == [(0, 200)]


def test_a_body_until_the_connection_closes():
    feed = Feed(HttpReader(STREAM, sink := Heard()))
    feed.send(CLIENT, request()).send(SERVER, response(length=False, body=b"HTTP/1.1 500 no"))
    assert feed.reader.unwanted(SERVER) == NO_MORE
    feed.close()
    assert statuses(sink) == [(0, 200)]


def test_long_bodies_are_not_read():
    body = bytes(1_000_000)
    feed = Feed(HttpReader(STREAM, sink := Heard()))
    sent, got = request("PUT", "/", f"Content-Length: {len(body)}", body=body), response(body=body)
    got += response(200, "Transfer-Encoding: chunked", length=False) + chunked(body, body) + response(404)
    for direction, data in ((CLIENT, sent), (CLIENT, request() * 2), (SERVER, got)):
        for at in range(0, len(data), 1460):
            feed.send(direction, data[at : at + 1460])
    feed.close()
    assert [each.method for each in sink.requests] == ["PUT", "GET", "GET"]
    assert sink.requests[0].body == body[:KEPT_BODY]
    assert statuses(sink) == [(0, 200), (1, 200), (2, 404)]
    assert all(len(each.body) <= KEPT_ANSWER for _, each in sink.transactions)
    assert sink.lengths == {1: 2_000_000}
    assert feed.given < 20_000


def test_conflicting_lengths():
    smuggled = request("POST", "/", "Content-Length: 4", "Transfer-Encoding: chunked", body=chunked(b"abcdef"))
    assert [each.method for each in heard((CLIENT, smuggled + request())).requests] == ["POST", "GET"]
    unequal = request("POST", "/", "Content-Length: 4", "Content-Length: 5", body=b"")
    assert len(heard((CLIENT, unequal + request())).requests) == 2


def test_absolute_form_and_authority_form():
    sink = heard((CLIENT, request("GET", "http://user:pw@h.example:81/x?y", host="")))
    assert sink.requests[0].host == "h.example:81"
    sink = heard((CLIENT, request("CONNECT", "h.example:443", host="")), (SERVER, response(403)))
    assert (sink.requests[0].host, statuses(sink)) == ("h.example:443", [(0, 403)])


class Inner:
    """A reader of what passes through a tunnel."""

    def __init__(self):
        self.got = {CLIENT: b"", SERVER: b""}
        self.ends = []

    def read(self, direction, data, moment):
        self.got[direction] += data

    def lost(self, direction, length, moment):
        self.got[direction] += b"." * length

    def closed(self, direction, moment):
        self.ends.append(direction)

    def unwanted(self, direction):
        return 0


def test_what_passes_through_a_tunnel_is_read_by_somebody_else():
    sink = Heard()
    sink.inner = Inner()
    feed = Feed(HttpReader(STREAM, sink))
    feed.send(CLIENT, request("CONNECT", "h:25")).send(SERVER, response(200, length=False) + b"220 hi\r\n")
    feed.send(CLIENT, b"EHLO").lose(CLIENT, 3).close()
    assert sink.inner.got == {CLIENT: b"EHLO...", SERVER: b"220 hi\r\n"}
    assert sink.inner.ends == [CLIENT, SERVER]


@pytest.mark.parametrize(("name", "protocol"), [("websocket", "WebSocket"), ("h2c", "HTTP/2"), ("irc/6.9", "IRC")])
def test_upgrades(name, protocol):
    feed = Feed(HttpReader(STREAM, sink := Heard()))
    feed.send(CLIENT, request("GET", "/", f"Upgrade: {name}", "Connection: upgrade"))
    feed.send(SERVER, response(101, f"Upgrade: {name}", length=False) + b"\x81\x05hello")
    assert sink.switches == [(0, protocol)]
    assert statuses(sink) == [(0, 101)]
    assert feed.reader.unwanted(CLIENT) == feed.reader.unwanted(SERVER) == NO_MORE


def test_http2_in_clear():
    feed = Feed(HttpReader(STREAM, sink := Heard()))
    feed.send(CLIENT, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
    assert sink.switches == [(-1, "HTTP/2")]
    assert not sink.requests
    assert feed.reader.unwanted(SERVER) == NO_MORE


def test_the_middle_of_a_stream():
    """A flow that is joined late: the end of a body, then whole messages, and the ends may have been taken wrongly."""
    sink = heard((CLIENT, b"...end of a page</html>"), (SERVER, request()), (CLIENT, response(200, body=b"x")))
    assert statuses(sink) == [(0, 200)]
    assert sink.requests[0].client == (0, 0xFFFF_0A00_0002, 80)


def test_a_response_without_its_request():
    sink = heard((SERVER, response(404, body=b"x") + response(200)))
    assert statuses(sink) == [(-1, 404), (-1, 200)]
    assert sink.transactions[0][1].request is None


def test_a_request_without_response_is_told_when_none_can_come():
    feed = Feed(HttpReader(STREAM, sink := Heard()))
    feed.send(CLIENT, request()).close(CLIENT)
    assert len(sink.requests) == 1
    assert not sink.transactions
    feed.close(SERVER)
    assert statuses(sink) == [(0, 0)]
    assert sink.transactions[0][1].latency_ns == -1


def test_gaps_in_bodies_lose_nothing():
    big = response(200, "Content-Length: 5000", length=False)
    sink = heard((CLIENT, request() * 2), (SERVER, big), (SERVER, 5000), (SERVER, response(404)))
    assert statuses(sink) == [(0, 200), (1, 404)]


def test_after_a_gap_in_a_head_what_was_there_is_told_and_reading_goes_on():
    cut = b"GET /long HTTP/1.1\r\nHost: a.example\r\nUser-Ag"
    sink = heard((CLIENT, cut), (CLIENT, 100), (CLIENT, b"rest\r\n\r\n"), (CLIENT, request(target="/2")))
    assert [(each.uri, each.host) for each in sink.requests] == [(b"/long", "a.example"), (b"/2", "example.com")]


def test_a_start_line_that_was_cut():
    assert heard((CLIENT, b"GET /images/a.gif HTT")).requests[0].uri == b"/images/a.gif"


def test_a_head_without_end_is_bounded():
    endless = b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * MOST_HEAD
    feed = Feed(HttpReader(STREAM, sink := Heard()))
    for at in range(0, len(endless), 1460):
        feed.send(CLIENT, endless[at : at + 1460])
    assert (len(sink.requests), sink.skipped) == (1, 1)
    assert len(sink.requests[0].head) <= 8192


def test_bare_line_feeds():
    sink = heard((CLIENT, b"GET / HTTP/1.0\nHost: h\n\n"), (SERVER, b"HTTP/1.0 200 OK\nContent-Length: 2\n\nok"))
    assert (sink.requests[0].host, statuses(sink)) == ("h", [(0, 200)])


HOSTILE = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            request(),
            request("POST", "/", "Content-Length: 9999999999999999999", body=b"x"),
            request("POST", "/", "Transfer-Encoding: chunked", body=b"ffffffffffffffff\r\nx"),
            request("POST", "/", "Transfer-Encoding: chunked", body=chunked(b"abc", b"d")),
            request("CONNECT", "h:1"),
            request("HEAD"),
            response(),
            response(101, "Upgrade: x", length=False),
            response(200, "Content-Length: -5", length=False),
            response(200, length=False),
            b"HTTP/1.1 99999\r\n\r\n",
            b"HTTP/1.1 200\r\n",
            b"\r\n" * 20,
            b"GET " + b"a" * 3000,
            b": :\r\n \r\n\t\r\n",
            b"PRI * HTTP/2.0\r\n\r\n",
        ]
    ),
)


@settings(max_examples=120)
@given(st.lists(st.tuples(st.booleans(), st.one_of(HOSTILE, st.integers(1, 1 << 31))), max_size=25))
def test_no_bytes_raise_and_little_is_kept(parts):
    sink = heard(*parts)
    assert len(sink.requests) <= 25 * 60
    for handle, _ in sink.transactions:
        assert -1 <= handle < len(sink.requests)
