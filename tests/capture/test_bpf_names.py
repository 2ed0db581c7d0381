"""Names that a filter would have to ask the resolver for are found, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwatch.capture.filter_names import host_names, resolve_names
from netwatch.errors import FilterError


@pytest.mark.parametrize(
    "text",
    [
        "tcp port 80", "host 1.2.3.4", "port http or https", "src or dst port ftp", "(port 80 or 443) and udp",
        "vlan 5 and ip6", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "ip6[6:2]=3", "proto \\tcp", "ip proto foo",
        "type mgt subtype beacon", "ether host 0:1:2:3:4:5", "ether host 01-02-03-04-05-06", "net fe80::/64",
        "host fe80::1 or ::1 or ::ffff:1.2.3.4", "net 10.1", "host 0x0a000001", "host deadbeef0000", "len<=3",
        "ether proto \\arp", "portrange ftp-http", "not tcp && !udp || arp", "ether host 0102.0304.0506", "",
        "((", "))",
        "net 10.0.0.0 mask 255.0.0.0", "llc and tcp", "ip6 protochain tcp", "icmp[icmptype] = icmp-echo",
    ],
)  # fmt: skip
def test_filters_without_host_names(text):
    assert list(host_names(text)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("host foo", [("foo", "host", 0, False)]),
        ("foo", [("foo", "host", 0, False)]),
        ("host 1.2.3.4 and bar", [("bar", "host", 0, False)]),
        ("(port 80) and foo", [("foo", "host", 0, False)]),
        ("host 1.1.1.1 and (port 80 or 81) and foo", [("foo", "host", 0, False)]),
        ("port 80 and src foo", [("foo", "host", 0, False)]),
        ("ip6 and host foo", [("foo", "host", 0, False)]),
        ("ip6 && host foo", [("foo", "host", 0, False)]),
        ("ip host foo or bar", [("foo", "host", 4, False), ("bar", "host", 4, False)]),
        ("ip6 src or dst foo", [("foo", "host", 6, False)]),
        ("ether host foo", [("foo", "host", 0, True)]),
        ("gateway snup", [("snup", "gateway", 0, False)]),
        ("net localnet", [("localnet", "net", 0, False)]),
        ("not host vs and ace", [("vs", "host", 0, False), ("ace", "host", 0, False)]),
        ("host 1.2.3.4.5", [("1.2.3.4.5", "host", 0, False)]),
        ("host 10.0.0.1-10.0.0.9", [("10.0.0.1-10.0.0.9", "host", 0, False)]),
        ("host \\tcp", [("tcp", "host", 0, False)]),
        ("a:b", [("a", "host", 0, False), ("b", "host", 0, False)]),
        ("type mgt and host foo", [("foo", "host", 0, False)]),
        ("host www.example.com", [("www.example.com", "host", 0, False)]),
    ],
)
def test_filters_with_host_names(text, expected):
    assert [(name.name, name.kind, name.family, name.link) for name in host_names(text)] == expected


def test_names_become_addresses_of_the_right_kind():
    found = {"web": ("10.0.0.1", "fe80::1", "10.0.0.2"), "db": ("10.0.0.3",)}
    resolved = resolve_names("ip host web and (dst db or 1.1.1.1) and ip6 src web", lambda name: found[name])
    assert resolved == "ip host (10.0.0.1 or 10.0.0.2) and (dst 10.0.0.3 or 1.1.1.1) and ip6 src fe80::1"


def test_names_that_are_not_for_the_resolver_stay():
    text = "ether host box or net localnet or gateway gw"
    assert resolve_names(text, lambda _: ("10.0.0.1",)) == text


def test_a_name_without_such_an_address_is_unknown():
    with pytest.raises(FilterError, match="unknown host 'web'"):
        resolve_names("ip6 host web", lambda _: ("10.0.0.1",))


@given(st.text(st.sampled_from("abf01.:-\\()[] &|!host port tcp\n"), max_size=60))
def test_any_text_is_read_without_an_error(text):
    for name in host_names(text):
        assert text[name.start : name.end].removeprefix("\\") == name.name
