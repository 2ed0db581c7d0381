"""How large rings are: by what is left, and by how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.capture.memory import available_memory, ring_bytes
from netwatch.capture.ring import RingOptions

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20


@pytest.mark.parametrize(
    ("left", "size"), [(None, 128), (4096 * MIB, 128), (1024 * MIB, 128), (1023 * MIB, 64), (0, 64)]
)
def test_the_ring_is_smaller_where_memory_is_scarce(left: int | None, size: int) -> None:
    assert ring_bytes(left) == size * MIB


def test_several_rings_are_smaller() -> None:
    assert RingOptions().ring_bytes == 128 * MIB
    assert RingOptions().shared().ring_bytes == 64 * MIB
    assert RingOptions(ring_bytes=2 * MIB, snaplen=96, promiscuous=False).shared() == RingOptions(2 * MIB, 96, False)


def test_memory_that_cannot_be_told(tmp_path: Path) -> None:
    assert available_memory(tmp_path) is None
