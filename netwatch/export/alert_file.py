"""Alerts as files: written by the alert pane, read by `lab enrich`, and what was found out put at their end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from netwatch.capture.atomic import AtomicFile
from netwatch.errors import FileError
from netwatch.export.report_alerts import alert_object
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.tables.alerts import Alert

MOST_BYTES: Final = 4 << 20
MOST_ENTRIES: Final = 50
"""Enrichments that an alert keeps; older ones leave."""


def write_alert(path: str, alert: Alert) -> None:
    """Write an alert to a new file of its own.

    Raises:
        FileError: it exists or cannot be written.
    """
    _write(path, alert_object(alert), overwrite=False)


def read_alert(path: str) -> dict[str, Any]:
    """Return the alert in a file, as reports and the alert pane write it.

    Raises:
        FileError: it cannot be read or is no alert.
    """
    shown = printable(path)
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        alert = json.loads(data) if len(data) <= MOST_BYTES else None
    except OSError as error:
        raise FileError(f"cannot read {shown}: {error.strerror}") from error
    except (ValueError, RecursionError):
        alert = None
    if (
        not isinstance(alert, dict)
        or not isinstance(alert.get("id"), str)
        or not isinstance(alert.get("enrichment", []), list)
    ):
        raise FileError(f"{shown} is not an alert", "E in the alert pane writes one")
    return alert


def append_enrichment(path: str, alert: dict[str, Any], found: dict[str, Any]) -> None:
    """Write the alert back, `found` at the end of its enrichments; the file is replaced whole.

    Raises:
        FileError: it cannot be written.
    """
    entries = [*alert.get("enrichment", []), found][-MOST_ENTRIES:]
    _write(path, {**alert, "enrichment": entries}, overwrite=True)


def _write(path: str, alert: dict[str, Any], *, overwrite: bool) -> None:
    with AtomicFile(path, overwrite=overwrite) as file:
        file.write((json.dumps(alert, indent=2) + "\n").encode())
        file.commit()
