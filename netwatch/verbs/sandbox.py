"""`--sandbox`: which files netwatch needs from now on, and the kernel's word that it gets no others."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netwatch.capture.landlock import Allowed, Restriction, restrict
from netwatch.settings import folders

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from netwatch.settings import Settings

SYSTEM: Final = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/nix/store")
"""Where libraries and programs such as tshark are."""
FACTS: Final = ("/etc", "/proc", "/sys", "/var/lib/dbus/machine-id", "/run/systemd/resolve", "/run/resolvconf")
"""What tells of names, time zones, interfaces and processes."""
DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/tty", "/dev/pts", "/dev/full")


def enter_sandbox(options: argparse.Namespace, settings: Settings, files: Sequence[str]) -> Restriction:
    """Give up for good all files but those that these options and settings need, and TCP.

    Must be called in the only thread, with every folder of the user's as it will be used. Temporary files are in the
    state folder from now on.

    Where the kernel has none, nothing changes but what is said.

    Raises:
        NetwatchError: the kernel has one and refuses.
    """
    state, config = folders().user_state_path, folders().user_config_path
    temporary = state / "tmp"
    for folder in (state, config, temporary):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    restriction = restrict(
        Allowed(
            run=(*SYSTEM, *_own_files()),
            read=(*FACTS, *_read(options, settings, files), str(Path.home() / ".terminfo")),
            devices=DEVICES,
            write=(str(state), str(config), *_written(options, settings)),
            ports=_ports(getattr(options, "to", "")),
        )
    )
    if not restriction.files:
        sys.stderr.write(f"netwatch: {restriction.words}\n")
        return restriction
    tempfile.tempdir = str(temporary)
    os.environ["XDG_CACHE_HOME"] = str(state / "cache")  # Scapy's, who does not start without
    return restriction


def _own_files() -> list[str]:
    """Return where Python, netwatch and what it imports are; the current folder only if netwatch lies there."""
    places = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.executable, *filter(None, sys.path)]
    here = os.getcwd()
    own = str(Path(__file__).resolve().parents[2])
    return [own, *(place for place in places if os.path.realpath(place) != here)]


def _read(options: argparse.Namespace, settings: Settings, files: Sequence[str]) -> list[str]:
    named = [options.config, getattr(options, "baseline", None), *files, *settings.rules]
    return [path for path in named if path and path != "-"]


def _written(options: argparse.Namespace, settings: Settings) -> list[str]:
    """Return the folders in which files are made; `-w dir/name` makes its files in `dir`."""
    names = ("write", "output", "events", "save_baseline")
    named = [*(getattr(options, name, None) for name in names), settings.events, _file_of(getattr(options, "to", ""))]
    made = [getattr(options, name, None) for name in ("tables", "streams", "split_to")]
    chosen = [settings.save_folder or ".", settings.record_alerts_folder if settings.record_alerts else ""]
    return [os.path.dirname(path) or "." for path in named if path and path != "-"] + [
        _existing(path) for path in (*made, *chosen) if path
    ]


def _existing(path: str) -> str:
    """Return the folder, or the nearest one above it in which it can be made."""
    found = Path(path).absolute()
    while not found.is_dir() and found != found.parent:
        found = found.parent
    return str(found)


def _file_of(target: str) -> str:
    """Return the file that `netwatch events --to` writes, empty for anything else."""
    return "" if target.startswith(("tcp:", "udp:", "unix:")) else target


def _ports(target: str) -> tuple[int, ...]:
    """Return the TCP port that `netwatch events --to tcp:ADDRESS:PORT` connects to."""
    port = target.rpartition(":")[2]
    return (int(port),) if target.startswith("tcp:") and port.isdecimal() and int(port) < 1 << 16 else ()
