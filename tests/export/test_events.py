"""Event streams: records by the schema, each thing once, correlated, and the same from any sizes of batches."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from netwatch.capture.file_source import FileSource
from netwatch.decode.decoder import decode
from netwatch.detect.apart import DetectionTold, can_be_apart
from netwatch.detect.detection import Detection
from netwatch.detect.no_detection import NoDetection
from netwatch.export.csv_packets import CSV_HEADER
from netwatch.export.eve import timestamp, timestamps
from netwatch.export.event_stream import TYPES, EventStream, Wanted
from netwatch.export.event_tls import TlsRecords
from netwatch.run.session import Session
from netwatch.track.buffer import PacketBuffer
from netwatch.track.flow import FlowTracker
from netwatch.track.flow_ended import EndedFlows, Why
from netwatch.track.stream_reader import Moment, Stream
from netwatch.track.tls_event import TlsAnswer, TlsHello
from netwatch.track.web_transaction import WebKind, WebRequest, WebResponse
from tests.detect.scenes import attack
from tests.detect.traffic import block_of
from tests.export.eve_fields import check
from tests.scenes import CLIENT, SERVER, START_NS, SceneSource, day, frames_of, udp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.capture.source import Source

DEV = Path(__file__).resolve().parents[2] / "../shared/pcaps/dev"
ALL = Wanted("eve", frozenset(TYPES))


class Lines:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.dropped = 0
        self.lines: list[str] = []

    def write(self, lines: Sequence[str]) -> None:
        self.lines += [line for text in lines for line in text.split("\n")]

    def records(self) -> list[dict[str, object]]:
        """Return them parsed; each is one line of ASCII."""
        assert all(line.isascii() and "\n" not in line for line in self.lines)
        return [json.loads(line) for line in self.lines]


def told(source: Source, wanted: Wanted = ALL, detection: type[Detection] = Detection) -> Lines:
    """Return what is told of a source."""
    session, sink = Session(source=source, buffer=PacketBuffer(0), make_detection=detection), Lines()
    session.watcher = EventStream(session, sink, wanted)
    while session.step(0):
        pass
    session.end()
    return sink


def scene(size: int = 1000) -> SceneSource:
    """Return the scene as a file in blocks of `size` packets."""
    packets = day()
    blocks = [frames_of(packets[at : at + size], START_NS + at * 11_003_000) for at in range(0, len(packets), size)]
    return SceneSource(blocks, live=False)


def test_the_scene_is_told_whole() -> None:
    """Counts by type, one flow record a flow, both directions of a look-up under one identity."""
    records = told(scene()).records()
    for record in records:
        check(record)
    kinds = Counter(record["event_type"] for record in records)
    assert kinds["packet"] == 112
    assert kinds["dns"] == 16
    assert kinds["arp"] == 16
    assert kinds["flow"] == 8 * 4 + 2
    assert kinds["stats"] == 1
    assert kinds["http"] == kinds["tls"] == 8
    assert {record["tls"]["sni"] for record in records if record["event_type"] == "tls"} == {"www.example.com"}
    one = [record for record in records if record.get("src_port") == 41800 or record.get("dest_port") == 41800]
    assert Counter(record["event_type"] for record in one) == {"packet": 2, "dns": 2, "flow": 1}
    assert len({record["community_id"] for record in one}) == len({record["flow_id"] for record in one}) == 1
    asked, answered = (record for record in one if record["event_type"] == "dns")
    assert (asked["src_ip"], answered["src_ip"]) == (CLIENT, "10.0.0.1")
    assert answered["dns"]["answers"] == [{"rrname": "www.example.com", "rrtype": "A", "ttl": 300, "rdata": SERVER}]


def test_sizes_of_batches_make_no_difference() -> None:
    """Each record is the same, whichever packets came together."""
    whole = sorted(told(scene()).lines)
    for size in (1, 7, 40):
        assert sorted(told(scene(size)).lines) == whole


def attacked() -> SceneSource:
    """Return an attack as a file in many blocks."""
    packets = attack().sorted()
    return SceneSource([block_of(packets[at : at + 40]) for at in range(0, len(packets), 40)], live=False)


@pytest.mark.skipif(not can_be_apart(), reason="no second processor, or not Linux")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_second_processor_changes_no_line() -> None:
    """Alerts stand where they stood, and totals count as many, although another process finds them later."""
    here = told(attacked())
    assert told(attacked(), detection=DetectionTold).lines == here.lines
    kinds = [record["event_type"] for record in here.records()]
    assert kinds.count("alert") > 2
    assert kinds.index("alert") < len(kinds) - 1 - kinds[::-1].index("packet")
    assert here.records()[-1]["stats"]["detect"]["alert"] > 2


def test_totals_count_alerts_that_are_not_told() -> None:
    """Whoever asks only for them hears how many there were."""
    wanted = Wanted("eve", frozenset({"stats"}))
    assert told(attacked(), wanted).records()[-1]["stats"]["detect"]["alert"] > 2
    assert told(attacked(), wanted, NoDetection).records()[-1]["stats"]["detect"]["alert"] == 0


@pytest.mark.parametrize(
    "wanted", [Wanted("zeek"), Wanted("csv"), Wanted("eve", frozenset(TYPES) - {"alert", "stats"})]
)
def test_without_detection_all_else_is_the_same(wanted: Wanted) -> None:
    """Nothing of it rests on detectors."""
    assert told(attacked(), wanted, NoDetection).lines == told(attacked(), wanted).lines


def test_zeek_and_csv() -> None:
    """conn.log has a line a flow of IP, the packet log a line a packet."""
    zeek = told(scene(), Wanted("zeek")).records()
    assert len(zeek) == 8 * 4 + 1
    assert len({record["uid"] for record in zeek}) == len(zeek)
    refused = next(record for record in zeek if record["id.resp_p"] == 23)
    assert (refused["conn_state"], refused["history"], refused["proto"]) == ("REJ", "Sr", "tcp")
    look_up = next(record for record in zeek if record["id.resp_p"] == 53)
    assert (look_up["service"], look_up["conn_state"], look_up["orig_pkts"]) == ("dns", "SF", 1)
    assert look_up["duration"] == pytest.approx(0.011003)
    rows = list(csv.reader(io.StringIO("\n".join(told(scene(), Wanted("csv")).lines))))
    assert tuple(rows[0]) == CSV_HEADER
    assert len(rows) == 113
    assert rows[5][1:7] == [CLIENT, SERVER, "52144", "443", "TCP", "S"]


def hello_and_answers(flow: int, *answers: str, retry: bool = False) -> list[TlsHello | TlsAnswer]:
    """Return what a connection tells: a hello of TLS 1.3, and answers with these JA3S."""
    end = ((0, 1, 40000), (0, 2, 443))
    stream = Stream(flow, -1, *end[0], *end[1], Moment(0, 1))
    request = WebRequest(WebKind.TLS, flow, 0, *end, name="a.example", version="TLS1.3")
    notes = ("hello retry",) if retry else ()
    replies = [WebResponse(1, version="TLS1.3", ja3s=each, notes=notes) for each in answers]
    return [
        TlsHello(stream, stream.start, request),
        *(TlsAnswer(stream, Moment(at, at), request, each) for at, each in enumerate(replies, 2)),
    ]


def test_a_connection_of_tls_1_3_is_one_record() -> None:
    """With what the server said, after another hello too; also when the answer comes late or never."""
    records = TlsRecords()
    assert records.take(hello_and_answers(1), 0) == []
    (first,) = records.take(hello_and_answers(1, "x")[1:], 0)
    assert (first["tls"]["sni"], first["tls"]["ja3s"]) == ("a.example", {"hash": "x"})
    (retried,) = records.take(hello_and_answers(2, "retry", "y", retry=True), 0)
    assert retried["tls"]["ja3s"] == {"hash": "y"}
    assert records.take(hello_and_answers(3), 0) == []
    (late,) = records.take([], 6_000_000_000)
    assert "ja3s" not in late["tls"]
    assert records.take(hello_and_answers(3, "z")[1:], 0) == []
    assert records.finish() == []


@pytest.mark.skipif(not DEV.is_dir(), reason="the captures are not beside this checkout")
def test_quic_and_mail_of_real_captures() -> None:
    """A connection of QUIC has a record of its own kind, a message its envelope."""
    name = "tls/zeek__quic_chromium-115.0.5790.110-api-cirrus-com.pcap"
    (quic,) = told(FileSource([str(DEV / name)]), Wanted("eve", frozenset({"quic"}))).records()
    check(quic)
    assert (quic["proto"], quic["quic"]["version"], quic["quic"]["sni"]) == ("UDP", "1", "api.cirrus-ci.com")
    name = "dns/ipfixprobe__inputs_smtp.pcap"
    (mail,) = told(FileSource([str(DEV / name)]), Wanted("eve", frozenset({"smtp"}))).records()
    check(mail)
    recipients = ["<raj_deol2002in@yahoo.co.in>"]
    assert mail["smtp"] == {"helo": "GP", "mail_from": "<gurpartap@patriots.in>", "rcpt_to": recipients}


def test_only_what_is_wanted() -> None:
    """`--types` leaves everything else out."""
    lines = told(scene(), Wanted("eve", frozenset({"arp"}))).records()
    assert {record["event_type"] for record in lines} == {"arp"}
    assert lines[0]["arp"]["opcode"] == "request"


def test_flows_are_told_when_they_are_over() -> None:
    """Idle ones after their time, closed ones soon, evicted ones when they leave, the rest at the end."""
    source = scene()
    source.blocks.append(frames_of(day()[:1], START_NS + 400_000_000_000))
    records = told(source, Wanted("eve", frozenset({"flow"}))).records()
    reasons = Counter(record["flow"]["reason"] for record in records)
    assert reasons["timeout"] == 8 * 4 + 2
    assert reasons["shutdown"] == 1


def test_evicted_flows_are_told() -> None:
    """No flow is lost because the table was full."""
    tracker = FlowTracker(seed=1, capacity=64)
    over = EndedFlows(tracker)
    found = []
    for start in range(0, 400, 10):
        packets = [udp(CLIENT, SERVER, 1000 + start + n, 99, b"x") for n in range(10)]
        tracker.feed(decode(frames_of(packets, START_NS + start), start + 1))
        found += over.take()
    found += over.finish()
    ports = [max(pair) for ended in found for pair in zip(ended.flows.sport, ended.flows.dport, strict=True)]
    assert sorted(ports) == list(range(1000, 1400))
    assert {ended.why for ended in found} == {Why.FORCED, Why.SHUTDOWN}


def test_times() -> None:
    """UTC, microseconds cut off, no colon in the zone; before the epoch and far after it too."""
    assert timestamp(START_NS + 1_999) == "2026-01-01T00:00:00.000001+0000"
    times = np.array([START_NS + 123_456_789, 0, -1, 1 << 62])
    assert timestamps(times) == [timestamp(int(time)) for time in times]


@pytest.mark.skipif(not DEV.is_dir(), reason="the captures are not beside this checkout")
@pytest.mark.parametrize("folder", ["arp", "dns", "fuzz", "http", "attack", "tls"])
def test_records_of_real_captures_follow_the_schema(folder: str) -> None:
    """Whatever is in the packets, each line is one object with known fields; flows cover all packets."""
    paths = sorted(path for path in (DEV / folder).iterdir() if path.is_file() and path.stat().st_size < 60_000)
    for path in paths[:: max(len(paths) // 3, 1)]:
        session_packets = 0
        records = told(FileSource([str(path)])).records()
        for record in records:
            check(record)
            session_packets += record["event_type"] == "packet"
        flows = [record["flow"] for record in records if record["event_type"] == "flow"]
        assert sum(flow["pkts_toserver"] + flow["pkts_toclient"] for flow in flows) == session_packets, path
