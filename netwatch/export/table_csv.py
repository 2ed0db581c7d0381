"""Tables as CSV (RFC 4180, UTF-8, one header line): a whole table page by page, or one that is at hand."""

from __future__ import annotations

import csv
import io
from concurrent.futures import CancelledError
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from netwatch.capture.atomic import AtomicFile
from netwatch.export.csv_columns import CSV_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from netwatch.request import Request
    from netwatch.tables.query import Page, TableQuery

ROWS_AT_ONCE: Final = 1000
"""Rows in one page: small enough not to hold up the capture thread."""
FORMULA_STARTS: Final = ("=", "+", "-", "@")
"""A cell that begins so is carried out by spreadsheets (CWE-1236); names from the network must not be."""


def export_table(
    fetch: Callable[[TableQuery], Page[Any]], table: str, query: TableQuery, path: Path, request: Request[int]
) -> int:
    """Write every row that `query` means to a new file and return how many there were.

    Raises:
        FileError: nothing was written: the file exists, or no space.
        CancelledError: `request` was cancelled; nothing was written.
    """
    with AtomicFile(str(path), overwrite=False) as file:
        file.write(_line(CSV_COLUMNS[table].keys()))
        page = fetch(replace(query, first=0, count=ROWS_AT_ONCE, whole_order=query.held is None))
        held = query.held if page.order is None else page.order
        written = 0
        while True:
            file.write(csv_rows(table, page.table).encode())
            written += len(page.table)
            position = page.first + ROWS_AT_ONCE
            request.progress = min(position / max(page.total, 1), 1)
            if position >= page.total:
                break
            if request.cancel_wanted:
                raise CancelledError
            page = fetch(replace(query, first=position, count=ROWS_AT_ONCE, held=held, whole_order=False))
        file.commit()
    return written


def csv_text(table: str, rows: Any) -> str:
    """Return a table as CSV with its header line."""
    return _line(CSV_COLUMNS[table].keys()).decode() + csv_rows(table, rows)


def csv_rows(table: str, rows: Any) -> str:
    """Return the lines of `rows`, a value of the dataclass that belongs to `table`."""
    columns = [_values(column(rows)) for column in CSV_COLUMNS[table].values()]
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows(zip(*columns, strict=True))
    return stream.getvalue()


def _values(column: Any) -> list[Any]:
    values = column if isinstance(column, (list, tuple)) else column.tolist()
    return [f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value for value in values]


def _line(names: Any) -> bytes:
    return (",".join(names) + "\r\n").encode()
