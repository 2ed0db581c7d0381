"""Fields that trackers tell: alerts by the packets that show them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from netwatch.filter.display_filter import FilterRun, compile_filter
from netwatch.filter.tables import Tables
from tests.filter.test_language import BATCH

ALERTS = (
    SimpleNamespace(serial=1, rule="scan.vertical", word="high", packets=(3, 7, 5000)),
    SimpleNamespace(serial=2, rule="dns.tunnel", word="low", packets=(7,)),
)


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [
        ("alert", [3, 7]),
        ("alert.severity == high", [3, 7]),
        ("alert.id == 2", [7]),
        ('alert.rule contains "dns"', [7]),
        ("alert and not dns", [7]),
        ("alert.severity == critical", []),
    ],
)
def test_packets_of_alerts(expression: str, numbers: list[int]) -> None:
    """Numbers that are not in the batch do no harm."""
    tables = Tables(lambda _: None, alerts=lambda: ALERTS)
    run = FilterRun(compile_filter(expression), tables=tables)
    assert BATCH.numbered()[run.mask(BATCH)].tolist() == numbers
