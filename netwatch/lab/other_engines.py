"""What Suricata or Zeek, where they are installed, find in a capture file: for comparison."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from netwatch.errors import NetwatchError, UsageError
from netwatch.lab.check import Found
from netwatch.lab.input_file import InputFileError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Parsed = TypeVar("Parsed")
PATIENCE: Final = 600.0
"""Seconds that an engine may take for one capture."""
MOST_LINES: Final = 1_000_000


def alerts_of(engine: str, capture: str, rules: Sequence[str] = ()) -> list[Found]:
    """Return the alerts of `suricata` or the notices of `zeek`, named as these name them.

    With `rules`, files in the Suricata language, Suricata uses these and none of its own.

    Raises:
        UsageError: rules for zeek.
        InputFileError: the capture or a file of rules cannot be read.
        NetwatchError: the engine is not installed, has no rules, fails or takes too long.
    """
    if rules and engine == "zeek":
        raise UsageError("zeek takes no rules of Suricata", "leave out --rules")
    program = shutil.which(engine)
    if program is None:
        raise NetwatchError(f"{engine} is not installed", "leave out --engine to use netwatch's own detectors")
    path = str(Path(capture).absolute())
    with tempfile.TemporaryDirectory(prefix="netwatch-") as folder:
        if engine == "suricata":
            only = ["-S", _joined(rules, Path(folder))] if rules else []
            _run([program, "-r", path, "-l", folder, "-k", "none", *only], folder, engine)
            events = Path(folder, "eve.json")
            _require_work_done(_read(events, _statistics), capture)
            return list(_read(events, _of_suricata))
        _run([program, "-C", "-r", path, "LogAscii::use_json=T", "local"], folder, engine)
        return list(_read(Path(folder, "notice.log"), _of_zeek))


def _joined(rules: Sequence[str], folder: Path) -> str:
    """Return one file with all rules, since Suricata takes no more than one beside its configuration."""
    whole = folder / "netwatch.rules"
    with whole.open("wb") as file:
        for rule_file in rules:
            try:
                file.write(Path(rule_file).read_bytes() + b"\n")
            except OSError as error:
                raise InputFileError(f"cannot read {printable(rule_file)}: {error.strerror}") from error
    return str(whole)


def _require_work_done(statistics: Iterable[tuple[int, int]], capture: str) -> None:
    """Suricata ends with status 0 also when it had no rule at all or could not read the capture.

    Raises:
        NetwatchError: one of that was so, or nothing says that it was not.
    """
    last = max(statistics, default=None)
    if last is None:
        raise NetwatchError("suricata wrote no statistics into eve.json", "its suricata.yaml must have that output on")
    packets, rules = last
    if not rules:
        raise NetwatchError("suricata has no rules, so it finds nothing", "give it some with --rules FILE")
    if not packets:
        raise InputFileError(f"suricata read no packet of {printable(capture)}")


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


def _read(path: Path, parse: Callable[[dict[str, Any]], Parsed | None]) -> Iterator[Parsed]:
    if not path.exists():
        return
    with path.open("r", errors="replace") as file:
        for _, line in zip(range(MOST_LINES), file, strict=False):
            try:
                found = parse(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError, IndexError):
                continue  # a line of another kind
            if found is not None:
                yield found


def _statistics(event: dict[str, Any]) -> tuple[int, int] | None:
    """Return (packets decoded, rules loaded) so far."""
    if event["event_type"] != "stats":
        return None
    stats = event["stats"]
    return int(stats["decoder"]["pkts"]), int(stats["detect"]["engines"][0]["rules_loaded"])


def _of_suricata(event: dict[str, Any]) -> Found | None:
    if event["event_type"] != "alert":
        return None
    time = datetime.fromisoformat(event["timestamp"]).timestamp()
    name = f"suricata:{event['alert']['signature_id']}"
    return Found(name, str(event["src_ip"]), str(event["dest_ip"]), time, time)


def _of_zeek(event: dict[str, Any]) -> Found | None:
    time = float(event["ts"])
    return Found(f"zeek:{event['note']}", str(event.get("src", "")), str(event.get("dst", "")), time, time)
