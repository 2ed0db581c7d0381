"""Saves what a capture holds, or a part of it, with what was noted of its packets."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from netwatch.capture.frame_rows import Rows
    from netwatch.decode.batch import PacketBatch
    from netwatch.request import Request
    from netwatch.run.session import Session
    from netwatch.snapshot import Loss, Saved
    from netwatch.tables.selection import PacketFilter
    from netwatch.view.leaving import Leaving
    from netwatch.view.reader import PacketReader


def save_packets(
    session: Session,
    reader: PacketReader,
    path: Path,
    request: Request[Saved],
    loss: Loss,
    only: PacketFilter | None,
    *,
    leaving: Leaving,
    overwrite: bool,
    whole_flows: bool,
    marks: bool,
) -> Saved:
    """Write what `reader` holds, or else the buffer and what of a file left it, or what of it passes `only`.

    What passes and left the buffer is saved from its copy, if there is one. With `whole_flows` come all other packets
    of the flows of those; with `marks` marked ones have a comment.

    Raises:
        FileError: nothing was saved.
    """
    from netwatch.capture.save import save  # compressors and all: not before somebody saves

    first = 1 if session.source.archive else session.buffer.evicted + 1
    total = max(sum(map(len, reader.held)) if reader.held else session.packets + 1 - first, 1)
    if whole_flows and only is not None:
        only = _whole_flows(reader, first, only, request)
    copies = ((batch, 0) for batch in (reader.outlived() if only is not None else ()))
    found = chain(copies, reader.batches_now(first))
    noted = ((session.annotations.on(batch, marks=marks), batch, start) for batch, start in found)
    saved = save(
        str(path),
        ((leaving.frames(frames), _rows(batch, start, only)) for frames, batch, start in noted),
        session.source.interfaces,
        overwrite=overwrite,
        comment=leaving.text(_comment(session, only)),
        received=loss.offered,
        dropped=loss.kernel_dropped,
        progress=partial(_report, request, total),
        cancelled=lambda: request.cancel_wanted,
    )
    return replace(saved, only=only.label if only is not None else "")


def _whole_flows(reader: PacketReader, first: int, only: PacketFilter, request: Request[Saved]) -> PacketFilter:
    from netwatch.view.whole_flows import WholeFlows

    return WholeFlows(reader.batches_now(first), only, lambda: request.cancel_wanted)


def _report(request: Request[Saved], total: int, packets: int) -> None:
    request.progress = packets / total


def _rows(batch: PacketBatch, start: int, only: PacketFilter | None) -> Rows:
    if only is None:
        return slice(start, None) if start else None
    return np.flatnonzero(only.mask(batch)[start:]) + start


def _comment(session: Session, only: PacketFilter | None) -> str:
    said = [f"capture filter: {session.capture_filter}"] if session.capture_filter else []
    if only is not None:
        said.append(f"only {only.label}")
    return "; ".join(said)
