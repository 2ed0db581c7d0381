"""What a report writes besides words: a page, tables, indicators, packets of alerts and flows, streams."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from netwatch.export.csv_columns import CSV_COLUMNS
from netwatch.export.indicators import Indicator, defanged, domain_of, indicators
from netwatch.export.table_folder import LEFT_OUT
from netwatch.run.session import Session
from netwatch.track.buffer import PacketBuffer
from tests.prepared import netwatch
from tests.scenes import CLIENT, RESOLVER, SERVER, SceneSource, day, dns, frames_of, tcp, udp
from tests.test_cli import refused

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "<script>alert(1)</script>.example.com"


def conversation() -> list[bytes]:
    """Return a whole HTTP conversation with a password in its URL, and a look-up of a hostile name."""
    request = b"GET /a?password=hunter2 HTTP/1.1\r\nHost: www.example.com\r\nAuthorization: Basic c2VjcmV0\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    after, end = 101 + len(request), 501 + len(answer)
    return [
        tcp(CLIENT, SERVER, 40000, 80, 0x02, 100),
        tcp(SERVER, CLIENT, 80, 40000, 0x12, 500, 101),
        tcp(CLIENT, SERVER, 40000, 80, 0x10, 101, 501),
        tcp(CLIENT, SERVER, 40000, 80, 0x18, 101, 501, request),
        tcp(SERVER, CLIENT, 80, 40000, 0x18, 501, after, answer),
        tcp(CLIENT, SERVER, 40000, 80, 0x11, after, end),
        tcp(SERVER, CLIENT, 80, 40000, 0x11, end, after + 1),
        tcp(CLIENT, SERVER, 40000, 80, 0x10, after + 1, end + 1),
        udp(CLIENT, RESOLVER, 41000, 53, dns(1, HOSTILE)),
    ]


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """Return a capture file."""
    path = tmp_path / "scene.pcap"
    save(str(path), [(frames_of(day() + conversation()), None)], [FrameInterface("eth0")])
    return path


class Elements(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "action", "xlink:href")]


def test_a_page_that_needs_nothing_else(capture: Path, tmp_path: Path) -> None:
    """Charts and tables, no script, no link, whatever names were in the packets."""
    done = netwatch("report", capture, "--format", "html", "-o", tmp_path / "r.html")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    page = (tmp_path / "r.html").read_text()
    found = Elements()
    found.feed(page)
    assert found.tags.count("svg") >= 6
    assert found.tags.count("table") >= 2
    assert "script" not in found.tags
    assert found.links == []
    assert "url(" not in page
    assert "&lt;script&gt;" in page
    for words in ("To review", "www.example.com", CLIENT, "failed handshakes", "default-src"):
        assert words in page, words
    sections = dict(part.split("</h2>", 1) for part in page.split("<h2>")[1:])
    drawn = {title for title, content in sections.items() if "<svg" in content}
    assert drawn >= {"Traffic", "Talkers and destinations", "Ports", "Handshakes", "DNS", "TLS", "HTTP", "Hosts"}
    assert "Flows, and the heaviest of them" in drawn


def test_the_review_list_in_words_and_checksums_in_json(capture: Path) -> None:
    """What to look at first, and the checksums of the scene, which has none filled in."""
    text = netwatch("report", capture).stdout
    assert re.search(r"failed handshakes +10\.0\.0\.5 port 23: 8 of 8 attempts \(8 refused", text)
    assert re.search(r"resets +10\.0\.0\.17 > 10\.0\.0\.5 port 23 \(8 flows\)$", text, re.MULTILINE)
    assert re.search(r"top talkers +10\.0\.0\.17 ", text)
    assert re.search(r"checksums +[0-9]+ IPv4, [0-9]+ TCP, [0-9]+ UDP wrong .*; [1-9][0-9]* left", text)
    assert re.search(r"names asked for +.*www\.example\.com", text)
    found = json.loads(netwatch("report", capture, "--format", "json").stdout)["checksums"]
    assert found["offloaded"] > 0
    assert {"ip_bad", "tcp_bad", "udp_bad", "offloaded", "senders"} <= set(found)


def test_tables_indicators_flows_and_streams(capture: Path, tmp_path: Path) -> None:
    """Each in its folder; a second run overwrites nothing."""
    words = ("--tables", tmp_path / "t", "--split", "flows", "--split-to", tmp_path / "s", "--streams", tmp_path / "x")
    done = netwatch("report", capture, *words, "--top", "3", "--indicators", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert {path.stem for path in (tmp_path / "t").iterdir()} == set(CSV_COLUMNS) - LEFT_OUT
    flows = list(csv.DictReader((tmp_path / "t" / "flows.csv").open()))
    assert len(flows) == 8 * 4 + 2 + 2
    found = {(one["type"], one["value"]): one for one in json.loads(done.stdout)}
    assert found["ip", CLIENT]["count"] > 50
    assert found["domain", "www.example.com"]["first_time"] == pytest.approx(1767225600.022, abs=0.001)
    assert ("url", "http://www.example.com/index.html") in found
    assert len(list((tmp_path / "s").glob("flow_0000[123]_*.pcapng"))) == 3
    streams = {path.name: path.read_bytes() for path in (tmp_path / "x").iterdir()}
    name = next(name for name in streams if f"{CLIENT}_40000_to_{SERVER}_80.bin" in name)
    assert streams[name].startswith(b"GET /a?password=")
    answers = next(name for name in streams if f"{SERVER}_80_to_{CLIENT}_40000.bin" in name)
    assert streams[answers].endswith(b"hello")
    headers = next(text for name, text in streams.items() if name.endswith("40000_to_93.184.216.34_80_http.txt"))
    assert b"Host: www.example.com" in headers
    assert b"hunter2" not in headers
    assert b"c2VjcmV0" not in headers
    assert (tmp_path / "x" / name).stat().st_mode & 0o777 == 0o600
    again = netwatch("report", capture, "--tables", tmp_path / "t")
    assert again.returncode == 1
    assert "exists already" in again.stderr


def test_alerts_get_their_packets(tmp_path: Path) -> None:
    """A port scan becomes an alert with a capture file of its own."""
    packets = [tcp(CLIENT, SERVER, 50000 + n, 1 + n * 7, 0x02, n) for n in range(300)]
    packets += [tcp(SERVER, CLIENT, 1 + n * 7, 50000 + n, 0x14, 0, n + 1) for n in range(300)]
    path = tmp_path / "scan.pcap"
    save(str(path), [(frames_of(packets, step_ns=1_000_000), None)], [FrameInterface("eth0")])
    done = netwatch("report", path, "--split", "alerts", "--split-to", tmp_path / "s")
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "s").glob("alert_*_scan.*.pcapng"))


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.com", "www.example.com"),
        ("www.example.com:8080", "www.example.com"),
        ("www.example.com:", "www.example.com"),
        ("192.0.2.1", ""),
        ("192.0.2.1:80", ""),
        ("[2001:db8::1]:443", ""),
        ("2001:db8::1", ""),
    ],
    ids=["name", "port", "no-port", "ipv4", "ipv4-port", "ipv6-port", "ipv6"],
)
def test_the_domain_of_a_host(host: str, domain: str) -> None:
    """A port is none of its name, and an address is no name."""
    assert domain_of(host) == domain


def test_names_of_netbios_are_no_domains() -> None:
    """They are told as what they are."""
    query = udp(CLIENT, RESOLVER, 137, 137, dns(1, "CKFDENECFDEFFCFGEFFCCAAAAAAAAAAA"))
    session = Session(SceneSource([frames_of([query])], live=False), PacketBuffer(0))
    while session.step(0):
        pass
    found = [(one.kind, one.value) for one in indicators(session) if one.kind in ("domain", "netbios")]
    assert found == [("netbios", "*SMBSERVER<00>")]


def test_defanged_indicators() -> None:
    """Nothing takes them for links or names."""
    shown = defanged(Indicator("url", "http://www.example.com/x.html", 1, 0, 0)).value
    assert shown == "hxxp[://]www[.]example[.]com/x[.]html"
    assert defanged(Indicator("ip", "192.0.2.1", 1, 0, 0)).value == "192[.]0[.]2[.]1"
    assert defanged(Indicator("user_agent", "curl/8.0", 1, 0, 0)).value == "curl/8.0"


def test_wrong_usage(capture: Path) -> None:
    """Status 2 and what to do."""
    refused(netwatch("report", capture, "--defang"), 2, "--indicators")
    refused(netwatch("report", capture, "--indicators", "--format", "html"), 2, "html")
    refused(netwatch("report", "-r", "-", "--split", "flows"), 2, "-r")
