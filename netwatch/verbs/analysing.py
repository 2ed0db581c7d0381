"""What verbs without a screen have in common: a session as the options want it, run to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.errors import CaptureError, FileError
from netwatch.verbs.detecting import detection_settings, name_history
from netwatch.verbs.displaying import display_filter, ending_filter
from netwatch.verbs.interrupt import Interrupt

if TYPE_CHECKING:
    import argparse

    from netwatch.capture.autostop import Limits
    from netwatch.run.session import Session
    from netwatch.verbs.opening import Opened

READ_TIMEOUT = 0.2
"""Seconds between two looks at the clock and at signals."""


def session_of(options: argparse.Namespace, opened: Opened, limits: Limits, buffer_bytes: int = 0) -> Session:
    """Return a session of what was opened, in which `-Y` decides what is seen; it keeps `buffer_bytes` of packets.

    Raises:
        FilterError: one of the filters is not understood; the source is closed.
    """
    from netwatch.run.session import Session
    from netwatch.track.buffer import PacketBuffer

    shown, until = display_filter(options, opened), ending_filter(options, opened)
    return Session(
        source=opened.source,
        buffer=PacketBuffer(buffer_bytes),
        capture_filter=opened.settings.capture_filter,
        own_session=opened.own_session,
        limits=limits,
        detect=detection_settings(opened.settings),
        name_history=name_history(opened.settings),
        shown=shown,
        until=until,
    )


def run_to_end(session: Session) -> None:
    """Read until the source ends or the user interrupts."""
    with Interrupt(session.source) as interrupt:
        while not interrupt.wanted and session.step(READ_TIMEOUT):
            pass
    session.end()


def raise_what_failed(session: Session) -> None:
    """Say why a source broke.

    Raises:
        CaptureError: of an interface.
        FileError: of a file.
    """
    from netwatch.snapshot import CaptureState

    if session.state is CaptureState.FAILED:
        raise (CaptureError if session.source.live else FileError)(session.message)
