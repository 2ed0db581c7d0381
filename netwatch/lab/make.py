"""`lab make`: labelled traffic of a scenario, into a capture file and, if wanted, onto a wire of the lab."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import FileError, UsageError
from netwatch.lab.input_file import InputFileError
from netwatch.lab.labels import labels_json, labels_path
from netwatch.lab.own_network import in_namespace, require_sendable
from netwatch.lab.pace import Pacer
from netwatch.lab.plan import Plan
from netwatch.lab.player import play
from netwatch.lab.ranges import require_within
from netwatch.lab.results import Results
from netwatch.lab.scenarios.catalogue import SCENARIOS
from netwatch.lab.scenarios.names import MOST_PAYLOAD, dns_exfil
from netwatch.lab.scenarios.scans import SYN_RATE, SYN_SECONDS
from netwatch.lab.scenarios.scene import Scene
from netwatch.lab.targets import parse_network
from netwatch.plural import counted
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.lab.bench import Bench
    from netwatch.lab.surroundings import Surroundings

COLUMNS: Final = ("scenario", "capture", "packets", "bytes", "seconds", "labels", "detectors")
LIMITS: Final = {"syn-demo": (SYN_RATE, SYN_SECONDS)}
"""Scenarios that are never sent faster than so many packets a second, nor longer than so many seconds."""
ALL: Final = "all"
LIST: Final = "list"


@dataclass(frozen=True, slots=True)
class MakeOptions:
    """What to make."""

    scenario: str
    """A name in SCENARIOS, ALL or LIST."""
    path: str | None
    """The capture file; with ALL, the folder."""
    seed: int
    network: str
    payload: str | None
    """File with what dns-exfil carries out."""
    speed: float


def make_scene(name: str, options: MakeOptions) -> Scene:
    """Return the traffic of a scenario; the same for the same options.

    Raises:
        UsageError: no such scenario, a network that is too small, or a payload for a scenario that has none.
        InputFileError: the payload cannot be read.
    """
    network = _checked(name, options)
    generate = SCENARIOS[name]
    if options.payload is not None:
        generate = partial(dns_exfil, payload=_payload(options.payload))
    scene = Scene(network, options.seed)
    generate(scene)
    return scene


def _checked(name: str, options: MakeOptions) -> ipaddress.IPv4Network:
    """Return the network of a scenario that can be made."""
    if name not in SCENARIOS:
        raise UsageError(
            f"there is no scenario {printable(name, 40)}", f"known are {LIST}, {ALL}, {', '.join(SCENARIOS)}"
        )
    network = parse_network(options.network)
    if not isinstance(network, ipaddress.IPv4Network) or network.prefixlen > 24:
        raise UsageError(
            f"{network} is too small", "a scenario needs an IPv4 network of 256 addresses, such as 10.77.0.0/24"
        )
    if options.payload is not None and name != "dns-exfil":
        raise UsageError(f"{name} carries no payload", "--payload is for dns-exfil")
    return network


def write_scene(name: str, scene: Scene, capture: str, options: MakeOptions) -> dict[str, Any]:
    """Write the capture and its labels, neither over an existing file, and return the row about it.

    Raises:
        FileError: one of them cannot be written.
    """
    from netwatch.capture.atomic import AtomicFile
    from netwatch.capture.frames import FrameInterface
    from netwatch.capture.save import save
    from netwatch.lab.frame_block import ethernet_block

    packets = list(scene.in_order())
    facts = {"scenario": name, "seed": options.seed, "network": str(scene.network), "capture": Path(capture).name}
    text = labels_json(_renumbered(scene), packets=len(packets), **facts)
    with AtomicFile(labels_path(capture)) as file:
        file.write(text.encode())
        save(capture, [(ethernet_block(packets), None)], (FrameInterface("lab0"),), nanoseconds=False)
        file.commit()
    seconds = packets[-1][0] - packets[0][0]
    detectors = list(dict.fromkeys(label.detectors[0] for label in scene.labels))
    row = {
        "scenario": name,
        "capture": capture,
        "packets": len(packets),
        "bytes": sum(len(data) for _, data in packets),
    }
    return row | {"seconds": round(seconds, 3), "labels": len(scene.labels), "detectors": detectors}


def scenarios() -> Results:
    """Return the scenarios and what each does."""
    rows = [{"scenario": name, "does": (generate.__doc__ or "").strip()} for name, generate in SCENARIOS.items()]
    return Results(("scenario", "does"), rows, {"scenarios": len(rows)}, f"{len(rows)} scenarios; all makes every one")


def make(options: MakeOptions) -> Results:
    """Write the captures and labels that `options` name.

    Raises:
        UsageError: as make_scene.
        FileError: something cannot be written.
    """
    if options.scenario == LIST:
        return scenarios()
    names = list(SCENARIOS) if options.scenario == ALL else [options.scenario]
    scenes = {name: make_scene(name, options) for name in names[:1]}  # what is wrong is said before anything is written
    rows = []
    for name in names:
        scene = scenes.get(name) or make_scene(name, options)
        rows.append(write_scene(name, scene, _path(name, options), options))
    packets = sum(row["packets"] for row in rows)
    return Results(
        COLUMNS,
        rows,
        {"captures": len(rows), "packets": packets},
        f"{counted(len(rows), 'captures')} with their labels",
    )


def plan_make(options: MakeOptions, around: Surroundings) -> Plan:
    """Check what `lab make --send` was asked for.

    Raises:
        UsageError: a wrong scenario, or an interface that this may not be sent on.
    """
    require_within("--speed", options.speed, 0.001, 10_000)
    if options.scenario in (ALL, LIST):
        raise UsageError("one scenario at a time can be sent")
    network = _checked(options.scenario, options)
    interface = require_sendable(around, network, namespace=in_namespace())

    def run(bench: Bench) -> Results:
        scene = make_scene(options.scenario, options)
        rows = (
            [write_scene(options.scenario, scene, _path(options.scenario, options), options)] if not bench.dry else []
        )
        rate, seconds = LIMITS.get(options.scenario, (bench.pacer.rate, None))
        bench.pacer = Pacer(min(bench.pacer.rate, rate), bench.clock)
        speed = options.speed if options.scenario not in LIMITS else 1.0
        played = play(bench, scene.in_order(), speed=speed, most_seconds=seconds)
        summary = {"packets": played.packets, "bytes": played.octets, "seconds": round(played.seconds, 3)}
        return Results(COLUMNS, rows, summary, f"{played.packets} frames sent in {played.seconds:.1f} s")

    return Plan(run, None, interface, frames=True)


def _path(name: str, options: MakeOptions) -> str:
    if options.scenario == ALL:
        folder = Path(options.path or "labelled")
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise FileError(f"cannot make the folder {printable(str(folder))}: {error.strerror}") from error
        return str(folder / f"{name}.pcap")
    return options.path or f"{name}.pcap"


def _payload(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_PAYLOAD + 1)
    except OSError as error:
        raise InputFileError(f"cannot read {printable(path)}: {error.strerror}") from error
    if not 0 < len(data) <= MOST_PAYLOAD:
        raise UsageError(f"a payload has 1 to {MOST_PAYLOAD:,} bytes")
    return data


def _renumbered(scene: Scene) -> list[Any]:
    """Return the labels with the numbers that their packets have in the order of time, which is that of the file."""
    from dataclasses import replace

    order = sorted(range(len(scene.packets)), key=lambda index: scene.packets[index][0])
    number = {index: place for place, index in enumerate(order, 1)}
    labels = []
    for label in scene.labels:
        numbers = [number[index] for index in range(label.first - 1, label.last)]
        labels.append(replace(label, first=min(numbers), last=max(numbers)))
    return labels
