"""A wire that is long or bad: frames keep their order, arrive late or never, and do not pile up without bound."""

from __future__ import annotations

from netwatch.lab import long_wire
from netwatch.lab.long_wire import Direction


def test_frames_arrive_late_and_in_order() -> None:
    way = Direction(0.0, 0.5)
    assert way.due() is None
    for number in range(3):
        way.enter(bytes([number]), number / 10)
    assert way.due() == 0.5
    assert way.arrived(0.4) == []
    assert way.arrived(0.6) == [b"\0", b"\1"]
    assert way.arrived(9.0) == [b"\2"]
    assert way.due() is None


def test_so_many_of_a_hundred_are_lost() -> None:
    draws = iter(number / 100 for number in range(100))
    way = Direction(30.0, 0.0, lambda: next(draws))
    for number in range(100):
        way.enter(bytes([number]), 0.0)
    assert way.arrived(0.0) == [bytes([number]) for number in range(30, 100)]
    everything, nothing = Direction(100.0, 0.0, lambda: 0.999999), Direction(0.0, 0.0, lambda: 0.0)
    for way, kept in ((everything, 0), (nothing, 1)):
        way.enter(b"x", 0.0)
        assert len(way.arrived(0.0)) == kept


def test_what_is_under_way_is_bounded() -> None:
    way = Direction(0.0, 1.0)
    for _ in range(long_wire.MOST_WAITING + 5):
        way.enter(b"x", 0.0)
    assert len(way.arrived(1.0)) == long_wire.MOST_WAITING
