"""Signatures over whole captures: live ones have a budget, files are searched to their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.detect.detectors.sig_payload import SigPayload, Thresholds
from netwatch.detect.rules import packet_rules
from tests.detect.traffic import LAN, PEER, Traffic, detect

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
