"""Rows of the packet table as CSV or JSON, with the fields of the display filter that the user added."""

from __future__ import annotations

from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Final

from netwatch.capture.atomic import AtomicFile
from netwatch.export.table_forms import FORMS
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from netwatch.dissection import PacketRow
    from netwatch.export.table_forms import FormName
    from netwatch.request import Request
    from netwatch.tables.row_fact import RowFact

ROWS_AT_ONCE: Final = 1000
NAMES: Final = (
    "number", "time", "src", "sport", "dst", "dport", "protocol", "length", "ttl", "vlan", "direction", "interface",
    "info",
)  # fmt: skip


def export_packets(
    numbers: Sequence[int],
    rows_of: Callable[[Sequence[int]], list[PacketRow]],
    facts_of: Callable[[Sequence[int]], dict[int, RowFact]],
    fields: tuple[str, ...],
    path: Path,
    form_name: FormName,
    request: Request[int],
) -> int:
    """Write the packets `numbers`, ascending, to a new file, as far as they are held; return how many there were.

    `facts_of` tells their `fields`.

    Raises:
        FileError: nothing was written: the file exists, or no space.
        CancelledError: `request` was cancelled; nothing was written.
    """
    form = FORMS[form_name]((*NAMES, *fields))
    written = 0
    with AtomicFile(str(path), overwrite=False) as file:
        file.write(form.begin().encode())
        for begin in range(0, len(numbers), ROWS_AT_ONCE):
            if request.cancel_wanted:
                raise CancelledError
            rows = rows_of(numbers[begin : begin + ROWS_AT_ONCE])
            facts = facts_of([row.number for row in rows]) if fields else {}
            file.write(form.rows(_columns(rows, facts, len(fields))).encode())
            written += len(rows)
            request.progress = min((begin + ROWS_AT_ONCE) / len(numbers), 1)
        file.write(form.end().encode())
        file.commit()
    return written


def _columns(rows: list[PacketRow], facts: dict[int, RowFact], fields: int) -> list[list[object]]:
    table = [_values(row) for row in rows]
    columns: list[list[object]] = [[values[at] for values in table] for at in range(len(NAMES))]
    told = [facts[row.number].cells if row.number in facts else ("",) * fields for row in rows]
    return columns + [[cells[at] for cells in told] for at in range(fields)]


def _values(row: PacketRow) -> tuple[object, ...]:
    seconds, rest = divmod(row.time_ns, SECOND)
    return (
        row.number,
        f"{seconds}.{rest:09d}",
        row.source,
        row.source_port if row.source_port >= 0 else "",
        row.destination,
        row.destination_port if row.destination_port >= 0 else "",
        row.protocol,
        row.length,
        row.ttl if row.ttl >= 0 else "",
        row.vlan,
        row.direction,
        row.interface,
        row.info,
    )
