"""EventLog: a bounded list that counts what it has no room for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pytest

from netwatch.track.event_log import EventBlock, EventLog, unfolded
from netwatch.track.stream_reader import Moment


class Happened(NamedTuple):
    moment: Moment


@dataclass(frozen=True)
class Block(EventBlock):
    every: list[Happened]

    def __len__(self) -> int:
        return len(self.every)

    @property
    def moment(self) -> Moment:
        return self.every[-1].moment

    def events(self) -> list[Happened]:
        return self.every

    def first(self, count: int) -> Block:
        return Block(self.every[:count])


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


@pytest.mark.parametrize("split", range(6))
def test_a_block_takes_the_room_of_all_its_events(split: int):
    log = EventLog(3)
    for _ in range(2):  # there is room again for what comes after everything was taken
        log.add_block(Block(EVENTS[:split]))
        log.extend(EVENTS[split:])
        assert list(unfolded(log.take())) == EVENTS[:3]
    assert log.dropped == 4
