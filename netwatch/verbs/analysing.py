"""What verbs without a screen have in common: a session as the options want it, run to its end."""

from __future__ import annotations

import time
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from netwatch.errors import CaptureError, FileError
from netwatch.threads.garbage import Garbage
from netwatch.verbs.detecting import detection_settings, name_history
from netwatch.verbs.displaying import display_filter, ending_filter
from netwatch.verbs.interrupt import Interrupt
from netwatch.verbs.opening import files_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from netwatch.capture.autostop import Limits
    from netwatch.detect.detection import Detection
    from netwatch.run.session import Session
    from netwatch.track.checksums import ChecksumCounter
    from netwatch.track.watcher import Watcher
    from netwatch.verbs.opening import Opened


class Alerts(Enum):
    """When they are asked for."""

    AT_ONCE = "with the packets that show them"
    IN_ORDER = "in the order of the packets"
    AT_END = "when everything was read"
    NEVER = "not at all"


LARGE = 8 << 20
"""Bytes of files below which a second process is not worth its start."""
READ_TIMEOUT = 0.2
"""Seconds between two looks at the clock and at signals."""


def session_of(
    options: argparse.Namespace,
    opened: Opened,
    limits: Limits,
    buffer_bytes: int = 0,
    *,
    alerts: Alerts = Alerts.AT_ONCE,
    checksums: ChecksumCounter | None = None,
) -> Session:
    """Return a session of what was opened, in which `-Y` decides what is seen; it keeps `buffer_bytes` of packets.

    Alerts that nobody asks for at once are looked for by another processor, where there is one and the files are
    worth it; there `checksums` judges packets too. Those of a live capture are not judged.

    Raises:
        FilterError: one of the filters is not understood; the source is closed.
    """
    from netwatch.run.session import Session
    from netwatch.track.buffer import PacketBuffer

    shown, until = display_filter(options, opened), ending_filter(options, opened)
    detection, watcher = _detection(options, alerts, None if opened.source.live else checksums)
    return Session(
        source=opened.source,
        buffer=PacketBuffer(buffer_bytes),
        capture_filter=opened.settings.capture_filter,
        own_session=opened.own_session,
        limits=limits,
        detect=detection_settings(opened.settings, opened.settings_file),
        name_history=name_history(opened.settings),
        shown=shown,
        until=until,
        make_detection=detection,
        watcher=watcher,
    )


def _detection(
    options: argparse.Namespace, alerts: Alerts, checksums: ChecksumCounter | None
) -> tuple[Callable[..., Detection], Watcher | None]:
    """Return what finds alerts in time, and what else is to see all packets in this process."""
    from netwatch.detect.apart import DetectionApart, DetectionTold, can_be_apart
    from netwatch.detect.detection import Detection
    from netwatch.detect.no_detection import NoDetection

    if alerts is Alerts.NEVER:
        return NoDetection, checksums
    if alerts is Alerts.AT_ONCE or options.follow or _bytes_of(options) < LARGE or not can_be_apart():
        return Detection, checksums
    return partial(DetectionApart if alerts is Alerts.AT_END else DetectionTold, checksums=checksums), None


def _bytes_of(options: argparse.Namespace) -> int:
    """Return how large the files are, as far as they are there."""
    return sum(path.stat().st_size for path in map(Path, files_of(options)) if path.is_file())


def run_to_end(session: Session) -> None:
    """Read until the source ends or the user interrupts."""
    with Interrupt(session.source) as interrupt, Garbage(time.monotonic()) as garbage:
        while not interrupt.wanted and session.step(READ_TIMEOUT):
            garbage.look(time.monotonic())
        session.stop()


def raise_what_failed(session: Session) -> None:
    """Say why a source broke.

    Raises:
        CaptureError: of an interface.
        FileError: of a file.
    """
    from netwatch.snapshot import CaptureState

    if session.state is CaptureState.FAILED:
        raise (CaptureError if session.source.live else FileError)(session.message)
