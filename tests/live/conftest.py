"""Namespaces of our own for live tests: two hosts joined by a cable, gone afterwards, and what captures in them."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.live.carrier import join, wait_for_carrier
from tests.live.child import PATIENCE, Child
from tests.live.namespace_pairs import namespace_of_pairs
from tests.live.tap import TUN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_numbers = count()


@dataclass(frozen=True)
class Cable:
    """Namespaces `one` (10.98.0.1) and `two` (10.98.0.2); both ends are called v0."""

    one: str
    two: str

    def run(self, namespace: str, *words: str) -> str:
        """Run a command that must succeed in a namespace and return what it writes."""
        command = ["ip", "netns", "exec", namespace, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout

    def ip(self, namespace: str, *words: str) -> None:
        """Configure a namespace."""
        subprocess.run(["ip", "-n", namespace, *words], check=True, capture_output=True, timeout=PATIENCE)


def make_link(cable: Cable) -> None:
    """Join the namespaces, anew if they were joined before."""
    join(cable.one, "v0", cable.two, "v0")
    set_up(cable)


def set_up(cable: Cable) -> None:
    """Give both ends their addresses, and wait until frames pass."""
    for number, name in enumerate((cable.one, cable.two), 1):
        cable.ip(name, "addr", "add", f"10.98.0.{number}/24", "dev", "v0")
        cable.ip(name, "link", "set", "v0", "up")
    carrying(cable)


def carrying(cable: Cable) -> None:
    """Wait until what either end sends arrives at the other."""
    for name in (cable.one, cable.two):
        wait_for_carrier(name, "v0")


def set_up_ipv6(cable: Cable) -> None:
    """Give both ends IPv6 addresses, fd98::1 and fd98::2."""
    for number, name in enumerate((cable.one, cable.two), 1):
        cable.run(name, "sysctl", "-qw", "net.ipv6.conf.v0.disable_ipv6=0")
        cable.ip(name, "addr", "add", f"fd98::{number}/64", "dev", "v0", "nodad")


def _need_root() -> None:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and iproute2")


@pytest.fixture
def namespaces() -> Iterator[Cable]:
    """Two namespaces that nothing joins yet; nothing else can be reached from there."""
    _need_root()
    prefix = f"nwl{os.getpid()}x{next(_numbers)}"
    made = Cable(f"{prefix}a", f"{prefix}b")
    for name in (made.one, made.two):
        subprocess.run(["ip", "netns", "add", name], check=True, capture_output=True)
    try:
        for name in (made.one, made.two):
            made.ip(name, "link", "set", "lo", "up")
            made.run(name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        yield made
    finally:
        for name in (made.one, made.two):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@pytest.fixture
def namespace() -> Iterator[str]:
    """A namespace with two veth pairs, va-vb and vc-vd, that are up."""
    _need_root()
    name = f"nwp{os.getpid()}x{next(_numbers)}"
    with namespace_of_pairs(name):
        yield name


@pytest.fixture
def cable(namespaces: Cable) -> Cable:
    """Two namespaces with one cable between them."""
    make_link(namespaces)
    return namespaces


@pytest.fixture
def vlan(cable: Cable) -> Iterator[str]:
    """Sub-interfaces v0.5 of VLAN 5 on a cable, 10.98.5.1 and 10.98.5.2: the kernel's own, or a process that tags."""
    tagging = None
    for name in (cable.one, cable.two):
        add = ["link", "add", "link", "v0", "name", "v0.5", "type", "vlan", "id", "5"]
        if subprocess.run(["ip", "-n", name, *add], check=False, capture_output=True).returncode == 0:
            continue
        if not TUN.exists():
            pytest.skip("needs a kernel with VLANs or TUN/TAP")
        tagging = Child("", "5", cable.one, cable.two, module="tests.live.vlan")
        break
    for number, name in enumerate((cable.one, cable.two), 1):
        cable.ip(name, "addr", "add", f"10.98.5.{number}/24", "dev", "v0.5")
        cable.ip(name, "link", "set", "v0.5", "up")
    for name in (cable.one, cable.two):
        wait_for_carrier(name, "v0.5")
    yield "5"
    if tagging is not None:
        tagging.close()


@pytest.fixture
def wire(namespaces: Cable) -> Iterator[Child]:
    """The cable between the two namespaces as a process that can be told to delay and to lose frames."""
    if not TUN.exists():
        pytest.skip("needs a kernel with TUN/TAP")
    made = Child("", namespaces.one, namespaces.two, module="tests.live.wire")
    set_up(namespaces)
    yield made
    made.close()


@pytest.fixture
def child(namespaces: Cable) -> Iterator[Callable[..., Child]]:
    """Return what starts capturing processes, in namespace `one` unless told otherwise; they end with the test."""
    started: list[Child] = []

    def start(*words: str, namespace: str = "") -> Child:
        started.append(Child(namespace or namespaces.one, *words))
        return started[-1]

    yield start
    for one in started:
        one.close()
