"""Regular expressions are translated, have a price, and never take for ever."""

from __future__ import annotations

import pytest

from netwatch.detect.rules.expression import expression, translated
from netwatch.detect.rules.rule_set import RuleSet
from netwatch.expression_cost import MOST_BYTES
from tests.detect.rules.rule_events import rule, seen


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
