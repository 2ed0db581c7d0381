"""What a rule matches by its header, by flow and fields of packets, and by buffers of applications."""

from __future__ import annotations

import pytest

from netwatch.detect.rules.rule_set import RuleSet
from tests.detect.rules.rule_events import REQUEST, hit, rule, seen


@pytest.mark.parametrize(
    ("header", "event", "expected"),
    [
        ("alert tcp any any -> any 80", {}, True),
        ("alert tcp any any -> any !80", {}, False),
        ("alert tcp any any -> any [80,443]", {}, True),
        ("alert tcp any any -> any [1:79,81:]", {}, False),
        ("alert tcp any 1024: -> any :1023", {}, True),
        ("alert tcp any any -> any $HTTP_PORTS", {}, True),
        ("alert tcp $HOME_NET any -> $EXTERNAL_NET any", {}, True),
        ("alert tcp 10.0.0.0/8 any -> any any", {}, False),
        ("alert tcp [192.168.0.0/16,!192.168.0.2] any -> any any", {}, False),
        ("alert tcp [192.168.0.0/16, !192.168.0.3] any -> any any", {}, True),
        ("alert tcp !$HOME_NET any -> any any", {}, False),
        ("alert tcp ![10.0.0.0/8,[172.16.0.0/12]] any -> any any", {}, True),
        ("alert tcp 93.184.216.34 80 <> 192.168.0.2 any", {}, True),
        ("alert tcp 93.184.216.34 80 -> 192.168.0.2 any", {}, False),
        ("alert ip any any -> any any", {}, True),
        ("alert udp any any -> any any", {}, False),
        ("alert udp any any -> any any", {"protocol": "udp"}, True),
        ("alert tcp 2001:db8::/32 any -> any any", {"source": "2001:db8::1", "destination": "2001:db8::2"}, True),
        ("alert tcp any any -> 10.0.0.1 any", {"destination": "::ffff:10.0.0.1"}, True),
    ],
)
def test_headers(header: str, event: dict[str, object], expected: bool) -> None:
    """Lists, negation, ranges, variables and both directions."""
    assert hit('content:"abc";', b"abc", header, **event) is expected


@pytest.mark.parametrize(
    ("options", "event", "expected"),
    [
        ("flow:established,to_server;", {}, True),
        ("flow:established,to_client;", {}, False),
        ("flow:from_server;", {"to_server": False}, True),
        ("flow:established;", {"established": False}, False),
        ("flow:not_established;", {"established": False}, True),
        ("flow:to_server;", {"to_server": None}, False),
        ("flow:stateless;", {"to_server": None}, True),
        ("dsize:3;", {"dsize": 3}, True),
        ("dsize:>3;", {"dsize": 3}, False),
        ("dsize:1<>4;", {"dsize": 3}, True),
        ("dsize:3;", {}, False),
        ("ttl:<5;", {"ttl": 3}, True),
        ("flags:S;", {"flags": 2}, True),
        ("flags:S;", {"flags": 18}, False),
        ("flags:S+;", {"flags": 18}, True),
        ("flags:*SA;", {"flags": 16}, True),
        ("flags:!A;", {"flags": 16}, False),
        ("flags:S,12;", {"flags": 2 | 64 | 128}, True),
        ("flags:0;", {"flags": 0}, True),
    ],
)
def test_flow_and_fields_of_packets(options: str, event: dict[str, int], expected: bool) -> None:
    """Conditions besides contents."""
    assert hit(f'content:"abc"; {options}', b"abc", **event) is expected


def test_icmp_types() -> None:
    """ICMP has no ports; ranges of its types include their ends."""
    icmp = RuleSet(
        [
            rule("itype:8; icode:0;", "alert icmp any any -> any any"),
            rule("itype:8<>13;", "alert ip any any -> any any"),
        ]
    )
    found = list(icmp.matching(seen(protocol="icmp", itype=8, icode=0, ports=(0, 0))))
    assert [each.protocol for each in found] == ["icmp", "ip"]
    assert not list(icmp.matching(seen(protocol="icmp", itype=0, icode=0)))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ('http.method; content:"GET"; http.uri; content:".php?id="; fast_pattern;', True),
        ('http.method; content:"POST"; http.uri; content:".php?id=";', False),
        (
            'http.uri; content:"/a/"; startswith; content:"id="; distance:0; http.host; content:"example.com";',
            True,
        ),
        ('content:"GET"; http_method; content:".php"; http_uri; nocase; content:"Mozilla"; http_user_agent;', True),
        ('content:"/a/"; http_uri; depth:3; content:"b"; http_uri; distance:0; within:1;', True),
        ('http.uri; pcre:"/\\.php\\?id=\\d+$/";', True),
        ('content:".php"; http_uri; pcre:"/^\\?id=\\d/RU";', True),
        ('http.host; dotprefix; content:".example.com"; endswith;', True),
        ('http.uri; urilen:13; content:"/a";', True),
        ('http.uri; urilen:>20; content:"/a";', False),
        ('http.user_agent; bsize:11; content:"Mozilla/5.0";', True),
        ('http.header; content:"Host|3a 20|"; content:!"Referer";', True),
        ('http.uri; to_lowercase; content:"/a/b.php";', True),
        ('http.uri; content:"/a"; flow:established,to_server;', True),
    ],
)
def test_buffers_of_requests(options: str, expected: bool) -> None:
    """Sticky buffers, and words behind a content that do the same."""
    rules = RuleSet([rule(options, "alert http any any -> any any")])
    event = seen(protocol="http", buffers=REQUEST)
    assert bool(list(rules.matching(event))) is expected


def test_responses_are_asked_when_they_are_there() -> None:
    """A rule about a response waits for it, and is told once."""
    rules = RuleSet(
        [
            rule('http.stat_code; content:"200"; http.uri; content:"/a";', "alert http any any -> any any"),
            rule('http.uri; content:"/a";', "alert http any any -> any any"),
        ]
    )
    request = seen(protocol="http", buffers=REQUEST)
    response = seen(protocol="http", buffers=REQUEST | {"http.stat_code": b"200"}, to_server=False)
    assert [len(list(rules.matching(event))) for event in (request, response)] == [1, 1]


def test_names_of_dns_and_tls() -> None:
    """The rules that lists of bad domains are made of."""
    rules = RuleSet(
        [
            rule('dns.query; dotprefix; content:".evil.example"; nocase; endswith;', "alert dns any any -> any any"),
            rule('dns_query; content:"evil"; nocase; bsize:12;', "alert dns any any -> any any"),
            rule('tls.sni; content:"evil.example"; startswith; endswith;', "alert tls any any -> any any"),
        ]
    )

    def count(protocol: str, buffer: str, name: bytes) -> int:
        return len(list(rules.matching(seen(protocol=protocol, buffers={buffer: name}))))

    assert count("dns", "dns.query", b"EVIL.example") == 2
    assert count("dns", "dns.query", b"a.evil.example") == 1
    assert count("dns", "dns.query", b"notevil.example") == 0
    assert count("tls", "tls.sni", b"evil.example") == 1
    assert count("tls", "tls.sni", b"x.evil.example") == 0
