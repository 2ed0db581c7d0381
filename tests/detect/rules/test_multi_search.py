"""Which pattern a rule is searched by, and that many are found at once."""

from __future__ import annotations

import pytest

from netwatch.detect.rules.multi_search import _Alternation, _Automaton, _OneByOne, multi_search
from netwatch.detect.rules.signature import fast_pattern
from tests.detect.rules.rule_events import rule


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
