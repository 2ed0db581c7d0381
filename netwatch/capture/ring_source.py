"""The Linux live source: the blocks of one ring or of several in turn, and the state of their interfaces."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time
from typing import TYPE_CHECKING, Final

from netwatch.capture.frames import LINKTYPE_LINUX_SLL2, FrameInterface, Frames
from netwatch.capture.ring import RETIRE_MS
from netwatch.capture.source import SourceCounters
from netwatch.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netwatch.capture.bpf import CaptureFilter
    from netwatch.capture.bpf_program import BpfProgram
    from netwatch.capture.ring import Ring

STATE_INTERVAL: Final = 0.5
"""Seconds between looks at the state of an interface that delivers nothing."""

GATHER: Final = 0.04
"""Seconds between two reads while packets stream in, fewer when an eighth of the ring fills before. At 300,000 a second
batches of 12,000 packets cost a third less a packet than those of 4,000, and nobody sees the delay."""
LAST_BLOCK: Final = 4 * RETIRE_MS / 1000
"""Seconds that are waited at most for the block that the kernel fills when a capture ends."""
STREAM: Final = 500
"""Packets of one read that are a stream: 12,500 a second at least."""


class RingSource:
    """Live capture on Linux; implements Source."""

    live = True
    archive = None

    def __init__(
        self, rings: Sequence[Ring], name: str, capture_filter: CaptureFilter | None, also_seen: Sequence[str] = ()
    ) -> None:
        """Attach the filter and bind every ring.

        `also_seen` names the interfaces that a cooked ring will see, in the order of their kernel indexes.

        Raises:
            CaptureError: an interface cannot be opened.
            FilterError: the filter does not compile for an interface's link type.
        """
        self.name = name
        self._rings = list(rings)
        self._interface_of: dict[int, int] = {}
        self._interfaces = [ring.interface for ring in rings]
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._bell = select.poll()
        self._bell.register(self._wake, select.POLLIN)
        self._poll = select.poll()
        self._poll.register(self._wake, select.POLLIN)
        self._by_descriptor = {ring.socket.fileno(): ring for ring in rings}
        self._turn = 0
        self._message = ""
        self._look_at = 0.0
        self._read_next = 0.0
        """When the next read may begin, by the monotonic clock."""
        self._closed = False
        self._learn_interfaces(also_seen)
        self.set_filter(capture_filter)
        for ring in rings:
            ring.bind()
            self._poll.register(ring.socket.fileno(), select.POLLIN | select.POLLERR)

    @property
    def interfaces(self) -> tuple[FrameInterface, ...]:
        """The interfaces, one a ring; behind a cooked ring those that existed at the start follow."""
        return tuple(self._interfaces)

    @property
    def backlog(self) -> float:
        """See Source: that of the fullest ring."""
        return 0 if self._closed else max(ring.backlog for ring in self._rings)

    def read(self, timeout: float) -> Frames | None:
        """Return the next block of any ring, the rings in turn; see Source."""
        if self._closed:
            raise EOFError
        if not self._gather(timeout):
            return None
        begun = time.monotonic()
        frames = self._next_ready()
        if frames is None:
            self._wait(timeout)
            frames = self._next_ready()
        if frames is None:
            self._look_at_state()
        else:
            self._read_next = begun + GATHER / len(self._rings) if len(frames) >= STREAM else 0.0
            self._message = ""
            self._look_at = time.monotonic() + STATE_INTERVAL  # what delivers is well, whatever its flags say
        return frames

    def wake(self) -> None:
        """See Source."""
        with contextlib.suppress(OSError):
            os.eventfd_write(self._wake, 1)

    def set_filter(self, capture_filter: CaptureFilter | None) -> None:
        """See Source; either all rings have the new filter or all keep the old one."""
        programs = [_program_for(ring, capture_filter) if capture_filter else None for ring in self._rings]
        for ring, program in zip(self._rings, programs, strict=True):
            ring.attach(program)

    def counters(self) -> SourceCounters:
        """See Source."""
        if not self._closed:
            for ring in self._rings:
                ring.count()
        return SourceCounters(
            received=sum(ring.received for ring in self._rings),
            dropped=sum(ring.dropped for ring in self._rings),
            message=self._message,
            remark=next(filter(None, (ring.remark for ring in self._rings)), ""),
        )

    def rest(self) -> Iterator[Frames]:
        """See Source; a block that is not full is handed over when its time is up."""
        if self._closed:
            return
        for ring in self._rings:
            ring.silence()
        end = time.monotonic() + LAST_BLOCK
        while (frames := self._next_ready()) or (any(ring.unread() for ring in self._rings) and time.monotonic() < end):
            if frames:
                end = time.monotonic() + LAST_BLOCK
                yield frames
            else:
                self._wait(LAST_BLOCK)

    def close(self) -> None:
        """Unmap the rings; the sockets go back to whoever lent them."""
        if self._closed:
            return
        self.counters()
        self._closed = True
        for ring in self._rings:
            ring.close()
        os.close(self._wake)

    def _gather(self, timeout: float) -> bool:
        """Let packets gather while they stream in, unless the ring fills or somebody rings; False: they gather on."""
        left = self._read_next - time.monotonic()
        if left <= 0 or self.backlog:
            return True
        if self._bell.poll(min(left, timeout) * 1000):
            self._answer()
            return True
        return left <= timeout

    def _next_ready(self) -> Frames | None:
        for step in range(len(self._rings)):
            ring = self._rings[(self._turn + step) % len(self._rings)]
            if ring.ready():
                self._turn = (self._turn + step + 1) % len(self._rings)
                return ring.take(self._interface_of)
        return None

    def _wait(self, timeout: float) -> None:
        for descriptor, event in self._poll.poll(timeout * 1000):
            if descriptor == self._wake:
                self._answer()
            elif event & (select.POLLERR | select.POLLNVAL):
                self._by_descriptor[descriptor].clear_error()
                self._look_at = 0.0

    def _answer(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)

    def _look_at_state(self) -> None:
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + STATE_INTERVAL
        states = []
        for ring in self._rings:
            state = ring.state()
            if self._message and not state:
                with contextlib.suppress(CaptureError):
                    ring.bind()  # an interface that was made anew has another index
            if state:
                states.append(state)
        self._message = "; ".join(states)

    def _learn_interfaces(self, names: Sequence[str]) -> None:
        for name in names:
            with contextlib.suppress(OSError):
                self._interface_of[socket.if_nametoindex(name)] = len(self._interfaces)
                self._interfaces.append(FrameInterface(name, LINKTYPE_LINUX_SLL2))


def _program_for(ring: Ring, capture_filter: CaptureFilter) -> BpfProgram:
    program = capture_filter.program(ring.interface.link_type)
    return program.for_cooked_socket() if ring.cooked else program
