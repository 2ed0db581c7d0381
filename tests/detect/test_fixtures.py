"""Every row of detections.md 10: exactly one alert of what must alert, none of what must not, however it is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.detect.fixtures import MUST_ALERT, MUST_NOT_ALERT, Fixture

if TYPE_CHECKING:
    from netwatch.detect.episode import Alert


def row(fixture: Fixture) -> str:
    return fixture.row


@pytest.mark.parametrize("fixture", MUST_ALERT, ids=row)
def test_this_gives_exactly_one_alert(fixture: Fixture) -> None:
    (alert,) = fixture.told()
    assert alert.rule == fixture.rule
    assert alert.packets
    assert alert.evidence
    assert alert.value >= alert.threshold


@pytest.mark.parametrize("fixture", MUST_NOT_ALERT, ids=row)
def test_this_gives_none(fixture: Fixture) -> None:
    assert [(alert.rule, alert.summary) for alert in fixture.told()] == []


def test_no_row_is_left_out() -> None:
    """F01 to F41, and of what must alert those that a tool or a trick names."""
    numbers = [fixture.row for fixture in MUST_NOT_ALERT if fixture.row.startswith("F")]
    assert numbers == [f"F{number:02}" for number in range(1, 42)]
    rows = [fixture.row for fixture in (*MUST_ALERT, *MUST_NOT_ALERT)]
    assert len(set(rows)) == len(rows)


def told(found: list[Alert]) -> list[tuple[str, float, tuple[int, ...]]]:
    return [(alert.rule, alert.value, tuple(alert.packets)) for alert in found]


@pytest.mark.parametrize("fixture", MUST_ALERT[::3], ids=row)
def test_batches_and_live_make_no_difference(fixture: Fixture) -> None:
    count = len(fixture.traffic().frames)
    cuts = range(1, count, max(count // 20, 1))
    assert told(fixture.told(cuts=cuts)) == told(fixture.told()) == told(fixture.told(cuts=cuts, live=True))
