"""Real services in a lab network, as far as they are installed: a web server and a DNS server."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netwatch.errors import NetwatchError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PATIENCE: Final = 5.0
"""Seconds that a service may take to listen, or to end."""
_NGINX: Final = """daemon off; master_process off; user root; pid {folder}/nginx.pid; error_log stderr error;
events {{ }}
http {{
    access_log off; client_body_temp_path {folder}/tmp; proxy_temp_path {folder}/tmp; fastcgi_temp_path {folder}/tmp;
    uwsgi_temp_path {folder}/tmp; scgi_temp_path {folder}/tmp; default_type text/html;
    server {{ listen 80; listen [::]:80; root {folder}/www; }}
}}
"""
_PAGE: Final = "<!doctype html><title>lab</title><p>A page of the lab's server.</p>\n"


@dataclass(frozen=True, slots=True)
class Service:
    """A running service."""

    name: str
    pid: int
    port: int


def services_for() -> list[str]:
    """Return the programs that are installed, of those that a lab can use."""
    return [name for name in ("nginx", "dnsmasq") if shutil.which(name) is not None]


def start_service(name: str, space: str, folder: Path) -> Service | None:
    """Start a service in a namespace and wait until it listens; None, and nothing left, when it does not."""
    if name == "nginx":
        (folder / "www").mkdir()
        (folder / "www/index.html").write_text(_PAGE)
        (folder / "tmp").mkdir()
        (folder / "nginx.conf").write_text(_NGINX.format(folder=folder))
        command, port = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], 80
    else:
        command, port = (
            ["dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "--pid-file=", "--address=/lab.test/10.98.1.10"],
            53,
        )
    process = _start(space, command, subprocess.DEVNULL)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if _listens(space, port):
            return Service(name, process.pid, port)
        time.sleep(0.05)
    process.kill()
    process.wait(PATIENCE)
    return None


def start_wire(space: str, loss: float, delay: float) -> Service:
    """Start the process that carries frames between `near` and `far`, and wait until it does.

    Raises:
        NetwatchError: it did not.
    """
    words = [sys.executable, "-m", "netwatch.lab.long_wire", "near", "far", f"{loss:g}", f"{delay:g}"]
    heard, told = os.pipe()
    process = _start(space, words, told)
    os.close(told)
    with os.fdopen(heard, "rb") as ready:
        if ready.readline():
            return Service("wire", process.pid, 0)
    process.wait(PATIENCE)
    raise NetwatchError("the process that delays and loses packets does not start", "leave out --loss and --delay")


def end_services(pids: Iterable[int], space: str) -> None:
    """End processes, only those that are in the namespace: a number may belong to somebody else by now."""
    mine = set(pids) & _processes_of(space)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in mine:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        end = time.monotonic() + PATIENCE
        while (mine := mine & _processes_of(space)) and time.monotonic() < end:
            time.sleep(0.05)


def _start(space: str, command: list[str], output: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["ip", "netns", "exec", space, *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )


def _processes_of(space: str) -> set[int]:
    done = subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True, check=False, timeout=20)
    return {int(word) for word in done.stdout.split() if word.isdigit()}


def _listens(space: str, port: int) -> bool:
    """Return whether somebody listens on a TCP port in a namespace, by its /proc/net/tcp (state 0A is LISTEN)."""
    command = ["ip", "netns", "exec", space, "cat", "/proc/net/tcp"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    rows = (line.split() for line in done.stdout.splitlines()[1:])
    return any(len(row) > 3 and row[3] == "0A" and row[1].endswith(f":{port:04X}") for row in rows)
