"""Protocols on ports that are for something else, and on those that are theirs."""

from __future__ import annotations

import pytest

from netwatch.detect.detectors.proto_mismatch import ProtoMismatch
from tests.detect.traffic import LAN, WEB, Traffic, alerts

SSH = {"request": b"SSH-2.0-OpenSSH_9.2\r\n", "answer": b"SSH-2.0-OpenSSH_9.6\r\n"}
HTTP: dict[str, bytes] = {}


def told(port: int, talk: dict[str, bytes], times: int = 4) -> list[str]:
    """Return the summaries of alerts of so many connections to a port."""
    traffic = Traffic()
    for _ in range(times):
        traffic.wait(1).connect(LAN, WEB, port, **talk)
    found = alerts(traffic, detectors=[ProtoMismatch(ProtoMismatch.defaults)])
    assert all(alert.severity == 0 for alert in found)
    return [alert.summary for alert in found]


def test_a_service_that_speaks_something_else_is_told_once() -> None:
    assert told(443, SSH) == [f"{WEB} speaks SSH on port 443"]
    assert told(53, HTTP) == [f"{WEB} speaks HTTP on port 53"]


@pytest.mark.parametrize(("port", "talk", "times"), [(22, SSH, 4), (2222, SSH, 4), (80, HTTP, 4), (443, SSH, 2)])
def test_what_is_usual_or_seldom_is_not(port: int, talk: dict[str, bytes], times: int) -> None:
    assert told(port, talk, times) == []
