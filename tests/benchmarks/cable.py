"""Two namespaces joined by a virtual cable: one sends, the other is watched."""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def cable(copies: int = 0) -> Iterator[tuple[str, str]]:
    """Make both, and remove them at the end; the ends of the cable are called v0.

    With `copies` the kernel copies each packet that arrives so many times to another interface, w0, which is cheaper
    than sending as many: one core offers several times as much.

    Raises:
        subprocess.CalledProcessError: the kernel cannot (it lacks the classifier u32 or the action mirred).
    """
    sender, watched = f"nwb{os.getpid()}s", f"nwb{os.getpid()}w"
    try:
        for name in (sender, watched):
            _ip("netns", "add", name)
            # Nothing but our own packets shall pass
            subprocess.run(
                ["ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"], check=True
            )
        _ip("link", "add", "v0", "netns", sender, "type", "veth", "peer", "name", "v0", "netns", watched)
        for name in (sender, watched):
            _ip("-n", name, "link", "set", "v0", "up")
        if copies:
            _ip("-n", watched, "link", "add", "w0", "type", "veth", "peer", "name", "w1")
            for name in ("w0", "w1"):
                _ip("-n", watched, "link", "set", name, "up")
            mirror = ["action", "mirred", "ingress", "mirror", "dev", "w0", "pipe"] * (copies - 1)
            last = ["action", "mirred", "ingress", "redirect", "dev", "w0"]
            everything = ["protocol", "all", "u32", "match", "u32", "0", "0"]
            for words in (
                ["qdisc", "add", "dev", "v0", "clsact"],
                ["filter", "add", "dev", "v0", "ingress", *everything, *mirror, *last],
            ):
                subprocess.run(inside(watched, "tc", *words), check=True, capture_output=True)
        yield sender, watched
    finally:
        for name in (sender, watched):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def inside(namespace: str, *words: str) -> list[str]:
    """Return the command that runs `words` in a namespace."""
    return ["ip", "netns", "exec", namespace, *words]


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
