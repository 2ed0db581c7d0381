"""A window holds little and still tells how many different things there were, however often they come again."""

from __future__ import annotations

import pytest

from netwatch.detect.window import MOST_ELEMENTS, Distinct
from tests.detect.fixtures.scans import far, host
from tests.detect.traffic import LAN, PEER, Traffic, alerts


def window(things: list[object], *, unique: bool = False) -> Distinct:
    """Return a window that saw things, a nanosecond apart."""
    found = Distinct(unique=unique)
    for time_ns, thing in enumerate(things):
        found.add(thing, time_ns)
    return found


def test_ports_that_come_again_are_counted_once_however_many() -> None:
    found = window([*range(2000), *range(2000)])
    assert (found.total, len(found)) == (2000, MOST_ELEMENTS)


def test_hosts_are_counted_within_a_percent() -> None:
    hosts = [f"10.{number >> 8}.{number & 255}.7" for number in range(20_000)]
    assert window([*hosts, *hosts]).total == pytest.approx(20_000, rel=0.01)


def test_what_is_unique_is_counted_exactly() -> None:
    assert window(list(range(70_000, 90_000)), unique=True).total == 20_000


def test_what_the_window_forgot_as_too_old_comes_again() -> None:
    found = window(list(range(300)))
    found.expire(5000)
    assert len(found) == 0
    for port in range(300):
        found.add(port, 6000 + port)
    assert found.total == 600


@pytest.mark.parametrize("ports", [60, 300, 1000])
def test_a_port_scan_twice_names_as_many_ports_as_there_were(ports: int) -> None:
    traffic = Traffic()
    for _ in range(2):
        for port in range(ports):
            traffic.wait(0.01).refused(PEER, LAN, 1000 + port)
        traffic.wait(5)
    (alert,) = [alert for alert in alerts(traffic) if alert.rule == "scan.vertical"]
    assert (alert.value, alert.summary) == (ports, f"{PEER} tried {ports:,} ports of {LAN} without success")
    failed = f"{MOST_ELEMENTS} or more" if ports > MOST_ELEMENTS else str(ports)
    assert dict(alert.evidence)["failed ports"] == f"{failed} in 60 s, {ports:,} in all"


def test_refusals_are_counted_one_by_one() -> None:
    traffic = Traffic()
    for _ in range(400):
        traffic.wait(0.15).refused(host(5), far(9), 8443)
    (alert,) = alerts(traffic)
    assert (alert.rule, alert.value) == ("tcp.rst_burst", 400)
