"""What goes over the conveyor comes out of it as it was, whatever its size."""

from __future__ import annotations

import threading
from copy import copy
from dataclasses import dataclass, field
from enum import Enum
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
import pytest

from netwatch.detect.apart import can_be_apart
from netwatch.detect.conveyor import SLOTS, Conveyor

pytestmark = pytest.mark.skipif(not can_be_apart(), reason="no second processor, or not Linux")
SLOT = 1000


class Colour(Enum):
    """A value that there is once."""

    RED = "red"


class Point(NamedTuple):
    """A tuple with names."""

    across: int
    down: int


@dataclass(frozen=True, slots=True)
class Event:
    """As trackers log them."""

    at: Point
    colour: Colour
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Made by names only, and with something that nobody gave it."""

    number: int
    seen: list[int] = field(default_factory=list, init=False)


def ends() -> tuple[Conveyor, Conveyor]:
    """Return both ends; each counts for itself, as in two processes."""
    sender = Conveyor(get_context("fork"), SLOT)
    return sender, copy(sender)


def test_records_come_out_as_they_were() -> None:
    """Dataclasses and tuples with names are equal, and what there is once stays that."""
    sender, receiver = ends()
    told = ([Event(Point(1, 2), Colour.RED, ("a", "b")), Named(number=3)], {"x": (4, 5)})
    sender.send(told)
    found = receiver.receive()
    assert found == told
    assert found[0][0].colour is Colour.RED
    assert type(found[0][0].at) is Point


@pytest.mark.parametrize("size", [0, 1, SLOT - 1, SLOT, SLOT + 1, 2 * SLOT], ids=str)
def test_arrays_of_any_size(size: int) -> None:
    """They fill less than a slot or several, and round after round."""
    sender, receiver = ends()
    array = np.arange(size, dtype=np.uint8)
    for number in range(2 * SLOTS):
        sender.send((number, array))
        found = receiver.receive()
        assert found[0] == number
        assert np.array_equal(found[1], array)
        found[1][:1] = 7  # it is the receiver's own
    assert sender.send("last") is None
    assert receiver.receive() == "last"


def test_the_answer_comes_behind_everything() -> None:
    """However many slots the receiver has emptied since the sender looked."""
    sender, receiver = ends()
    for number in range(SLOTS):
        sender.send(number)
    assert [receiver.receive() for _ in range(SLOTS)] == list(range(SLOTS))
    receiver.reply("done")
    assert sender.answer() == "done"


def test_answers_are_heard_while_the_sender_waits() -> None:
    """More of them than a pipe takes; nobody waits for the other, and none is lost."""
    sender, receiver = ends()
    count, words = 50 * SLOTS, "x" * 10_000

    def work() -> None:
        for _ in range(count):
            receiver.reply((receiver.receive(), words))

    other = threading.Thread(target=work)
    other.start()
    found = []
    for number in range(count):
        sender.send(number)
        found += sender.answers()
    while len(found) < count:
        found.append(sender.answer())
    other.join()
    assert found == [(number, words) for number in range(count)]


def test_who_is_gone_is_told_of() -> None:
    """On both sides."""
    sender, receiver = ends()
    receiver.receiver.close()
    with pytest.raises(OSError, match="pipe"):
        sender.send("nobody hears it")
    sender, receiver = ends()
    sender.sender.close()
    with pytest.raises(EOFError):
        receiver.receive()
