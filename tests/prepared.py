"""Commands of netwatch for tests: each is a process of its own, forked from one that has imported everything before.

Starting Python and importing numpy and netwatch takes a second of CPU, a fork some milliseconds. As when it starts by
itself a command has its own arguments, folder, environment, streams, rights and exit status; no thread is there before
the fork. The tests of signals, pipes and rights start `python -m netwatch` itself, and that of the wheel installs it.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from netwatch.__main__ import main

PATIENCE = 180.0
"""Seconds that a command may take on a busy machine."""
LONGEST = 1 << 20
"""Bytes of a request."""


def netwatch(*words: str | Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command to its end; `typed` is what its standard input holds."""
    request = {"words": [str(word) for word in words], "folder": os.getcwd(), "environment": dict(os.environ)}
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        given.write(typed.encode())
        given.seek(0)
        socket.send_fds(_server(), [json.dumps(request).encode()], [given.fileno(), out.fileno(), errors.fileno()])
        status = json.loads(_server().recv(LONGEST))
        out.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(request["words"], status, out.read().decode(), errors.read().decode())


@cache
def _server() -> socket.socket:
    """Return the way to the process that forks; it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.prepared", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        cwd=Path(__file__).parents[1],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    theirs.close()
    ours.settimeout(PATIENCE)

    def end() -> None:
        ours.close()
        process.wait(PATIENCE)

    atexit.register(end)
    return ours


def serve(requests: socket.socket) -> bool:
    """Fork for each request and answer with its exit status until nobody asks; return whether this is a fork."""
    for verb in ("events", "record", "report"):
        import_module(f"netwatch.verbs.{verb}")
    for more in ("run.session", "export.report", "export.report_text", "export.report_html"):
        import_module(f"netwatch.{more}")
    gc.freeze()
    while True:
        message, streams, _, _ = socket.recv_fds(requests, LONGEST, 3)
        if not message:
            return False
        child = os.fork()
        if child == 0:
            requests.close()
            become(json.loads(message), streams)
            return True
        for stream in streams:
            os.close(stream)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        requests.send(json.dumps(status).encode())


def become(request: dict[str, Any], streams: list[int]) -> None:
    """Take the arguments, the folder, the environment and the streams of a command."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["folder"])
    sys.argv = ["netwatch", *request["words"]]


if __name__ == "__main__" and serve(socket.socket(fileno=int(sys.argv[1]))):
    main()
