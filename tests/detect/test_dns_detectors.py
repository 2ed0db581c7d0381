"""Detectors of DNS: what must make exactly one alert, and what must make none."""

from __future__ import annotations

import random

from netwatch.detect.config import Profile
from netwatch.detect.settings import DetectionSettings
from tests.detect.dga import FAMILIES, generated
from tests.detect.fixtures.names import made_up, tunnel
from tests.detect.names_traffic import AAAA, CNAME, KEY, NULL, ODD, SRV, TXT, A, LookUps
from tests.detect.traffic import LAN, PEER, alerts, detect, rules


def test_names_made_by_an_algorithm() -> None:
    """60 names with NXDOMAIN make one alert of each client, whatever the family."""
    traffic = LookUps()
    for number, family in enumerate(FAMILIES):
        each = made_up(family, client=f"192.168.1.{number + 50}")
        traffic.frames += each.frames
    found = alerts(traffic)
    assert [(alert.rule, alert.severity) for alert in found] == [("dns.dga", 3)] * len(FAMILIES)
    assert {alert.source for alert in found} == {f"192.168.1.{number + 50}" for number in range(len(FAMILIES))}
    assert all(alert.packets and "rarest" in alert.samples[0] for alert in found)


def test_one_of_the_names_exists() -> None:
    """Then the master was found: critical, and it is named."""
    traffic = made_up("conficker")
    traffic.look_up("qzxkvwjhpt.biz", "203.0.113.7")
    (alert,) = alerts(traffic)
    assert alert.severity == 4
    assert "qzxkvwjhpt.biz" in alert.summary


def test_queries_without_responses() -> None:
    """Where nobody answers, more names are needed."""
    traffic = LookUps()
    for name in generated("necurs", 60):
        traffic.query(name)
        traffic.wait(1)
    assert rules(traffic) == ["dns.dga"]
    few = LookUps()
    for name in generated("necurs", 25):
        few.query(name)
        few.wait(1)
    assert rules(few) == []


def test_a_resolver_may_have_more() -> None:
    """A client that answers others as well speaks for many."""
    traffic = LookUps()
    traffic.look_up("www.example.com", "93.184.216.34", client=PEER, server=LAN)
    for name in generated("conficker", 30):
        traffic.missing(name, client=LAN, server="9.9.9.9")
        traffic.wait(1)
    assert rules(traffic) == []


TUNNELS = [
    (120, 60, A, 0.5, 3),  # many long names
    (12, 40, NULL, 1, 3),  # iodine
    (12, 40, ODD, 1, 3),
    (30, 120, TXT, 5, 3),  # dnscat2, dnstt
    (30, 120, KEY, 5, 3),  # dns2tcp
    (30, 120, CNAME, 5, 3),
    (30, 120, SRV, 5, 3),
    (100, 36, A, 30, 2),  # about one byte a second
]


def test_tunnels() -> None:
    """Fast, slow, and with the types that hold most: one alert of each domain."""
    traffic = LookUps()
    for number, (count, length, kind, pause, _) in enumerate(TUNNELS):
        traffic.frames += tunnel(count, length, kind=kind, pause=pause, domain=f"t.evil{number}.com").frames
    found = {alert.destination: alert for alert in alerts(traffic)}
    expected = {f"evil{number}.com": severity for number, (*_, severity) in enumerate(TUNNELS)}
    assert {domain: alert.severity for domain, alert in found.items()} == expected
    assert {alert.rule for alert in found.values()} == {"dns.tunnel"}


def test_large_answers() -> None:
    """Names may be short where the answers carry the data."""
    traffic = LookUps()
    for _ in range(60):
        traffic.look_up(f"{traffic.noise(10)}.evil.com", kind=TXT, size=900)
        traffic.wait(5)
    assert rules(traffic) == ["dns.tunnel"]


def test_services_need_ten_times_as_much() -> None:
    """Reputation services ask like tunnels; an attacker may use them, so that they are not ignored."""
    traffic = tunnel(400, 60, pause=0.5, domain="avqs.mcafee.com")
    traffic.frames += tunnel(1100, 40, pause=0.2, domain="e5.sk").frames
    assert [alert.destination for alert in alerts(traffic)] == ["e5.sk"]


def test_a_domain_that_many_ask_is_a_service() -> None:
    """Slow streams of three clients to one domain are how some product works."""
    traffic = LookUps()
    for _ in range(90):
        for client in (LAN, PEER, "192.168.1.30"):
            traffic.look_up(f"{traffic.noise(36)}.metrics.example.com", client=client)
        traffic.wait(30)
    assert rules(traffic) == []


def test_rebinding() -> None:
    """Public, then private within ten minutes."""
    traffic = LookUps()
    traffic.look_up("www.evil.com", "93.184.216.7")
    traffic.wait(60)
    traffic.look_up("www.evil.com", "192.168.1.1")
    (alert,) = alerts(traffic)
    assert (alert.rule, alert.severity) == ("dns.rebind", 2)
    assert len(alert.packets) == 2


def test_an_unusual_resolver() -> None:
    """After the first minutes a client asks somebody else."""
    traffic = LookUps()
    traffic.look_up("www.example.com", "93.184.216.34")
    traffic.wait(700)
    for number in range(12):
        traffic.look_up(f"www{number}.example.com", "93.184.216.34", server="203.0.113.53")
        traffic.wait(1)
    (alert,) = alerts(traffic)
    assert (alert.rule, alert.severity) == ("dns.unexpected", 0)


def test_the_plain_rules_of_a_classroom() -> None:
    """Profile lab tells of every such name."""
    traffic = LookUps()
    traffic.look_up("abcdefghijklmnopqrstuvwxyz.example.com", "93.184.216.34")
    traffic.look_up("aaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccc.example.com", "93.184.216.34")
    traffic.look_up("www.example.com", "93.184.216.34")
    lab = DetectionSettings(Profile.LAB)
    assert rules(traffic, settings=lab) == ["lab.long_name", "lab.random_label"]
    assert rules(traffic) == []


def test_batches_make_no_difference() -> None:
    """A file and a live capture give the same alerts."""
    traffic = made_up("conficker", count=20)
    for _ in range(40):
        traffic.look_up(f"{traffic.noise(50)}.{traffic.noise(50)}.t.evil.com", kind=TXT, size=100, client=PEER)
        traffic.wait(0.3)
    frames = traffic.sorted()
    whole = alerts(frames)
    draw = random.Random(5)
    cut = alerts(frames, cuts=sorted(draw.sample(range(1, len(frames)), 25)))
    told = [[(one.rule, one.value, one.packets, one.summary) for one in each] for each in (whole, cut)]
    assert told[0] == told[1]
    assert {one.rule for one in whole} == {"dns.dga", "dns.tunnel"}


def test_what_is_held_is_bounded() -> None:
    """A flood of clients and names evicts, and is counted."""
    chosen = {name: {"max_keys": 20} for name in ("dns.dga", "dns.nx_burst", "dns.tunnel", "dns.rebind")}
    traffic = LookUps()
    for number in range(100):
        client = f"192.168.2.{number + 1}"
        traffic.missing(f"{traffic.noise(12)}.com", client=client)
        traffic.look_up(f"{traffic.noise(30)}.example{number}.com", "93.184.216.34", client=client, kind=AAAA)
        traffic.wait(0.01)
    detection = detect(traffic, settings=DetectionSettings(chosen=chosen))
    assert detection.evicted >= 4 * 70
