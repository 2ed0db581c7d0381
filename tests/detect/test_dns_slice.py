"""DnsSlice finds by columns what one finds looking at every message."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwatch.detect import dns_slice as module
from netwatch.detect.dns_slice import DnsSlice, dns_slice
from netwatch.track.dns_event import DnsBlock, DnsEvent
from netwatch.track.dns_packets import DnsKind
from netwatch.track.stream_reader import Moment
from tests.run.sessions import session_of
from tests.scenes import SceneSource, day, frames_of

ADDRESSES = st.integers(0, 2**64 - 1)
MESSAGES = st.builds(
    DnsEvent,
    moment=st.builds(Moment, st.integers(0, 2**62), st.integers(1, 1000)),
    kind=st.sampled_from([*map(int, DnsKind)]),
    tcp=st.booleans(),
    client=st.tuples(ADDRESSES, ADDRESSES),
    client_port=st.integers(0, 65535),
    server=st.tuples(ADDRESSES, st.integers(0, 1)),
    server_port=st.integers(0, 65535),
    identifier=st.integers(0, 65535),
    flags=st.sampled_from([0x0100, 0x8180, 0x8183, 0x8182]),
    name=st.sampled_from(["", "a.test", "b.test"]),
    message=st.binary(max_size=3),
)


def block(events: list[DnsEvent]) -> DnsBlock:
    """Return the same messages as columns."""

    def column(kind: Any, *values: Any) -> Any:
        return np.array(values, kind)

    return DnsBlock(
        number=column(np.int64, *(event.moment.number for event in events)),
        time_ns=column(np.int64, *(event.moment.time_ns for event in events)),
        kind=column(np.uint8, *(event.kind for event in events)),
        tcp=column(np.bool_, *(event.tcp for event in events)),
        client_high=column(np.uint64, *(event.client[0] for event in events)),
        client_low=column(np.uint64, *(event.client[1] for event in events)),
        client_port=column(np.uint16, *(event.client_port for event in events)),
        server_high=column(np.uint64, *(event.server[0] for event in events)),
        server_low=column(np.uint64, *(event.server[1] for event in events)),
        server_port=column(np.uint16, *(event.server_port for event in events)),
        identifier=column(np.uint16, *(event.identifier for event in events)),
        flags=column(np.uint16, *(event.flags for event in events)),
        name=column(np.object_, *(event.name for event in events)),
        message=column(np.object_, *(event.message for event in events)),
    )


@given(st.lists(MESSAGES, min_size=1, max_size=20), st.integers(0, 20))
def test_a_block_gives_its_messages_back(events: list[DnsEvent], count: int):
    columns = block(events)
    assert columns.events() == events
    assert columns.first(count).events() == events[:count]
    assert columns.moment == events[-1].moment


@given(st.lists(MESSAGES, min_size=1, max_size=20), st.integers(1, 8), st.none() | st.integers(0, 8))
def test_columns_and_messages_say_the_same(events: list[DnsEvent], most: int, most_queries: int | None):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST", most)
        found = dns_slice(block(events))
    named = [event for event in events if event.kind == DnsKind.DNS and event.name]
    assert list(found.messages) == named[:most]
    assert found.left_out == len(named) - len(found.messages)
    assert list(found.servers) == list(dict.fromkeys(each.server for each in named[:most] if each.is_response))
    queries = [event for event in events if event.kind == DnsKind.DNS and not event.is_response]
    some = queries[:most_queries]
    wanted = [event for event in some if event.name == "a.test"]
    assert found.queries(most_queries, "a.test".__eq__) == (wanted, len(queries) - len(some))
    answers = [event for event in events if event.kind != DnsKind.DNS and event.is_response and not event.rcode]
    assert found.answers_of_others() == answers


def test_nothing_is_in_a_slice_without_messages():
    empty = dns_slice(None)
    assert empty == DnsSlice()
    assert empty.queries(None, bool) == ([], 0)
    assert empty.answers_of_others() == []


def test_what_no_detector_looks_at_is_counted_once():
    count = module.MOST + 500
    query = next(packet for packet in day() if packet[23] == 17 and packet[36:38] == b"\0\x35")
    session = session_of(SceneSource([frames_of([query] * count, step_ns=1000)], live=False))
    while session.step(0):
        pass
    assert session.analysis.contents.dns.counts().queries == count
    assert session.detection.skipped == session.snapshot().loss.inspection_skipped == 500
