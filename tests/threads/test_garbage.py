"""Old objects are looked at once a minute, when the thread that captures says so; Python's way is given back."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from netwatch.threads import garbage as module
from netwatch.threads.garbage import HOLES_SECONDS, NEVER, PATIENCE, SECONDS, Garbage

if TYPE_CHECKING:
    from collections.abc import Iterator


class Knot:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def garbage() -> Iterator[Garbage]:
    """Return one that has taken over, and give back what it took."""
    before = gc.get_threshold()
    tested = Garbage(100.0)
    tested.take_over()
    yield tested
    tested.give_back()
    assert gc.get_threshold() == before


def test_python_does_not_look_at_old_objects_by_itself(garbage: Garbage) -> None:
    """Only the young generations keep their thresholds."""
    assert gc.get_threshold()[2] == NEVER


def test_all_objects_are_looked_at_once_a_minute(garbage: Garbage) -> None:
    """What became old and is knotted is freed then, not before."""
    knot = Knot()
    gone = weakref.ref(knot)
    gc.collect(1)
    gc.collect(1)  # now it is old
    del knot
    gc.collect(1)
    garbage.look(100.0 + SECONDS - 1)
    assert gone() is not None
    garbage.look(100.0 + SECONDS)
    assert gone() is None
    again = weakref.ref(Knot())
    garbage.look(100.0 + SECONDS + 1)
    gc.collect()
    assert again() is None


def test_a_capture_that_is_always_behind_is_waited_for_but_not_for_ever(garbage: Garbage) -> None:
    """What screens leave would pile up as long as that goes on."""
    knot = Knot()
    gone = weakref.ref(knot)
    gc.collect(1)
    gc.collect(1)
    del knot
    garbage.look(100.0 + SECONDS + PATIENCE - 1, busy=True)
    assert gone() is not None
    garbage.look(100.0 + SECONDS + PATIENCE, busy=True)
    assert gone() is None


def test_holes_are_given_back_every_second_however_busy(garbage: Garbage, monkeypatch: pytest.MonkeyPatch) -> None:
    """That takes milliseconds, and a load makes them anew all the time."""
    given: list[float] = []
    monkeypatch.setattr(module, "give_back_unused", lambda: given.append(1))
    for _ in range(2):
        garbage.look(100.0 + HOLES_SECONDS - 0.1, busy=True)
    assert not given
    for _ in range(2):
        garbage.look(100.0 + HOLES_SECONDS, busy=True)
    assert len(given) == 1
    garbage.look(100.0 + SECONDS)
    assert len(given) == 2
