"""Alerts in a view: those whose packets pass the display filter, or that last into the time range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.tables.query import TableQuery
from netwatch.tables.resolution import Resolution
from tests.detect.scenes import attack_engine
from tests.scenes import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.engine import Engine
    from netwatch.tables.alerts import Alert


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Return an engine that has seen an attack."""
    made = attack_engine()
    yield made
    made.close()


def alerts(engine: Engine) -> tuple[Alert, ...]:
    """Return what the pane shows."""
    found: tuple[Alert, ...] = engine.page("alerts", TableQuery("severity")).result(180).table.alerts
    return found


def see(engine: Engine, text: str, time_range: tuple[int, int] | None = None) -> None:
    """Set a view and wait for it."""
    number = engine.set_view(text, time_range).result(180)
    wait_for(lambda: engine.snapshot().shown_view == number)


def held(engine: Engine) -> int:
    """Return what the tab counts."""
    return dict(engine.snapshot().tables)["alerts"]


def test_alerts_follow_the_display_filter(engine: Engine) -> None:
    """The pane, the count of its tab and the overview are of the alerts that packets of the view show."""
    every = alerts(engine)
    scan = next(alert for alert in every if alert.rule == "scan.vertical")
    see(engine, f"frame.number == {scan.packets[0]}")
    shown = alerts(engine)
    assert scan.serial in [alert.serial for alert in shown]
    assert all(scan.packets[0] in alert.packets for alert in shown)
    assert 0 < len(shown) < len(every)
    wait_for(lambda: held(engine) == len(shown))
    overview = engine.overview(Resolution.SECOND, 10).result(180)
    assert {alert.serial for alert in overview.alerts} <= {alert.serial for alert in shown}
    see(engine, "frame.number > 1000000")
    assert alerts(engine) == ()
    wait_for(lambda: held(engine) == 0)
    engine.set_view("").result(180)
    assert alerts(engine) == every
    wait_for(lambda: held(engine) == len(every))


def test_alerts_follow_the_time_range(engine: Engine) -> None:
    """An alert that began before the range and goes on into it is there; one that ended before it is not."""
    every = alerts(engine)
    first = min(every, key=lambda alert: alert.last_ns)
    last = max(every, key=lambda alert: alert.first_ns)
    see(engine, "", (first.last_ns + 1, last.last_ns))
    shown = {alert.serial for alert in alerts(engine)}
    assert first.serial not in shown
    assert last.serial in shown
