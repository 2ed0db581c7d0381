"""What lets a test look at a screen only once the screen has done what it was told, however busy the machine is."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import textual._wait

if TYPE_CHECKING:
    from collections.abc import Iterator

GRANULARITY = 0.002
"""Seconds: the pilot looks every 20 ms, twice a key, whether the app is idle."""
QUIET_ROUNDS = 3
"""Rounds of the event loop in a row without anything to do, after which no message is under way any more."""


@contextmanager
def patience() -> Iterator[None]:
    """Have the pilot wait for every message that is under way, and for no more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textual._wait, "SLEEP_GRANULARITY", GRANULARITY)
        for name in ("textual.app", "textual.pilot"):
            patch.setattr(f"{name}.wait_for_idle", _wait_for_idle)
        yield


async def _wait_for_idle(*seconds: float) -> None:
    """Wait as Textual does, for little CPU in a moment, and then until no message waits: CPU may go to others."""
    await textual._wait.wait_for_idle(*seconds)
    loop: Any = asyncio.get_running_loop()
    quiet = 0
    while quiet < QUIET_ROUNDS:
        await asyncio.sleep(0)
        quiet = 0 if loop._ready else quiet + 1
