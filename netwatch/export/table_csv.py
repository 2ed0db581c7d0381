"""Tables as CSV, JSON or EVE: a whole table page by page, or one that is at hand as CSV."""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from netwatch.capture.atomic import AtomicFile
from netwatch.export.csv_alerts import EVE_COLUMNS
from netwatch.export.csv_columns import CSV_COLUMNS
from netwatch.export.table_forms import FORMS, CsvForm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from netwatch.export.table_forms import FormName
    from netwatch.request import Request
    from netwatch.tables.query import Page, TableQuery

ROWS_AT_ONCE: Final = 1000
"""Rows in one page: small enough not to hold up the capture thread."""


def export_table(
    fetch: Callable[[TableQuery], Page[Any]],
    table: str,
    query: TableQuery,
    path: Path,
    request: Request[int],
    form_name: FormName = "csv",
) -> int:
    """Write every row that `query` means to a new file and return how many there were; as EVE only alerts can be.

    Raises:
        FileError: nothing was written: the file exists, or no space.
        CancelledError: `request` was cancelled; nothing was written.
    """
    columns = EVE_COLUMNS if form_name == "eve" else CSV_COLUMNS[table]
    form = FORMS[form_name](list(columns))
    with AtomicFile(str(path), overwrite=False) as file:
        file.write(form.begin().encode())
        page = fetch(replace(query, first=0, count=ROWS_AT_ONCE, whole_order=query.held is None))
        held = query.held if page.order is None else page.order
        written = 0
        while True:
            file.write(form.rows(_values(columns, page.table)).encode())
            written += len(page.table)
            position = page.first + ROWS_AT_ONCE
            request.progress = min(position / max(page.total, 1), 1)
            if position >= page.total:
                break
            if request.cancel_wanted:
                raise CancelledError
            page = fetch(replace(query, first=position, count=ROWS_AT_ONCE, held=held, whole_order=False))
        file.write(form.end().encode())
        file.commit()
    return written


def csv_text(table: str, rows: Any) -> str:
    """Return a table as CSV with its header line; `rows` is a value of the dataclass that belongs to `table`."""
    form = CsvForm(list(CSV_COLUMNS[table]))
    return form.begin() + form.rows(_values(CSV_COLUMNS[table], rows))


def _values(columns: Mapping[str, Callable[[Any], Any]], rows: Any) -> list[list[Any]]:
    found = (column(rows) for column in columns.values())
    return [list(column) if isinstance(column, (list, tuple)) else column.tolist() for column in found]
