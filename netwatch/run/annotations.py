"""Annotations: the packets of a capture that the user marked, and what was written about packets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from netwatch.errors import UsageError

if TYPE_CHECKING:
    from netwatch.capture.frames import Frames
    from netwatch.decode.batch import PacketBatch

MOST: Final = 1000
"""Packets that can be marked, and packets that can have comments: as many copies outlive the buffer."""
LONGEST: Final = 4000
"""Characters of a comment; pcapng has room for 65,535 bytes."""

MARKED: Final = "marked in netwatch"
"""The comment of a marked packet that is handed over to a Python prompt."""


class Annotations:
    """Marks and comments by packet number; the dictionaries are replaced, never changed, so any thread may read."""

    def __init__(self) -> None:
        self.marks: frozenset[int] = frozenset()
        self.comments: dict[int, str] = {}
        self.references: tuple[tuple[int, int], ...] = ()
        """(packet, its capture time in nanoseconds) of the time references, by packet number."""

    def toggle(self, number: int) -> bool:
        """Mark a packet, or take its mark back; return whether it is marked now.

        Raises:
            UsageError: too many are marked.
        """
        if number in self.marks:
            self.marks -= {number}
            return False
        if len(self.marks) >= MOST:
            raise UsageError(f"{MOST} packets are marked already")
        self.marks |= {number}
        return True

    def toggle_reference(self, number: int, time_ns: int) -> bool:
        """Let times count from a packet on, or not any more; return whether they do now.

        Raises:
            UsageError: there are too many time references.
        """
        known = dict(self.references)
        if known.pop(number, None) is None:
            if len(known) >= MOST:
                raise UsageError(f"{MOST} packets are time references already")
            known[number] = time_ns
        self.references = tuple(sorted(known.items()))
        return number in known

    def write(self, number: int, text: str) -> None:
        """Put a comment on a packet in place of the one before; an empty one takes it back.

        Raises:
            UsageError: too many have one.
        """
        comments = {known: said for known, said in self.comments.items() if known != number}
        if text.strip():
            if len(comments) >= MOST:
                raise UsageError(f"{MOST} packets have comments already")
            comments[number] = text.strip()[:LONGEST]
        self.comments = comments

    def on(self, batch: PacketBatch, *, marks: bool = False) -> Frames:
        """Return the frames of a batch with our comments on them, behind those that its file had; `marks` as such."""
        said = dict(self.comments)
        for number in self.marks if marks else ():
            said[number] = "\n".join(filter(None, (said.get(number, ""), MARKED)))
        ours = {
            number - batch.first_number: text
            for number, text in said.items()
            if batch.numbers is None and batch.first_number <= number <= batch.last_number
        }
        if not ours:
            return batch.frames
        comments = dict(batch.frames.comments or {})
        for position, text in ours.items():
            comments[position] = "\n".join(filter(None, (comments.get(position, ""), text)))
        return replace(batch.frames, comments=comments)
