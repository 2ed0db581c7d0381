"""tcpreplay as the sender of a replay: a child with the right to send and no other, told to go later."""

from __future__ import annotations

import contextlib
import math
import os
import re
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netwatch.capture.capabilities import CAP_NET_RAW
from netwatch.capture.privileges import drop_privileges
from netwatch.errors import NetwatchError, UsageError
from netwatch.lab.parent_death import end_with_parent
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_BYTES: Final = 256 << 20
"""Of the capture, which is held in memory."""
_BLOCK: Final = 5000
_BEGIN: Final = 1.0
"""Seconds since the epoch of the first frame: tcpreplay takes 0 for no time at all."""
_PATIENCE: Final = 5.0
"""Seconds that tcpreplay may take to say what it sent once it is asked to end."""
_SENT: Final = re.compile(r"Successful packets:\s+(\d+)")
_ACTUAL: Final = re.compile(r"\((\d+) bytes\) sent in ([\d.]+) seconds")
_OPTION: Final = re.compile(r"--(?:loop|loopdelay-ms|multiplier)=\d{1,6}|--pps=\d{1,6}(?:\.\d{1,6})?|--timer=nano")


class TooLargeError(NetwatchError):
    """The capture is more than tcpreplay is given, since that is held in memory."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What tcpreplay says that it sent."""

    packets: int
    octets: int
    seconds: float


def installed() -> bool:
    """Return whether there is a tcpreplay that can be given frames in memory, which only Linux has for that."""
    return sys.platform == "linux" and shutil.which("tcpreplay") is not None


class TcpReplay:
    """A child process that keeps the right to send, waits, and becomes tcpreplay when it is told to.

    It reads frames from memory that this process fills after it gave up its own rights, so that nothing reads a
    capture file with rights. It ends with this process.
    """

    def __init__(self, interface: str) -> None:
        """Start the child, which does nothing yet.

        Raises:
            UsageError: tcpreplay is not installed, or this is not Linux.
        """
        program = shutil.which("tcpreplay")
        if program is None or not installed():
            raise UsageError("tcpreplay is not installed", "leave out --engine")
        self._frames = os.memfd_create("netwatch-replay")
        self._output = os.memfd_create("netwatch-tcpreplay")
        waiting, self._start = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            try:
                os.close(self._start)
                self._become(program, interface, waiting)
            finally:
                os._exit(127)
        os.close(waiting)

    def fill(self, packets: Iterable[tuple[float, bytes]]) -> tuple[int, int, float]:
        """Hold these frames, (seconds from the first one on, bytes) each; return frames, bytes and the last's seconds.

        Raises:
            TooLargeError: they are too many.
        """
        from netwatch.capture.pcap_writer import PcapWriter
        from netwatch.lab.frame_block import ethernet_block

        writer = PcapWriter(self, link_type=1, nanoseconds=False)
        block: list[tuple[float, bytes]] = []
        count = octets = 0
        seconds = 0.0
        for seconds, data in packets:
            count += 1
            octets += len(data)
            if octets + 16 * count > MOST_BYTES:
                raise TooLargeError(
                    f"the capture is larger than {MOST_BYTES >> 20} MiB, which tcpreplay is not given",
                    "leave out --engine",
                )
            block.append((_BEGIN + seconds, data))
            if len(block) == _BLOCK:
                writer.write(ethernet_block(block))
                block = []
        if block:
            writer.write(ethernet_block(block))
        return count, octets, seconds

    def write(self, data: bytes) -> None:
        """Take bytes of the capture; what makes this a ByteSink."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._frames, view) :]

    def go(self, loops: int, rate: float, wait: Callable[[], bool], *, steady: bool) -> Sent:
        """Send the frames `loops` times, `rate` a second where that is `steady`, else each when its time says.

        `wait` is called while that goes on and returns True when it is to end.

        Raises:
            NetwatchError: tcpreplay failed.
        """
        words = [f"--pps={rate:f}"] if steady else ["--timer=nano", "--multiplier=1"]
        if loops > 1:
            words += [f"--loop={loops}"]
            if not steady:
                words += [f"--loopdelay-ms={math.ceil(1000 / rate)}"]
        with contextlib.suppress(BrokenPipeError):
            os.write(self._start, "\n".join(words).encode())
        self.close()
        stopped = False
        give_up = float("inf")
        while True:
            child, status = os.waitpid(self.child, os.WNOHANG)
            if child:
                break
            if wait() and not stopped:
                stopped = True
                give_up = time.monotonic() + _PATIENCE
                os.kill(self.child, signal.SIGINT)
            if time.monotonic() > give_up:
                os.kill(self.child, signal.SIGKILL)
            time.sleep(0.02)
        text = os.pread(self._output, 1 << 16, 0).decode("utf-8", "replace")
        sent, actual = _SENT.search(text), _ACTUAL.search(text)
        if sent is None or actual is None or (os.waitstatus_to_exitcode(status) != 0 and not wait()):
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            reason = printable(lines[-1] if lines else "it said nothing", 200)
            raise NetwatchError(f"tcpreplay failed: {reason}", "--engine netwatch sends without it")
        return Sent(int(sent[1]), int(actual[1]), float(actual[2]))

    def close(self) -> None:
        """Let a child that was not told to go end. May be called twice."""
        if self._start >= 0:
            os.close(self._start)
            self._start = -1

    def _become(self, program: str, interface: str, waiting: int) -> None:
        """In the child: wait for the options, then run tcpreplay; no word means that nothing is to be sent."""
        drop_privileges(keep=CAP_NET_RAW)
        end_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        received = b""
        while piece := os.read(waiting, 4096):
            received += piece
        if not received:
            os._exit(0)
        words = [word for word in received.decode().split("\n") if _OPTION.fullmatch(word)]
        os.dup2(self._output, 1)
        os.dup2(self._output, 2)
        os.set_inheritable(self._frames, True)
        words = [program, f"--intf1={interface}", *words, f"/proc/self/fd/{self._frames}"]
        os.execv(program, words)  # noqa: S606  # there is no shell to begin with
