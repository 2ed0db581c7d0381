"""Detectors of logins: guessing, spraying, passwords in clear, old SMB."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from itertools import pairwise
from typing import Any

from netwatch.decode.batch import IPV4_MAPPED
from netwatch.detect.bindings import Bindings
from netwatch.detect.detectors.brute_ftp import BruteFtp
from netwatch.detect.detectors.brute_http import BruteHttp
from netwatch.detect.detectors.brute_mail import BruteMail
from netwatch.detect.detectors.brute_rdp import BruteRdp
from netwatch.detect.detectors.brute_spray import BruteSpray
from netwatch.detect.detectors.brute_ssh import BruteSsh
from netwatch.detect.detectors.cred_clear import CredClear
from netwatch.detect.detectors.smb_v1 import SmbV1
from netwatch.detect.forwarders import Forwarders
from netwatch.detect.observation import Observation
from netwatch.detect.outcome import Record
from netwatch.detect.rule import Severity
from netwatch.detect.surroundings import Surroundings
from netwatch.nanoseconds import SECOND
from netwatch.track.application_events import CommunitySeen, Login, Outcome, SmbNegotiated
from netwatch.track.stream_reader import Moment, Stream
from tests.detect.fixtures.sessions import ssh
from tests.detect.traffic import LAN, PEER, WEB, Traffic, alerts


def stream(source: str = LAN, target: str = WEB, port: int = 21, serial: int = 1) -> Stream:
    """Return a stream of two IPv4 addresses."""
    ends = [IPV4_MAPPED + int(ip_address(address)) for address in (source, target)]
    return Stream(serial, -1, 0, ends[0], 40000 + serial, 0, ends[1], port, Moment(0, 1))


def login(second: float, protocol: str = "FTP", outcome: Outcome = Outcome.FAILURE, **more: Any) -> Login:
    """Return a login at a second."""
    where = {key: more.pop(key) for key in ("source", "target", "port", "serial") if key in more}
    moment = Moment(round(second * SECOND), int(second * 10) + 1)
    fields = {"user": "root", "secret": f"{int(second * 10):08x}", "method": "PASS"} | more
    return Login(stream=stream(**where), moment=moment, asked=moment, protocol=protocol, outcome=outcome, **fields)


def fed(detector: Any, *events: Any) -> list[Any]:
    """Return the findings of a detector that saw each event in a slice of its own."""
    found, around = [], Surroundings()
    bindings = Bindings(around)
    for event in events:
        seen = Observation(
            event.moment.time_ns,
            event.moment.number,
            around,
            Record(),
            bindings,
            Forwarders(around, bindings),
            events={type(event): (event,)},
        )
        found += detector.feed(seen)
    return found


def make(kind: type) -> Any:
    """Return a detector with its usual thresholds."""
    return kind(kind.defaults)


def test_failures_within_the_window() -> None:
    """Ten in five minutes; the same number over an hour is somebody who forgot a password."""
    assert fed(make(BruteFtp), *(login(number * 10) for number in range(9))) == []
    found = fed(make(BruteFtp), *(login(number * 10) for number in range(12)))
    assert [finding.value for finding in found] == [10, 11, 12]
    assert {finding.severity for finding in found} == {Severity.MEDIUM}
    assert fed(make(BruteFtp), *(login(number * 60) for number in range(40))) == []
    many = fed(make(BruteFtp), *(login(number) for number in range(30)))
    assert many[-1].severity is Severity.HIGH


def test_a_success_after_failures_is_critical() -> None:
    """And one before there were enough resets the count."""
    worked = login(20, outcome=Outcome.SUCCESS)
    found = fed(make(BruteFtp), *(login(number) for number in range(12)), worked)
    assert found[-1].severity is Severity.CRITICAL
    assert "then one worked" in found[-1].summary
    few = [login(number) for number in range(8)]
    again = [login(30 + number) for number in range(8)]
    assert fed(make(BruteFtp), *few, worked, *again) == []


def test_other_protocols_and_ways() -> None:
    """Each detector looks at its own; refusals that are part of a way to log in count nowhere."""
    assert fed(make(BruteMail), *(login(number, "IMAP") for number in range(6)))
    assert not fed(make(BruteMail), *(login(number, "FTP") for number in range(6)))
    assert not fed(make(BruteHttp), *(login(number / 10, "HTTP", method="NTLM") for number in range(100)))
    assert fed(make(BruteHttp), *(login(number, "HTTP", method="Basic") for number in range(20)))


def test_services_that_do_not_say_whether_it_worked() -> None:
    """Of forms different passwords count, of RDP connections."""
    forms = [login(number, "HTTP", Outcome.UNKNOWN, method="form") for number in range(20)]
    assert fed(make(BruteHttp), *forms)
    same = [replace(form, secret="aaaaaaaa") for form in forms]
    assert not fed(make(BruteHttp), *same)
    connects = [login(number, "RDP", Outcome.UNKNOWN, secret="", serial=number) for number in range(1, 16)]
    assert fed(make(BruteRdp), *connects)
    assert not fed(make(BruteRdp), *(replace(one, stream=stream()) for one in connects))


def test_spraying() -> None:
    """One password at many hosts, or for many users, slowly."""
    hosts = [login(number * 100, "SMB", target=f"192.168.1.{number + 50}") for number in range(5)]
    (finding,) = fed(make(BruteSpray), *hosts)
    assert (finding.value, finding.threshold, finding.source) == (5, 5, LAN)
    users = [login(number * 55, "IMAP", user=f"user{number}") for number in range(10)]
    (finding,) = fed(make(BruteSpray), *users)
    assert finding.value == 10
    assert fed(make(BruteSpray), *(login(number * 100) for number in range(50))) == []


def test_passwords_in_clear() -> None:
    """The secret itself is nowhere; inside the network it is information only."""
    (finding,) = fed(make(CredClear), login(1, user="bob", secret="5e884898"))
    assert (finding.severity, finding.destination) == (Severity.MEDIUM, WEB)
    assert "bob" in finding.summary
    (near,) = fed(make(CredClear), login(1, target=PEER))
    assert near.severity is Severity.INFO
    assert fed(make(CredClear), login(1, user="anonymous")) == []
    assert fed(make(CredClear), login(1, secret="")) == []
    assert fed(make(CredClear), login(1, source="127.0.0.1", target="127.0.0.1")) == []
    for public, severity in ((True, Severity.INFO), (False, Severity.MEDIUM)):
        seen = CommunitySeen(stream(port=161), Moment(1, 1), "2c", public, "" if public else "abcdef01")
        assert [finding.severity for finding in fed(make(CredClear), seen)] == [severity]


def test_old_smb() -> None:
    """Only version 1."""
    found = fed(make(SmbV1), *(SmbNegotiated(stream(port=445), Moment(1, 1), text) for text in ("1", "2.1", "3.1.1")))
    assert len(found) == 1


def test_guessing_with_ssh() -> None:
    """One password a connection, several in one, several at once; then one that worked."""
    one, several, burst = Traffic(), Traffic(), Traffic()
    for _ in range(12):
        ssh(one, 1)
        one.wait(20)
    for _ in range(3):
        ssh(several, 6)
        several.wait(30)
    for _ in range(6):
        ssh(burst, 1)
        burst.wait(0.1)
    ssh(burst, 1, session=20_000)
    found = [alerts(traffic) for traffic in (one, several, burst)]
    assert [[alert.rule for alert in each] for each in found] == [["brute.ssh"]] * 3
    assert [each[0].severity for each in found] == [2, 2, 4]
    assert found[1][0].value >= 10


def test_ssh_does_not_depend_on_batches() -> None:
    """Cut anywhere, the same attempts."""
    traffic = Traffic()
    for _ in range(12):
        ssh(traffic, 1)
        traffic.wait(3)
    frames = traffic.sorted()
    told = [
        [(alert.rule, alert.value, alert.packets) for alert in alerts(frames, cuts=cuts)]
        for cuts in ((), range(7, 200, 13))
    ]
    assert all(first == second for first, second in pairwise(told))
    assert make(BruteSsh).held == 0
