"""Tables as CSV or JSON: a whole table page by page, or one that is at hand as CSV."""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from netwatch.capture.atomic import AtomicFile
from netwatch.export.csv_columns import CSV_COLUMNS
from netwatch.export.table_forms import FORMS, CsvForm

if TYPE_CHECKING:
    from collections.abc import Callable
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
    """Write every row that `query` means to a new file and return how many there were.

    Raises:
        FileError: nothing was written: the file exists, or no space.
        CancelledError: `request` was cancelled; nothing was written.
    """
    form = FORMS[form_name](list(CSV_COLUMNS[table]))
    with AtomicFile(str(path), overwrite=False) as file:
        file.write(form.begin().encode())
        page = fetch(replace(query, first=0, count=ROWS_AT_ONCE, whole_order=query.held is None))
        held = query.held if page.order is None else page.order
        written = 0
        while True:
            file.write(form.rows(_columns(table, page.table)).encode())
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
    return form.begin() + form.rows(_columns(table, rows))


def _columns(table: str, rows: Any) -> list[list[Any]]:
    found = (column(rows) for column in CSV_COLUMNS[table].values())
    return [list(column) if isinstance(column, (list, tuple)) else column.tolist() for column in found]
