"""Namespaces of our own for live tests: two hosts joined by a cable, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_numbers = count()


@dataclass(frozen=True)
class Cable:
    """Namespaces `one` (10.98.0.1) and `two` (10.98.0.2); both ends are called v0."""

    one: str
    two: str

    def run(self, namespace: str, *words: str) -> str:
        """Run a command that must succeed in a namespace and return what it writes."""
        command = ["ip", "netns", "exec", namespace, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    def ip(self, namespace: str, *words: str) -> None:
        """Configure a namespace."""
        subprocess.run(["ip", "-n", namespace, *words], check=True, capture_output=True, timeout=20)


def make_link(cable: Cable) -> None:
    """Join the namespaces, anew if they were joined before."""
    subprocess.run(
        ["ip", "link", "add", "v0", "netns", cable.one, "type", "veth", "peer", "name", "v0", "netns", cable.two],
        check=True,
        capture_output=True,
    )
    for number, name in enumerate((cable.one, cable.two), 1):
        cable.ip(name, "addr", "add", f"10.98.0.{number}/24", "dev", "v0")
        cable.ip(name, "link", "set", "v0", "up")


@pytest.fixture
def cable() -> Iterator[Cable]:
    """Two namespaces with one cable between them; nothing else can be reached from there."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and iproute2")
    prefix = f"nwl{os.getpid()}x{next(_numbers)}"
    made = Cable(f"{prefix}a", f"{prefix}b")
    for name in (made.one, made.two):
        subprocess.run(["ip", "netns", "add", name], check=True, capture_output=True)
    try:
        for name in (made.one, made.two):
            made.ip(name, "link", "set", "lo", "up")
            made.run(name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        make_link(made)
        yield made
    finally:
        for name in (made.one, made.two):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
