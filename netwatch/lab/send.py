"""`lab send`: one packet, described by layers and fields or in hexadecimal, as often as wanted, with its answers."""

from __future__ import annotations

import ipaddress
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import UsageError
from netwatch.lab.exchange import Probe, exchange
from netwatch.lab.expression import parse_expression, parse_hex
from netwatch.lab.input_file import InputFileError
from netwatch.lab.link import mac_of
from netwatch.lab.pace import Pacer
from netwatch.lab.plan import Plan
from netwatch.lab.ranges import require_within
from netwatch.lab.results import Results
from netwatch.plural import counted
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from netwatch.lab.bench import Bench
    from netwatch.lab.exchange import Answer, Exchange
    from netwatch.lab.surroundings import Surroundings
    from netwatch.lab.targets import IpAddress

COLUMNS: Final = ("number", "sent", "answer", "rtt_ms")
MOST: Final = 10_000
_MOST_HEX: Final = 1 << 20
_LOCAL_GROUPS: Final = (ipaddress.ip_network("224.0.0.0/24"), ipaddress.ip_network("ff02::/16"))
"""What routers never forward (RFC 5771 section 4, RFC 4291 section 2.7)."""


@dataclass(frozen=True, slots=True)
class SendOptions:
    """How to send."""

    count: int
    interval: float | None
    """Seconds between two packets, None for what the rate allows."""
    wait: float | None
    """Seconds to wait for the answer to each, None for not to listen."""
    live: bool
    """Show each answer as it comes."""


def plan_send(
    expression: str | None, hex_file: str | None, layer: int | None, options: SendOptions, around: Surroundings
) -> Plan:
    """Check what `lab send` was asked for.

    Raises:
        UsageError: no packet, one that cannot be built, or one to where it may not go.
        InputFileError: the file with hexadecimal digits cannot be read.
    """
    require_within("--count", options.count, 1, MOST)
    if options.interval is not None:
        require_within("--interval", options.interval, 0, 3600)
    if options.wait is not None:
        require_within("--wait", options.wait, 0.01, 60)
    if (expression is None) == (hex_file is None):
        raise UsageError(
            "send needs a packet", "either a description such as 'IP(dst=\"192.0.2.1\")/ICMP()' or --hex FILE"
        )
    packet = parse_expression(expression) if expression is not None else _of_hex(hex_file or "", layer or 2)
    frames = packet.name == "Ethernet"
    if layer is not None and (layer == 2) != frames:
        raise UsageError(f"a packet that begins with {packet.name} is not of layer {layer}")
    _complete(packet, around, frames=frames, whole=expression is None)
    interface = around.name if frames else _interface(packet, around)

    def run(bench: Bench) -> Results:
        return send(bench, packet, options)

    return Plan(run, "", interface, frames=frames)


def send(bench: Bench, packet: Any, options: SendOptions) -> Results:
    """Send copies of a packet and, when asked to wait, return which of them were answered."""
    if options.interval:
        bench.pacer = Pacer(min(bench.pacer.rate, 1 / options.interval), bench.clock)
    copies = _Copies(packet, options, bench.clock)

    def tell(key: Hashable, answer: Answer) -> None:
        if options.live:
            bench.say(f"{key}: {copies.shown(answer)}  {1000 * answer.rtt:.3f} ms")

    timeout = options.wait or 0.0
    done = exchange(bench, copies.probes(), copies.match, timeout=timeout, total=options.count, on_answer=tell)
    return _results(copies, done, options)


class _Copies:
    """Copies of one packet: they are alike, so an answer belongs to the first that still waits."""

    def __init__(self, packet: Any, options: SendOptions, clock: Callable[[], float]) -> None:
        self.data = bytes(packet)
        self.summary = printable(packet.summary())
        self._packet = packet
        self._kind = packet.__class__
        self._options = options
        self._clock = clock
        self._waiting: deque[tuple[int, float]] = deque()
        """(number, until when) of the copies that may still be answered."""

    def probes(self) -> Iterator[Probe]:
        """Yield the copies, numbered from 1."""
        for number in range(1, self._options.count + 1):
            yield Probe(number, self.data, self.summary)
            # The next one is fetched as soon as this one has left, however long it then waits for its turn
            self._waiting.append((number, self._clock() + (self._options.wait or 0.0)))

    def match(self, heard: bytes) -> Hashable | None:
        """Return the number of the copy that a packet answers, as Scapy judges it."""
        while self._waiting and self._waiting[0][1] < self._clock():
            self._waiting.popleft()
        if self._options.wait is None or not self._waiting or not self._kind(heard).answers(self._packet):
            return None
        return self._waiting.popleft()[0]

    def shown(self, answer: Answer) -> str:
        """Return one line about an answer."""
        try:
            return printable(self._kind(answer.heard.data).summary())
        except Exception:  # noqa: BLE001 - Scapy's summaries raise anything at all for fields that are made up
            return f"{len(answer.heard.data)} bytes that cannot be read"


def _results(copies: _Copies, done: Exchange, options: SendOptions) -> Results:
    rows: list[dict[str, Any]] = []
    for number in range(1, len(done.sent) + 1):
        first = done.first(number)
        answer = copies.shown(first) if first is not None else None
        rtt = round(1000 * first.rtt, 4) if first is not None else None
        rows.append({"number": number, "sent": copies.summary, "answer": answer, "rtt_ms": rtt})
    answered = sum(1 for row in rows if row["answer"])
    figures: dict[str, Any] = {"sent": len(rows)}
    if options.wait is None:
        # without answers every row would be the same
        return Results(COLUMNS, rows[:1], figures, f"{counted(len(rows), 'packets')} of {len(copies.data)} bytes")
    figures |= {"answered": answered, "unanswered": len(rows) - answered}
    return Results(COLUMNS, rows, figures, f"{answered} of {len(rows)} answered")


def _of_hex(path: str, layer: int) -> Any:
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import Ether

    try:
        with Path(path).open("rb") as file:
            data = parse_hex(file.read(_MOST_HEX).decode("ascii", "replace"))
    except OSError as error:
        raise InputFileError(f"cannot read {printable(path)}: {error.strerror}") from error
    if layer == 3 and data[0] >> 4 not in (4, 6):
        raise UsageError("a packet of layer 3 begins with 4 or 6, the version of IP")
    if len(data) < (14 if layer == 2 else 20 if data[0] >> 4 == 4 else 40):
        raise UsageError("the packet is shorter than its first header")
    return Ether(data) if layer == 2 else IP(data) if data[0] >> 4 == 4 else IPv6(data)


def _complete(packet: Any, around: Surroundings, *, frames: bool, whole: bool) -> None:
    """Check where it goes, and fill in own addresses that were left out, so that Scapy neither guesses nor asks."""
    if not frames and packet.name not in ("IP", "IPv6"):
        raise UsageError(f"a packet begins with Ether, IP or IPv6, not with {printable(packet.name, 40)}")
    if frames:
        if around.chosen is None:
            raise UsageError("a frame needs the interface that it leaves on", "name it with -i")
        if "dst" not in packet.fields:
            raise UsageError("Ether needs its destination", 'write Ether(dst="ff:ff:ff:ff:ff:ff")')
        packet.fields.setdefault("src", mac_of(around.chosen))
        inner = packet.payload
        while inner:
            if inner.name == "Ethernet" and "dst" not in inner.fields:
                raise UsageError("the inner Ether needs its destination", 'write Ether(dst="ff:ff:ff:ff:ff:ff")')
            inner = inner.payload
    headers = _headers(packet)
    for header in headers:
        if "pdst" not in header.fields and "dst" not in header.fields:
            raise UsageError(f"{header.name} needs its destination", "nothing is sent to an address that was not given")
    _require_allowed(headers, around)
    for header in () if whole else headers:
        arp = header.name == "ARP"
        destination = header.fields["pdst" if arp else "dst"]
        if arp and around.chosen is not None:
            header.fields.setdefault("hwsrc", mac_of(around.chosen))
        if _is_sendable(destination) and ("psrc" if arp else "src") not in header.fields:
            header.fields["psrc" if arp else "src"] = around.source(ipaddress.ip_address(destination))


def _require_allowed(headers: list[Any], around: Surroundings) -> None:
    """Let only destinations pass that may be sent to; those inside tunnels too, which routers may unpack."""
    wanted: list[IpAddress] = []
    for header in headers:
        address = ipaddress.ip_address(header.pdst if header.name == "ARP" else header.dst)
        near = any(address in group for group in _LOCAL_GROUPS if group.version == address.version)
        if not near and str(address) != "255.255.255.255":
            wanted.append(address)
    around.require(wanted)


def _headers(packet: Any) -> list[Any]:
    found = []
    layer = packet
    while layer:
        if layer.name in ("IP", "IPv6") or (layer.name == "ARP" and layer.ptype == 0x0800):
            found.append(layer)
        layer = layer.payload
    return found


def _is_sendable(destination: str) -> bool:
    address = ipaddress.ip_address(destination)
    return not address.is_multicast and not address.is_unspecified and destination != "255.255.255.255"


def _interface(packet: Any, around: Surroundings) -> str | None:
    address = ipaddress.ip_address(packet.dst)
    return around.interface_towards(address).name if _is_sendable(packet.dst) else around.name
