"""What is read of the text of a rule, and what is refused with its reason."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.detect.rules.build import build
from netwatch.detect.rules.content import content_bytes
from netwatch.detect.rules.pattern_line import pattern_signature
from netwatch.detect.rules.problems import MalformedRule, UnsupportedRule
from netwatch.detect.rules.ranges import addresses, ports
from netwatch.detect.rules.rule_set import RuleSet
from netwatch.detect.rules.splitter import rule_lines
from netwatch.detect.rules.variables import DEFAULTS
from tests.detect.rules.rule_events import rule, seen


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
        ("alert tcp any any -> any any (flow:established; sid:1;)", "a rule of established connections that looks for"),
        ("alert http any any -> any any (sid:1;)", "a rule of http that looks for nothing"),
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
