"""tcpreplay as the sender of a replay: started while there are rights, told to go after they were dropped."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netwatch.errors import NetwatchError, UsageError
from netwatch.lab.parent_death import end_with_parent
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_BYTES: Final = 1 << 30
"""Of the capture, which is held in memory."""
_BLOCK: Final = 5000
_SENT: Final = re.compile(r"Successful packets:\s+(\d+)")
_SECONDS: Final = re.compile(r"sent in ([\d.]+) seconds")


@dataclass(frozen=True, slots=True)
class Sent:
    """What tcpreplay says that it sent."""

    packets: int
    seconds: float


class TcpReplay:
    """A child process that keeps the rights to send, waits, and becomes tcpreplay when it is told to.

    It reads frames from memory that this process fills after it gave up its own rights, so that nothing reads a
    capture file with rights. It ends with this process.
    """

    def __init__(self, interface: str) -> None:
        """Start the child, which does nothing yet.

        Raises:
            UsageError: tcpreplay is not installed.
        """
        program = shutil.which("tcpreplay")
        if program is None:
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
        """Hold these frames, (seconds, bytes) each; return how many, how many bytes, and the seconds they span.

        Raises:
            NetwatchError: they are too many.
        """
        from netwatch.capture.pcap_writer import PcapWriter
        from netwatch.lab.frame_block import ethernet_block

        writer = PcapWriter(self, link_type=1, nanoseconds=False)
        block: list[tuple[float, bytes]] = []
        count = octets = 0
        first = last = 0.0
        for time_, data in packets:
            first = time_ if not count else first
            last = max(last, time_)
            count += 1
            octets += len(data)
            if octets + 16 * count > MOST_BYTES:
                raise NetwatchError(
                    "the capture is larger than 1 GiB, which tcpreplay is not given", "leave out --engine"
                )
            block.append((time_, data))
            if len(block) == _BLOCK:
                writer.write(ethernet_block(block))
                block = []
        if block:
            writer.write(ethernet_block(block))
        return count, octets, last - first

    def write(self, data: bytes) -> None:
        """Take bytes of the capture; what makes this a ByteSink."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._frames, view) :]

    def go(self, words: list[str], stopped: Callable[[], bool]) -> Sent:
        """Let tcpreplay run with these options until it has ended or a stop is wanted.

        Raises:
            NetwatchError: it failed.
        """
        os.write(self._start, "\n".join(words).encode())
        self.close()
        told = False
        while True:
            child, status = os.waitpid(self.child, os.WNOHANG)
            if child:
                break
            if stopped() and not told:
                told = True
                try:
                    os.kill(self.child, signal.SIGINT)
                except PermissionError:
                    # it is root's, and this process no longer is; Ctrl-C reached it by itself, else it ends with us
                    return Sent(0, 0.0)
            time.sleep(0.02)
        text = os.pread(self._output, 1 << 16, 0).decode("utf-8", "replace")
        sent, seconds = _SENT.search(text), _SECONDS.search(text)
        if sent is None or (os.waitstatus_to_exitcode(status) != 0 and not told):
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            raise NetwatchError(f"tcpreplay failed: {printable(lines[-1] if lines else 'it said nothing', 200)}")
        return Sent(int(sent[1]), float(seconds[1]) if seconds else 0.0)

    def close(self) -> None:
        """Let a child that was not told to go end. May be called twice."""
        if self._start >= 0:
            os.close(self._start)
            self._start = -1

    def _become(self, program: str, interface: str, waiting: int) -> None:
        """In the child: wait for the options, then run tcpreplay; no word means that nothing is to be sent."""
        end_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        received = b""
        while piece := os.read(waiting, 4096):
            received += piece
        if not received:
            os._exit(0)
        words = [
            word for word in received.decode().split("\n") if re.fullmatch(r"--(pps|multiplier|loop)=[\d.]+", word)
        ]
        os.dup2(self._output, 1)
        os.dup2(self._output, 2)
        os.set_inheritable(self._frames, True)
        words = [program, f"--intf1={interface}", *words, f"/proc/self/fd/{self._frames}"]
        os.execv(program, words)  # noqa: S606  # there is no shell to begin with
