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
    from pathlib import Path

    from netwatch.detect.rules.inspection import Inspection


def test_files_of_rules(tmp_path: Path) -> None:
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


AS_PUBLISHED = r"""
# alert tcp any any -> any any (msg:"retired"; content:"abc"; sid:1;)

alert http $HOME_NET any -> $EXTERNAL_NET any (msg:"MALWARE checkin"; flow:established,to_server; http.method; \
  content:"POST"; http.uri; content:"/gate.php"; endswith; fast_pattern; http.user_agent; content:"Mozilla/4.0"; \
  startswith; bsize:<60; http.request_body; content:"id="; startswith; content:"&os="; distance:0; \
  http.header_names; content:!"Referer"; classtype:command-and-control; sid:2; rev:2; \
  metadata:created_at 2021_11_19, signature_severity Major;)
alert dns $HOME_NET any -> any any (msg:"old words"; dns_query; content:"evil"; nocase; isdataat:!1,relative; sid:3;)
alert tls $HOME_NET any -> $EXTERNAL_NET any (msg:"name"; flow:established,to_server; tls.sni; dotprefix;
alert tls $HOME_NET any -> $EXTERNAL_NET any (msg:"name"; flow:to_server; tls.sni; dotprefix; \
  content:".bad.example"; endswith; sid:4;)
alert tcp $EXTERNAL_NET any -> $HOME_NET [21,23,2323:2330,!2325] (msg:"quotes \"and\" \; more"; \
  flow:to_server,established; content:"|ff fd 01|"; depth:3; content:"root|0d 0a|"; within:100; distance:2; \
  threshold:type limit,track by_src,count 1,seconds 60; sid:5;)
alert http any any -> any any (msg:"flags of pcre"; content:"/x?"; http_uri; nocase; \
  pcre:"/x\?[a-f0-9]{32}$/Ui"; content:"GET"; http_method; sid:6;)
alert  udp	$HOME_NET any  -> any 53 ( msg : "odd space" ; dsize : >512 ; content : "|01 00 00 01|" ; \
  offset : 2 ; depth : 4 ; sid : 7 ; )
alert ip [1.2.3.4,5.6.7.0/24] any -> $HOME_NET any (msg:"listed"; \
  threshold: type limit, track by_src, seconds 3600, count 1; sid:8;)
drop tcp-pkt any any -> any 25 (msg:"drop is alert here"; content:"HELO"; sid:9;)
alert tcp any any -> any 445 (msg:"no bytes"; content:"|ff|SMB"; byte_test:2,>,400,0,relative; sid:10;)
alert http any any -> any any (msg:"state"; flow:established; http.uri; content:"/a"; flowbits:set,a; sid:11;)
alert tcp any any -> any any (msg:"lua"; lua:foo.lua; sid:12;)
alert smb any any -> any any (msg:"smb"; smb.named_pipe; content:"svcctl"; sid:13;)
"""


def test_a_file_as_it_is_published(tmp_path: Path) -> None:
    """Continued lines, odd space, old and new words, retired rules; one line is cut off in the middle."""
    path = tmp_path / "published.rules"
    path.write_bytes(b"\xef\xbb\xbf" + AS_PUBLISHED.replace("\n", "\r\n").encode())
    loaded = load_rules([path], DEFAULTS)
    assert sorted(number for _, number in loaded.signatures) == [2, 3, 4, 5, 6, 7, 8, 9]
    assert dict(loaded.unsupported) == {
        "option byte_test": 1, "option flowbits": 1, "option lua": 1, "protocol smb": 1,
    }  # fmt: skip
    assert [error.rpartition(": ")[2] for error in loaded.errors] == ["the options do not end with ;)"]


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
