"""LiteralSearch: some bytes in the frames of a block, which are looked for in the whole block at once."""

from __future__ import annotations

from bisect import bisect_right


class LiteralSearch:
    """Some bytes, whose letters may be of either case."""

    def __init__(self, wanted: bytes, *, either_case: bool) -> None:
        """Look for `wanted`; with `either_case` letters of ASCII match both, as re.IGNORECASE has it of bytes."""
        self._wanted = wanted.lower() if either_case else wanted
        self._either_case = either_case

    def first(self, block: bytes, begins: list[int], ends: list[int], *, backwards: bool = False) -> int | None:
        """Return the index of the first frame that holds it, or with `backwards` of the last; None for none.

        Frame i is block[begins[i] : ends[i]]; they ascend and do not overlap. What is between frames, or reaches from
        one to the next, does not count.
        """
        if not begins:
            return None
        text = block.lower() if self._either_case else block
        return self._last(text, begins, ends) if backwards else self._first(text, begins, ends)

    def every(self, block: bytes, begins: list[int], ends: list[int]) -> list[int]:
        """Return the indices of all frames that hold it, ascending; see `first`."""
        text = block.lower() if self._either_case else block
        size, found = len(self._wanted), []
        at = begins[0] if begins else -1
        while at >= 0 and (place := text.find(self._wanted, at, ends[-1])) >= 0:
            frame = bisect_right(begins, place) - 1
            if place + size <= ends[frame]:
                found.append(frame)
            at = begins[frame + 1] if frame + 1 < len(begins) else -1
        return found

    def _first(self, text: bytes, begins: list[int], ends: list[int]) -> int | None:
        size, at = len(self._wanted), begins[0]
        while (found := text.find(self._wanted, at, ends[-1])) >= 0:
            frame = bisect_right(begins, found) - 1
            if found + size <= ends[frame]:
                return frame
            if frame + 1 == len(begins):
                return None
            # No later place in this frame has room for it
            at = begins[frame + 1]
        return None

    def _last(self, text: bytes, begins: list[int], ends: list[int]) -> int | None:
        size, stop = len(self._wanted), ends[-1]
        while (found := text.rfind(self._wanted, begins[0], stop)) >= 0:
            frame = bisect_right(begins, found) - 1
            if found + size <= ends[frame]:
                return frame
            stop = ends[frame]
        return None
