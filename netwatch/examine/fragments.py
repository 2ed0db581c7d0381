"""Fragmented packets of a conversation: from a later fragment to the first, from the first to the whole."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from netwatch.decode.batch import FRAGMENT_OFFSET, MORE_FRAGMENTS
from netwatch.decode.part import taken
from netwatch.examine.flow_walk import Found
from netwatch.track.fragment import read_fragment
from netwatch.track.fragments import FragmentTracker

if TYPE_CHECKING:
    from netwatch.examine.flow_walk import FlowWalk

REACH: Final = 4096
"""Packets before and behind a fragment among which the others of its datagram are looked for."""
PART: Final = 128
"""Packets that are looked at together."""


def at_first_fragment(walk: FlowWalk) -> FlowWalk:
    """Return a walk that begins at the first fragment of the datagram that `walk` begins in; `walk` if it is none.

    Later fragments have no ports, so nobody could tell their conversation.
    """
    start = walk.start
    if not int(start.batch.fragment[start.position]) & FRAGMENT_OFFSET:
        return walk
    wanted = read_fragment(start.batch, start.position)
    around = (islice(walk.every(start.number, step), REACH) for step in (-1, 1))
    for found in chain.from_iterable(around):
        if wanted is not None and _is_first(found) and _key(found) == wanted.key:
            return walk.at(found.number)
    return walk


def whole(walk: FlowWalk, found: Found) -> Found:
    """Return the datagram that a first fragment begins, under its number; `found` where there is no such."""
    if not _is_first(found):
        return found
    key = _key(found)
    tracker, looked_at = FragmentTracker(), 0
    begin = max(found.number - PART, 1)
    while looked_at < REACH and (here := walk.batch_at(begin)) is not None:
        batch, position = here
        part = taken(batch, slice(position, position + PART))
        done = tracker.feed(part)
        for at, place in enumerate(done.positions.tolist() if done is not None else ()):
            if done is not None and _key(Found(part, place)) == key and part.number(place) >= found.number:
                return Found(done.batch, at, found.number)
        looked_at += len(part)
        begin = part.number(len(part) - 1) + 1
    return found


def _is_first(found: Found) -> bool:
    return int(found.batch.fragment[found.position]) & (FRAGMENT_OFFSET | MORE_FRAGMENTS) == MORE_FRAGMENTS


def _key(found: Found) -> bytes:
    fragment = read_fragment(found.batch, found.position)
    return b"" if fragment is None else fragment.key
