"""Events wait in the order of their packets, however late a tracker tells of some, and leave by packet number."""

from __future__ import annotations

from dataclasses import dataclass

from netwatch.detect.waiting_events import WaitingEvents
from netwatch.track.stream_reader import Moment


@dataclass(frozen=True)
class Told:
    """An event of a packet, with a letter to tell it from others of the same packet."""

    moment: Moment
    letter: str


def told(*numbers: int, letter: str = "a") -> list[Told]:
    """Return an event for each packet number."""
    return [Told(Moment(number * 1000, number), letter) for number in numbers]


def numbers(events: list[Told]) -> list[int]:
    """Return their packets."""
    return [event.moment.number for event in events]


def test_late_events_come_where_their_packets_are() -> None:
    """A block that is read late goes in front of newer events."""
    waiting: WaitingEvents[Told] = WaitingEvents()
    waiting.add(told(5, 3, 9))
    waiting.add(told(10, 12))
    waiting.add(told(8, 11))
    assert waiting.numbers().tolist() == [3, 5, 8, 9, 10, 11, 12]
    assert numbers(waiting.take(9)) == [3, 5, 8, 9]
    waiting.add(told(13))
    assert len(waiting) == 4
    assert numbers(waiting.take(20)) == [10, 11, 12, 13]
    assert waiting.take(20) == []


def test_events_of_one_packet_keep_their_order() -> None:
    """Those that were told first stay first."""
    waiting: WaitingEvents[Told] = WaitingEvents()
    waiting.add(told(1, 2))
    waiting.add(told(2, 1, letter="b"))
    assert [(event.moment.number, event.letter) for event in waiting.take(2)] == [
        (1, "a"), (1, "b"), (2, "a"), (2, "b"),
    ]  # fmt: skip


def test_what_finds_no_room_is_counted() -> None:
    """Room comes back when events are taken."""
    waiting: WaitingEvents[Told] = WaitingEvents(2)
    waiting.add(told(3, 1, 2))
    assert (numbers(waiting.take(9)), waiting.left_out) == ([1, 2], 1)
    waiting.add(told(4))
    assert (len(waiting), waiting.left_out) == (1, 1)
