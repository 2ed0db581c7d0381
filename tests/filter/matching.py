"""The packets of a capture that an expression matches, by our filter."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from netwatch.capture.file_source import FileSource
from netwatch.decode.decoder import decode
from netwatch.filter.display_filter import FilterRun, compile_filter

if TYPE_CHECKING:
    from netwatch.decode.batch import PacketBatch


@lru_cache(maxsize=4)
def batches_of(path: str) -> list[PacketBatch]:
    """Return the packets of a file."""
    source = FileSource([path])
    found: list[PacketBatch] = []
    number = 1
    try:
        while True:
            frames = source.read(0.0)
            if frames is not None and len(frames):
                found.append(decode(frames, number))
                number += len(frames)
    except EOFError:
        return found
    finally:
        source.close()


def matching(path: str, expression: str) -> list[int]:
    """Return the numbers of the packets that pass."""
    run = FilterRun(compile_filter(expression))
    return [number for batch in batches_of(path) for number in batch.numbered()[run.mask(batch)].tolist()]
