"""The form that every source of frames has: an interface, a file, a pipe or the demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from netwatch.capture.bpf import CaptureFilter
    from netwatch.capture.frames import FrameInterface, Frames


@dataclass(frozen=True, slots=True)
class SourceCounters:
    """What a source knows of its own losses since it was opened; None where it cannot know."""

    received: int | None = None
    """Frames that reached the capture point, dropped ones included."""
    dropped: int | None = None
    """Frames that the kernel dropped because its ring was full."""
    interface_dropped: int | None = None
    """Frames that the interface itself reports as dropped."""
    progress: float | None = None
    """Share of a file that was read, 0 to 1; None for what has no end."""
    truncated: bool = False
    """The file ended inside a frame."""
    message: str = ""
    """A state that the user should see, such as `eth0 is down`; empty when all is well."""


class Source(Protocol):
    """Something that frames are read from. One thread reads and closes; `counters` and `wake` may be called by any."""

    @property
    def name(self) -> str:
        """What is captured, for people: `eth0`, `any`, `trace.pcapng`."""
        ...

    @property
    def live(self) -> bool:
        """True when frames arrive as time passes, False for files."""
        ...

    @property
    def interfaces(self) -> tuple[FrameInterface, ...]:
        """The interfaces known so far; the tuple only ever grows."""
        ...

    @property
    def backlog(self) -> float:
        """Share of the room for waiting frames that is taken at least, 0 to 1; 0 where frames can wait for ever."""
        ...

    def read(self, timeout: float) -> Frames | None:
        """Return the next block, or None when nothing came within `timeout` seconds or `wake` was called.

        Raises:
            EOFError: there will never be more.
            CaptureError, FileError: the source broke.
        """
        ...

    def wake(self) -> None:
        """Make a `read` that waits in another thread return at once."""
        ...

    def set_filter(self, capture_filter: CaptureFilter | None) -> None:
        """Replace the capture filter; None lets everything pass.

        A live source applies it in the kernel to frames that arrive from now on. For files it must be set before
        the first read.

        Raises:
            FilterError: the expression does not compile for this source's link type.
        """
        ...

    def counters(self) -> SourceCounters:
        """Return the losses so far."""
        ...

    def close(self) -> None:
        """Give back what the source holds. May be called twice."""
        ...
