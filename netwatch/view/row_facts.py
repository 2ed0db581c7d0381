"""RowFacts: what fields of the display filter, colour rules and names tell of the packets that are in sight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from netwatch.decode.part import taken
from netwatch.errors import FileError, UsageError
from netwatch.filter.display_filter import compile_filter
from netwatch.filter.field_text import value_text
from netwatch.filter.fields import field, nearest_field
from netwatch.filter.packets import Packets, Surroundings
from netwatch.tables.row_fact import PLAIN, RowFact
from netwatch.text import printable
from netwatch.view.stream_facts import StreamFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.filter.conditions import PacketTest
    from netwatch.filter.field import Field
    from netwatch.filter.streams import Streams
    from netwatch.filter.tables import Tables
    from netwatch.view.reader import PacketReader
    from netwatch.view.views import Views

    Ends: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
    """Addresses in two halves, as PacketBatch has them."""

LONGEST: Final = 200
"""Characters of a cell."""
MOST_VALUES: Final = 8
"""Values of a field that a cell shows."""
STREAMS: Final = "streams"
TABLES: Final = "tables"
LATE: Final = frozenset({STREAMS, TABLES})
"""What is not told by a packet itself, so that somebody has to be asked."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be told of each packet."""

    fields: tuple[Field, ...] = ()
    rules: tuple[PacketTest | None, ...] = ()
    """The first that a packet passes is its rule."""

    @property
    def needs(self) -> frozenset[str]:
        """What of LATE is needed."""
        told = {each.needs for each in self.fields}.union(*(rule.needs for rule in self.rules if rule is not None))
        return LATE & told


@dataclass(frozen=True, slots=True)
class Late:
    """Who knows what a packet itself does not tell, None for nobody."""

    tables: Tables | None = None
    streams: Callable[[NDArray[np.int64]], Streams] | None = None
    """Of packets by number, ascending."""

    @property
    def known(self) -> frozenset[str]:
        """What of LATE is known."""
        return frozenset({TABLES} if self.tables is not None else ()) | (
            frozenset({STREAMS}) if self.streams is not None else frozenset()
        )


@lru_cache(maxsize=16)
def wanted(fields: tuple[str, ...], rules: tuple[str, ...]) -> Wanted:
    """Return what the names of fields and the display filters of rules mean.

    Raises:
        UsageError: there is no such field.
        DisplayFilterError: a rule is not understood.
    """
    return Wanted(tuple(_field(name) for name in fields), tuple(_rule(text) for text in rules))


def _field(name: str) -> Field:
    found = field(name)
    if found is None:
        near = nearest_field(name)
        raise UsageError(f"there is no field {printable(name, 60)}", f"did you mean {near}?" if near else "")
    return found


def _rule(text: str) -> PacketTest | None:
    return compile_filter(text).test


class RowFacts:
    """Reads packets by number, and asks the trackers of the whole capture."""

    def __init__(self, reader: PacketReader, views: Views) -> None:
        self._reader = reader
        self._views = views
        self._streams: StreamFacts | None = None

    def told(self, numbers: Sequence[int], fields: tuple[str, ...], rules: tuple[str, ...]) -> dict[int, RowFact]:
        """Return what the packets themselves tell; any thread may ask. See PacketQuestions.facts."""
        return self._of(numbers, wanted(fields, rules), Late())

    def asked(
        self,
        numbers: Sequence[int],
        fields: tuple[str, ...],
        rules: tuple[str, ...],
        *,
        names: bool,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> dict[int, RowFact]:
        """Return the same with what trackers know and what all packets before tell; for the worker.

        With `names` those of both ends are told. What is not known yet when `cancelled` says so is left out.
        """
        asked = wanted(fields, rules)
        found = self._of(numbers, asked, Late(self._views.tables, partial(self._streams_of, cancelled=cancelled)))
        if not names:
            return found
        named = self._views.names(self._ends(numbers))
        return {number: fact._replace(names=named[number]) for number, fact in found.items() if number in named}

    def asks_trackers(self, fields: tuple[str, ...], rules: tuple[str, ...]) -> bool:
        """Return whether trackers have to be asked; see PacketQuestions.check_facts."""
        return bool(wanted(fields, rules).needs)

    def _streams_of(self, numbers: NDArray[np.int64], cancelled: Callable[[], bool]) -> Streams:
        session = self._reader.session
        if session is None:
            raise LookupError("there is no capture")
        if self._streams is None or self._streams.session is not session:
            self._streams = StreamFacts(session)
        return self._streams.of(numbers, cancelled)

    def _ends(self, numbers: Sequence[int]) -> dict[int, Ends]:
        """Return source and destination of those of the packets `numbers` that are there."""
        found = {}
        for batch, positions in self._grouped(numbers):
            for at in positions:
                source = batch.src_high.item(at), batch.src_low.item(at)
                found[batch.number(at)] = (source, (batch.dst_high.item(at), batch.dst_low.item(at)))
        return found

    def _of(self, numbers: Sequence[int], asked: Wanted, late: Late) -> dict[int, RowFact]:
        """Return what is `asked` of those of the packets `numbers`, ascending, that are there.

        What nobody knows is left out.
        """
        facts: dict[int, RowFact] = {}
        session = self._reader.session
        if session is None:
            return facts
        interfaces = tuple(interface.name for interface in session.source.interfaces)
        for batch, positions in self._grouped(numbers):
            said = replace(batch, frames=session.annotations.on(batch))
            part = taken(said, np.array(positions, np.intp))
            around = Surroundings(
                first_ns=session.analysis.traffic.first_time_ns,
                before_ns=self._times_before(batch, positions),
                streams=late.streams(part.numbered()) if late.streams and STREAMS in asked.needs else None,
                tables=late.tables,
                interfaces=interfaces,
            )
            packets = Packets(part, around)
            cells = [_cells(packets, each, late) for each in asked.fields]
            rule = _first_rule(packets, asked.rules, late)
            for row, number in enumerate(part.numbered().tolist()):
                facts[number] = RowFact(tuple(texts[row] for texts in cells), int(rule[row]))
        return facts

    def _times_before(self, batch: PacketBatch, positions: list[int]) -> NDArray[np.int64]:
        """Return the capture time of the packet before each; of the first of all it is its own."""
        times: NDArray[np.int64] = batch.frames.time_ns
        before: NDArray[np.int64] = times[np.maximum(np.array(positions) - 1, 0)]
        if positions[0] == 0:
            try:
                earlier, at = self._reader.find(batch.first_number - 1)
                before[0] = earlier.frames.time_ns[at]
            except (LookupError, FileError):
                before[0] = times[0]
        return before

    def _grouped(self, numbers: Sequence[int]) -> Iterator[tuple[PacketBatch, list[int]]]:
        found = []
        for number in numbers:
            try:
                found.append(self._reader.find(number))
            except (LookupError, FileError):
                continue
        for _, places in groupby(found, key=lambda place: id(place[0])):
            group = list(places)
            yield group[0][0], [position for _, position in group]


def _first_rule(packets: Packets, rules: Sequence[PacketTest | None], late: Late) -> Any:
    """Return the index of the first rule that each packet passes, PLAIN for none; shape (n,)."""
    found = np.full(len(packets), PLAIN)
    for index, rule in enumerate(rules):
        waiting = found == PLAIN
        if not waiting.any():
            break
        if rule is not None and not LATE & rule.needs <= late.known:
            continue
        passed = waiting if rule is None else rule.mask(packets, waiting) & waiting
        found[passed] = index
    return found


def _cells(packets: Packets, wanted_field: Field, late: Late) -> list[str]:
    """Return the values of a field as text, for each packet."""
    texts: list[list[str]] = [[] for _ in range(len(packets))]
    if wanted_field.needs and wanted_field.needs not in late.known:
        return [""] * len(packets)
    values = wanted_field.read(packets, np.ones(len(packets), np.bool_))
    show: Callable[[Any], str] = value_text(wanted_field)
    for row, value in zip(values.rows.tolist(), _each(values.data), strict=True):
        if len(texts[row]) < MOST_VALUES:
            texts[row].append(show(value))
    return [printable(",".join(each), LONGEST) for each in texts]


def _each(data: Any) -> list[Any]:
    return data if isinstance(data, list) else data.tolist()
