"""EventLog: a bounded list that counts what it has no room for."""

from __future__ import annotations

from typing import NamedTuple

from netwatch.track.event_log import EventLog
from netwatch.track.stream_reader import Moment


class Happened(NamedTuple):
    moment: Moment


EVENTS = [Happened(Moment(at, at)) for at in range(5)]


def test_what_is_too_much_is_counted_one_by_one_and_together():
    one, together = EventLog(3), EventLog(3)
    for event in EVENTS:
        one.add(event)
    together.extend(EVENTS[:2])
    together.extend(EVENTS[2:])
    assert one.take() == together.take() == EVENTS[:3]
    assert one.dropped == together.dropped == 2
    assert one.take() == []
