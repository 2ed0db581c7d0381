"""Remarks on packets: who writes them, who takes their place, and DNS latencies among them."""

from __future__ import annotations

import numpy as np
from application_streams import Named
from dns_packets import Capture, ask, reply
from host_packets import batches_of
from http_streams import CLIENT, SERVER, STREAM, Feed, request, response

from netwatch.track.application_facts import ApplicationFacts
from netwatch.track.http_records import HttpRecords
from netwatch.track.remarks import Remarks, delay_text
from netwatch.track.web import WebTracker


def test_all_that_is_noted_of_a_packet():
    remarks = Remarks(8)
    colour, shape = remarks.writer("colour {}".format), remarks.writer("shape {}".format)
    colour.add(np.array([1, 2, 3]), np.array([10, 20, 30]))
    shape.add(np.array([3, 12]), np.array([7, 8]))
    assert [remarks.text(number) for number in (1, 2, 3, 4, 12)] == [
        "colour 10", "colour 20", "colour 30 shape 7", "", "shape 8",
    ]  # fmt: skip


def test_later_packets_take_the_place_of_those_long_before():
    remarks = Remarks(8)
    writer = remarks.writer(str)
    writer.add(np.arange(1, 20), np.arange(1, 20))
    assert [remarks.text(number) for number in (11, 12, 19, 20, 4)] == ["", "12", "19", "", ""]


def test_of_one_packet_the_first_value_counts():
    writer = Remarks(8).writer(str)
    for number, value in ((3, 30), (3, 31), (11, 110)):
        writer.note(number, value)
        assert writer.text(number) == f"{number}0"
    assert not writer.text(3)


def test_a_response_of_http_tells_its_latency():
    remarks = Remarks()
    facts = ApplicationFacts(Named())
    records = HttpRecords(WebTracker(), facts, latencies=remarks.writer(delay_text))
    feed = Feed(records.reader(STREAM))
    feed.send(CLIENT, request() * 2).send(SERVER, b"HTT").send(SERVER, response()[3:] + response()).close()
    feed.send(SERVER, response())
    assert [remarks.text(number) for number in range(1, 6)] == ["", "1.0 ms", "2.0 ms", "", ""]


def test_delays():
    assert [delay_text(each) for each in (350_000, 12_400_000, 3_204_000_000)] == ["350 us", "12.4 ms", "3.20 s"]


def test_the_first_response_tells_its_latency():
    remarks = Remarks()
    capture = Capture(remarks=remarks)
    times = [0, 12_400_000, 20_000_000, 30_000_000]
    for batch in batches_of([ask(), reply(), reply(), reply("other.example")], times=times):
        capture.feed(batch)
    capture.finish()
    assert [remarks.text(number) for number in range(1, 5)] == ["", "12.4 ms", "", ""]
