"""What live tests of the lab tools run inside a namespace: each command line is run in a fresh child process.

Takes lists of arguments as JSON on standard input, one a line, and answers each with status, output, errors, and how
many packets left the namespace meanwhile. Scapy is imported once, so that a run takes no second for it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from typing import Any


class Recorder:
    """Hears what leaves this namespace, and leaves out what its kernel says by itself to keep the link going."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self._socket.setblocking(False)

    def sent(self) -> int:
        """Return how many frames left since the last call."""
        count = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, address = self._socket.recvfrom(65536)
                count += address[2] == 4 and not _of_the_kernel(frame)
        return count


def _of_the_kernel(frame: bytes) -> bool:
    """Unicast ARP and neighbour discovery keep neighbours alive; router solicitations and MLD come with an address."""
    kind = frame[12:14]
    if kind == b"\x08\x06":
        return not frame[0] & 1
    if kind != b"\x86\xdd":
        return False
    if frame[20] == 0:  # hop-by-hop options before MLD
        return True
    return frame[20] == 58 and (frame[54] in (133, 134, 143) or (frame[54] in (135, 136) and not frame[0] & 1))


def run(words: list[str], recorder: Recorder) -> dict[str, Any]:
    """Run netwatch with these arguments in a child process."""
    # The kernel asks for some seconds more for neighbours that an earlier run wanted in vain
    subprocess.run(["ip", "neigh", "flush", "nud", "incomplete"], check=True, capture_output=True)
    recorder.sent()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            status = 99
            try:
                from netwatch.cli import main as netwatch

                sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115  # they outlive this
                status = netwatch(words)
                sys.stdout.flush()
            finally:
                sys.stderr.flush()
                os._exit(status)
        _, status = os.waitpid(child, 0)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    code = os.waitstatus_to_exitcode(status)
    return {"status": code, "out": texts[0], "err": texts[1], "sent": recorder.sent()}


def main() -> None:
    """Serve."""
    import scapy.layers.all  # noqa: F401 - the children have it then

    import netwatch.capture.file_source
    import netwatch.decode.decoder
    import netwatch.track.neighbours
    import netwatch.verbs.lab  # noqa: F401 - as above

    recorder = Recorder()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line), recorder)), flush=True)


if __name__ == "__main__":
    main()
