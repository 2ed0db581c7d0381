"""Standing: with what rights this process goes on, in words for the status line."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwatch.capture.capabilities import read_capabilities
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.capture.landlock import Restriction


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds, read from the kernel after everything was given up."""

    words: str = ""
    """Printable, for instance `alex, no capabilities, sandbox`; empty where nothing is known."""
    sound: bool = True
    """It is an ordinary user without capabilities, and the sandbox, if one was wanted, holds."""


def standing(restriction: Restriction | None) -> Standing:
    """Return what holds now; `restriction` is the sandbox that was wanted, None for none."""
    if sys.platform != "linux":
        return Standing()
    left = read_capabilities()
    root = os.geteuid() == 0
    parts = ["ROOT" if root else f"as {_name(os.geteuid())}"]
    if left is not None:
        parts.append("CAPABILITIES" if left.usable else "no capabilities")
    if restriction is not None:
        parts.append(("sandbox" if restriction.tcp else "sandbox without TCP") if restriction.files else "NO SANDBOX")
    sound = not root and (left is None or not left.usable) and (restriction is None or restriction.files)
    return Standing(", ".join(parts), sound)


def _name(uid: int) -> str:
    import pwd

    try:
        return printable(pwd.getpwuid(uid).pw_name, 20)
    except KeyError:
        return str(uid)
