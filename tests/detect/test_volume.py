"""Uploads: much to one place, more than usual, and not what calls, downloads and backups do."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from netwatch.baseline.compare import Day, usual_bytes
from netwatch.baseline.day_file import DayFile
from netwatch.baseline.sample import KINDS
from netwatch.baseline.usual import Usual
from netwatch.detect.detectors.exfil_volume import ExfilVolume, Thresholds
from netwatch.detect.moved_bytes import STEP
from netwatch.detect.settings import DetectionSettings
from netwatch.verbs.comparing import with_usual
from tests.detect.fixtures.ordinary_sessions import move
from tests.detect.traffic import LAN, PEER, WEB, Traffic, alerts, detect

if TYPE_CHECKING:
    from pathlib import Path

LOW, MEDIUM = 1, 2
SMALL = Thresholds(mb=2, unlearned_mb=10, learn_h=3)


def found(traffic: Traffic, config: Thresholds = SMALL, **how: object) -> list[tuple[str, int]]:
    """Return (summary, severity) of what the detector says."""
    told = alerts(traffic, detectors=[ExfilVolume(config)], **how)
    return [(alert.summary, alert.severity) for alert in told]


def test_a_large_upload_is_told_and_low_while_nothing_is_usual() -> None:
    traffic = Traffic()
    move(traffic, 14, back=1)
    (one,) = found(traffic)
    assert re.fullmatch(rf"{LAN} sent 1[2-5] MB to {WEB} within an hour", one[0])
    assert one[1] == LOW
    assert found(traffic, cuts=range(0, 2000, 33)) == [one]


def test_what_calls_downloads_servers_and_neighbours_do_is_fine() -> None:
    for amounts, ends in (((14, 6), (LAN, WEB)), ((1, 14), (LAN, WEB)), ((14, 0), (WEB, LAN)), ((14, 0), (LAN, PEER))):
        traffic = Traffic()
        move(traffic, amounts[0], back=amounts[1], source=ends[0], target=ends[1])
        assert found(traffic) == [], (amounts, ends)


def test_little_and_often_is_as_much() -> None:
    traffic = Traffic()
    for _ in range(7):
        move(traffic, 2.2)
        traffic.wait(300)
    assert len(found(traffic)) == 1
    slow = Traffic()
    for _ in range(7):
        move(slow, 2.2)
        slow.wait(1800)
    assert found(slow, Thresholds(mb=50, unlearned_mb=10, learn_h=100)) == []


def test_what_is_usual_is_learned() -> None:
    calm, busy = Traffic(), Traffic()
    for traffic, usual in ((calm, 0.1), (busy, 3.5)):
        for _ in range(5):
            move(traffic, usual, target="203.0.113.9")
            traffic.wait(3600)
        move(traffic, 4)
    assert [severity for _, severity in found(calm)] == [MEDIUM]
    assert found(busy) == []


def test_names_that_may_be_sent_to() -> None:
    traffic = Traffic()
    move(traffic, 14, name="content.dropboxapi.com")
    assert found(traffic) == []
    other = Traffic()
    move(other, 14, name="drop.example.com")
    assert len(found(other)) == 1


def test_a_flow_is_told_of_once_a_mebibyte() -> None:
    traffic = Traffic()
    move(traffic, 5 * STEP / 1e6)
    detector = ExfilVolume(Thresholds(mb=1, unlearned_mb=1))
    (alert,) = detect(traffic, detectors=[detector]).episodes.alerts()
    assert 4 <= alert.value <= 6
    assert len(alert.packets) <= 6


DAYS = [
    Day(f"2026-01-0{day}", "eth0", 86_400, {**{kind: {} for kind in KINDS}, "hosts": {PEER: size, LAN: 1000 * STEP}})
    for day, size in enumerate((20 * STEP, 25 * STEP, 22 * STEP), 1)
]


def deviations(megabytes: float, days: list[Day]) -> list[tuple[str, int]]:
    """Return who moved unusually much, after two machines moved so much each."""
    traffic = Traffic()
    for source in (PEER, LAN, "192.168.1.30"):
        move(traffic, megabytes, source=source)
    config = {"baseline.deviation": {"mb": 10}}
    settings = DetectionSettings(chosen=config, usual=usual_bytes(days))
    return [
        (one.source, one.severity) for one in alerts(traffic, settings=settings) if one.rule == "baseline.deviation"
    ]


def test_far_more_than_on_other_days() -> None:
    """Who usually moves little, not who usually moves much, nor whom nobody knows."""
    assert deviations(60, DAYS) == [(PEER, 0)]
    assert deviations(25, DAYS) == []
    assert deviations(60, DAYS[:1]) == []  # of one day only tenfold tells
    assert deviations(60, []) == []


def test_the_monitor_knows_the_days_before(tmp_path: Path) -> None:
    """What the file of days has is what detection begins with, today left out."""
    file = DayFile(tmp_path / "days")
    for date in ("2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"):
        file.add(date, "eth0", 86_400, DAYS[0].sample)
    wanted = with_usual(DetectionSettings(), Usual(file), datetime(2026, 1, 4, tzinfo=UTC))
    assert wanted.usual[PEER] == (20 * STEP, 27 * STEP, 3)  # a tenth is the least spread
    assert with_usual(DetectionSettings(), Usual()).usual == {}
