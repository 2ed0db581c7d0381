"""Every table of a finished capture as CSV files in one folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from netwatch.capture.file_errors import cannot
from netwatch.export.csv_columns import CSV_COLUMNS
from netwatch.export.table_csv import export_table
from netwatch.request import Request
from netwatch.tables.query import TableQuery

if TYPE_CHECKING:
    from netwatch.run.session import Session

ORDER: Final = {"flows": "first", "handshakes": "first", "hosts": "bytes", "services": "attempts"}
"""What each is sorted by; the others by their serial."""
LEFT_OUT: Final = {"alerts_by_time", "baseline", "mutes"}
"""Alerts again, and what only the monitor has; a report compares with days by --baseline."""


def new_folder(path: str) -> Path:
    """Return a folder that is there now, made for the user alone if it was not.

    Raises:
        FileError: it cannot be made.
    """
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
    except (OSError, ValueError) as error:
        raise cannot("write", path, error) from error
    return Path(path)


def write_tables(session: Session, folder: Path) -> dict[str, int]:
    """Write a file for each table and return how many rows each has.

    Raises:
        FileError: a file exists, or there is no space.
    """
    rows = {}
    for table in [table for table in CSV_COLUMNS if table not in LEFT_OUT]:
        query = TableQuery(ORDER.get(table, "serial"), descending=table not in ("flows", "handshakes"))
        request: Request[int] = Request()

        def fetch(query: TableQuery, table: str = table) -> Any:
            return session.detection.episodes.page(query) if table == "alerts" else session.page(table, query)

        rows[table] = export_table(fetch, table, query, folder / f"{table}.csv", request)
    return rows
