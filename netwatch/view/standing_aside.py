"""When those who look at packets held let the capture go first: it may lose packets, and they may wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netwatch.run.session import Session

PART: Final = 16384
"""Packets that are looked at together, so that whoever waits for the interpreter waits for milliseconds at most."""
BUSY: Final = 0.25
"""Share of the source's ring that may wait before the capture goes first: more than what a fast capture gathers on
purpose (an eighth), or the others would always stand aside."""
STAND_ASIDE: Final = 0.005
"""Seconds until they look again."""


def goes_first(session: Session) -> bool:
    """Return whether the capture has fallen behind."""
    return session.source.backlog > BUSY and not session.ended
