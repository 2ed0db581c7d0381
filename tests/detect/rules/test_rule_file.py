"""Files of rules and of patterns, those that ship with netwatch among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.detect.rules.pattern_line import pattern_signature
from netwatch.detect.rules.problems import MalformedRule, UnsupportedRule
from netwatch.detect.rules.rule_file import OUR_FILES, load_rules
from netwatch.detect.rules.rule_set import RuleSet
from netwatch.detect.rules.variables import DEFAULTS
from tests.detect.rules.rule_events import seen

if TYPE_CHECKING:
    from netwatch.detect.rules.inspection import Inspection


def test_files_of_rules(tmp_path: pytest.TempPathFactory) -> None:
    """What cannot be used is counted by reason or told by line; the newest revision of a rule wins."""
    path = tmp_path / "some.rules"
    path.write_text(
        '\ufeff# alert tcp any any -> any any (content:"off"; sid:9;)\n'
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
