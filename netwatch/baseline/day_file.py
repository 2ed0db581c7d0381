"""The file of days: what was seen each day, in SQLite, bounded; a file that is not ours is neither read nor touched."""

from __future__ import annotations

import os
import secrets
import sqlite3
import stat
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from netwatch.baseline.compare import Day
from netwatch.baseline.sample import KINDS, MOST_KEYS
from netwatch.errors import FileError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netwatch.baseline.sample import Sample

APPLICATION: Final = 0x6E776461
"""`nwda`, in the header of the file (PRAGMA application_id), so that another program's file is known."""
VERSION: Final = 1
MOST_DAYS: Final = 90
"""Days that are kept, each place counting for itself; the oldest leave."""
PAGE: Final = 4096
LARGEST_FILE: Final = 64 << 20
LARGEST_VALUE: Final = 1 << 62
LONGEST_KEY: Final = 512
BUSY_SECONDS: Final = 2.0
"""How long another netwatch that writes is waited for."""
SCHEMA: Final = (
    "CREATE TABLE day (id INTEGER PRIMARY KEY, date TEXT NOT NULL, source TEXT NOT NULL, seconds INTEGER NOT NULL, "
    "UNIQUE (date, source))",
    "CREATE TABLE amount (day INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, value INTEGER NOT NULL, "
    "PRIMARY KEY (day, kind, key)) WITHOUT ROWID",
)


class DayFile:
    """Opens its file for each question, so that any thread may ask."""

    def __init__(self, path: Path) -> None:
        """Keep days in `path`, which is made when there is something to keep."""
        self.path = path

    def days(self) -> list[Day]:
        """Return every day that is known, the oldest first; none when there is no file yet.

        Raises:
            FileError: the file is not ours, damaged, or cannot be read.
        """
        if not self._exists():
            return []
        with self._opened(write=False) as database:
            known = database.execute(
                "SELECT id, date, source, seconds FROM day WHERE typeof(seconds) = 'integer' "
                "ORDER BY date DESC, id DESC LIMIT ?",
                (MOST_DAYS,),
            ).fetchall()
            found = [
                Day(str(date)[:10], printable(str(source), 200), max(int(seconds), 0), self._sample(database, number))
                for number, date, source, seconds in known
            ]
        return found[::-1]

    def add(self, date: str, source: str, seconds: int, sample: Sample) -> None:
        """Add what was seen in `seconds` more of a day.

        Raises:
            FileError: the file is not ours, damaged, full, or cannot be written.
        """
        if not self._exists():
            self._create()
        with self._opened(write=True) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT OR IGNORE INTO day (date, source, seconds) VALUES (?, ?, 0)", (date, source))
            found = database.execute("SELECT id FROM day WHERE date = ? AND source = ?", (date, source)).fetchone()
            if found is None:
                raise self._wrong("its index is damaged")
            (number,) = found
            database.execute("UPDATE day SET seconds = seconds + ? WHERE id = ?", (seconds, number))
            database.executemany(
                "INSERT INTO amount VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
                [
                    (number, kind, key[:LONGEST_KEY], min(value, LARGEST_VALUE))
                    for kind in KINDS
                    for key, value in sample[kind].items()
                ],
            )
            _prune(database, number)
            database.execute("COMMIT")

    def _exists(self) -> bool:
        """Return whether the file is there; one that we did not make is refused."""
        try:
            status = os.lstat(self.path)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._wrong(printable(str(error.strerror))) from error
        if not stat.S_ISREG(status.st_mode):
            raise self._wrong("it is no regular file")
        if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
            raise self._wrong("it belongs to another user")
        if status.st_size > LARGEST_FILE:
            raise self._wrong(f"it is larger than {LARGEST_FILE >> 20} MiB")
        return True

    def _create(self) -> None:
        """Make the file under another name first: whoever looks meanwhile sees none, or the whole."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        made = self.path.with_name(f".{self.path.name}-{secrets.token_hex(8)}")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(made, flags, 0o600))
            with self._connected(made) as database:
                database.execute(f"PRAGMA application_id = {APPLICATION}")
                database.execute(f"PRAGMA user_version = {VERSION}")
                for statement in SCHEMA:
                    database.execute(statement)
            if not self._exists():  # or another netwatch was faster
                made.rename(self.path)
        except OSError as error:
            raise self._wrong(printable(str(error.strerror))) from error
        finally:
            made.unlink(missing_ok=True)

    @contextmanager
    def _opened(self, *, write: bool) -> Iterator[sqlite3.Connection]:
        """Open the file if it is what we made."""
        with self._connected(self.path) as database:
            (application,) = database.execute("PRAGMA application_id").fetchone()
            (version,) = database.execute("PRAGMA user_version").fetchone()
            made = database.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid").fetchall()
            if application != APPLICATION or version != VERSION or made != [(statement,) for statement in SCHEMA]:
                raise self._wrong("it is not a history of netwatch")
            database.execute(f"PRAGMA query_only = {'OFF' if write else 'ON'}")
            yield database

    @contextmanager
    def _connected(self, path: Path) -> Iterator[sqlite3.Connection]:
        try:
            name = f"{path.absolute().as_uri()}?mode=rw"
            with closing(sqlite3.connect(name, timeout=BUSY_SECONDS, isolation_level=None, uri=True)) as database:
                database.execute("PRAGMA trusted_schema = OFF")
                database.execute("PRAGMA cell_size_check = ON")
                database.execute(f"PRAGMA max_page_count = {LARGEST_FILE // PAGE}")
                yield database
        except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
            raise self._wrong(printable(str(error), 100)) from error

    def _sample(self, database: sqlite3.Connection, number: int) -> Sample:
        found: Sample = {kind: {} for kind in KINDS}
        rows = database.execute(
            "SELECT kind, key, value FROM amount WHERE day = ? AND typeof(value) = 'integer' LIMIT ?",
            (number, MOST_KEYS * len(KINDS)),
        )
        for kind, key, value in rows:
            if kind in found and isinstance(key, str):
                found[kind][key] = value
        return found

    def _wrong(self, why: str) -> FileError:
        return FileError(
            f"the history {printable(str(self.path))} cannot be used: {why}", "move it away and a new one is made"
        )


def _prune(database: sqlite3.Connection, number: int) -> None:
    """Keep the newest days, and of this one the largest entries."""
    for kind in KINDS:
        database.execute(
            "DELETE FROM amount WHERE day = ?1 AND kind = ?2 AND key NOT IN "
            "(SELECT key FROM amount WHERE day = ?1 AND kind = ?2 ORDER BY value DESC, key LIMIT ?3)",
            (number, kind, MOST_KEYS),
        )
    database.execute(
        "DELETE FROM day WHERE id NOT IN (SELECT id FROM day ORDER BY date DESC, id DESC LIMIT ?)", (MOST_DAYS,)
    )
    database.execute("DELETE FROM amount WHERE day NOT IN (SELECT id FROM day)")
