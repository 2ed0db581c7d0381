"""The language: what it understands, what it refuses, and where it says the mistake is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.decode.decoder import decode
from netwatch.filter.completion import complete
from netwatch.filter.display_filter import DisplayFilter, FilterRun, compile_filter
from netwatch.filter.error import DisplayFilterError
from netwatch.filter.fields import FIELDS, field
from netwatch.filter.parser import parse
from tests.scenes import CLIENT, day, frames_of

BATCH = decode(frames_of(day(3)), 1)


def matched(expression: str) -> list[int]:
    """Return the packets of the scene that pass."""
    return BATCH.numbered()[FilterRun(compile_filter(expression)).mask(BATCH)].tolist()


@pytest.mark.parametrize(
    ("expression", "position", "length", "said"),
    [
        ("tcp.prot == 3", 0, 8, "did you mean tcp.port"),
        ("ip.addr == 10.0.0.1 and htp.host", 24, 8, "did you mean http.host"),
        ("dns.type == 1", 0, 8, "did you mean dns.qry.type"),
        ("tls.sni", 0, 7, "did you mean tls.handshake.extensions_server_name"),
        ("udp and dns.xyzzy", 8, 9, "Tab behind dns. lists its fields"),
        ("tcp.port == eighty", 12, 6, "eighty is not a number"),
        ("ip.addr == 10.0.0.300", 11, 10, "not an IPv4 address"),
        ("ip.addr == 10.0.0.0/40", 11, 11, "prefix length of 0 to 32"),
        ("eth.src == 10.0.0.1", 11, 8, "not a MAC address"),
        ("tcp.port == ", 12, 1, "ends too soon"),
        ("tcp and", 7, 1, "ends too soon"),
        ("tcp &&& udp", 6, 1, "does not belong here"),
        ("(tcp", 4, 1, ") is missing"),
        ("tcp)", 3, 1, ") does not belong here"),
        ('http.host == "x', 13, 2, "without its closing quote"),
        (r'http.host == "\q"', 14, 2, "escape"),
        ("http.host matches foo", 18, 3, "regular expression in quotes"),
        ('http.host matches "(a+)+b"', 18, 8, "for ever"),
        ("tcp && @lan and dns", 7, 4, "no saved filter @lan is known here"),
        ("tcp and @", 8, 1, "the name of a saved filter follows @"),
        ('http.host matches "(a"', 18, 4, "regular expression is wrong"),
        ("tcp.port in {}", 13, 1, "empty set"),
        ("tcp.port in {1 2 x}", 17, 1, "x is not a number"),
        ("tcp.port[0] == 1", 0, 8, "bytes is needed here"),
        ("eth.src[3-1] == 00", 8, 3, "empty range"),
        ("eth.src[a] == 00", 8, 1, "no range of bytes"),
        ("frobnicate(tcp.port) == 1", 0, 10, "no function"),
        ("len(tcp.port) == 1", 4, 8, "is needed here"),
        ("tcp.flags.syn > 1", 16, 1, "no order"),
        ("1 == 2", 0, 6, "needs a field"),
        ("ip.src == ipv6.src", 0, 18, "cannot be compared"),
        ("tcp.port / 0 == 1", 11, 1, "divided by 0"),
        ("tcp.analysis.retransmission == 1", 31, 1, "there or not"),
        ("tcp $ udp", 4, 1, "no meaning"),
        ("(" * 100 + "tcp", 61, 1, "levels of parentheses"),
        ("not " * 100 + "tcp", 244, 1, "levels of parentheses"),
        ("x" * 9000, 8192, 1, "at most 8192"),
    ],
)
def test_a_mistake_is_told_where_it_is(expression: str, position: int, length: int, said: str) -> None:
    """The position is that of the first wrong character."""
    with pytest.raises(DisplayFilterError) as caught:
        compile_filter(expression)
    assert said in str(caught.value)
    assert (caught.value.position, caught.value.length) == (position, length)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tcp and udp or arp", "(tcp and udp) or arp"),
        ("arp or tcp and udp", "arp or (tcp and udp)"),
        ("not tcp and udp", "(not tcp) and udp"),
        ("tcp.port eq 80", "tcp.port == 80"),
        ("tcp.port ne 80", "tcp.port != 80"),
        ("all tcp.port > 100", "!(any tcp.port <= 100) and tcp"),
        ("tcp.port !== 80", "any tcp.port != 80"),
        ("80 == tcp.port", "tcp.port == 80"),
        ("50 < tcp.port < 100", "tcp.port > 50 and tcp.port < 100"),
        ("(tcp.flags & 2) != 0", "tcp.flags.syn == 1"),
        ("{tcp.srcport + 1} == 81", "tcp.srcport == 80"),
        ("tcp xor (tcp.port == 80)", "tcp and not tcp.port == 80"),
        ("ssl.handshake.extensions_server_name", "tls.handshake.extensions_server_name"),
        ("arp.opcode == request", "arp.opcode == 1"),
        ("ip.proto == tcp", "tcp"),
        ("dns.qry.type == A", "dns.qry.type == 1"),
        ('frame contains "GET "', "http.request"),
        ("http.host == www.example.com", 'http.host matches "^WWW[.]example"'),
        ("tcp.dstport == 'P'", "tcp.dstport == 80"),
        ("ip.src == 10.0.0.17/32", f"ip.src == {CLIENT}"),
    ],
)
def test_two_ways_to_say_the_same(one: str, other: str) -> None:
    """Precedence, aliases and operators mean what Wireshark's manual says."""
    assert matched(one) == matched(other)
    assert matched(one) or one.startswith("tcp and udp")


def test_unequal_means_every_value() -> None:
    """Wireshark 4: != holds when all values differ, and not for packets without the field."""
    everything = set(matched(""))
    assert set(matched("tcp.port != 80")) == set(matched("tcp")) - set(matched("tcp.port == 80"))
    assert set(matched("!(tcp.port == 80)")) == everything - set(matched("tcp.port == 80"))


def test_every_field_can_be_read() -> None:
    """Presence of each, and of each below an old name, on packets of every kind."""
    for name in FIELDS:
        assert isinstance(matched(name), list)
    assert field("bootp.option.hostname") is FIELDS["dhcp.option.hostname"]
    assert field("ssl") is FIELDS["tls"]


words = st.sampled_from(
    ["tcp", "tcp.port", "ip.addr", "http.host", "eth.src[0:3]", "==", "!=", "and", "or", "not", "(", ")", "{", "}",
     "in", "80", "10.0.0.0/8", '"x"', "contains", "matches", "..", ",", "&", "-", "any", "len(", "00:11", "[", "]"]
)  # fmt: skip


@settings(max_examples=160)
@given(st.one_of(st.text(max_size=40), st.lists(words, max_size=12).map(" ".join)))
def test_no_text_does_harm(text: str) -> None:
    """Any text is a filter, which masks every packet, or a DisplayFilterError whose position lies in it."""
    wanted = attempt(text)
    if isinstance(wanted, DisplayFilterError):
        assert 0 <= wanted.position <= len(text)
        assert wanted.length >= 1
    else:
        assert len(FilterRun(wanted).mask(BATCH)) == len(BATCH)


def attempt(text: str) -> DisplayFilter | DisplayFilterError:
    """Return the filter, or what is wrong with it."""
    try:
        return compile_filter(text)
    except DisplayFilterError as error:
        return error


@settings(max_examples=50)
@given(st.text(max_size=30), st.integers(-1, 31))
def test_completion_takes_any_text(text: str, cursor: int) -> None:
    """It answers with a place in the text."""
    begin, found = complete(text, cursor)
    assert 0 <= begin <= len(text)
    assert all(value for value, _ in found)


@pytest.mark.parametrize(
    ("text", "begin", "first"),
    [
        ("tcp.fl", 0, "tcp.flags"),
        ("ip.src == 1 and tls.handshake.extensions_s", 16, "tls.handshake.extensions_server_name"),
        ("ssl.handshake.extensions_s", 0, "tls.handshake.extensions_server_name"),
        ("tcp.flags.syn == ", 17, "True"),
        ("arp.opcode == re", 14, "request"),
        ("tcp.port ", 9, "=="),
        ("server_name", 0, "tls.handshake.extensions_server_name"),
    ],
)
def test_completion_offers(text: str, begin: int, first: str) -> None:
    """Fields by their beginning or a part, values behind a comparison, operators behind a field."""
    assert complete(text, len(text))[0] == begin
    assert complete(text, len(text))[1][0][0] == first


def test_an_empty_filter_passes_everything() -> None:
    """Blanks are no filter."""
    assert parse("  ") is None
    assert len(matched("   ")) == len(BATCH)
