"""The form that every source of frames has: an interface, a file, a pipe or the demo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netwatch.capture.bpf import CaptureFilter
    from netwatch.capture.frames import FrameInterface, Frames
    from netwatch.snapshot import Replay


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
    read_bytes: int | None = None
    """Bytes of files that were read, as they are on the disk; None for what is no file."""
    growing: bool = False
    """All there is was read, and more is expected."""
    truncated: bool = False
    """The file ended inside a frame."""
    message: str = ""
    """A state that the user should see, such as `eth0 is down`; empty when all is well."""
    remark: str = ""
    """What makes a capture that goes on worse than it was meant to be, such as a smaller ring."""
    replay: Replay | None = None
    """Where a replay is; None for what is none."""

    def after(self, earlier: SourceCounters) -> SourceCounters:
        """Return these with the losses of an earlier source added; what neither knows stays unknown."""

        def total(name: str) -> int | None:
            known = [value for value in (getattr(earlier, name), getattr(self, name)) if value is not None]
            return sum(known) if known else None

        return replace(
            self, received=total("received"), dropped=total("dropped"), interface_dropped=total("interface_dropped")
        )


class FrameArchive(Protocol):
    """Where frames that were handed out can be had again, in any thread, also after the source was closed."""

    def reread(self, number: int) -> tuple[int, Frames]:
        """Return a block that holds frame `number`, counted from 1 in the order of reading, and its first number.

        Raises:
            LookupError: there was no such frame, or it cannot be had again.
            FileError: the file is not what it was.
        """
        ...


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

    @property
    def archive(self) -> FrameArchive | None:
        """What reads frames again; None where they are gone once they were handed out."""
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

    def rest(self) -> Iterable[Frames]:
        """Let nothing more come, and return what came already and was not read; of files nothing.

        For who will close the source: there is nothing to read afterwards.

        Raises:
            CaptureError: what comes cannot be ended.
        """
        ...

    def close(self) -> None:
        """Give back what the source holds. May be called twice."""
        ...
