"""Signatures over whole captures: live ones have a budget, files are searched to their end."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from netwatch.detect.detectors.sig_payload import SigPayload, Thresholds
from netwatch.detect.rules import packet_rules
from tests.detect.traffic import LAN, PEER, WEB, Traffic, detect

if TYPE_CHECKING:
    from pathlib import Path

RULES = """
alert tcp any any -> any any (msg:"a word"; content:"needle-in-hay"; sid:1000001;)
alert udp any any -> any 9 (msg:"any datagram there"; dsize:3; sid:1000002;)
"""


def traffic() -> Traffic:
    """Much in one second, with what is looked for at the end."""
    made = Traffic()
    for _ in range(20):
        made.udp(LAN, PEER, 40000, 10, b"hay" * 100, after=0.001)
    for number in range(20):
        made.wait(0.001).udp(LAN, PEER, 40000, 9, b"hay" if number == 19 else b"ha")
        made.connect(LAN, PEER, 80, request=b"hay " * 100, rtt=0.001)
    made.connect(LAN, PEER, 80, request=b"a needle-in-hay", rtt=0.001)
    return made


@pytest.mark.parametrize("live", [False, True], ids=["file", "live"])
def test_only_a_live_capture_leaves_anything_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, live: bool) -> None:
    monkeypatch.setattr(packet_rules, "BYTES_A_SECOND", 2000)
    monkeypatch.setattr(packet_rules, "PACKETS_A_SECOND", 0)
    path = tmp_path / "some.rules"
    path.write_text(RULES)
    detector = SigPayload(Thresholds(rules=(str(path),), shipped=False))
    found = detect(traffic(), detectors=[detector], live=live).episodes.alerts()
    numbers = sorted(dict(alert.evidence)["rule"].split()[0] for alert in found)
    assert numbers == ([] if live else ["1000001", "1000002"])
    assert (detector.skipped > 0) is live


HEADERS = """
alert icmp any any -> any any (msg:"a ping"; sid:1000003;)
alert tcp any any -> any 4444 (msg:"to 4444"; flow:to_server; sid:1000004;)
alert ip [93.184.216.34,1.2.3.0/24] any -> $HOME_NET any (msg:"a listed host"; sid:1000005;)
alert udp any any <> any 514 (msg:"both ways"; sid:1000006;)
"""


@pytest.mark.parametrize("cuts", [(), range(1, 40)], ids=["one", "each"])
def test_rules_that_say_nothing_but_addresses_and_ports(tmp_path: Path, cuts: object) -> None:
    """Each direction of a flow is asked once."""
    path = tmp_path / "some.rules"
    path.write_text(HEADERS)
    made = Traffic()
    for number in range(3):
        made.wait(1).icmp(LAN, PEER, 8, 0, struct.pack("!HH", 7, number) + bytes(40))
    made.connect(LAN, PEER, 4444)
    made.connect(LAN, PEER, 443, sport=4444)
    made.connect(LAN, WEB, 443)
    made.udp(PEER, LAN, 514, 40000)
    found = detect(made, detectors=[SigPayload(Thresholds(rules=(str(path),), shipped=False))], cuts=cuts)
    assert {alert.title for alert in found.episodes.alerts()} >= {"a ping", "to 4444"}
    told = sorted((alert.summary, alert.value) for alert in found.episodes.alerts())
    assert told == [
        (f"a listed host: {WEB} to {LAN}", 1),
        (f"a ping: {LAN} to {PEER}", 1),
        (f"both ways: {PEER} to {LAN}", 1),
        (f"to 4444: {LAN} to {PEER}", 1),
    ]


def test_a_flood_does_not_keep_rules_of_addresses_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packet_rules, "PACKETS_A_SECOND", 100)
    path = tmp_path / "some.rules"
    path.write_text(HEADERS)
    made = Traffic()
    for number in range(300):
        made.udp(f"10.0.{number // 250}.{number % 250}", LAN, 40000, 9, after=number * 0.001)
    detector = SigPayload(Thresholds(rules=(str(path),), shipped=False))
    detect(made, detectors=[detector], live=True)
    assert detector.skipped > 200
