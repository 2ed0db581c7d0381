"""The monitor: a source, the engine and the screen, and a terminal that is left as it was found."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netwatch.errors import ExitStatus, NetwatchError, UsageError
from netwatch.plural import counted
from netwatch.tables.enrichment import Look
from netwatch.text import printable
from netwatch.threads.allocator import keep_heap_small
from netwatch.verbs.comparing import usual_of, with_usual
from netwatch.verbs.crash import save_after_crash
from netwatch.verbs.detecting import detection_settings, name_history
from netwatch.verbs.displaying import MATCH, ending_filter
from netwatch.verbs.keeping import Keeping, unrecorded
from netwatch.verbs.lab_attendant import LabAttendant
from netwatch.verbs.opening import files_of, limits_of, open_source
from netwatch.verbs.screen_options import screen_options

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from netwatch.baseline.usual import Usual
    from netwatch.capture.autostop import Limits
    from netwatch.capture.recording_thread import RecordingThread
    from netwatch.engine import Engine
    from netwatch.redact.redacting import RedactingEngine
    from netwatch.settings import Settings
    from netwatch.tui.options import ScreenOptions
    from netwatch.verbs.opening import Opened

MIB = 1 << 20


def monitor(options: argparse.Namespace) -> int:
    """Show the screen until the user quits.

    Raises:
        NetwatchError: no terminal, no rights, a source that cannot be opened, or a wrong option.
    """
    require_terminal(os.environ)
    keep_heap_small()
    gc.disable()  # nothing made while starting is garbage; the screen enables it again
    limits = limits_of(options)
    _refuse_contradictions(options)
    attendant = LabAttendant.start(_look(options)) if options.with_lab else None  # before rights are given up
    with _kept(options) as drawing:
        return _watch(options, limits, attendant, drawing)


def _watch(
    options: argparse.Namespace, limits: Limits, attendant: LabAttendant | None, drawing: Callable[[], None]
) -> int:
    """Open what is to be seen, with rights that are given up then, and show it; `drawing` is called just before."""
    opened = open_source(options, _overrides(options), dropped=_load_screen, remembered=_remembered, screen=True)
    usual, said = usual_of(options, opened)
    if options.redact:
        settings, unkept = unrecorded(opened.settings)
        opened, said = replace(opened, settings=settings), (*said, *filter(None, (unkept,)))
    _take_terminal()
    _check_display_filter(options.display_filter, opened)
    _check_colors(opened)
    shown = screen_options(opened, (*said, *(() if files_of(options) else opened.notes)))
    drawn = threading.Event()
    keeping = Keeping(opened.settings)
    engine = _engine(opened, usual, keeping)
    try:
        _start(engine, options, opened, limits, drawn)
        drawing()
        status = _run(engine, opened.settings, shown, drawn, attendant, _look(options))
    finally:
        if attendant is not None:
            attendant.close()
        engine.close()
        keeping.close()
    keeping.say()
    if not options.quiet:
        _say_farewell(engine)
    return status if _say_recorded(engine) else ExitStatus.FAILED


def _refuse_contradictions(options: argparse.Namespace) -> None:
    if options.ring and not options.write:
        raise UsageError("-b needs -w", "say which file to record to")
    if options.redact and (options.write or options.events or options.record_alerts):
        raise UsageError("--redact replaces what is shown and saved with s, and these record packets as they are")


def _start(
    engine: RedactingEngine,
    options: argparse.Namespace,
    opened: Opened,
    limits: Limits | None,
    drawn: threading.Event,
) -> None:
    """Begin the capture as the options want it; it waits for `drawn`."""
    engine.redact(on=options.redact)
    engine.start(
        opened.source,
        capture_filter=opened.settings.capture_filter,
        own_session=opened.own_session,
        include_own_session=opened.settings.include_own_session,
        limits=limits,
        until=ending_filter(options, opened),
        recorder=_recorder(options, opened),
        after=drawn,
    )
    if options.display_filter:
        engine.set_view(options.display_filter)


def _engine(opened: Opened, usual: Usual, keeping: Keeping) -> RedactingEngine:
    """Return the engine as the settings want it; numpy and all that needs it are imported by its own thread."""
    from netwatch.redact.redacting import RedactingEngine
    from netwatch.settings import folders
    from netwatch.threads.problem_log import ProblemLog

    engine = RedactingEngine(
        buffer_bytes=opened.settings.buffer * MIB,
        live=opened.live,
        detect=with_usual(detection_settings(opened.settings, opened.settings_file), usual),
        name_history=name_history(opened.settings),
        log=ProblemLog(folders().user_state_path / "problems.log"),
        usual=usual,
        attach=keeping.attach,
    )
    engine.keeps = keeping.keeps
    return engine


def _run(
    engine: Engine,
    settings: Settings,
    options: ScreenOptions,
    drawn: threading.Event,
    attendant: LabAttendant | None,
    look: Look,
) -> int:
    from netwatch.tui import run

    status: int = ExitStatus.FAILED
    try:
        status = run(engine, options, drawn=drawn.set, looker=attendant, look=look)
    finally:
        save_after_crash(engine, settings, status)
    return status


def _say_recorded(engine: Engine) -> bool:
    """Say what was recorded, unless the terminal is gone, and return whether all of it was."""
    recording = engine.snapshot().recording
    if recording is None:
        return True
    lines = [f"{counted(recording.packets, 'packets')} written to {recording.path}", recording.error]
    with contextlib.suppress(OSError):
        sys.stderr.write("".join(f"netwatch: {line}\n" for line in lines if line))
    return not recording.error


def _load_screen() -> None:
    """Import the screen while the kernel makes the ring, a tenth of a second."""
    from netwatch.tui import screen

    threading.Thread(target=screen, daemon=True).start()


def _overrides(options: argparse.Namespace) -> dict[str, Any]:
    names = ("buffer", "theme", "refresh", "history", "events", "record_alerts", "low_bandwidth", "reduced_motion")
    return {name: getattr(options, name) or None for name in names}


def _remembered() -> tuple[str, ...]:
    """Return the interfaces that were chosen on the screen last; to be asked when HOME is the user's."""
    from netwatch.settings import folders
    from netwatch.tui.memory import PaneMemory

    return PaneMemory(folders().user_state_path / "tables.json").interfaces


def _say_farewell(engine: Engine) -> None:
    """Leave on the terminal what was seen, unless that is gone."""
    from netwatch.export.farewell import farewell

    state = engine.last_state()
    if state is not None:
        with contextlib.suppress(OSError):
            width = shutil.get_terminal_size((0, 0)).columns
            said = farewell(*state, engine.saved, engine.exported, width)
            sys.stdout.write(f"{said}\n".lstrip("\n"))
            sys.stdout.flush()


def _check_display_filter(text: str, opened: Opened) -> None:
    """Refuse a wrong display filter before the screen is taken."""
    if not text:
        return
    from netwatch.filter.display_filter import compile_filter
    from netwatch.filter.error import DisplayFilterError

    try:
        compile_filter(text)
    except DisplayFilterError as error:
        opened.source.close()
        raise error.placed() from None


def _check_colors(opened: Opened) -> None:
    """Refuse a wrong colour rule before the screen is taken."""
    if not opened.settings.colors:
        return
    from netwatch.view.row_facts import wanted

    for rule in opened.settings.colors:
        try:
            wanted((), (rule,))
        except NetwatchError as error:
            opened.source.close()
            where = opened.settings_file.place("colors", rule) if opened.settings_file is not None else ""
            raise UsageError(f"{where}colors, {printable(rule, 80)}: {error}") from None


def require_terminal(environment: Mapping[str, str]) -> None:
    """Refuse to draw where nobody could see or use it.

    Raises:
        UsageError: standard output is no terminal, or one that cannot place its cursor.
    """
    hint = "netwatch report and netwatch -D work without one"
    if not sys.stdout.isatty():
        raise UsageError("the monitor needs a terminal and standard output is not one", hint)
    if environment.get("TERM", "") in ("", "dumb"):
        raise UsageError("this terminal (TERM=dumb or unset) cannot show a full screen", hint)


def _recorder(options: argparse.Namespace, opened: Opened) -> RecordingThread | None:
    if not options.write:
        return None
    from netwatch.capture.autostop import parse_autostop, parse_ring
    from netwatch.capture.recorder import Recorder
    from netwatch.capture.recording_thread import RecordingThread

    ring = parse_ring(options.ring) if options.ring else None
    autostop = parse_autostop(text for text in options.autostop if not text.startswith(MATCH))
    return RecordingThread(Recorder(options.write, opened.source.interfaces, ring=ring, autostop=autostop))


def _kept(options: argparse.Namespace) -> AbstractContextManager[Callable[[], None]]:
    """Return what sees to the terminal should nothing of this process be left to do it."""
    if sys.platform == "win32":
        return contextlib.nullcontext(lambda: None)
    from netwatch.verbs.terminal_keeper import kept_terminal

    return kept_terminal(options.user or "")


def _look(options: argparse.Namespace) -> Look:
    return Look(resolve=not options.no_resolve)


def _take_terminal() -> None:
    """Make keys come from the terminal and drawing go to it, whatever standard input and error were redirected to."""
    if os.isatty(0) and os.isatty(2):
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError("there is no terminal to read keys from", "start netwatch from a terminal") from error
    for descriptor in (0, 2):
        if not os.isatty(descriptor):
            os.dup2(terminal, descriptor)
    os.close(terminal)
