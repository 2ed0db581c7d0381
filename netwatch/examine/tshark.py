"""One packet through tshark, where it is installed: a child without rights, with a limit on its time and its words."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import tempfile
import time
from typing import IO, TYPE_CHECKING, Any, Final

from netwatch.capture.pcap_writer import PcapWriter
from netwatch.errors import NetwatchError
from netwatch.text import printable, printable_bytes

if TYPE_CHECKING:
    from netwatch.capture.frames import Frames

SECONDS: Final = 10.0
"""Time that tshark may take; it needs half a second to start."""
MOST_BYTES: Final = 1 << 20
"""Bytes of its answer that are read."""
MEMORY: Final = 2 << 30
"""Bytes of address space that it may take, where the system can limit that."""
NOBODY: Final = "nobody"
COMMAND: Final = ("-r", "-", "-V", "-n", "-c", "1")
"""Without looking up names, so that nothing is sent."""


def tshark_lines(frames: Frames, position: int, program: str = "tshark") -> list[str]:
    """Return tshark's dissection of the frame at `position` as printable lines.

    Raises:
        NetwatchError: tshark is not installed, took too long or failed.
    """
    path = shutil.which(program)
    if path is None:
        raise NetwatchError(f"{printable(program)} is not installed", "with it, D shows its dissection of the packet")
    with tempfile.TemporaryFile() as capture, tempfile.TemporaryFile() as errors:
        writer = PcapWriter(_Sink(capture))
        writer.write(frames, slice(position, position + 1))
        capture.seek(0)
        answer, status = _run([path, *COMMAND], capture, errors)
        if not answer:
            errors.seek(0)
            said = printable_bytes(errors.read(4096).strip().splitlines()[-1] if errors.seek(0, 2) else b"", 200)
            raise NetwatchError(f"tshark failed: {said or f'status {status}'}")
    return [printable_bytes(line) for line in answer.splitlines()]


class _Sink:
    """Implements ByteSink for an ordinary file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: Any) -> None:
        """Append bytes."""
        self._file.write(data)


def _run(command: list[str], capture: IO[bytes], errors: IO[bytes]) -> tuple[bytes, int]:
    rights: dict[str, Any] = {"user": NOBODY, "extra_groups": ()} if os.geteuid() == 0 else {}
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}

    def begin(rights: dict[str, Any]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, stdin=capture, stdout=subprocess.PIPE, stderr=errors, env=environment, cwd="/",
            start_new_session=True, **rights,
        )  # fmt: skip

    try:
        try:
            child = begin(rights)
        except PermissionError:
            # Root that gave its capabilities up cannot become anybody else, and its children have none either
            child = begin({})
    except (OSError, KeyError) as error:
        raise NetwatchError(f"tshark cannot be started: {printable(str(error))}") from None
    _limit_memory(child.pid)
    try:
        answer = _read(child)
    finally:
        child.kill()
        status = child.wait()
    return answer, status


def _read(child: subprocess.Popen[bytes]) -> bytes:
    """Return what the child says until it ends, as far as there is room.

    Raises:
        NetwatchError: its time is over.
    """
    pipe, end, parts, room = child.stdout, time.monotonic() + SECONDS, [], MOST_BYTES
    while pipe is not None and room > 0:
        left = end - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise NetwatchError(f"tshark took more than {SECONDS:.0f} s")
        part = os.read(pipe.fileno(), min(room, 1 << 16))
        if not part:
            break
        parts.append(part)
        room -= len(part)
    if pipe is not None:
        pipe.close()
    return b"".join(parts)


def _limit_memory(process: int) -> None:
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):  # only Linux can limit another process
        import resource

        resource.prlimit(process, resource.RLIMIT_AS, (MEMORY, MEMORY))
