"""A number and what it counts, in the singular where there is one of it."""

from __future__ import annotations

import pytest

from netwatch.plural import counted


@pytest.mark.parametrize(
    ("noun", "one"),
    [
        ("hosts", "1 host"),
        ("DNS servers", "1 DNS server"),
        ("neighbours (ARP, ND)", "1 neighbour (ARP, ND)"),
        ("queries", "1 query"),
        ("addresses", "1 address"),
        ("matches", "1 match"),
        ("look-ups", "1 look-up"),
        ("bytes", "1 byte"),
        ("TCP retries", "1 TCP retry"),
        ("responses", "1 response"),
    ],
)
def test_one(noun: str, one: str) -> None:
    """Of words with something behind them too."""
    assert counted(1, noun) == one
    assert counted(0, noun) == f"0 {noun}"
    assert counted(1200, noun) == f"1,200 {noun}"
