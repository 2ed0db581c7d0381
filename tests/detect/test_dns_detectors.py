"""Detectors of DNS: what must make exactly one alert, and what must make none."""

from __future__ import annotations

import random
from ipaddress import ip_address

from netwatch.detect.config import Profile
from netwatch.detect.settings import DetectionSettings
from tests.detect.dga import FAMILIES, generated, word_list
from tests.detect.names_traffic import AAAA, CNAME, KEY, NULL, ODD, SRV, TXT, A, LookUps
from tests.detect.traffic import LAN, PEER, alerts, detect, mac_of, rules


def dga(family: str = "conficker", count: int = 60, real: int = 10, client: str = LAN) -> LookUps:
    """Made-up names that do not exist, with some real ones between them."""
    traffic = LookUps()
    for number, name in enumerate(generated(family, count)):
        traffic.missing(name, client=client)
        traffic.wait(2)
        if number < real:
            traffic.look_up(f"www.site{number}.com", "93.184.216.34", client=client)
            traffic.wait(1)
    return traffic


def test_names_made_by_an_algorithm() -> None:
    """60 names with NXDOMAIN make one alert of each client, whatever the family."""
    traffic = LookUps()
    for number, family in enumerate(FAMILIES):
        each = dga(family, client=f"192.168.1.{number + 50}")
        traffic.frames += each.frames
    found = alerts(traffic)
    assert [(alert.rule, alert.severity) for alert in found] == [("dns.dga", 3)] * len(FAMILIES)
    assert {alert.source for alert in found} == {f"192.168.1.{number + 50}" for number in range(len(FAMILIES))}
    assert all(alert.packets and "rarest" in alert.samples[0] for alert in found)


def test_one_of_the_names_exists() -> None:
    """Then the master was found: critical, and it is named."""
    traffic = dga()
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


def test_names_of_words_that_do_not_exist() -> None:
    """A word-list DGA looks like words; that everything fails gives it away."""
    traffic = LookUps()
    for name in word_list(80):
        traffic.missing(name)
        traffic.wait(1)
    (alert,) = alerts(traffic)
    assert (alert.rule, alert.severity) == ("dns.nx_burst", 2)


def tunnel(
    count: int, length: int, *, kind: int = A, pause: float = 0.5, domain: str = "t.evil.com", size: int = 0
) -> LookUps:
    """Queries that carry data."""
    traffic = LookUps()
    for _ in range(count):
        labels = [traffic.noise(min(length - at, 60)) for at in range(0, length, 60)]
        traffic.look_up(".".join([*labels, domain]), kind=kind, size=size)
        traffic.wait(pause)
    return traffic


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


def test_tunnels_that_need_no_domain() -> None:
    """dnscat2 straight to its server puts data even in the top-level label."""
    traffic = LookUps()
    for _ in range(30):
        traffic.query(
            f"dnscat.{traffic.noise(50, '0123456789abcdef')}.{traffic.noise(30, '0123456789abcdef')}1",
            server="203.0.113.9",
        )
        traffic.wait(1)
    (alert,) = alerts(traffic)
    assert (alert.rule, alert.destination) == ("dns.tunnel", "203.0.113.9")


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


def test_private_answers_that_are_right() -> None:
    """F25: services that name private addresses, filters of advertisements, names that were always inside."""
    traffic = LookUps()
    for name, *answers in (
        ("a.plex.direct", ("93.184.216.34",), ("192.168.1.5",)),
        ("host.tail1234.ts.net", ("93.184.216.34",), ("100.101.102.103",)),
        ("ads.example.com", ("93.184.216.34",), ("0.0.0.0",)),
        ("intern.example.com", ("192.168.1.5",), ("192.168.1.6",)),
        ("both.example.com", ("93.184.216.34",), ("93.184.216.34", "192.168.1.5")),
        ("fritz.box", ("192.168.1.1",)),
    ):
        for addresses in answers:
            traffic.look_up(name, *addresses)
            traffic.wait(30)
    assert alerts(traffic) == ()


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


def household() -> dict[str, LookUps]:
    """What must make no alert, by fixture of detections.md 10.1."""
    found = {name: LookUps() for name in ("F17", "F18", "F19", "F20", "F21", "F22", "F23", "F24")}
    draw = random.Random(1)
    for _ in range(50):
        found["F17"].look_up(f"d{draw.randrange(10**12):x}.cloudfront.net", "93.184.216.34")
        found["F17"].wait(1)
    for number in range(500):
        code = 0 if number % 3 else 3
        zone = ("a.e5.sk", "avqs.mcafee.com", "malware.hash.cymru.com", "zen.spamhaus.org")[number % 4]
        sub = found["F18"].noise(32) if number % 4 < 3 else ".".join(str(draw.randrange(256)) for _ in range(4))
        found["F18"].look_up(f"{sub}.{zone}", code=code)
        found["F18"].wait(7)
    for number in range(300):
        found["F19"].missing(f"{number % 256}.{number % 7}.16.172.in-addr.arpa")
        nibbles = ".".join(f"{draw.randrange(16):x}" for _ in range(32))
        found["F19"].missing(f"{nibbles}.ip6.arpa")
        found["F19"].wait(0.2)
    for number in range(60):
        for name in (
            f"selector{number}._domainkey.example{number}.com",
            f"_dmarc.example{number}.com",
            "_acme-challenge.a.example.com",
        ):
            found["F20"].look_up(name, kind=TXT, size=900)
        found["F20"].look_up(f"long{'x' * 50}.{'y' * 50}._spf.example.com", kind=TXT, size=1000)
        found["F20"].wait(1)
    for number in range(60):
        found["F21"].query(f"printer{number}._ipp._tcp.local", server="224.0.0.251", port=5353)
        found["F21"].query(f"b{number}._dns-sd._udp.example.com", kind=12)
        found["F21"].wait(0.1)
    for _ in range(3):
        label = found["F22"].noise(12)
        found["F22"].missing(label)
        found["F22"].missing(f"{label}.lan")
    for name in ("mozgcp.net", "awxcdn.com", "anywayanyday.com"):
        found["F23"].look_up(f"www.{name}", "93.184.216.34")
        found["F23"].wait(1)
    for name in ("gogle", "facebok", "wikpedia", "youtub", "amzon", "twiter", "redit", "bingg", "githb", "neflix"):
        found["F24"].missing(f"{name}.com")
        found["F24"].wait(5)
    return found


def test_what_ordinary_networks_do() -> None:
    """No alert at all of any of them, each by a client of its own."""
    traffic = LookUps()
    for number, each in enumerate(household().values()):
        address = ip_address(LAN).packed, ip_address(f"192.168.1.{number + 60}").packed
        mac = (mac_of(LAN) & 0xFFFF).to_bytes(2), (mac_of(f"192.168.1.{number + 60}") & 0xFFFF).to_bytes(2)
        traffic.frames += [
            (time, frame[:14].replace(mac[0], mac[1]) + frame[14:].replace(*address)) for time, frame in each.frames
        ]
    assert [(alert.rule, alert.summary) for alert in alerts(traffic)] == []


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
    traffic = dga(count=20)
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
