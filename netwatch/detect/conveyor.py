"""Conveyor: messages from a process to the one that was copied from it, through memory that both see."""

from __future__ import annotations

import pickle
from collections import deque
from dataclasses import fields, is_dataclass
from io import BytesIO
from mmap import mmap
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.context import ForkContext

SLOT: Final = 8 << 20
"""Bytes that are handed over at once: most batches of a file with all their columns."""
SLOTS: Final = 3
"""How many the sender may be ahead. Memory counts only as far as it was written to."""
_FILLED: Final = b"filled"
_EMPTIED: Final = b"emptied"
_Kinds = dict[type, tuple[str, ...] | None]


class Conveyor:
    """One process sends and the other receives, each in one thread; answers come back through a pipe.

    A pipe alone takes arrays in small pieces, and for each of them one side waits for the other.
    """

    def __init__(self, context: ForkContext, slot: int = SLOT) -> None:
        """Make both ends, before the process is copied; slots hold so many bytes each."""
        self.sender, self.receiver = context.Pipe()
        self._memory = memoryview(mmap(-1, slot * SLOTS))
        self._slot = slot
        self._next = 0
        """Slots that were filled, or emptied, until now."""
        self._free = SLOTS
        """Slots that the sender may fill without asking."""
        self._kinds: _Kinds = {}
        self._answers: deque[Any] = deque()
        """Heard while something else was waited for."""

    def send(self, message: object) -> None:
        """Hand a message over, and wait while the receiver is too far behind.

        Raises:
            EOFError: there is no receiver any more.
            OSError: the same.
        """
        arrays: list[pickle.PickleBuffer] = []
        head = BytesIO()
        _Pickler(head, arrays, self._kinds).dump(message)
        parts = [head.getbuffer(), *(array.raw() for array in arrays)]
        sizes = [part.nbytes for part in parts]
        self.sender.send(sizes)
        for pieces in _pieces(sizes, self._slot):
            while not self._free:
                self._hear()
            begin = self._begin()
            for part, of_part, of_slot in pieces:
                self._memory[begin + of_slot.start : begin + of_slot.stop] = parts[part][of_part]
            self._free -= 1
            self.sender.send_bytes(_FILLED)

    def answer(self) -> Any:
        """Wait for the next thing that the receiver says.

        Raises:
            EOFError: there is no receiver any more.
            OSError: the same.
        """
        while not self._answers:
            self._hear()
        return self._answers.popleft()

    def answers(self) -> list[Any]:
        """Return what the receiver has said until now, without waiting.

        Raises:
            EOFError: there is no receiver any more.
            OSError: the same.
        """
        while self.sender.poll():
            self._hear()
        found = list(self._answers)
        self._answers.clear()
        return found

    def reply(self, answer: object) -> None:
        """Say something to the sender, and wait while that one is too far behind.

        Nobody waits for the other: whoever sends listens until there is a free slot.

        Raises:
            OSError: there is no sender any more.
        """
        self.receiver.send_bytes(pickle.dumps(answer))

    def receive(self) -> Any:
        """Wait for the next message.

        Raises:
            EOFError: there is no sender any more.
            OSError: the same.
        """
        sizes: list[int] = self.receiver.recv()
        parts = [memoryview(bytearray(size)) for size in sizes]
        for pieces in _pieces(sizes, self._slot):
            self.receiver.recv_bytes()
            begin = self._begin()
            for part, of_part, of_slot in pieces:
                parts[part][of_part] = self._memory[begin + of_slot.start : begin + of_slot.stop]
            self.receiver.send_bytes(_EMPTIED)
        return ForkingPickler.loads(parts[0], buffers=parts[1:])

    def _hear(self) -> None:
        """Wait for the receiver: it has emptied a slot, or says something."""
        heard = self.sender.recv_bytes()
        if heard == _EMPTIED:
            self._free += 1
        else:
            self._answers.append(ForkingPickler.loads(heard))

    def _begin(self) -> int:
        """Return where the next slot begins."""
        begin = self._next % SLOTS * self._slot
        self._next += 1
        return begin


def _pieces(sizes: Sequence[int], slot: int) -> Iterator[list[tuple[int, slice, slice]]]:
    """Yield what each slot takes of parts of such sizes: (part, bytes of the part, bytes of the slot)."""
    found: list[tuple[int, slice, slice]] = []
    used = 0
    for part, size in enumerate(sizes):
        begin = 0
        while begin < size:
            if used == slot:
                yield found
                found, used = [], 0
            length = min(size - begin, slot - used)
            found.append((part, slice(begin, begin + length), slice(used, used + length)))
            begin, used = begin + length, used + length
    yield found


class _Pickler(pickle.Pickler):
    """Takes records apart itself: what dataclasses and named tuples bring along for it takes twice as long."""

    def __init__(self, head: BytesIO, arrays: list[pickle.PickleBuffer], kinds: _Kinds) -> None:
        """Write to `head`, add large arrays to `arrays`, and remember in `kinds` what classes are called with."""
        super().__init__(head, protocol=5, buffer_callback=arrays.append)
        self._kinds = kinds

    def reducer_override(self, value: Any) -> Any:
        """Return how to make such a value again: its class and what that is called with."""
        kind = type(value)
        if isinstance(value, tuple):
            return kind, tuple(value)
        if kind not in self._kinds:
            self._kinds[kind] = _names(kind)
        names = self._kinds[kind]
        return NotImplemented if names is None else (kind, tuple([getattr(value, name) for name in names]))


def _names(kind: type) -> tuple[str, ...] | None:
    """Return what a class is called with to make a record, None for a class of another kind."""
    if not is_dataclass(kind) or hasattr(kind, "__post_init__"):
        return None
    known = fields(kind)
    return tuple(one.name for one in known) if all(one.init and not one.kw_only for one in known) else None
