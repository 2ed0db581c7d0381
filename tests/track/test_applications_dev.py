"""HTTP, SSH and logins of real captures, beside what tshark says of them."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from host_packets import DEV

from netwatch.capture.file_source import FileSource
from netwatch.decode.decoder import decode
from netwatch.track.application_events import Login, SmbNegotiated, SshBanners
from netwatch.track.application_facts import ApplicationFacts
from netwatch.track.application_protocols import application_protocols
from netwatch.track.event_log import EventLog
from netwatch.track.flow import FlowTracker
from netwatch.track.fragments import FragmentTracker
from netwatch.track.http_records import HttpRecords
from netwatch.track.stream import StreamTracker
from netwatch.track.tunnel_reader import Tunnels
from netwatch.track.web import WebTracker
from tests.truth_differences import HTTP

pytestmark = pytest.mark.skipif(not (DEV / "truth.json").exists(), reason=f"no captures in {DEV}")

LARGEST = 400_000
"""Bytes of the captures that are read, so that the tests stay fast."""


@cache
def truth():
    return json.loads((DEV / "truth.json").read_text())["files"]


class Read:
    """What a capture file tells."""

    def __init__(self, name):
        flows, self.log = FlowTracker(seed=1), EventLog()
        self.facts, tunnels = ApplicationFacts(flows.applications, self.log), Tunnels()
        self.http = HttpRecords(WebTracker(), self.facts, tunnels.reader)
        protocols = application_protocols(self.http, self.facts, None, tunnels.reader)
        tunnels.know(protocols)
        streams, fragments = StreamTracker(flows.columns, protocols), FragmentTracker()
        source, number = FileSource([str(DEV / name)]), 1
        while True:
            try:
                frames = source.read(1.0)
            except EOFError:
                break
            if frames is not None and len(frames):
                batch = decode(frames, number)
                number += len(frames)
                streams.feed(batch, flows.feed(batch), fragments.feed(batch))
        source.close()
        streams.finish()
        self.events = self.log.take()

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


def expected(facts):
    return facts["requests"], {host: count for host, count in facts["hosts"].items() if host}


def found(name):
    summary = Read(name).http.summary(10_000)
    return summary.requests, dict(summary.hosts)


def test_requests_and_hosts_are_those_of_tshark():
    seen = 0
    for name, facts in truth().items():
        http = facts["http"]
        if facts["file"]["size"] > LARGEST or name in HTTP or not (http["requests"] or http["responses"]):
            continue
        assert found(name) == expected(http), name
        seen += http["requests"]
    assert seen > 500


@pytest.mark.parametrize("name", sorted(HTTP))
def test_a_difference_is_one(name):
    """Once it is none any more, it leaves the list."""
    assert found(name) != expected(truth()[name]["http"]), HTTP[name]


IN_UDP = ("tunnel/ja4__pcap_tcpdump-geneve.pcap", "tunnel/libpcap__filter_geneve.pcap")
"""SSH inside Geneve, which is not decoded."""
LATE = ("linktype/arkime__pcap_arkime_synthetic.pcap",)
"""A key exchange without the banner in front of it."""


def test_hassh_is_that_of_tshark():
    wanted: dict[str, Counter[tuple[str, str]]] = {}
    for line in (Path(__file__).parent / "data/hassh.tsv").read_text().splitlines()[1:]:
        name, field, digest, count = line.split("\t")
        if name not in (*IN_UDP, *LATE):
            wanted.setdefault(name, Counter())[field, digest] = int(count)
    for name, digests in wanted.items():
        banners = Read(name).of(SshBanners)
        told = Counter(("hassh", each.hassh) for each in banners if each.hassh)
        told += Counter(("hasshserver", each.hassh_server) for each in banners if each.hassh_server)
        assert told == digests, name


def test_logins():
    """What a look into the captures with tshark shows."""
    guesses = Read("attack/zeek__ftp_bruteforce.pcap").of(Login)
    assert {(each.user, each.outcome.value) for each in guesses} == {("bro", "failure")}
    assert len({each.secret for each in guesses}) > 20
    (imap,) = Read("other/arkime__pcap_imap.pcap").of(Login)
    assert (imap.protocol, imap.user, imap.outcome.value) == ("IMAP", "neulingern", "success")
    (smtp,) = Read("dns/ipfixprobe__inputs_smtp.pcap").of(Login)
    assert (smtp.method, smtp.user, smtp.outcome.value) == ("LOGIN", "gurpartap@patriots.in", "success")
    (mysql,) = Read("other/sgr__samples_mysql_connect_with_db.pcap").of(Login)
    assert (mysql.user, mysql.outcome.value) == ("spina", "success")
    smb = Read("linktype/suricata-verif__smb-eicar-file_input.pcap")
    assert [each.dialect for each in smb.of(SmbNegotiated)] == ["1"]
