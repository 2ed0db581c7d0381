"""A link carries nothing until the kernel has noticed that both of its ends are up, which it does by and by."""

from __future__ import annotations

import json
import subprocess

from tests.live.child import PATIENCE, wait_for


def wait_for_carrier(namespace: str, *names: str) -> None:
    """Wait until links of a namespace carry frames: what is sent before is dropped, or refused with ENOBUFS."""

    def carried() -> bool:
        command = ["ip", "-n", namespace, "-j", "link", "show"]
        shown = subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE).stdout
        states = {link["ifname"]: link["operstate"] for link in json.loads(shown)}
        return all(states[name] in ("UP", "UNKNOWN") for name in names)  # loopback and TAP may be of no known state

    wait_for(carried, f"the carrier of {', '.join(names)} in {namespace}")
