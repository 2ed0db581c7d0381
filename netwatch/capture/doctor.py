"""What can be captured from here, what not, and the command that mends it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netwatch.capture.check import Check, Status, fail
from netwatch.capture.doctor_network import CAPTURE, INTERFACES, examine_capture, examine_interfaces
from netwatch.capture.doctor_rights import RIGHTS, SYSTEM, examine_rights, examine_system
from netwatch.capture.doctor_software import (
    SETTINGS,
    SOFTWARE,
    TERMINAL,
    examine_settings,
    examine_software,
    examine_terminal,
)
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["Check", "Status", "examine", "render"]

_MARKS: Final = {Status.OK: "ok  ", Status.WARN: "WARN", Status.FAIL: "FAIL"}


def examine(root: Path = Path("/"), environ: Mapping[str, str] = os.environ, drawn: str = "") -> tuple[Check, ...]:
    """Look at everything that a capture depends on, in the order in which it matters.

    `drawn` says what the last run sent to its terminal; `root` is the folder that holds /proc and /sys. Needs no
    rights, changes nothing, sends nothing and never raises: what cannot be looked at is a failed check.
    """
    parts: tuple[tuple[str, Callable[[], Iterator[Check]]], ...] = (
        (RIGHTS, lambda: examine_rights(root, environ)),
        (SYSTEM, lambda: examine_system(root)),
        (INTERFACES, lambda: examine_interfaces(root)),
        (CAPTURE, lambda: examine_capture(root, environ)),
        (SOFTWARE, lambda: examine_software(root)),
        (TERMINAL, lambda: examine_terminal(environ, drawn)),
        (SETTINGS, lambda: examine_settings(environ)),
    )
    return tuple(check for topic, part in parts for check in _survived(topic, part))


def render(checks: Sequence[Check]) -> str:
    """Return the checks as lines of plain text, by topic, with a last line that counts what is to mend."""
    lines: list[str] = []
    topic = ""
    for check in checks:
        if check.topic != topic:
            topic = check.topic
            lines.append(topic)
        lines.append(f"  {_MARKS[check.status]}  {check.text}")
        if check.mend:
            lines.append(f"        -> {check.mend}")
    counts = {status: sum(check.status is status for check in checks) for status in Status}
    if counts[Status.FAIL]:
        end = f"{counts[Status.FAIL]} to mend, {counts[Status.WARN]} to know"
    else:
        end = f"captures work from here, {counts[Status.WARN]} to know" if counts[Status.WARN] else "all is well"
    return "\n".join([*lines, end])


def _survived(topic: str, part: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    try:
        yield from part()
    except Exception as error:  # noqa: BLE001 - the one command that must answer on a machine where anything is broken
        text = f"could not be looked at: {type(error).__name__}: {printable(str(error), 200)}"
        yield fail(topic, text, "report this line to the makers of netwatch")
