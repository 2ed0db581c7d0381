"""The capabilities of this process, by the system calls themselves (capabilities(7)); Linux only."""

from __future__ import annotations

import ctypes
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netwatch.errors import NetwatchError

CAP_NET_RAW: Final = 13

_VERSION_3 = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 2, 4
# linux/prctl.h
_LAST_POSSIBLE = 63


@dataclass(frozen=True, slots=True)
class CapabilitySets:
    """Capability sets as bit masks, as /proc/PID/status has them."""

    inheritable: int
    permitted: int
    effective: int
    bounding: int
    ambient: int

    def holds(self, capability: int) -> bool:
        """Return True when the process can use `capability`, at once or after raising it."""
        return bool((self.permitted | self.effective) >> capability & 1)

    @property
    def usable(self) -> int:
        """Everything that could still take effect in this process."""
        return self.inheritable | self.permitted | self.effective | self.ambient


def read_capabilities(proc_root: Path = Path("/proc"), process: str = "self") -> CapabilitySets | None:
    """Return the sets of a process, None when they cannot be read."""
    values: dict[str, int] = {}
    try:
        for line in (proc_root / process / "status").read_text("utf-8", "replace").splitlines():
            name, _, value = line.partition(":")
            if name.startswith("Cap"):
                values[name] = int(value, 16)
        return CapabilitySets(*(values[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")))
    except (OSError, ValueError, KeyError):
        return None


def raise_capability(capability: int) -> bool:
    """Make a permitted capability effective; False when it is not permitted."""
    sets = read_capabilities()
    if sets is None or not sets.permitted >> capability & 1:
        return False
    _capset(sets.effective | 1 << capability, sets.permitted, sets.inheritable)
    return True


def drop_bounding_set() -> None:
    """Take every capability out of the bounding set, as far as CAP_SETPCAP allows."""
    libc = _libc()
    for capability in range(_LAST_POSSIBLE + 1):
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # EPERM, or EINVAL after the last one


def drop_all_capabilities() -> None:
    """Empty the ambient, effective, permitted and inheritable sets of the calling thread.

    Raises:
        NetwatchError: the kernel refuses.
    """
    _libc().prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)  # EINVAL before Linux 4.3, which has none
    _capset(0, 0, 0)


def keep_through_change(capability: int) -> None:
    """Let a capability outlive the change to another user; before the bounding set is emptied.

    Raises:
        NetwatchError: the kernel refuses.
    """
    sets = read_capabilities()
    if sets is None or _libc().prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0:
        raise _failed("prctl(PR_SET_KEEPCAPS)")
    _capset(sets.effective, sets.permitted, sets.inheritable | 1 << capability)


def hand_on_only(capability: int) -> None:
    """Have one capability and no other, and so every program that this process becomes.

    Raises:
        NetwatchError: the kernel refuses.
    """
    mask = 1 << capability
    _capset(mask, mask, mask)
    if _libc().prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0:
        raise _failed("prctl(PR_CAP_AMBIENT)")


def forbid_new_privileges() -> None:
    """Make set-user-ID bits and file capabilities mean nothing to this process and all its children.

    Raises:
        NetwatchError: the kernel refuses.
    """
    if _libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise _failed("prctl(PR_SET_NO_NEW_PRIVS)")


def forbid_tracing() -> None:
    """Keep other processes of the same user from this one's memory and sockets, and both out of core dumps.

    Without it they could take its packet sockets by ptrace(2) or pidfd_getfd(2). The process still reads its own
    /proc/self but for environ, since that now belongs to root; root reads all of it. A program that it becomes is
    readable again, unless it holds a capability.

    Raises:
        NetwatchError: the kernel refuses.
    """
    if _libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise _failed("prctl(PR_SET_DUMPABLE)")


def _capset(effective: int, permitted: int, inheritable: int) -> None:
    header = struct.pack("=Ii", _VERSION_3, 0)
    low, high = ([(value >> shift) & 0xFFFF_FFFF for value in (effective, permitted, inheritable)] for shift in (0, 32))
    if _libc().capset(header, struct.pack("=6I", *low, *high)) != 0:
        raise _failed("capset()")


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    # prctl is variadic: without these its arguments would be 32 bit wide
    libc.prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
    return libc


def _failed(call: str) -> NetwatchError:
    return NetwatchError(f"cannot drop privileges: {call}: {os.strerror(ctypes.get_errno())}")
