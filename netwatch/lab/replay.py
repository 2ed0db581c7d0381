"""`lab replay`: a capture file onto the named interface, in its own rhythm, faster, or at a fixed rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import UsageError
from netwatch.lab.input_file import InputFileError
from netwatch.lab.own_network import in_namespace, require_sendable
from netwatch.lab.pace import Pacer
from netwatch.lab.plan import Plan
from netwatch.lab.player import Played, play
from netwatch.lab.ranges import require_within
from netwatch.lab.results import Results
from netwatch.lab.rewrite import rewritten
from netwatch.lab.tcpreplay import TcpReplay, TooLargeError, installed
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.lab.bench import Bench
    from netwatch.lab.rewrite import Rewriting
    from netwatch.lab.surroundings import Surroundings

RATE_CAP: Final = 10_000.0
"""Packets a second that no option of replay can exceed."""
SLACK: Final = 0.01
"""Seconds of lateness that are caught up: without, what sleeping costs would be lost each time."""
MOST_LOOPS: Final = 1000
COLUMNS: Final = ("round", "packets", "bytes", "seconds", "packets_per_second", "cut_short", "left_out")
_LINKTYPE_ETHERNET: Final = 1
_ETHERNET_HEADER: Final = 14 + 4
"""With one VLAN tag, which the interface's MTU does not count."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What to replay and how."""

    path: str
    speed: float | None
    """Times as fast as recorded; None for the fixed rate."""
    rate: float
    """Packets a second at most."""
    loops: int
    rewriting: Rewriting
    engine: str = "auto"
    """`netwatch`, `tcpreplay`, or `auto`: tcpreplay for a fixed rate where it is installed and the capture fits.

    The rhythm of the recording is netwatch's: tcpreplay 4.4 took 1.2 s for what was recorded in 1.0 s.
    """


@dataclass(slots=True)
class _Counts:
    cut_short: int = 0
    """Frames of which the capture holds only the beginning."""
    left_out: int = 0
    """Frames larger than the interface takes."""


def plan_replay(options: ReplayOptions, around: Surroundings) -> Plan:
    """Check what `lab replay` was asked for.

    Raises:
        UsageError: wrong options, or an interface that this may not be sent on.
    """
    if options.speed is not None:
        require_within("--speed", options.speed, 0.001, 10_000)
    require_within("--loop", options.loops, 1, MOST_LOOPS)
    Pacer(options.rate, cap=RATE_CAP)
    interface = require_sendable(around, None, namespace=in_namespace())
    if around.chosen is not None and around.chosen.default_route and not around.authorised:
        raise UsageError(
            f"{printable(interface, 64)} has the default route, so what is replayed could reach anybody",
            "Add --i-am-authorised if that is meant",
        )
    largest = (around.chosen.mtu if around.chosen is not None and around.chosen.mtu else 1500) + _ETHERNET_HEADER

    started: list[TcpReplay] = []

    def run(bench: Bench) -> Results:
        if started:
            try:
                return by_tcpreplay(bench, started[0], options, largest)
            except TooLargeError:
                if options.engine == "tcpreplay":
                    raise
        bench.pacer = Pacer(options.rate, bench.clock, cap=RATE_CAP, slack=SLACK)
        return replay(bench, options, largest)

    for_speed = options.engine == "auto" and options.speed is None and installed()
    if (options.engine == "tcpreplay" or for_speed) and not around.dry:
        return Plan(run, None, interface, frames=True, before_drop=lambda: started.append(TcpReplay(interface)))
    return Plan(run, None, interface, frames=True)


def by_tcpreplay(bench: Bench, engine: TcpReplay, options: ReplayOptions, largest: int) -> Results:
    """Let tcpreplay send the frames; the log has one line for all of them.

    Raises:
        InputFileError: the capture cannot be read, or holds frames that are not Ethernet.
        TooLargeError: it does not fit in memory.
        NetwatchError: tcpreplay failed.
    """
    counts = _Counts()
    bench.progress.show(f"reading {printable(options.path)} for tcpreplay")
    try:
        frames = frames_of(options.path, options.rewriting, largest, counts)
        packets, octets, seconds = engine.fill(_scheduled(frames, options, bench))
        if not packets or bench.stop.wanted or bench.log is None:
            return Results(COLUMNS, [], {"rounds": 0, "packets": 0, "sender": "tcpreplay"}, "nothing was sent")
        rounds = f"{packets} frames of {options.path}, {options.loops} times, by tcpreplay"
        bench.log.sent(rounds, octets * options.loops)
        begin, whole = bench.clock(), seconds * options.loops

        def wait() -> bool:
            bench.progress.show(f"tcpreplay sends {packets} frames, {bench.clock() - begin:.0f} of {whole:.0f} s")
            return bench.stop.wanted

        sent = engine.go(options.loops, options.rate, wait, steady=options.speed is None)
    finally:
        engine.close()
    bench.packets, bench.octets = sent.packets, sent.octets
    bench.log.packets, bench.log.bytes = sent.packets, sent.octets
    rows = [_row(options.loops, Played(sent.packets, sent.octets, sent.seconds), counts)]
    return _results(rows, options, "tcpreplay")


def _scheduled(
    packets: Iterator[tuple[float, bytes]], options: ReplayOptions, bench: Bench
) -> Iterator[tuple[float, bytes]]:
    """Yield the frames with the seconds after which each is to leave, as play() sends them: never above the rate."""
    first: float | None = None
    earliest = 0.0
    for time, data in packets:
        if bench.stop.wanted:
            return
        first = time if first is None else first
        due = 0.0 if options.speed is None else (time - first) / options.speed
        at = max(due, earliest)
        earliest = at + 1 / options.rate
        yield at, data


def replay(bench: Bench, options: ReplayOptions, largest: int) -> Results:
    """Send every frame of the file, `loops` times; a row for each round.

    Raises:
        InputFileError: it cannot be read, or holds frames that are not Ethernet.
    """
    rows = []
    for number in range(1, options.loops + 1):
        if bench.stop.wanted:
            break
        counts = _Counts()
        played = play(bench, frames_of(options.path, options.rewriting, largest, counts), speed=options.speed)
        rows.append(_row(number, played, counts))
    return _results(rows, options, "netwatch")


def _results(rows: list[dict[str, Any]], options: ReplayOptions, sender: str) -> Results:
    total = sum(row["packets"] for row in rows)
    rounds = rows[-1]["round"] if rows else 0
    summary = {"rounds": rounds, "packets": total, "sender": sender}
    return Results(COLUMNS, rows, summary, f"{total} packets of {printable(options.path)}, sent by {sender}")


def frames_of(path: str, rewriting: Rewriting, largest: int, counts: _Counts) -> Iterator[tuple[float, bytes]]:
    """Yield (seconds, bytes) of each frame of a capture file, VLAN tags put back and addresses rewritten.

    Raises:
        InputFileError: it cannot be read, or holds frames that are not Ethernet.
    """
    import numpy as np

    from netwatch.capture.frame_bytes import frame_pieces
    from netwatch.lab.passive import batches_of

    for batch in batches_of(path):
        frames = batch.frames
        if (frames.link_type != _LINKTYPE_ETHERNET).any():
            raise InputFileError(f"{printable(path)} holds frames that are not Ethernet, which cannot be replayed")
        pieces, _ = frame_pieces(frames, np.arange(len(frames)))
        whole = frames.wire_length.tolist()
        kept = frames.captured.tolist()
        for time_ns, piece, wire, captured in zip(frames.time_ns.tolist(), pieces, whole, kept, strict=True):
            if len(piece) > largest or len(piece) < 14:
                counts.left_out += 1
                continue
            counts.cut_short += captured < wire
            data = bytes(piece)
            yield time_ns / 1e9, rewritten(data, rewriting) if rewriting.wanted else data


def _row(number: int, played: Played, counts: _Counts) -> dict[str, Any]:
    speed = played.packets / played.seconds if played.seconds > 0 else 0.0
    return {
        "round": number,
        "packets": played.packets,
        "bytes": played.octets,
        "seconds": round(played.seconds, 3),
        "packets_per_second": round(speed, 1),
        "cut_short": counts.cut_short,
        "left_out": counts.left_out,
    }
