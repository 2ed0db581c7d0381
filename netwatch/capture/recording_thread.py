"""A recording in a thread of its own: what has to wait for the disk waits in memory, not in the kernel's ring."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.capture.frames import FrameInterface, Frames
    from netwatch.capture.recorder import Recorder
    from netwatch.snapshot import Recording

MOST_WAITING: Final = 256 << 20
"""Bytes of frames that may wait for the disk: a second at 500,000 packets/s of mixed sizes."""

_Block: TypeAlias = "tuple[Frames, tuple[FrameInterface, ...]]"


class RecordingThread:
    """Does with a Recorder what Recorder does, a little later; `append` waits only when MOST_WAITING bytes wait."""

    def __init__(self, recorder: Recorder, most_waiting: int = MOST_WAITING) -> None:
        """Start the thread, to which `recorder` belongs from now on."""
        self._recorder = recorder
        self._most = most_waiting
        self._waiting: deque[_Block] = deque()
        self._bytes = 0
        self._closing = False
        self._broken = ""
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    @property
    def state(self) -> Recording:
        """What is in the files by now."""
        state = self._recorder.state
        return replace(state, error=self._broken) if self._broken else state

    @property
    def finished(self) -> bool:
        """True once the recording ended by its limits."""
        return self._recorder.finished

    def append(self, frames: Frames, interfaces: Sequence[FrameInterface] = ()) -> bool:
        """Let frames be written; return False once the recording ended by its limits."""
        if self._recorder.finished or self.state.error:
            return not self._recorder.finished
        size = frames.data.nbytes
        with self._changed:
            self._changed.wait_for(lambda: not self._bytes or self._bytes + size <= self._most)
            self._waiting.append((frames, tuple(interfaces)))
            self._bytes += size
            self._changed.notify_all()
        return True

    def close(self, *, received: int | None = None, dropped: int | None = None) -> None:
        """Write what waits and complete the file. May be called twice."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self._recorder.close(received=received, dropped=dropped)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                frames, interfaces = self._waiting.popleft()
            try:
                if not self._broken:
                    self._recorder.append(frames, interfaces)
            except Exception as error:  # noqa: BLE001  # a dead thread would hold up the capture for ever
                self._broken = f"internal error: {printable(repr(error))}"
            with self._changed:
                self._bytes -= frames.data.nbytes
                self._changed.notify_all()
