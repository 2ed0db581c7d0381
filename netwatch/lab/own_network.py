"""Where made-up or recorded traffic may be put on a wire: into a namespace, or where the user allows it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from netwatch.errors import UsageError
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.lab.surroundings import Surroundings
    from netwatch.lab.targets import IpNetwork


def in_namespace(proc: Path = Path("/proc"), named: Path = Path("/run/netns")) -> bool:
    """Return whether this process is in a network namespace that `ip netns` knows by a name.

    The namespace of the first process is none, even if somebody gave it a name.
    """
    try:
        own = (proc / "self/ns/net").stat()
    except OSError:
        return False
    with contextlib.suppress(OSError):  # only root may look at the first process
        first = (proc / "1/ns/net").stat()
        if (first.st_dev, first.st_ino) == (own.st_dev, own.st_ino):
            return False
    with contextlib.suppress(OSError):
        for entry in named.iterdir():
            with contextlib.suppress(OSError):
                there = entry.stat()
                if (there.st_dev, there.st_ino) == (own.st_dev, own.st_ino):
                    return True
    return False


def require_sendable(around: Surroundings, network: IpNetwork | None, *, namespace: bool) -> str:
    """Return the interface that frames may be sent on, which the user must have named.

    Outside a network namespace it needs the user's word, and made-up hosts must belong to a network of the interface.

    Raises:
        UsageError: no interface, or not allowed.
    """
    chosen = around.chosen
    if chosen is None:
        raise UsageError("sending needs an interface", "name it with -i")
    if namespace:
        return chosen.name
    shown = printable(chosen.name, 64)
    if not around.authorised:
        reason = "has the default route" if chosen.default_route else "is not in a network namespace"
        raise UsageError(f"{shown} {reason}, so nothing was sent", "add --i-am-authorised if that network is yours")
    if network is not None and not any(
        network.overlaps(own) for own in around.networks() if own.version == network.version
    ):
        raise UsageError(f"{network} is no network of {shown}", "choose one with --network")
    return chosen.name
