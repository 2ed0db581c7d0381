"""A rule is split at what its quotation marks and escapes leave."""

from __future__ import annotations

from netwatch.detect.rules.splitter import rule_lines, split_rule, unquoted


def test_splitting() -> None:
    """Quotation marks, escapes, comments, joined lines."""
    parts = split_rule(r'alert TCP [1.1.1.1, 2.2.2.2] any <> any [1,2] (msg:"a\;b\"c)"; flow : to_server ; sid:1;)')
    assert (parts.protocol, parts.source, parts.both_ways) == ("tcp", "[1.1.1.1,2.2.2.2]", True)
    assert parts.options == (("msg", r'"a\;b\"c)"'), ("flow", "to_server"), ("sid", "1"))
    assert unquoted(r'"a\;b\"c)"') == 'a;b"c)'
    assert list(rule_lines("# no\n\nalert \\\n  x\n# y\nz \\")) == [(3, "alert   x"), (6, "z")]
