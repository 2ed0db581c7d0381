"""netwatch asks and calls nobody: neither when it is imported, nor when it starts, reads files or looks around."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from tests.scenes import day, frames_of

if TYPE_CHECKING:
    from pathlib import Path

WATCHED = """
import sys
CALLS = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
         "socket.gethostbyaddr", "socket.getnameinfo", "urllib.Request", "http.client.connect"}
def told(event, arguments):
    if event in CALLS:
        sys.stderr.write(f"contact: {event} {arguments}\\n")
sys.addaudithook(told)
"""
"""Processes that are forked tell too."""
IMPORTS = """
import importlib, pkgutil, netwatch
for module in pkgutil.walk_packages(netwatch.__path__, "netwatch."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""
COMMAND = """
from netwatch.cli import main
sys.exit(main(sys.argv[1:]))
"""
ON_PURPOSE = """
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("127.0.0.1", 9))
"""


def contacts(body: str, *words: str) -> list[str]:
    """Run `body` in a process of its own, which must succeed, and return whom it asked or called."""
    program = [sys.executable, "-c", WATCHED + body, *words]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stderr.splitlines() if line.startswith("contact: ")]


def test_what_is_sent_on_purpose_is_noticed() -> None:
    """Or silence were no proof."""
    (noticed,) = contacts(ON_PURPOSE)
    assert "socket.sendto" in noticed


def test_no_import_contacts_anything() -> None:
    """Every module, with all that each of them imports in turn."""
    assert contacts(IMPORTS) == []


@pytest.mark.parametrize(
    "words",
    [["--help"], ["-D"], ["report", "-r"], ["events", "-r"], ["doctor"]],
    ids=lambda words: words[0].lstrip("-"),
)
def test_no_start_contacts_anything(words: list[str], tmp_path: Path) -> None:
    """Names and addresses of packets are looked up nowhere."""
    path = tmp_path / "scene.pcap"
    save(str(path), [(frames_of(day()), None)], [FrameInterface("eth0")])
    assert contacts(COMMAND, *words, *([str(path)] if words[-1] == "-r" else [])) == []
