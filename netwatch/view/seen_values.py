"""SeenValues: what values a field of the display filter had in the newest packets, for completion."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.part import taken
from netwatch.filter.field_text import value_text
from netwatch.filter.packets import Packets, Surroundings
from netwatch.filter.values import Kind
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.filter.field import Field
    from netwatch.view.reader import PacketReader
    from netwatch.view.views import Views

PART: Final = 4096
PARTS: Final = 6
"""Parts that are looked at, the newest first."""
ENOUGH_SECONDS: Final = 0.1
"""After which no further part is looked at: somebody is typing."""
KEPT_SECONDS: Final = 3.0
"""While the same values are told again."""
MOST: Final = 100
LONGEST: Final = 94
"""Characters of a value that is offered; of bytes more are not written."""
NEVER: Final = frozenset({Kind.NONE, Kind.PROTOCOL, Kind.TIME, Kind.DURATION})
"""Kinds of which no value comes twice, or that have none."""


class SeenValues:
    """Looks packets up for the worker of requests."""

    def __init__(self, reader: PacketReader, views: Views, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._views = views
        self._clock = clock
        self._last: tuple[str, float, list[tuple[str, int]]] = ("", 0.0, [])

    def of(self, field: Field) -> list[tuple[str, int]]:
        """Return (value as a filter takes it, without quotes; how many packets had it), the most frequent first.

        Of fields that need all packets before none are known.
        """
        now = self._clock()
        name, at, found = self._last
        if name != field.name or now - at > KEPT_SECONDS:
            found = [] if field.needs == "streams" or field.kind in NEVER else self._look(field)
            self._last = (field.name, now, found)
        return found

    def _look(self, field: Field) -> list[tuple[str, int]]:
        session = self._reader.session
        if session is None:
            return []
        show, counts = value_text(field), Counter[str]()
        around = Surroundings(
            first_ns=session.analysis.traffic.first_time_ns,
            tables=self._views.tables if field.needs else None,
            interfaces=tuple(interface.name for interface in session.source.interfaces),
        )
        until, parts = self._clock() + ENOUGH_SECONDS, 0
        for batch in reversed(session.buffer.batches):
            for end in range(len(batch), 0, -PART):
                if parts == PARTS or self._clock() > until:
                    return _most(counts)
                parts += 1
                packets = Packets(taken(batch, slice(max(end - PART, 0), end)), around)
                data = field.read(packets, np.ones(len(packets), np.bool_)).data
                counts.update(map(show, data if isinstance(data, list) else data.tolist()))
        return _most(counts)


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    """Return what can be typed: no value that would be shown otherwise than it is."""
    fit = ((value, count) for value, count in counts.most_common(2 * MOST) if 0 < len(value) <= LONGEST)
    return [(value, count) for value, count in fit if printable(value) == value][:MOST]
