"""What Suricata or Zeek, where they are installed, find in a capture file: for comparison."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import NetwatchError
from netwatch.lab.check import Found
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENGINES: Final = ("netwatch", "suricata", "zeek")
PATIENCE: Final = 600.0
"""Seconds that an engine may take for one capture."""
MOST_LINES: Final = 1_000_000


def alerts_of(engine: str, capture: str) -> list[Found]:
    """Return the alerts of `suricata` or the notices of `zeek`, named as these name them.

    Raises:
        NetwatchError: the engine is not installed, fails or takes too long.
    """
    program = shutil.which(engine)
    if program is None:
        raise NetwatchError(f"{engine} is not installed", "leave out --engine to use netwatch's own detectors")
    path = str(Path(capture).absolute())
    with tempfile.TemporaryDirectory(prefix="netwatch-") as folder:
        if engine == "suricata":
            _run([program, "-r", path, "-l", folder, "-k", "none"], folder, engine)
            return list(_read(Path(folder, "eve.json"), _of_suricata))
        _run([program, "-C", "-r", path, "LogAscii::use_json=T", "local"], folder, engine)
        return list(_read(Path(folder, "notice.log"), _of_zeek))


def _run(command: list[str], folder: str, engine: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired as error:
        raise NetwatchError(f"{engine} took longer than {PATIENCE:g} s") from error
    except OSError as error:
        raise NetwatchError(f"cannot run {engine}: {error.strerror}") from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise NetwatchError(f"{engine} failed: {printable(lines[-1] if lines else str(done.returncode), 200)}")


def _read(path: Path, parse: Callable[[dict[str, Any]], Found | None]) -> Iterator[Found]:
    if not path.exists():
        return
    with path.open("r", errors="replace") as file:
        for _, line in zip(range(MOST_LINES), file, strict=False):
            try:
                found = parse(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                continue  # a line of another kind
            if found is not None:
                yield found


def _of_suricata(event: dict[str, Any]) -> Found | None:
    if event["event_type"] != "alert":
        return None
    time = datetime.fromisoformat(event["timestamp"]).timestamp()
    name = f"suricata:{event['alert']['signature_id']}"
    return Found(name, str(event["src_ip"]), str(event["dest_ip"]), time, time)


def _of_zeek(event: dict[str, Any]) -> Found | None:
    time = float(event["ts"])
    return Found(f"zeek:{event['note']}", str(event.get("src", "")), str(event.get("dst", "")), time, time)
