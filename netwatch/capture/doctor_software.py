"""Doctor: the libraries, the terminal and the settings folder."""

from __future__ import annotations

import locale
import os
import platform
import shlex
import shutil
import sys
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING, Final

from netwatch.capture.bpf import FilterCompiler
from netwatch.capture.check import Check, fail, ok, warn
from netwatch.capture.invoking_user import invoking_user
from netwatch.errors import NetwatchError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SOFTWARE: Final = "software"
TERMINAL: Final = "terminal"
SETTINGS: Final = "settings"
_LIBRARIES: Final = ("scapy", "textual", "rich", "numpy", "psutil", "platformdirs", "cypcap")
_OPTIONAL: Final = ("cypcap",)
SMALLEST: Final = (80, 24)
"""Columns and rows that the screens are made for."""
_ETHERNET = 1


def examine_software(root: Path) -> Iterator[Check]:
    """Yield Python, the libraries with their versions, and whether libpcap compiles filters."""
    yield ok(SOFTWARE, printable(f"{platform.python_implementation()} {platform.python_version()} at {sys.executable}"))
    versions = []
    for name in _LIBRARIES:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            if name not in _OPTIONAL:
                yield fail(SOFTWARE, f"{name} is not installed", f"{sys.executable} -m pip install {name}")
    yield ok(SOFTWARE, printable(", ".join(versions)))
    yield from _compiler(root)
    yield ok(
        SOFTWARE, "tshark is there for its dissection (key D)" if shutil.which("tshark") else "tshark is not installed"
    )


def examine_terminal(environ: Mapping[str, str], drawn: str = "") -> Iterator[Check]:
    """Yield whether a full-screen program can be drawn here, with what, and what one sent, which is `drawn`."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        text = "standard input or output is not a terminal: the screen cannot be drawn, reports can"
        yield warn(TERMINAL, text, "netwatch report --help")
    term = environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        yield fail(
            TERMINAL, f"TERM is {printable(term) or 'not set'}: no screen can be drawn", "export TERM=xterm-256color"
        )
    else:
        yield ok(TERMINAL, printable(f"TERM is {term}, {_colours(term, environ)}"))
    size = shutil.get_terminal_size((0, 0))
    if size.columns and (size.columns < SMALLEST[0] or size.lines < SMALLEST[1]):
        text = f"{size.columns}x{size.lines} is too small for the screens, which want {SMALLEST[0]}x{SMALLEST[1]}"
        yield warn(TERMINAL, text, f"printf '\\033[8;{SMALLEST[1]};{SMALLEST[0]}t'")
    elif size.columns:
        yield ok(TERMINAL, f"{size.columns}x{size.lines} characters")
    encoding = locale.getpreferredencoding(do_setlocale=False)
    if encoding.lower().replace("-", "") == "utf8":
        yield ok(TERMINAL, "the locale is UTF-8")
    else:
        yield warn(
            TERMINAL, f"the locale is {printable(encoding)}: graphs cannot be drawn with braille", "export LANG=C.UTF-8"
        )
    yield from _between(environ)
    yield ok(TERMINAL, drawn or "how much is sent to the terminal is known after the first run of the monitor")


def examine_settings(environ: Mapping[str, str], folder: Path | None = None) -> Iterator[Check]:
    """Yield whether the settings file of the user who captures can be used; `folder` is where platformdirs puts it."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    user = invoking_user(environ) if root else None
    if user is not None:
        yield ok(SETTINGS, f"a capture reads those of {printable(user.name)}, in {printable(user.home)}")
        return
    if folder is None:
        from platformdirs import user_config_path  # may be what is missing

        folder = user_config_path("netwatch", appauthor=False)
    file = folder / "config.toml"
    shown = printable(str(file))
    try:
        with file.open("rb") as stream:
            tomllib.load(stream)
    except FileNotFoundError:
        yield ok(SETTINGS, f"there is no {shown}, so the defaults hold")
    except OSError as error:
        yield fail(SETTINGS, f"{shown} cannot be read: {error.strerror}", f"ls -l {shlex.quote(shown)}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reason = printable(" ".join(str(error).split()), 200)
        yield fail(SETTINGS, f"{shown} is no TOML: {reason}", f"{environ.get('EDITOR', 'vi')} {shlex.quote(shown)}")
    else:
        yield ok(SETTINGS, f"{shown} can be read")


def _compiler(root: Path) -> Iterator[Check]:
    try:
        compiler = FilterCompiler.open(root / "sys")
    except NetwatchError as error:
        yield fail(SOFTWARE, printable(error.message), error.hint)
        return
    try:
        problem = compiler.verdict("tcp port 80", _ETHERNET).error
        aware = ", also for VLAN tags that the card takes out" if compiler.vlan_aware else ""
        if problem:
            yield fail(SOFTWARE, f"{compiler.version} does not compile filters: {problem}", _reinstall("cypcap"))
        else:
            yield ok(SOFTWARE, f"{compiler.version} compiles filters{aware}")
    finally:
        compiler.close()


def _reinstall(name: str) -> str:
    return f"{sys.executable} -m pip install --force-reinstall {name}"


def _colours(term: str, environ: Mapping[str, str]) -> str:
    if environ.get("NO_COLOR"):
        return "colours are off (NO_COLOR)"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256" in term else "16 colours"


def _between(environ: Mapping[str, str]) -> Iterator[Check]:
    """Yield what lies between the program and the eyes; all of it can be worked with."""
    if environ.get("TMUX"):
        yield ok(TERMINAL, "inside tmux")
    elif environ.get("STY"):
        yield ok(TERMINAL, "inside screen")
    if any(name in environ for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")):
        yield ok(TERMINAL, "over SSH: only what changed on the screen is sent")
