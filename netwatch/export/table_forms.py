"""The forms in which tables are written: CSV (RFC 4180, UTF-8, one header line), JSON (RFC 8259), alerts as EVE too."""

from __future__ import annotations

import csv
import io
import json
import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

FormName = Literal["csv", "json", "eve"]
SUFFIXES: Final[dict[FormName, str]] = {"csv": ".csv", "json": ".json", "eve": ".eve.json"}
"""Of files."""
FORMULA_STARTS: Final = ("=", "+", "-", "@")
"""A cell that begins so is carried out by spreadsheets (CWE-1236); names from the network must not be."""
_SECONDS: Final = re.compile(r"\d+\.\d{9}")


class TableForm(ABC):
    """Makes the text of one file: `begin`, then `rows` as often as there are some, then `end`."""

    def __init__(self, names: Sequence[str]) -> None:
        """Write columns called `names`."""
        self._names = list(names)

    @abstractmethod
    def begin(self) -> str:
        """Return what stands before the rows."""

    @abstractmethod
    def rows(self, columns: Sequence[Sequence[Any]]) -> str:
        """Return rows of which each column is given as a sequence; all are of one length."""

    @abstractmethod
    def end(self) -> str:
        """Return what stands behind the rows."""


class CsvForm(TableForm):
    """One header line; lines end in CR LF."""

    def begin(self) -> str:
        """See TableForm."""
        return ",".join(self._names) + "\r\n"

    def rows(self, columns: Sequence[Sequence[Any]]) -> str:
        """See TableForm."""
        stream = io.StringIO()
        guarded = [[_guarded(value) for value in column] for column in columns]
        csv.writer(stream, lineterminator="\r\n").writerows(zip(*guarded, strict=True))
        return stream.getvalue()

    def end(self) -> str:
        """See TableForm."""
        return ""


class JsonForm(TableForm):
    """An array with an object a line; times are numbers with nine decimals, what is not known is null."""

    def __init__(self, names: Sequence[str]) -> None:
        """Write objects with the keys `names`."""
        super().__init__(names)
        self._keys = [json.dumps(name) for name in self._names]
        self._lead = "\n"

    def begin(self) -> str:
        """See TableForm."""
        return "["

    def rows(self, columns: Sequence[Sequence[Any]]) -> str:
        """See TableForm."""
        literals = [_literals(column) for column in columns]
        lines = []
        for values in zip(*literals, strict=True):
            pairs = ", ".join(f"{key}: {value}" for key, value in zip(self._keys, values, strict=True))
            lines.append(f"{self._lead}{{{pairs}}}")
            self._lead = ",\n"
        return "".join(lines)

    def end(self) -> str:
        """See TableForm."""
        return "\n]\n"


class EveForm(TableForm):
    """A record a line, as Suricata writes its eve.json; the only column has Alert objects."""

    def begin(self) -> str:
        """See TableForm."""
        return ""

    def rows(self, columns: Sequence[Sequence[Any]]) -> str:
        """See TableForm."""
        from netwatch.export.event_alerts import alert_record
        from netwatch.tables.alerts import AlertNews

        (alerts,) = columns
        return "".join(f"{json.dumps(alert_record(AlertNews(alert.state, alert)))}\n" for alert in alerts)

    def end(self) -> str:
        """See TableForm."""
        return ""


FORMS: Final[dict[FormName, type[TableForm]]] = {"csv": CsvForm, "json": JsonForm, "eve": EveForm}


def _guarded(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _literals(column: Sequence[Any]) -> list[str]:
    """Return the values of a column as JSON; nine decimals would not survive as a float."""
    texts = [value for value in column if isinstance(value, str) and value]
    if texts and all(map(_SECONDS.fullmatch, texts)):
        return [value or "null" for value in column]
    return [_literal(value) for value in column]


def _literal(value: Any) -> str:
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return "null"
    return json.dumps(value)
