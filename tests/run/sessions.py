"""Sessions of scenes, whose clock stands still."""

from __future__ import annotations

from netwatch.run.session import Session
from netwatch.track.buffer import PacketBuffer
from tests.scenes import START_NS, SceneSource, day

PACKETS = day()


def session_of(source: SceneSource, **options: object) -> Session:
    """Return a session whose clock the test moves by `now`."""
    return Session(source, PacketBuffer(1 << 24), clock=lambda: START_NS / 1e9, **options)
