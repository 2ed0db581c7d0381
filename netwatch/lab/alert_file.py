"""Alerts as files: read for `lab enrich`, written back with what was found out."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path
from typing import Any, Final

from netwatch.capture.atomic import AtomicFile
from netwatch.errors import FileError, UsageError
from netwatch.lab.targets import parse_address
from netwatch.text import printable

MOST_BYTES: Final = 4 << 20
MOST_ENTRIES: Final = 50
"""Enrichments that an alert keeps; older ones leave."""


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
        raise FileError(f"{shown} is not an alert", "it holds one alert of netwatch report --format json")
    return alert


def host_of(alert: dict[str, Any], wanted: str) -> str:
    """Return the address of the host to ask about: `src` or `dst` of the alert, or an address.

    Raises:
        UsageError: the alert has no such address.
    """
    if wanted not in ("src", "dst"):
        return str(parse_address(wanted))
    text = alert.get(wanted)
    try:
        return str(ipaddress.ip_address(text)) if isinstance(text, str) else str(ipaddress.ip_address(""))
    except ValueError:
        raise UsageError(f"the alert has no address as its {wanted}", "name the host with --host ADDRESS") from None


def append_enrichment(path: str, alert: dict[str, Any], found: dict[str, Any]) -> None:
    """Write the alert back, `found` at the end of its enrichments; the file is replaced whole.

    Raises:
        FileError: it cannot be written.
    """
    entries = [*alert.get("enrichment", []), found][-MOST_ENTRIES:]
    with AtomicFile(path, overwrite=True) as file:
        file.write((json.dumps({**alert, "enrichment": entries}, indent=2) + "\n").encode())
        file.commit()
