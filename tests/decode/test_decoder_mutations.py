"""All real captures with bytes changed and frames cut at random: what holds for every batch, on traffic as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from decoded import check, chosen, columns_of

from netwatch.capture.file_source import FileSource
from netwatch.decode.decoder import decode

CAPTURES = Path(__file__).resolve().parents[2] / ".." / "shared" / "pcaps" / "dev"
pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason=f"no captures in {CAPTURES}")

HEADERS = 120
"""Bytes from the begin of a frame that are worth changing."""


def folders():
    return sorted(folder.name for folder in CAPTURES.iterdir() if folder.is_dir()) if CAPTURES.is_dir() else ["none"]


def blocks(folder):
    for path in sorted((CAPTURES / folder).iterdir()):
        if path.suffix == ".tsv":
            continue
        source = FileSource([str(path)])
        try:
            while True:
                block = source.read(1.0)
                if block is not None:
                    yield block
        except EOFError:
            source.close()


def mutation(block, random):
    """Return the block with one to three bytes of each frame changed, and half of the frames cut."""
    data = block.data.copy()
    longest = np.minimum(block.captured, HEADERS)
    whole = longest > 0
    for _ in range(random.integers(1, 4)):
        at = block.offset[whole] + random.integers(0, longest[whole])
        data[at] = random.integers(0, 256, len(at))
    cut = random.integers(0, block.captured + 1)
    captured = np.where(random.random(len(block)) < 0.5, cut, block.captured).astype(np.int32)
    return replace(block, data=data, captured=captured)


def elsewhere(block, random):
    """Return the block with all bytes that belong to no frame replaced by random ones."""
    inside = np.zeros(len(block.data) + 1, np.int32)
    np.add.at(inside, block.offset, 1)
    np.add.at(inside, block.offset + block.captured, -1)
    noise = random.integers(0, 256, len(block.data)).astype(np.uint8)
    return replace(block, data=np.where(np.cumsum(inside[:-1]) > 0, block.data, noise))


@pytest.mark.parametrize("folder", folders())
def test_mutated_captures(folder):
    random = np.random.default_rng(20260101)
    seen = 0
    for original in blocks(folder):
        block = mutation(original, random)
        batch = decode(block, 1)
        check(batch)
        table = columns_of(batch)
        assert np.array_equal(columns_of(decode(elsewhere(block, random), 1)), table)
        order = random.permutation(len(block))
        assert np.array_equal(columns_of(decode(chosen(block, order), 1)), table[order])
        position = int(random.integers(0, len(block)))
        assert columns_of(decode(chosen(block, slice(position, position + 1)), 1))[0] == table[position]
        seen += len(block)
    assert seen or folder == "expected"
