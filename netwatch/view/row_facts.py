"""RowFacts: what fields of the display filter, colour rules and names tell of the packets that are in sight."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from netwatch.decode.part import taken
from netwatch.errors import FileError, UsageError
from netwatch.filter.display_filter import compile_filter
from netwatch.filter.field_text import value_text
from netwatch.filter.fields import field, nearest
from netwatch.filter.packets import Packets, Surroundings
from netwatch.tables.row_fact import PLAIN, RowFact
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from netwatch.decode.batch import PacketBatch
    from netwatch.filter.conditions import PacketTest
    from netwatch.filter.field import Field
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be told of each packet."""

    fields: tuple[Field, ...] = ()
    rules: tuple[PacketTest | None, ...] = ()
    """The first that a packet passes is its rule."""

    @property
    def asks_trackers(self) -> bool:
        """True where some of it is known by trackers, which have to be asked."""
        return any(each.needs == TABLES for each in self.fields) or any(
            rule is not None and TABLES in rule.needs for rule in self.rules
        )


@lru_cache(maxsize=16)
def wanted(fields: tuple[str, ...], rules: tuple[str, ...]) -> Wanted:
    """Return what the names of fields and the display filters of rules mean.

    Raises:
        UsageError: there is no such field, or it needs the packets before, which are not in sight.
        DisplayFilterError: a rule is not understood.
    """
    return Wanted(tuple(_field(name) for name in fields), tuple(_rule(text) for text in rules))


def _field(name: str) -> Field:
    found = field(name)
    if found is None:
        near = nearest(name)
        raise UsageError(f"there is no field {printable(name, 60)}", f"did you mean {near}?" if near else "")
    if found.needs == STREAMS:
        raise UsageError(f"{name} needs all packets before; a column is made of the rows in sight", "flow.id is one")
    return found


def _rule(text: str) -> PacketTest | None:
    found = compile_filter(text)
    if STREAMS in found.needs:
        raise UsageError(f"{printable(text, 60)} needs all packets before; a colour is that of rows in sight")
    return found.test


class RowFacts:
    """Reads packets by number, and asks the trackers of the whole capture."""

    def __init__(self, reader: PacketReader, views: Views) -> None:
        self._reader = reader
        self._views = views

    def told(self, numbers: Sequence[int], fields: tuple[str, ...], rules: tuple[str, ...]) -> dict[int, RowFact]:
        """Return what the packets themselves tell; any thread may ask. See PacketQuestions.facts."""
        return self._of(numbers, wanted(fields, rules), None)

    def asked(
        self, numbers: Sequence[int], fields: tuple[str, ...], rules: tuple[str, ...], *, names: bool
    ) -> dict[int, RowFact]:
        """Return the same with what trackers know, and with `names` those of both ends; for the worker."""
        found = self._of(numbers, wanted(fields, rules), self._views.tables)
        if not names:
            return found
        named = self._views.names(self._ends(numbers))
        return {number: fact._replace(names=named[number]) for number, fact in found.items() if number in named}

    def asks_trackers(self, fields: tuple[str, ...], rules: tuple[str, ...]) -> bool:
        """Return whether trackers have to be asked; see PacketQuestions.check_facts."""
        return wanted(fields, rules).asks_trackers

    def _ends(self, numbers: Sequence[int]) -> dict[int, Ends]:
        """Return source and destination of those of the packets `numbers` that are there."""
        found = {}
        for batch, positions in self._grouped(numbers):
            for at in positions:
                source = batch.src_high.item(at), batch.src_low.item(at)
                found[batch.number(at)] = (source, (batch.dst_high.item(at), batch.dst_low.item(at)))
        return found

    def _of(self, numbers: Sequence[int], asked: Wanted, tables: Tables | None) -> dict[int, RowFact]:
        """Return what is `asked` of those of the packets `numbers`, ascending, that are there.

        Without `tables` what only trackers know is left out.
        """
        facts: dict[int, RowFact] = {}
        session = self._reader.session
        if session is None:
            return facts
        around = Surroundings(
            first_ns=session.analysis.traffic.first_time_ns,
            tables=tables,
            interfaces=tuple(interface.name for interface in session.source.interfaces),
        )
        for batch, positions in self._grouped(numbers):
            part = taken(batch, np.array(positions, np.intp))
            packets = Packets(part, around)
            cells = [_cells(packets, each) for each in asked.fields]
            rule = _first_rule(packets, asked.rules, trackers=tables is not None)
            for row, number in enumerate(part.numbered().tolist()):
                facts[number] = RowFact(tuple(texts[row] for texts in cells), int(rule[row]))
        return facts

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


def _first_rule(packets: Packets, rules: Sequence[PacketTest | None], *, trackers: bool) -> Any:
    """Return the index of the first rule that each packet passes, PLAIN for none; shape (n,)."""
    found = np.full(len(packets), PLAIN)
    for index, rule in enumerate(rules):
        waiting = found == PLAIN
        if not waiting.any():
            break
        if rule is not None and TABLES in rule.needs and not trackers:
            continue
        passed = waiting if rule is None else rule.mask(packets, waiting) & waiting
        found[passed] = index
    return found


def _cells(packets: Packets, wanted_field: Field) -> list[str]:
    """Return the values of a field as text, for each packet."""
    texts: list[list[str]] = [[] for _ in range(len(packets))]
    if wanted_field.needs == TABLES and packets.around.tables is None:
        return [""] * len(packets)
    values = wanted_field.read(packets, np.ones(len(packets), np.bool_))
    show: Callable[[Any], str] = value_text(wanted_field)
    for row, value in zip(values.rows.tolist(), _each(values.data), strict=True):
        if len(texts[row]) < MOST_VALUES:
            texts[row].append(show(value))
    return [printable(",".join(each), LONGEST) for each in texts]


def _each(data: Any) -> list[Any]:
    return data if isinstance(data, list) else data.tolist()
