"""Flows, handshakes and TCP health of real captures beside what tshark finds in them (truth.json)."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from netwatch.capture.file_source import FileSource
from netwatch.decode.decoder import decode
from netwatch.decode.part import taken
from netwatch.errors import FileError
from netwatch.tables.query import TableQuery
from netwatch.track.flow import FlowTracker
from netwatch.track.flow_starts import FlowTimeouts
from netwatch.track.handshakes import Handshakes
from tests.carriers import udp_carriers
from tests.truth_differences import EXPLAINED

if TYPE_CHECKING:
    from netwatch.tables.flows import FlowCounts
    from netwatch.tables.handshakes import HandshakeCounts

DEV = Path(__file__).resolve().parents[3] / "shared" / "pcaps" / "dev"
TRUTH = DEV / "truth.json"

pytestmark = pytest.mark.skipif(not TRUTH.exists(), reason=f"no {TRUTH}")

NEVER = FlowTimeouts(tcp_ns=1 << 62, other_ns=1 << 62)
"""tshark's conversations never time out."""


@dataclass(frozen=True)
class Seen:
    """What a tracker tells of a capture: the tracker itself has room for as many flows as a whole day."""

    facts: dict[str, Any]
    """What tshark finds."""
    counts: FlowCounts
    carriers: int
    handshakes: HandshakeCounts
    icmp: int
    """Attempts that an ICMP error answers."""
    steps: dict[tuple[str, str], list[tuple[float, float]]]
    """By client and server (answer - SYN, ACK - answer) of each complete handshake, in microseconds."""
    health: dict[str, int]


@cache
def captures() -> dict[str, Seen]:
    """Return what is told of each capture that holds TCP or UDP; each is read once."""
    facts = json.loads(TRUTH.read_text())["files"]
    return {name: seen(name, of) for name, of in facts.items() if of["tcp"]["streams"] or of["udp"]["streams"]}


def seen(name: str, facts: dict[str, Any]) -> Seen:
    """Read a capture."""
    tracker, fed = FlowTracker(seed=1, timeouts=NEVER), list(batches(DEV / name))
    for batch in fed:
        tracker.feed(batch)
    counts, handshakes = tracker.counts(), tracker.handshake_counts()
    icmp = Handshakes(tracker).page(TableQuery("syn", text="icmp")).total
    steps = round_trips(tracker)
    tracker.measure()
    health = {column: int(getattr(tracker.columns, column).sum()) for column in HEALTH}
    return Seen(facts, counts, udp_carriers(fed), handshakes, icmp, steps, health)


def round_trips(tracker: FlowTracker) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """Return what Seen.steps is."""
    table = Handshakes(tracker).page(TableQuery("syn", descending=False, count=10_000, text="complete")).table
    found = defaultdict(list)
    times = zip(table.syn_ns.tolist(), table.syn_ack_ns.tolist(), table.ack_ns.tolist(), strict=True)
    for index, (syn, syn_ack, ack) in enumerate(times):
        client = f"{table.source[index]} {table.sport[index]}"
        server = f"{table.destination[index]} {table.dport[index]}"
        found[client, server].append(((syn_ack - syn) / 1000, (ack - syn_ack) / 1000))
    return found


def batches(path):
    source, number = FileSource([str(path)]), 1
    while True:
        try:
            frames = source.read(1.0)
        except (EOFError, FileError):
            break
        yield decode(frames, number)
        number += len(frames)
    source.close()


def test_conversations():
    different = {}
    total = [0, 0]
    for name, told in captures().items():
        facts, counts = told.facts, told.counts
        ours, theirs = (counts.tcp, counts.udp + told.carriers), (facts["tcp"]["streams"], facts["udp"]["tuples_inner"])
        total = [total[0] + counts.tcp, total[1] + counts.udp]
        if ours != theirs:
            different[name] = ours, theirs
    assert {name: found for name, found in different.items() if name not in EXPLAINED} == {}
    assert total[0] > 78_000
    assert total[1] > 8_000


def test_classes_of_handshakes():
    different = {}
    for name, told in captures().items():
        wanted, counts = told.facts["tcp"]["handshakes"], told.handshakes
        icmp = told.icmp  # an ICMP error is an answer to us, but not in the facts
        ours = (counts.complete, counts.refused - icmp, counts.half_open, counts.incomplete + icmp, counts.mid_stream)
        theirs = (
            wanted["complete"] + wanted["simultaneous_open"],
            wanted["refused"],
            wanted["half_open"] + wanted["half_open_rst"],
            wanted["syn_only"] + wanted["syn_client_rst"] + wanted["synack_bad_ack"],
            wanted["midstream"] + wanted["synack_only"],
        )
        if ours != theirs:
            different[name] = ours, theirs
    assert {name: found for name, found in different.items() if name not in EXPLAINED} == {}


def test_round_trips_of_handshakes_within_a_microsecond():
    compared, different = 0, {}
    for name, told in captures().items():
        if name in {*EXPLAINED, "linktype/tcpflow__tests_bug8.pcap"}:
            continue  # a SYN has eight million microseconds in its second, which tshark does not add up
        ours = told.steps
        theirs = defaultdict(list)
        for detail in told.facts["tcp"]["streams_detail"]:
            if detail[3] == "complete":
                theirs[detail[1], detail[2]].append((detail[6] * 1000, detail[7] * 1000))
        for ends, times in theirs.items():
            for mine, wanted in zip(ours.get(ends, ()), times, strict=False):
                compared += 1
                if max(abs(mine[0] - wanted[0]), abs(mine[1] - wanted[1])) > 1:
                    different[name, ends] = mine, wanted
    assert different == {}
    assert compared > 1500


SPLIT = (
    "benign/sniffglue__pcaps_SkypeIRC.pcap",
    "tcp/zeek__tcp_reassembly.pcap",
    "tls/suricata-verif__base64-decode-5885_input.pcap",
    "attack/curated-pcaps__masscan_tcp_0_1000_20190821.pcap",
    "frag/arkime__pcap_socks5-http-302-frag.pcap",
)


@pytest.mark.parametrize("name", SPLIT)
def test_blocks_of_a_few_packets_tell_the_same(name):
    whole, split = FlowTracker(seed=1, timeouts=NEVER), FlowTracker(seed=1, timeouts=NEVER)
    for batch in batches(DEV / name):
        whole.feed(batch)
        for start in range(0, len(batch), 19):
            split.feed(taken(batch, slice(start, start + 19)))
            split.measure()
    assert split.counts() == whole.counts()
    assert split.handshake_counts() == whole.handshake_counts()
    one, two = split.table(), whole.table()
    for table, other in ((one.health, two.health), (one, two)):
        for field in fields(table):
            mine, wanted = getattr(table, field.name), getattr(other, field.name)
            if field.name != "health":
                assert np.array_equal(np.asarray(mine), np.asarray(wanted)), field.name


HEALTH = {
    "retransmissions": ("retransmission", 0.02),
    "out_of_order": ("out_of_order", 0.02),
    "lost_segments": ("lost_segment", 0.02),
    "duplicate_acks": ("duplicate_ack", 0.02),
    "keep_alives": ("keep_alive", 0.0),
}
"""What is counted, tshark's name for it and by how much the sums over all captures may differ."""


@pytest.mark.parametrize("name", HEALTH)
def test_health(name):
    mark, share = HEALTH[name]
    ours = theirs = 0
    for told in captures().values():
        ours += told.health[name]
        theirs += told.facts["tcp"]["analysis"].get(mark, 0)
    assert ours == pytest.approx(theirs, rel=share)
