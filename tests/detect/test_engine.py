"""The engine of detection: episodes, suppression, inhibition, storms, mutes, and independence of batches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings, strategies

from netwatch.detect.config import Config, Profile, configured, threshold
from netwatch.detect.detector import Detector
from netwatch.detect.episodes import Episodes
from netwatch.detect.finding import Finding
from netwatch.detect.registry import make_detectors
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.settings import DetectionSettings
from netwatch.detect.storms import MOST_NEW_A_MINUTE
from netwatch.errors import UsageError
from netwatch.nanoseconds import SECOND
from netwatch.tables.mutes import Mute
from netwatch.tables.query import TableQuery
from netwatch.track.stream_reader import Moment
from tests.detect.traffic import LAN, PEER, Traffic, alerts, detect, rules

CONFIG = Config()


def rule(name: str, severity: Severity = Severity.MEDIUM) -> Rule:
    return Rule(name, 1, "title", severity, "what", "benign", "tune")


def finding(seconds: float, value: float = 10, key: object = "k", **more: Any) -> Finding:
    moment = Moment(round(seconds * SECOND), int(seconds * 10) + 1)
    return Finding((key,), moment, f"summary {value}", value, 10, **more)


def test_one_alert_of_an_identity_told_again_when_the_value_doubles() -> None:
    episodes = Episodes(keeps_news=True)
    for second, value in enumerate((10, 11, 19, 20, 39, 40, 100)):
        episodes.take(rule("scan.x"), CONFIG, finding(second, value))
    assert [news.kind for news in episodes.take_news()] == ["open", "update", "update", "update"]
    (alert,) = episodes.alerts()
    assert (alert.value, alert.revision, alert.episodes, alert.state) == (100, 4, 1, "open")
    assert alert.opened_ns == 0
    assert alert.last_ns == 6 * SECOND


def test_it_closes_when_quiet_opens_again_and_is_forgotten_at_last() -> None:
    episodes = Episodes(keeps_news=True)
    take = episodes.take
    take(rule("a.b"), CONFIG, finding(0))
    episodes.now_ns = 301 * SECOND
    assert episodes.alerts()[0].state == "closed"
    take(rule("a.b"), CONFIG, finding(1000))
    (alert,) = episodes.alerts()
    assert (alert.episodes, alert.state) == (2, "open")
    take(rule("a.b"), CONFIG, finding(1000 + 300 + 3600 + 1))
    assert len(episodes.alerts()) == 2
    assert [news.kind for news in episodes.take_news()] == ["open", "reopen", "open"]


def test_a_window_longer_than_the_usual_quiet_keeps_it_open() -> None:
    episodes = Episodes()
    episodes.take(rule("a.b"), CONFIG, finding(0, window_s=900))
    episodes.now_ns = 800 * SECOND
    assert episodes.alerts()[0].state == "open"


def test_a_parent_hides_its_children_also_those_shortly_before() -> None:
    episodes = Episodes()
    episodes.take(rule("port.backdoor"), CONFIG, finding(0, actor="m"))
    episodes.take(rule("port.backdoor"), CONFIG, finding(0, actor="other", key="2"))
    episodes.take(rule("scan.vertical"), CONFIG, finding(30, actor="m"))
    episodes.take(rule("new.service"), CONFIG, finding(31, actor="m"))
    episodes.take(rule("dns.dga"), CONFIG, finding(31, actor="m"))
    shown = episodes.alerts()
    assert sorted(alert.rule for alert in shown) == ["dns.dga", "port.backdoor", "scan.vertical"]
    assert next(alert.children for alert in shown if alert.rule == "scan.vertical") == 2
    assert episodes.counts().inhibited == 2
    assert len(episodes.page(TableQuery("serial", text="inhibited", count=9)).table) == 2


def test_a_scan_that_was_over_before_a_flood_began_is_not_hidden_by_it() -> None:
    episodes = Episodes()
    episodes.take(rule("scan.vertical"), CONFIG, finding(0, victim="v"))
    episodes.take(rule("scan.udp"), CONFIG, finding(19, victim="v"))
    episodes.take(rule("flood.syn"), CONFIG, finding(25, victim="v", first_ns=20 * SECOND))
    episodes.take(rule("scan.ack"), CONFIG, finding(26, victim="v", first_ns=24 * SECOND))
    assert sorted(alert.rule for alert in episodes.alerts()) == ["flood.syn", "scan.udp", "scan.vertical"]


def test_a_scan_that_begins_after_a_flood_is_not_hidden_by_it_either() -> None:
    episodes = Episodes()
    episodes.take(rule("flood.syn"), CONFIG, finding(25, victim="v"))
    episodes.take(rule("scan.vertical"), CONFIG, finding(30, victim="v", first_ns=26 * SECOND))
    episodes.take(rule("tcp.half_open"), CONFIG, finding(30, victim="v"))
    assert sorted(alert.rule for alert in episodes.alerts()) == ["flood.syn", "scan.vertical"]


def test_a_storm_becomes_one_alert() -> None:
    episodes = Episodes()
    for number in range(MOST_NEW_A_MINUTE + 40):
        episodes.take(rule("a.b"), CONFIG, finding(number * 0.1, key=number))
        episodes.take(rule("a.b"), CONFIG, finding(number * 0.1, key=number))
    assert len(episodes.alerts()) == MOST_NEW_A_MINUTE + 1
    storm = episodes.alerts()[-1]
    assert storm.summary == "40 more alerts of a.b than 60 a minute, held back"
    assert len(storm.samples) == 20
    episodes.take(rule("c.d"), CONFIG, finding(10, key="another rule"))
    assert len(episodes.alerts()) == MOST_NEW_A_MINUTE + 2


def test_news_that_nobody_takes_are_not_kept() -> None:
    """A screen that runs for weeks takes none: ten thousand of them were 20 MiB."""
    episodes = Episodes()
    episodes.take(rule("a.b"), CONFIG, finding(0))
    assert len(episodes.alerts()) == 1
    assert episodes.take_news() == ()


def test_held_alerts_are_bounded_and_counted() -> None:
    episodes = Episodes(capacity=10)
    for number in range(25):
        severity = Severity.HIGH if number == 3 else Severity.LOW
        episodes.take(rule("a.b"), CONFIG, finding(number * 100, key=number, severity=severity))
    assert (len(episodes.alerts()), episodes.evicted) == (10, 15)


def test_muted_alerts_make_no_news_and_are_listed_on_request() -> None:
    episodes = Episodes(keeps_news=True)
    episodes.mutes = (Mute("a.*", "10.0.0.1", 22, until_ns=100 * SECOND),)
    episodes.take(rule("a.b"), CONFIG, finding(0, source="10.0.0.1", port=22))
    episodes.take(rule("a.b"), CONFIG, finding(0, key=2, source="10.0.0.1", port=23))
    assert episodes.counts().muted == 1
    assert len(episodes.alerts()) == 1
    assert [news.alert.port for news in episodes.take_news()] == [23]
    assert len(episodes.page(TableQuery("serial", text="muted", count=9)).table) == 1
    episodes.now_ns = 101 * SECOND
    assert len(episodes.alerts()) == 2


def test_packets_and_samples_are_bounded_first_and_newest() -> None:
    episodes = Episodes()
    for number in range(1, 101):
        episodes.take(rule("a.b"), CONFIG, finding(number / 10, packets=(number,), samples=("s" * 9999,) * 50))
    (alert,) = episodes.alerts()
    assert alert.packets == (*range(1, 11), *range(91, 101))
    assert len(alert.samples) == 20
    assert max(map(len, alert.samples)) == 512


def test_sorting_and_words() -> None:
    episodes = Episodes()
    episodes.take(rule("a.b", Severity.LOW), CONFIG, finding(5, key=1, source="10.0.0.9"))
    episodes.take(rule("c.d", Severity.HIGH), CONFIG, finding(1, key=2, source="10.0.0.1"))
    found = episodes.page(TableQuery("severity", count=9)).table.alerts
    assert [alert.rule for alert in found] == ["c.d", "a.b"]
    found = episodes.page(TableQuery("rule", descending=False, count=9, text="10.0.0.9 low")).table.alerts
    assert [alert.rule for alert in found] == ["a.b"]
    with pytest.raises(KeyError):
        episodes.page(TableQuery("nonsense", count=1))
    episodes.finish(found[0].serial, done=True)
    assert len(episodes.page(TableQuery("serial", count=9)).table) == 1
    with pytest.raises(LookupError):
        episodes.alert(99)


@dataclass(frozen=True, slots=True)
class Limits(Config):
    hosts: int = threshold(5)
    ratio: float = 0.5


def test_profiles_and_chosen_thresholds() -> None:
    assert configured(Limits(), Profile.BALANCED, {}, "x") == Limits()
    assert configured(Limits(), Profile.QUIET, {}, "x") == Limits(hosts=10)
    assert configured(Limits(), Profile.QUIET, {"hosts": 3, "ratio": 1}, "x") == Limits(hosts=3, ratio=1.0)
    for wrong in ({"host": 1}, {"hosts": "many"}, {"hosts": -1}, {"severity": "awful"}, {"enabled": 1}):
        with pytest.raises(UsageError):
            configured(Limits(), Profile.BALANCED, wrong, "x")


def test_every_detector_is_described_and_numbered_once() -> None:
    made = make_detectors(DetectionSettings(Profile.LAB))
    found = [detector.rule for detector in made]
    assert len({rule.id for rule in found}) == len({rule.number for rule in found}) == len(found)
    for one in found:
        assert one.what.endswith(".")
        assert one.benign.endswith(".")
        assert one.tune.endswith(".")
        assert all(technique.startswith("T1") for technique in one.mitre)
    with pytest.raises(UsageError, match="no detector"):
        make_detectors(DetectionSettings(chosen={"scan.nothing": {}}))
    off = make_detectors(DetectionSettings(chosen={"scan.vertical": {"enabled": False}}))
    assert "scan.vertical" not in {detector.rule.id for detector in off}


class Broken(Detector[Config]):
    """Raises in one of its methods, or finds what is no finding."""

    rule: ClassVar[Rule] = rule("custom.broken")
    defaults: ClassVar[Config] = CONFIG

    def __init__(self, where):
        super().__init__(CONFIG)
        self.where = where

    def _reach(self, where):
        if where == self.where:
            raise ZeroDivisionError("\x1b[31m")

    def begin(self, beginning):
        self._reach("begin")

    def watch(self, batch, flows):
        self._reach("watch")

    def feed(self, seen):
        self._reach("feed")
        return ["no finding"] if self.where == "finding" else ()


@pytest.mark.parametrize("where", ["begin", "watch", "feed", "finding"])
def test_a_detector_that_breaks_is_switched_off_and_named(where: str) -> None:
    traffic = Traffic()
    for port in range(100):
        traffic.wait(0.1).refused(LAN, PEER, 1000 + port)
    detection = detect(traffic, detectors=[Broken(where), *make_detectors(DetectionSettings())], broken=1)
    (problem,) = detection.problems
    assert problem.words.startswith("custom.broken is off: ")
    assert problem.words.isprintable()
    if where != "finding":
        assert problem.words == r"custom.broken is off: ZeroDivisionError('\x1b[31m')"
        assert f"in {where}" in problem.trace
    assert "scan.vertical" in {alert.rule for alert in detection.episodes.alerts()}


def scan() -> Traffic:
    traffic = Traffic()
    traffic.connect(LAN, PEER, 80)
    for port in range(40):
        traffic.wait(0.07)
        (traffic.refused, traffic.probed, traffic.syn)[port % 3](LAN, PEER, 100 + port)
    for port in range(3):
        traffic.wait(1).connect(LAN, PEER, 8000 + port)
    traffic.wait(30).connect(PEER, LAN, 443)
    return traffic


def test_an_ignored_source_is_left_alone() -> None:
    assert rules(scan()) == ["scan.vertical"]
    for name in ("192.168.1.0/24", LAN):
        chosen = {"scan.vertical": {"ignore_src": [name]}}
        assert rules(scan(), settings=DetectionSettings(chosen=chosen)) == []
    assert rules(scan(), settings=DetectionSettings(chosen={"scan.vertical": {"severity": "info"}})) == []


@given(strategies.sets(strategies.integers(1, 140), max_size=12))
@settings(max_examples=12)
def test_it_does_not_matter_how_packets_are_cut_into_batches(cuts: set[int]) -> None:
    assert alerts(scan(), cuts=cuts) == alerts(scan())


def test_live_and_file_agree() -> None:
    assert alerts(scan(), live=True, cuts=range(0, 150, 7)) == alerts(scan())
    packets = scan().sorted()
    backwards = [(time - 0.002 * (number % 3), frame) for number, (time, frame) in enumerate(packets)]
    assert [replace(alert, **_times(alert)) for alert in alerts(backwards)]


def _times(alert):
    return {"first_ns": 0}
