"""From options to a source: files, or interfaces with the rights they need, and the settings that apply."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from netwatch.capture.standing import Standing, standing
from netwatch.errors import UsageError
from netwatch.text import printable
from netwatch.verbs.displaying import MATCH
from netwatch.verbs.sandbox import enter_sandbox

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from netwatch.capture.autostop import Limits
    from netwatch.capture.bpf import CaptureFilter, FilterCompiler
    from netwatch.capture.live_sources import LiveSources
    from netwatch.capture.privileges import CaptureRights
    from netwatch.capture.source import Source
    from netwatch.config.settings_file import SettingsFile
    from netwatch.settings import Settings


LARGE: Final = 2 << 30
"""Bytes of files from which on memory matters more than speed: blocks of 2 MiB instead of 4 take some 100 MiB less."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A source that is ready to be read, and what it was opened with."""

    source: Source
    live: LiveSources | None
    """None for files."""
    settings: Settings
    own_session: str
    notes: tuple[str, ...] = ()
    """What the user should know about the rights that were taken."""
    settings_file: SettingsFile | None = None
    """Where the settings come from."""
    standing: Standing = field(default_factory=Standing)
    """With what rights netwatch goes on."""


def files_of(options: argparse.Namespace) -> list[str]:
    """Return the files to read; empty for a live capture.

    Raises:
        UsageError: files and interfaces, or options that only one of them has.
    """
    files = [*options.files, *options.read]
    if files and options.interface:
        raise UsageError("-i and a capture file exclude each other")
    if options.follow and not files:
        raise UsageError("--follow needs a capture file", "a live capture goes on by itself")
    if getattr(options, "replay", None) is not None and not files:
        raise UsageError("--replay needs a capture file", "name it with -r")
    return files


def open_source(
    options: argparse.Namespace,
    overrides: dict[str, Any],
    *,
    dropped: Callable[[], None] | None = None,
    remembered: Callable[[], Sequence[str]] = tuple,
    screen: bool = False,
) -> Opened:
    """Open what the options name. Must be called before numpy or Textual are imported: rights are dropped in here.

    `overrides` are settings of the command line that the settings file does not decide. `dropped` is called as soon as
    rights are dropped and the sandbox holds, when threads may begin. `remembered` gives the interfaces of another day,
    which are taken when nobody says which and they are still there. With a `screen` somebody waits for answers while a
    file is read.

    Raises:
        NetwatchError: no rights, no such interface or file, a filter that does not compile, wrong settings.
    """
    files = files_of(options)
    demo = getattr(options, "demo", False)  # report has none
    if demo and (files or options.interface):
        raise UsageError("--demo takes neither a file nor an interface")
    rights = None if files or demo else _take_rights(options)
    compiler = None if rights else _give_up_rights(options)
    file = _settings(options, overrides)
    restriction = enter_sandbox(options, file.settings, files) if file.settings.sandbox else None
    if dropped is not None:
        dropped()
    if demo:
        opened = _open_demo(file, options, compiler)
    elif rights is None:
        opened = _open_files(files, file, options, compiler, screen=screen)
    else:
        opened = _open_live(rights, file, options, remembered)
    return replace(opened, standing=standing(restriction))


def limits_of(options: argparse.Namespace) -> Limits:
    """Return when the capture ends by itself (`-c`, `-a`); `-a match:` is displaying.ending_filter's."""
    from netwatch.capture.autostop import parse_autostop

    texts = [text for text in options.autostop if not text.startswith(MATCH)]
    if options.count is not None:
        if options.count <= 0:
            raise UsageError(f"-c {options.count} is not a positive number of packets")
        texts.append(f"packets:{options.count}")
    return parse_autostop(texts)


def _take_rights(options: argparse.Namespace) -> CaptureRights:
    from netwatch.capture.privileges import CaptureRights

    return CaptureRights.acquire(user=options.user or "")


def _give_up_rights(options: argparse.Namespace) -> FilterCompiler | None:
    """Drop what reading a file does not need; the compiler, if one is wanted, is better made before."""
    from netwatch.capture.privileges import drop_privileges

    compiler = None
    if options.capture_filter:
        from netwatch.capture.bpf import FilterCompiler

        compiler = FilterCompiler.open()
    drop_privileges(options.user or "")
    return compiler


def _settings(options: argparse.Namespace, overrides: dict[str, Any]) -> SettingsFile:
    from netwatch import settings as module
    from netwatch.config.settings_file import SettingsFile

    chosen: dict[str, Any] = {name: value for name, value in overrides.items() if value is not None}
    if options.interface:
        chosen["interfaces"] = tuple(options.interface)
    if options.capture_filter is not None:
        chosen["capture_filter"] = options.capture_filter
    if options.snaplen is not None:
        chosen["snaplen"] = options.snaplen
    if options.profile is not None:
        chosen["profile"] = options.profile
    if options.rules:
        chosen["rules"] = tuple(options.rules)
    if options.no_promiscuous:
        chosen["promiscuous"] = False
    if options.sandbox:
        chosen["sandbox"] = True
    if options.include_own_session:
        chosen["include_own_session"] = True
    path = Path(options.config) if options.config else module.config_path()
    return SettingsFile(path, chosen, required=bool(options.config))


def _open_files(
    files: list[str],
    file: SettingsFile,
    options: argparse.Namespace,
    compiler: FilterCompiler | None,
    *,
    screen: bool,
) -> Opened:
    from netwatch.capture.capture_file import BLOCK, LONG_BLOCK
    from netwatch.capture.file_source import FileSource

    capture_filter: CaptureFilter | None = None
    if compiler is not None and options.capture_filter:
        from netwatch.capture.bpf import CaptureFilter

        text = file.settings.capture_filter
        _announce_lookup(compiler.needs_lookup(text), text, options)
        capture_filter = CaptureFilter(text, compiler)

    size = sum(path.stat().st_size for path in map(Path, files) if path.is_file())
    block = BLOCK if screen or size > LARGE else LONG_BLOCK

    def opened() -> FileSource:
        source = FileSource(files, follow=options.follow, block=block)
        source.set_filter(capture_filter)
        return source

    speed = getattr(options, "replay", None)  # the monitor's only
    if speed is None:
        return Opened(opened(), None, file.settings, "", settings_file=file)
    from netwatch.capture.replay import ReplaySource

    source = ReplaySource(opened, speed, once="-" in files)
    return Opened(source, None, file.settings, "", settings_file=file)


def _open_demo(file: SettingsFile, options: argparse.Namespace, compiler: FilterCompiler | None) -> Opened:
    from netwatch.capture.demo import DemoSource

    source = DemoSource()
    if compiler is not None and options.capture_filter:
        from netwatch.capture.bpf import CaptureFilter

        source.set_filter(CaptureFilter(options.capture_filter, compiler))
    return Opened(source, None, file.settings, "", settings_file=file)


def _open_live(
    rights: CaptureRights, file: SettingsFile, options: argparse.Namespace, remembered: Callable[[], Sequence[str]]
) -> Opened:
    settings = file.settings
    live = _live_sources(rights, settings)
    names = settings.interfaces or _best_guess(remembered() if settings.remember else ())
    text = settings.capture_filter
    _announce_lookup(bool(text) and rights.compiler.needs_lookup(text), text, options)
    source = live.open(names, text, include_own_session=settings.include_own_session)
    if remark := source.counters().remark:
        sys.stderr.write(f"netwatch: {remark}\n")
    own = "" if settings.include_own_session else live.own_session
    return Opened(source, live, settings, own, tuple(rights.notes), file)


def _best_guess(remembered: Sequence[str]) -> tuple[str, ...]:
    """Return the interfaces of another day if all of them are up, else the one with the default route."""
    from netwatch.capture.interfaces import default_interface, list_interfaces

    there = list_interfaces()
    if remembered and {*remembered} <= {interface.name for interface in there if interface.up}:
        return tuple(remembered)
    return (default_interface(there).name,)


def _live_sources(rights: CaptureRights, settings: Settings) -> LiveSources:
    if sys.platform != "linux":
        from netwatch.capture.portable import PortableOptions
        from netwatch.capture.portable_live import PortableCapture

        return PortableCapture(rights, PortableOptions(snaplen=settings.snaplen, promiscuous=settings.promiscuous))
    from netwatch.capture.live import LiveCapture
    from netwatch.capture.memory import available_memory, ring_bytes
    from netwatch.capture.ring import RingOptions

    size = ring_bytes(available_memory(Path("/")))
    return LiveCapture(rights, RingOptions(size, settings.snaplen, settings.promiscuous))


def _announce_lookup(needed: bool, text: str, options: argparse.Namespace) -> None:  # one caller's yes
    if not needed:
        return
    if options.no_resolve:
        raise UsageError(
            f"the filter {printable(text)} holds a host name, and -n forbids asking for it", "use its address"
        )
    sys.stderr.write(f"netwatch: asking the resolver for the names in the filter {printable(text)}\n")
