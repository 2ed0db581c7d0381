"""A namespace with two veth pairs whose four ends are all in it, and programs that run there and answer with JSON."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.live.carrier import wait_for_carrier
from tests.live.child import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIRS = (("va", "vb"), ("vc", "vd"))
LINKS = ("lo", "va", "vb", "vc", "vd")


def run(*command: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)


@contextmanager
def namespace_of_pairs(name: str) -> Iterator[None]:
    """Make a namespace whose links are up and say nothing of themselves, and take it away again."""
    run("ip", "netns", "add", name)
    try:
        for left, right in PAIRS:
            run("ip", "-n", name, "link", "add", left, "type", "veth", "peer", "name", right)
        for link in LINKS:
            run("ip", "netns", "exec", name, "sysctl", "-qw", f"net.ipv6.conf.{link}.disable_ipv6=1")
            run("ip", "-n", name, "link", "set", link, "up")
        wait_for_carrier(name, *LINKS[1:])
        yield
    finally:
        run("ip", "netns", "del", name)


def answer_of(namespace: str, *command: str, environment: dict[str, str] | None = None) -> Any:
    """Run a program in a namespace, and return the JSON that it writes: its environment is ours unless told."""
    child = subprocess.run(
        ["ip", "netns", "exec", namespace, *command],
        env=os.environ if environment is None else environment,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    return json.loads(child.stdout)
