"""Batches for the tests of traffic: any frames at any times, whole or split, and a table in a form that compares."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np

from netwatch.capture.frames import COLUMNS
from netwatch.decode.decoder import decode
from netwatch.nanoseconds import SECOND
from netwatch.tables.resolution import Resolution
from netwatch.track.traffic import Traffic
from tests.frames import frames

START = 1_767_225_600 * SECOND


def batch_of(contents, times=None, direction=0, **block):
    """Return the batch of `contents` at `times` (from START on, a microsecond apart)."""
    made = frames(contents, **block)
    stamps = START + 1000 * np.arange(len(contents)) if times is None else times
    return decode(
        replace(made, time_ns=np.array(stamps, np.int64), direction=np.full(len(contents), direction, np.uint8)), 1
    )


def fed(*batches):
    """Return traffic that was fed `batches`."""
    traffic = Traffic()
    for batch in batches:
        traffic.feed(batch)
    return traffic


def parts(batch, cuts):
    """Return `batch` as batches that end at the positions `cuts`."""
    edges = [0, *sorted(cuts), len(batch)]
    result = []
    for begin, end in pairwise(edges):
        rows = slice(begin, end)
        chosen = replace(batch.frames, **{name: getattr(batch.frames, name)[rows] for name in COLUMNS})
        result.append(decode(chosen, batch.first_number + begin))
    return result


def facts(traffic, now_ns):
    """Return all that `traffic` can say at `now_ns`."""
    table = traffic.table(ports=100_000)
    values = {field.name: getattr(table, field.name) for field in fields(table)}
    for resolution in Resolution:
        series = traffic.series(resolution, now_ns, resolution.kept)
        values[resolution.name] = (series.start_ns.tolist(), series.packets.tolist(), series.bits.tolist())
    values["protocols now"] = traffic.protocols()
    return values
