"""One scan from many addresses is one alert; several scans of one host are several."""

from __future__ import annotations

from tests.detect.fixtures.scans import far, with_decoys_elsewhere
from tests.detect.traffic import LAN, PEER, Traffic, alerts, rules


def test_all_addresses_are_named() -> None:
    traffic = Traffic()
    with_decoys_elsewhere(traffic)
    (alert,) = alerts(traffic)
    assert alerts(traffic, cuts=range(5, 700, 31), live=True) == (alert,)
    said = dict(alert.evidence)["the same at once from"]
    assert "5 other addresses did the same at once" in alert.summary
    everybody = {far(900), far(77), PEER, far(301), far(12), far(555)}
    assert {address for address in everybody if address in said} == everybody - {alert.source}


def test_other_ports_or_another_time_are_another_scan() -> None:
    ports, later = Traffic(), Traffic()
    for number in range(40):
        ports.wait(0.1).refused(PEER, LAN, 1000 + number)
        ports.refused("192.168.1.30", LAN, 3000 + number)
    for source in (PEER, "192.168.1.30"):
        for number in range(40):
            later.wait(0.005).refused(source, LAN, 1000 + number)
        later.wait(0.2)
    assert rules(ports) == rules(later) == ["scan.vertical"] * 2
