"""Guard rails of the lab tools by themselves: targets, authorisation, rate, log."""

from __future__ import annotations

import ipaddress
import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from netwatch.errors import FileError, UsageError
from netwatch.lab.pace import RATE_CAP, Pacer
from netwatch.lab.sent_log import SentLog
from netwatch.lab.targets import (
    MOST_ADDRESSES,
    connected_networks,
    is_name,
    parse_targets,
    refuse_broadcast,
    require_authorised,
)
from netwatch.snapshot import Interface

if TYPE_CHECKING:
    from pathlib import Path

INTERFACES = (
    Interface("eth0", addresses=("192.0.2.5/24", "2001:db8::5/64"), up=True),
    Interface("eth1", addresses=("198.51.100.1/30",), up=True),
    Interface("eth2", addresses=("203.0.113.1/24",), up=False),
)


def refused(texts: list[str], **options: object) -> str:
    with pytest.raises(UsageError) as caught:
        parse_targets(texts, **options)
    return str(caught.value)


def test_networks_mean_their_hosts() -> None:
    targets = parse_targets(["192.0.2.0/30", "192.0.2.1", "2001:db8::1"])
    assert list(map(str, targets.addresses)) == ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
    assert targets.network is None
    assert str(parse_targets(["192.0.2.7/29"]).network) == "192.0.2.0/29"
    assert list(map(str, parse_targets(["192.0.2.7/32"]).addresses)) == ["192.0.2.7"]


@pytest.mark.parametrize(
    "text", ["192.0.2", "300.1.1.1", "192.0.2.0/33", "a/b", "2001:db8:::1", "[::1]", "-", "a b", ""]
)
def test_what_is_no_target(text: str) -> None:
    assert "\n" not in refused([text], resolve=lambda _: pytest.fail("asked the resolver"))


@pytest.mark.parametrize("text", ["0.0.0.0", "255.255.255.255", "224.0.0.1", "ff02::1", "::"])
def test_what_is_nobody_in_particular(text: str) -> None:
    assert "is not the address of one host" in refused([text])


def test_runs_are_bounded() -> None:
    assert len(parse_targets(["10.0.0.0/20"]).addresses) == MOST_ADDRESSES - 2
    for texts in (["10.0.0.0/19"], ["2001:db8::/64"], ["::/0"], ["10.0.0.0/20", "10.1.0.0/20"]):
        assert "one run may have 4,096" in refused(texts)
    assert "no target" in refused([])


def test_names_are_asked_for_once_and_only_where_allowed() -> None:
    targets = parse_targets(["host.example"], lambda name: {"host.example": "192.0.2.9"}[name])
    assert (list(map(str, targets.addresses)), targets.names) == (["192.0.2.9"], (("host.example", "192.0.2.9"),))
    assert "asking for its address would send packets" in refused(["host.example"])
    assert is_name("host.example")
    assert not any(map(is_name, ("192.0.2", "1/2", "a/3", "fe80::1%eth0")))


def test_only_connected_networks_are_allowed_unasked() -> None:
    networks = connected_networks(INTERFACES)
    assert list(map(str, networks)) == ["192.0.2.0/24", "198.51.100.0/30", "2001:db8::/64"]
    inside = [ipaddress.ip_address(text) for text in ("192.0.2.200", "2001:db8::77", "198.51.100.2")]
    require_authorised(inside, networks, authorised=False)
    for text in ("192.0.3.1", "2001:db8:1::1", "203.0.113.9", "fe80::1"):
        with pytest.raises(UsageError, match="no directly connected network"):
            require_authorised([*inside, ipaddress.ip_address(text)], networks, authorised=False)
        require_authorised([ipaddress.ip_address(text)], networks, authorised=True)
    only = connected_networks(INTERFACES, "eth1")
    with pytest.raises(UsageError):
        require_authorised([inside[0]], only, authorised=False)


def test_everybody_is_nobody_in_particular() -> None:
    networks = tuple(map(ipaddress.ip_network, ("192.0.2.0/25", "198.51.100.4/31", "fd98::/64")))
    for text in ("192.0.2.0", "192.0.2.127"):
        with pytest.raises(UsageError, match="means everybody of"):
            refuse_broadcast([ipaddress.ip_address(text)], networks)
    fine = ("192.0.2.255", "192.0.2.126", "198.51.100.4", "198.51.100.5", "fd98::")
    refuse_broadcast(map(ipaddress.ip_address, fine), networks)


def test_the_pace_is_steady_and_capped() -> None:
    now = [0.0]
    pacer = Pacer(50, clock=lambda: now[0])
    sent = []
    for _ in range(400):
        if pacer.delay() == 0:
            pacer.went()
            sent.append(now[0])
        now[0] += 0.001
        if len(sent) == 10:
            now[0] += 0.5  # being late is no reason for a burst
    gaps = [after - before for before, after in pairwise(sent)]
    assert min(gaps) >= 0.02 - 1e-9
    for rate in (0, -1, float("nan"), float("inf"), RATE_CAP + 1):
        with pytest.raises(UsageError, match="rate"):
            Pacer(rate)
    assert Pacer(RATE_CAP).rate == RATE_CAP


def test_slack_is_bounded() -> None:
    """What replay catches up after a delay is 10 ms of packets, and the rate over any second is kept."""
    now = [0.0]
    pacer = Pacer(1000, clock=lambda: now[0], slack=0.01)
    sent = []
    for _ in range(300):
        now[0] += 0.0333  # as if each sleep took that long
        while pacer.delay() == 0:
            pacer.went()
            sent.append(now[0])
    assert max(sent.count(moment) for moment in set(sent)) <= 11
    assert len(sent) <= 1000 * now[0] + 11


def test_the_log_says_what_was_sent(tmp_path: Path) -> None:
    path = tmp_path / "state" / "lab.log"
    for _ in range(2):
        with SentLog(path, clock=lambda: 1.5) as log:
            log.begin(["ping", "192.0.2.1"], interface="eth0")
            log.sent("192.0.2.5 > 192.0.2.1 \x1b[2J", 84)
            log.end("done")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["start", "sent", "end"] * 2
    assert lines[1] == {"time": 1.5, "event": "sent", "packet": "192.0.2.5 > 192.0.2.1 \x1b[2J", "bytes": 84}
    assert "\x1b" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_log_no_packet(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for path in (tmp_path, tmp_path / "link"):
        with pytest.raises(FileError, match="cannot log"):
            SentLog(path)
    full = SentLog(tmp_path / "log")
    full.close()
    with pytest.raises(FileError, match="Nothing is sent without a log"):
        full.sent("anything", 1)
