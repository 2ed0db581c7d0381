"""`lab replay`: a capture file onto the named interface, in its own rhythm, faster, or at a fixed rate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import FileError, UsageError
from netwatch.lab.own_network import in_namespace, require_sendable
from netwatch.lab.pace import Pacer
from netwatch.lab.plan import Plan
from netwatch.lab.player import Played, play
from netwatch.lab.ranges import require_within
from netwatch.lab.results import Results
from netwatch.lab.rewrite import rewritten
from netwatch.lab.tcpreplay import TcpReplay
from netwatch.lab.wire import SilentWire
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
    engine: str = "netwatch"
    """`netwatch` or `tcpreplay`."""


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
            return by_tcpreplay(bench, started[0], options, largest)
        bench.pacer = Pacer(options.rate, bench.clock, cap=RATE_CAP, slack=SLACK)
        return replay(bench, options, largest)

    if options.engine == "tcpreplay" and not around.dry:
        wire = partial(SilentWire, frames=True)
        return Plan(run, None, interface, wire=wire, before_drop=lambda: started.append(TcpReplay(interface)))
    return Plan(run, None, interface, frames=True)


def by_tcpreplay(bench: Bench, engine: TcpReplay, options: ReplayOptions, largest: int) -> Results:
    """Let tcpreplay send the frames; the log has one line for all of them.

    Raises:
        FileError: the capture cannot be read, or holds frames that are not Ethernet.
        NetwatchError: tcpreplay failed.
    """
    counts = _Counts()
    try:
        packets, octets, span = engine.fill(frames_of(options.path, options.rewriting, largest, counts))
        rounds = f"{packets} frames of {options.path}, {options.loops} times, by tcpreplay"
        if not packets or bench.stop.wanted or bench.log is None:
            return Results(COLUMNS, [], {"rounds": 0, "packets": 0}, "nothing was sent")
        bench.log.sent(rounds, octets * options.loops)
        natural = packets / span * (options.speed or 1.0) if span > 0 else RATE_CAP
        steady = options.speed is None or natural > RATE_CAP
        pace = f"--pps={options.rate:g}" if steady else f"--multiplier={options.speed:f}"
        sent = engine.go([pace, f"--loop={options.loops}"], lambda: bench.stop.wanted)
    finally:
        engine.close()
    bench.packets, bench.octets = sent.packets, octets * options.loops
    bench.log.packets = sent.packets
    played = Played(sent.packets, octets * options.loops, sent.seconds)
    rows = [_row(options.loops, played, counts)]
    return Results(
        COLUMNS, rows, {"rounds": options.loops, "packets": sent.packets}, f"{sent.packets} packets by tcpreplay"
    )


def replay(bench: Bench, options: ReplayOptions, largest: int) -> Results:
    """Send every frame of the file, `loops` times; a row for each round.

    Raises:
        FileError: it cannot be read, or holds frames that are not Ethernet.
    """
    rows = []
    for number in range(1, options.loops + 1):
        if bench.stop.wanted:
            break
        counts = _Counts()
        played = play(bench, frames_of(options.path, options.rewriting, largest, counts), speed=options.speed)
        rows.append(_row(number, played, counts))
    total = sum(row["packets"] for row in rows)
    return Results(
        COLUMNS, rows, {"rounds": len(rows), "packets": total}, f"{total} packets of {printable(options.path)}"
    )


def frames_of(path: str, rewriting: Rewriting, largest: int, counts: _Counts) -> Iterator[tuple[float, bytes]]:
    """Yield (seconds, bytes) of each frame of a capture file, VLAN tags put back and addresses rewritten.

    Raises:
        FileError: it cannot be read, or holds frames that are not Ethernet.
    """
    import numpy as np

    from netwatch.capture.frame_bytes import frame_pieces
    from netwatch.lab.passive import batches_of

    for batch in batches_of(path):
        frames = batch.frames
        if (frames.link_type != _LINKTYPE_ETHERNET).any():
            raise FileError(f"{printable(path)} holds frames that are not Ethernet, which cannot be replayed")
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
