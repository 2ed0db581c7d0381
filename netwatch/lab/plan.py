"""What a tool is about to do, decided and checked before any right is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.lab.bench import Bench
    from netwatch.lab.results import Results
    from netwatch.lab.wire import Wire


@dataclass(frozen=True, slots=True)
class Plan:
    """A tool with its arguments."""

    run: Callable[[Bench], Results]
    listen: str | None
    """BPF expression of what may be an answer; None for a tool that does not listen."""
    interface: str | None = None
    """The only interface to listen and send on; None lets the routing table decide. Frames need one."""
    frames: bool = False
    """True when whole Ethernet frames are sent."""
    wire: Callable[[], Wire] | None = None
    """Makes a wire that needs no rights; None for the packet sockets."""
    before_drop: Callable[[], None] | None = None
    """Called while there are still rights, for a child process that is to keep the right to send."""
    note: str = ""
    """What to tell the user first."""
    confirm: bool = False
    """Ask whether that may be done."""
