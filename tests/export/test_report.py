"""Reports: every number of a snapshot where the contract has it, for machines and for people."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from netwatch import __version__
from netwatch.export.report import report_json, report_object
from netwatch.export.report_text import report_text
from netwatch.export.report_tls import tls_lines, tls_object
from netwatch.nanoseconds import SECOND
from netwatch.snapshot import CaptureState, Loss, Snapshot
from tests.scenes import analysed, day
from tests.web_scene import web_frames

SNAPSHOT = Snapshot(
    state=CaptureState.STOPPED,
    source="eth0",
    live=True,
    packets=4000,
    bytes=1_000_000,
    first_time_ns=1_767_225_600 * SECOND + 250_000_000,
    last_time_ns=1_767_225_602 * SECOND + 250_000_000,
    link_types=(1, 276),
    protocols=(("TCP", 3000, 750_000), ("ICMPv6", 1000, 250_000)),
    loss=Loss(offered=4007, kernel_dropped=7, malformed=3, evicted_packets=11, evicted_flows=12, inspection_skipped=13),
)

SUMMARY = analysed(day(1)).summary("bytes", 2)
NOTHING = analysed([]).summary("bytes", 10)


REPORT = json.loads(report_json(SNAPSHOT, SUMMARY))


def test_json_has_the_sections_of_the_contract() -> None:
    """Counts are integers, times seconds since the epoch, names lower case."""
    totals = {name: REPORT[name] for name in ("netwatch", "capture", "loss", "protocols")}
    assert totals == {
        "netwatch": __version__,
        "capture": {
            "source": "eth0",
            "link_types": [1, 276],
            "packets": 4000,
            "bytes": 1_000_000,
            "first_time": 1767225600.25,
            "last_time": 1767225602.25,
            "malformed": 3,
            "truncated_file": False,
        },
        "loss": {"kernel_dropped": 7, "evicted_packets": 11, "evicted_flows": 12, "inspection_skipped": 13},
        "protocols": {"tcp": {"packets": 3000, "bytes": 750_000}, "icmpv6": {"packets": 1000, "bytes": 250_000}},
    }
    assert set(REPORT) - set(totals) == {
        *("flows", "handshakes", "health", "arp", "dns", "http", "tls", "alerts", "hosts", "checksums"),
    }
    assert REPORT["checksums"] is None, "nobody looked at them"
    assert REPORT["health"] == {"unseen_segments": 0, "evicted_rows": 0}
    assert (REPORT["arp"], REPORT["alerts"]) == ({"changes": []}, [])


def test_json_tells_flows_and_handshakes() -> None:
    """The heaviest flows first."""
    flows = REPORT["flows"]
    assert (flows["tcp"], flows["udp"], flows["other"]) == (3, 1, 2)
    assert flows["top"][0] == {
        "src": "10.0.0.17",
        "sport": 52144,
        "dst": "93.184.216.34",
        "dport": 443,
        "protocol": "tcp",
        "packets": 4,
        "bytes": 292,
        "first_time": 1767225600.044012,
        "last_time": 1767225600.077021,
        "state": "ESTABLISHED",
        "conn_state": "S1",
        "application": "TLS",
        "about": "",
        "src_name": "",
        "dst_name": "www.example.com",
        "community_id": flows["top"][0]["community_id"],
    }
    assert [flow["bytes"] for flow in flows["top"]] == sorted((flow["bytes"] for flow in flows["top"]), reverse=True)
    assert REPORT["handshakes"] == {
        "complete": 1,
        "incomplete": 0,
        "refused": 1,
        "half_open": 0,
        "mid_stream": 1,
        "rtt_ms": {"p50": 22.006, "p95": 22.006},
    }


def test_json_tells_names_and_the_web() -> None:
    """Look-ups with their latencies, server names, hosts that were asked over HTTP."""
    assert REPORT["dns"] == {
        "queries": 1,
        "responses": 1,
        "matched": 1,
        "unanswered": 0,
        "nxdomain": 0,
        "servfail": 0,
        "retries": 0,
        "malformed": 0,
        "latency_ms": {"p50": 11.003, "p95": 11.003},
        "protocols": {"dns": {"queries": 1, "responses": 1, "matched": 1, "unanswered": 0}},
        "names": [{"name": "www.example.com", "count": 1, "new": True}],
    }
    assert REPORT["http"] == {
        "requests": 1,
        "responses": 1,
        "hosts": {"www.example.com": 1},
        "user_agents": {},
        "methods": {"GET": 1},
        "statuses": {"200": 1},
        "uncounted": 0,
    }
    assert list(REPORT["tls"]["ja4"].values()) == [1]
    assert {name: value for name, value in REPORT["tls"].items() if name != "ja4"} == {
        "server_names": {"www.example.com": 1},
        "connections": 1,
        "over_tcp": 1,
        "over_quic": 0,
        "encrypted_client_hellos": 0,
        "versions": [],
        "certificates": [],
    }


def test_json_tells_hosts() -> None:
    """With their names, MAC addresses and vendors."""
    hosts = {host["ip"]: host for host in REPORT["hosts"]}
    assert set(hosts) == {"10.0.0.17", "10.0.0.1", "10.0.0.5", "93.184.216.34"}
    assert hosts["93.184.216.34"]["names"] == ["www.example.com"]
    pc = hosts["10.0.0.17"]
    assert (pc["mac"], pc["vendor"], pc["packets"]) == ("3c:22:fb:10:11:12", "Apple, Inc.", 14)


def test_text_tells_the_hosts_of_http() -> None:
    """Requests, answers and who was asked, as people read them."""
    text = report_text(SNAPSHOT, SUMMARY)
    assert "HTTP        1 request, 1 response: 1 2xx" in text
    assert "  www.example.com                                                1" in text
    assert "HTTP        " not in report_text(SNAPSHOT, NOTHING)


def test_json_of_nothing() -> None:
    """No packet has no time; zero would be 1970."""
    report = report_object(Snapshot(source="lo", live=True), NOTHING)
    assert report["capture"]["packets"] == 0
    assert report["capture"]["first_time"] is None
    assert report["capture"]["last_time"] is None
    assert report["protocols"] == {}


def test_tls_and_quic_in_reports() -> None:
    """Names of both with their counts, versions, and certificates that were in the clear."""
    summary = analysed(web_frames()).summary("bytes", 0)
    tls = report_object(SNAPSHOT, summary)["tls"]
    names = ("www.example.com", "shop.example", "router.lan", "old.example", "video.example")
    assert tls["server_names"] == dict.fromkeys(names, 1)
    assert (tls["over_tcp"], tls["over_quic"], sum(tls["ja4"].values())) == (4, 1, 5)
    versions = {(each["kind"], each["version"]): each["count"] for each in tls["versions"]}
    assert versions == {("tls", "TLS1.2"): 2, ("tls", "TLS1.3"): 1, ("quic", "v1 TLS1.3"): 1}
    assert {each["subject"]: (each["self_signed"], each["state"]) for each in tls["certificates"]} == {
        "CN=shop.example": (False, "valid"),
        "CN=router.lan": (True, "valid"),
    }
    text = report_text(SNAPSHOT, summary)
    assert "TLS         4 connections, 1 over QUIC: 2 TLS1.2, 1 TLS1.3, 1 v1 TLS1.3" in text
    assert "2 certificates in the clear: 0 not valid, 1 self-signed" in text


def test_what_is_unknown_says_so() -> None:
    """A live source that cannot count its drops is not one that dropped nothing; reading a file drops nothing."""
    unknown = replace(SNAPSHOT, loss=Loss())
    assert report_object(unknown, SUMMARY)["loss"]["kernel_dropped"] is None
    assert "dropped     unknown" in report_text(unknown, SUMMARY)
    assert report_object(replace(unknown, live=False), SUMMARY)["loss"]["kernel_dropped"] == 0


def test_text_for_people() -> None:
    """Totals, times, rates, losses and shares."""
    text = report_text(SNAPSHOT, SUMMARY)
    for words in (
        f"netwatch {__version__}: eth0",
        "packets     4,000",
        "bytes       1,000,000 on the wire",
        "2026-01-01 00:00:00.250000000 UTC",
        "duration    2.000000 s",
        "2,000.0 packets/s, 4,000,000 bits/s",
        "dropped     7",
        "malformed   3",
        "DNS         1 query, 1 response: 1 matched, 0 unanswered, 0 NXDOMAIN; answered in median 11.003 ms",
    ):
        assert words in text
    lines = [line.split() for line in text.splitlines()]
    assert ["TCP", "3,000", "750,000", "75.0%"] in lines
    assert ["www.example.com", "1", "1"] in lines
    assert ["ICMPv6", "1,000", "250,000", "25.0%"] in lines
    assert not text.endswith("\n")


def test_text_of_little() -> None:
    """No packet, or all at one time, divides by nothing."""
    assert "duration" not in report_text(Snapshot(source="lo"), NOTHING)
    one = replace(SNAPSHOT, packets=1, first_time_ns=5, last_time_ns=5, protocols=(("TCP", 1, 0),), bytes=0)
    assert "mean rate" not in report_text(one, SUMMARY)
    assert "0.0%" in report_text(one, SUMMARY)


def test_a_cut_file_and_a_note_are_said() -> None:
    """Both would change what one concludes."""
    cut = replace(SNAPSHOT, live=False, loss=Loss(truncated_file=True), message="v0 is down, waiting")
    assert "ends inside a packet" in report_text(cut, SUMMARY)
    assert "note: v0 is down, waiting" in report_text(cut, SUMMARY)
    assert report_object(cut, SUMMARY)["capture"]["truncated_file"] is True


def test_a_name_from_outside_is_escaped() -> None:
    """In both forms."""
    hostile = replace(SNAPSHOT, source="\x1b]0;owned\x07\u202e.pcap")
    for text in (
        report_text(hostile, SUMMARY),
        report_object(hostile, SUMMARY)["capture"]["source"],
        report_json(hostile, SUMMARY),
    ):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert report_json(hostile, SUMMARY).isascii()


@pytest.mark.parametrize("moment", [-(1 << 62), -1, 0, 1 << 62])
def test_hostile_times_are_written(moment: int) -> None:
    """A file may hold any 64 bit time."""
    strange = replace(SNAPSHOT, first_time_ns=moment, last_time_ns=moment)
    assert report_object(strange, SUMMARY)["capture"]["first_time"] == moment / SECOND
    assert "first" in report_text(strange, SUMMARY)


def test_server_names_are_sorted_by_what_is_told_of_them() -> None:
    """The table that they come from counts requests of HTTP too, and has the most frequent of both first."""
    summary = analysed(web_frames()).summary("bytes", 0)
    names = summary.web.names
    tls = np.arange(len(names))
    found = replace(summary.web, names=replace(names, tls=tls, quic=np.zeros_like(tls)))
    wanted = [(name, count) for name, count in zip(names.name, tls.tolist(), strict=True) if count][::-1]
    assert list(tls_object(found)["server_names"].items()) == wanted
    lines = tls_lines(found)
    told = [line.split() for line in lines[lines.index("") + 2 : -1]]
    assert told == [[name, str(count)] for name, count in wanted]
