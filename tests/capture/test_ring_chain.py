"""Packet headers of ring blocks: searched and walked alike, whatever the packets' own bytes look like."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netwatch.capture.ring_chain import AF_PACKET, ALIGNMENT, FAMILY, PLACES, SPARSE, _searched, headers_of

FIRST = 6
"""Words before the first header."""
KIND = 82 | 96 << 16
"""tp_mac and tp_net of an Ethernet frame."""


def chained(sizes: list[int], kinds: list[int], filling: int = 0) -> tuple[np.ndarray, list[int]]:
    """Return words with headers of these sizes (in words) and kinds, packets filled; and where the headers are."""
    words = np.full(FIRST + sum(sizes), filling, np.uint64)
    positions, position = [], FIRST
    for number, (size, kind) in enumerate(zip(sizes, kinds, strict=True)):
        positions.append(position)
        words[position] = size * ALIGNMENT if number < len(sizes) - 1 else 0  # as the kernel closes a block
        words[position + PLACES] = kind
        words[position + FAMILY] = AF_PACKET | number << 16
        position += size
    return words, positions


SIZES = st.lists(st.integers(FAMILY + 4, 2 * SPARSE // ALIGNMENT), max_size=30)


@given(SIZES, st.sampled_from([0, KIND, 2**64 - 1]), st.data())
def test_all_headers_are_found_and_nothing_else(sizes: list[int], filling: int, data: st.DataObject) -> None:
    """Also where payload imitates a header, packets are of several kinds, or few and large."""
    kinds = data.draw(st.lists(st.sampled_from([KIND, KIND, KIND + 4]), min_size=len(sizes), max_size=len(sizes)))
    words, positions = chained(sizes, kinds, filling)
    assert headers_of(words, FIRST, len(sizes)).tolist() == positions


def test_as_many_look_alikes_as_headers_are_missed() -> None:
    """The count alone proves nothing: one header is of another kind, and one packet imitates the first's."""
    words, positions = chained([20, 20, 20], [KIND, KIND + 4, KIND])
    words[FIRST + PLACES + 10], words[FIRST + FAMILY + 10] = KIND, AF_PACKET
    assert headers_of(words, FIRST, 3).tolist() == positions


def test_what_an_earlier_header_left_is_none() -> None:
    """The kernel does not clear the bytes between the address and the packet."""
    words, positions = chained([20, 20, 20], [KIND] * 3)
    words[FIRST + FAMILY + 3] = words[positions[2] + FAMILY + 3] = KIND
    found = _searched(words, FIRST, 3)
    assert found is not None
    assert found.tolist() == positions
