"""What UDP flows are found to speak by their first datagrams."""

from __future__ import annotations

from hashlib import sha256

import pytest
from host_packets import batches_of, udp
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.track.application_events import CommunitySeen
from netwatch.track.application_facts import ApplicationFacts
from netwatch.track.datagrams import LOOKED_AT, DatagramTracker
from netwatch.track.event_log import EventLog
from netwatch.track.flow import FlowTracker

CLIENT, SERVER = "10.0.0.2", "10.0.0.1"
STUN = b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12)
SNMP = (
    b"\x30\x26\x02\x01\x01\x04\x07%s\xa0\x18\x02\x01\x01\x02\x01\x00"
    b"\x02\x01\x00\x30\x0d\x30\x0b\x06\x07\x2b\x06\x01\x02\x01\x01\x01\x05\x00"
)
NTP_ASKS, NTP_ANSWERS = b"\x23" + bytes(47), b"\x24\x02" + bytes(46)


class Seen:
    """Flows, a tracker and what it told."""

    def __init__(self, **options):
        self.flows = FlowTracker(seed=1, capacity=1000)
        self.log = EventLog()
        self.facts = ApplicationFacts(self.flows.applications, self.log)
        self.tracker = DatagramTracker(self.flows.columns, self.facts, **options)

    def fed(self, *frames, cuts=(), times=None):
        for batch in batches_of(list(frames), cuts, times):
            flows = self.flows.feed(batch)
            self.tracker.feed(batch, flows)
            self.facts.feed(batch, flows)
        return self

    def told(self):
        table = self.flows.table()
        return [
            (name, self.facts.line(serial))
            for name, serial in zip(table.application, table.serial.tolist(), strict=True)
        ]


def asks(payload, sport=40000, dport=50000):
    return udp(CLIENT, SERVER, sport, dport, payload)


def answers(payload, sport=40000, dport=50000):
    return udp(SERVER, CLIENT, dport, sport, payload)


@pytest.mark.parametrize(
    ("payload", "port", "told"),
    [
        (STUN, 50000, ("STUN", "Binding request")),
        (b"M-SEARCH * HTTP/1.1\r\nST: roku:ecp\r\n\r\n", 50000, ("SSDP", "M-SEARCH * HTTP/1.1 st=roku:ecp")),
        (b"\1\0\0\0" + b"\1\2\3\4" + bytes(140), 50000, ("WireGuard", "Handshake Initiation sender=0x04030201")),
        (b"d1:ad2:id20:" + bytes(20) + b"e1:q4:ping1:t2:aa1:y1:qe", 50000, ("BT-DHT", "ping")),
        (b"INVITE sip:a@b SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n", 50000, ("SIP", "INVITE sip:a@b SIP/2.0 cseq=1 INVITE")),
        (b"<34>Oct 11 su: hello", 514, ("SYSLOG", "auth.crit: Oct 11 su: hello")),
        (b"no protocol at all", 50000, ("", "")),
    ],
)
def test_protocols(payload, port, told):
    assert Seen().fed(asks(payload, dport=port)).told() == [told]


def test_both_ends():
    seen = Seen().fed(asks(NTP_ASKS, dport=123), answers(NTP_ANSWERS, dport=123), asks(NTP_ASKS, dport=123))
    assert seen.told() == [("NTP", "v4 client -> v4 server stratum=2 ref=none")]


@pytest.mark.parametrize(("community", "line"), [(b"public", "public"), (b"s3cret", "present")])
def test_a_community_is_not_kept(community, line):
    message = SNMP.replace(b"\x04\x07%s", b"\x04\x06" + community).replace(b"\x30\x26", b"\x30\x25", 1)
    seen = Seen().fed(asks(message, dport=161), answers(message, dport=161))
    assert seen.told() == [("SNMP", f"SNMPv2c, community {line}")]
    (event,) = seen.log.take()
    assert isinstance(event, CommunitySeen)
    assert (event.version, event.public) == ("v2c", community == b"public")
    assert event.secret == sha256(community).hexdigest()[:8]
    assert event.stream.responder_port == 161
    assert "s3cret" not in repr(event)


def test_few_datagrams_of_a_flow_are_looked_at():
    seen = Seen().fed(*[asks(b"\1nothing")] * 10, asks(STUN), cuts=(3, 7))
    assert seen.told() == [("", "")]
    assert seen.flows.columns.looked_at.max() == LOOKED_AT
    assert seen.tracker.skipped == 0


def test_what_no_reader_can_know_takes_nothing_of_the_budget():
    frames = [asks(b"\x77 no reader begins so", sport=port) for port in range(1000, 1100)]
    seen = Seen(datagrams=1).fed(*frames, asks(STUN))
    assert seen.tracker.skipped == 0
    assert seen.told()[-1] == ("STUN", "Binding request")


def test_a_budget_a_second():
    frames = [asks(STUN, sport=port) for port in range(1000, 1030)]
    seen = Seen(datagrams=10).fed(*frames)
    assert seen.tracker.skipped == 20
    assert sum(bool(name) for name, _ in seen.told()) == 10


def test_the_lines_of_evicted_flows_leave():
    seen = Seen().fed(*[asks(STUN, sport=port) for port in range(1000, 4000)], cuts=range(0, 3000, 100))
    held = set(seen.flows.table().serial.tolist())
    assert len(held) <= 1000
    assert {serial for serial in range(1, 3001) if seen.facts.line(serial)} <= held


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([53, 67, 123, 161, 443, 500, 514, 546, 1900, 3478, 5060, 6881, 51820, 50000]),
            st.one_of(st.binary(max_size=80), st.sampled_from([STUN, SNMP, NTP_ASKS, b"\x30\x84\xff\xff\xff\xff\2\1"])),
        ),
        max_size=12,
    )
)
def test_no_datagram_raises(datagrams):
    seen = Seen().fed(*[asks(payload, dport=port) for port, payload in datagrams])
    assert all(len(line) <= 160 for _, line in seen.told())
