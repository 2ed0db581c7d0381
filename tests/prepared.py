"""Processes for tests: each is of its own, forked from one that has imported everything before.

Starting Python and importing numpy and netwatch takes a second of CPU, a fork some milliseconds. As when it starts by
itself a process has its own arguments, folder, environment, streams, rights and exit status, its own view of a
namespace when it is to be in one; no thread is there before the fork. The tests of signals, pipes and rights start
`python -m netwatch` itself, and that of the wheel installs it.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import netwatch as package

PATIENCE = 180.0
"""Seconds that a command may take on a busy machine."""
LONGEST = 1 << 20
"""Bytes of a request."""
COMMAND = "netwatch.__main__"
NOT_PREPARED = ("netwatch.__main__", "netwatch.tui", "netwatch.lab", "netwatch.detect.names.train")
"""What is left to who needs it: Textual, Scapy, and what trains a model."""


def netwatch(*words: str | Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command to its end; `typed` is what its standard input holds."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        given.write(typed.encode())
        given.seek(0)
        arguments = [str(word) for word in words]
        status = _ask(COMMAND, arguments, dict(os.environ), [stream.fileno() for stream in (given, out, errors)])
        out.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(arguments, status, out.read().decode(), errors.read().decode())


class Running:
    """A module whose `main` runs in a process of its own; what it writes besides goes where ours goes."""

    def __init__(self, module: str, *words: str, environment: dict[str, str], namespace: str = "") -> None:
        """Start it, in a network namespace when that is named."""
        reading, typing = os.pipe()
        heard, writing = os.pipe()
        try:
            streams = [reading, writing, 2]
            process = _ask(module, list(words), environment, streams, namespace=namespace, stay=True)
        finally:
            os.close(reading)
            os.close(writing)
        # Its number is its own until the process that forked it is asked again
        self._handle = os.pidfd_open(process)
        self.given: IO[str] = os.fdopen(typing, "w")
        self.output: IO[str] = os.fdopen(heard)

    def close(self) -> None:
        """Let it read that nothing more comes, and wait until it ends, or end it."""
        self.given.close()
        ended = select.select([self._handle], [], [], PATIENCE)[0]
        if not ended:
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        os.close(self._handle)
        self.output.close()
        assert ended, "it does not end"


def _ask(
    module: str,
    words: list[str],
    environment: dict[str, str],
    streams: list[int],
    *,
    namespace: str = "",
    stay: bool = False,
) -> int:
    """Have a module run and return its exit status, or its process when it is to `stay`."""
    request = {"module": module, "words": words, "folder": os.getcwd(), "environment": environment}
    request |= {"namespace": namespace, "stay": stay}
    socket.send_fds(_server(), [json.dumps(request).encode()], streams)
    answer: int = json.loads(_server().recv(LONGEST))
    return answer


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


def serve(requests: socket.socket) -> str:
    """Fork for each request and answer it until nobody asks; return the module that a fork is to run, else nothing."""
    prepare()
    staying: list[int] = []
    while True:
        message, streams, _, _ = socket.recv_fds(requests, LONGEST, 3)
        if not message:
            return ""
        request = json.loads(message)
        staying = [one for one in staying if not os.waitpid(one, os.WNOHANG)[0]]
        child = os.fork()
        if child == 0:
            requests.close()
            become(request, streams)
            return str(request["module"])
        for stream in streams:
            os.close(stream)
        if request["stay"]:
            staying.append(child)
            answer = child
        else:
            answer = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        requests.send(json.dumps(answer).encode())


def prepare() -> None:
    """Import netwatch and read what every command reads."""
    for found in pkgutil.walk_packages(package.__path__, "netwatch."):
        if not found.name.startswith(NOT_PREPARED):
            import_module(found.name)
    import_module("netwatch.track.vendors").Vendors().load()
    gc.collect()
    gc.freeze()


def become(request: dict[str, Any], streams: list[int]) -> None:
    """Take the arguments, the folder, the environment, the streams and the namespace of a process."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    if request["namespace"]:
        from tests.live.tap import enter

        enter(request["namespace"])
    os.chdir(request["folder"])
    sys.argv = [request["module"] if request["stay"] else "netwatch", *request["words"]]


if __name__ == "__main__":
    wanted = serve(socket.socket(fileno=int(sys.argv[1])))
    if wanted:
        import_module(wanted).main()
