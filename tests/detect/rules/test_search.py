"""Where a content stands in a buffer, by every modifier, and what is done to a buffer before."""

from __future__ import annotations

import pytest

from netwatch.detect.rules.search import transformed
from tests.detect.rules.rule_events import hit


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


def test_transforms() -> None:
    """What is done to a buffer before it is searched."""
    assert transformed(b"A b\tc", ("strip_whitespace", "to_lowercase", "dotprefix")) == b".abc"
    assert transformed(b"a  b", ("compress_whitespace", "to_uppercase")) == b"A B"
    assert transformed(b"", ("to_md5",)).hex() == "d41d8cd98f00b204e9800998ecf8427e"
