"""Links between namespaces: one carries nothing until the kernel has noticed that both of its ends are up."""

from __future__ import annotations

import json
import subprocess
from itertools import count

from tests.live.child import PATIENCE, wait_for

_numbers = count(1000)
"""Indices, above those that the kernel gives by itself in a namespace with some links."""


def join(one: str, here: str, two: str, there: str) -> None:
    """Make a veth whose ends are `here` in one namespace and `there` in another.

    Whose ends have the same index, as the first links of two new namespaces do, is taken for a link that leads nowhere
    else, whose carrier the kernel looks at once a second and not at once (linkwatch_urgent_event in
    net/core/link_watch.c). What is made anew in place of another has an index of its own, as ever.
    """
    words = ["link", "add", here, "index", str(next(_numbers)), "netns", one, "type", "veth"]
    words += ["peer", "name", there, "netns", two]
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=PATIENCE)


def wait_for_carrier(namespace: str, *names: str) -> None:
    """Wait until links of a namespace carry frames: what is sent before is dropped, or refused with ENOBUFS."""

    def carried() -> bool:
        command = ["ip", "-n", namespace, "-j", "link", "show"]
        shown = subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE).stdout
        states = {link["ifname"]: link["operstate"] for link in json.loads(shown)}
        return all(states[name] in ("UP", "UNKNOWN") for name in names)  # loopback and TAP may be of no known state

    wait_for(carried, f"the carrier of {', '.join(names)} in {namespace}")
