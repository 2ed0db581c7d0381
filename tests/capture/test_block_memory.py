"""Memory of packets is used again when nobody has a packet of it any more, and not before."""

from __future__ import annotations

import mmap
import sys

import numpy as np
import pytest

from netwatch.capture.block_memory import SPARE, STEP, BlockMemory


def address(array: np.ndarray) -> int:
    """Return where an array's bytes are."""
    start: int = array.__array_interface__["data"][0]
    return start


def test_what_nobody_holds_is_handed_out_again() -> None:
    """For arrays that need as many steps, whatever their exact size."""
    memory = BlockMemory()
    first = memory.take(2 * STEP - 5)
    place = address(first)
    del first
    again = memory.take(STEP + 1)
    assert (address(again), len(again)) == (place, STEP + 1)


def test_what_is_held_stays_as_it_is() -> None:
    """A column, a slice of a slice or a memoryview holds it as well as the array itself."""
    memory = BlockMemory()
    array = memory.take(STEP)
    array[:] = 7
    held = (array[4:90].view(np.uint16)[3:], memoryview(array)[9:12], np.ndarray((3,), "V8", array.data, 16, (1,)))
    place = address(array)
    del array
    others = [memory.take(STEP) for _ in range(3)]
    for other in others:
        other[:] = 9
    assert place not in map(address, others)
    assert held[0].tolist() == [7 * 257] * 40
    assert bytes(held[1]) == b"\7\7\7"
    assert held[2][0].item() == b"\7" * 8


def test_no_more_waits_than_may() -> None:
    """What waits longest goes back to the system with the next array."""
    memory = BlockMemory()
    many = [memory.take(4 * STEP) for _ in range(8)]
    del many
    assert memory.waiting > SPARE
    held = memory.take(5 * STEP)
    assert memory.waiting <= SPARE
    del held


def test_a_longer_piece_serves_when_there_is_no_other() -> None:
    """Blocks are read one by one or eight together, as load comes and goes; a piece far too long is left alone."""
    memory = BlockMemory()
    place = address(memory.take(4 * STEP))
    short = memory.take(STEP)
    assert address(short) == place
    del short
    assert address(memory.take(3 * STEP)) == place
    longest = address(memory.take(8 * STEP))
    assert address(memory.take(STEP)) != longest


def test_small_arrays_are_not_rounded_up() -> None:
    """A quiet network has a block of a few packets twenty times a second."""
    memory = BlockMemory()
    assert len(memory.take(100)) == 100
    assert not memory._free


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere pages stay")
def test_pages_that_only_a_longer_block_had_are_given_back() -> None:
    """So that what is resident is what the buffer counts; undefined content is zeros then."""
    memory = BlockMemory()
    array = memory.take(2 * STEP)
    array[:] = 7
    del array
    again = memory.take(STEP + 5)
    whole = np.frombuffer(again.base, np.uint8)
    end = -(-(STEP + 5) // mmap.PAGESIZE) * mmap.PAGESIZE
    assert whole[: STEP + 5].all()
    assert not whole[end:].any()
