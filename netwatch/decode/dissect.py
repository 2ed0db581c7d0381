"""One packet taken apart by Scapy, layer by layer, when somebody looks at it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from netwatch.capture import frames as link_types
from netwatch.decode.dissect_deadline import OutOfTimeError, deadline
from netwatch.decode.dissect_fields import FieldBudget, layer_fields, layer_summary
from netwatch.decode.dissect_modules import import_basics, import_for, never, silence
from netwatch.decode.dissect_places import Places
from netwatch.decode.dissect_tls import tls_layers
from netwatch.dissection import Dissection, Layer, LayerField
from netwatch.text import printable, printable_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from netwatch.dissection import PacketRow

MOST_LAYERS: Final = 48
"""Layers of one packet that are shown; a real packet has about ten."""
MOST_BYTES: Final = 65_536
"""Bytes of a frame that are dissected; super-frames of offloading interfaces may be longer."""
SECONDS: Final = 2.0
"""Time that the dissection of one packet may take."""
SHOWN_BYTES: Final = 64
"""Bytes of undissected data that are shown as a field; the hexdump beside it has them all."""
SEARCHED_BYTES: Final = 8192
MOST_LINES: Final = 100
"""Bytes and lines of undissected text that become fields, one a line."""

_BARE: Final = "TCP UDP IPV4 IPV6 IP ETHERNET LLC ICMPV6"
"""Protocols of rows that say nothing of what is inside."""
_TEXT = frozenset(b"\t\r\n") | frozenset(range(0x20, 0x7F))
_RAW_IP = frozenset({link_types.LINKTYPE_RAW, link_types.LINKTYPE_IPV4, link_types.LINKTYPE_IPV6})


def warm_up(enough: Callable[[], bool] = never) -> None:
    """Import what the first row and the first dissection need, about half a second; meant for a background thread.

    Nothing more is imported when it is `enough`, as when somebody leaves at once. Failures are kept for `dissect`,
    which says them in its note.
    """
    import netwatch.decode.info.describe  # noqa: F401 - imported here so that no row waits for it

    try:
        import_basics(enough)
    except Exception:  # noqa: BLE001 - Scapy's import reads files and devices of the machine; dissect() reports it
        return


def dissect(frame: bytes, link_type: int, row: PacketRow) -> Dissection:
    """Return the layers of `frame`, whose first header is of `link_type` (LINKTYPE_ value); `row` is its table row.

    Never raises: `note` says what could not be dissected, and what follows the last dissected layer is a `Raw` layer.
    """
    try:
        import_basics()
        import_for(row.protocol, link_type)
    except Exception as error:  # noqa: BLE001 - see warm_up
        return Dissection(row, (_raw(frame, 0),), frame, _problem("Scapy cannot be loaded", error))
    silence()
    walk = _Walk(frame[:MOST_BYTES])
    try:
        with deadline(SECONDS):
            for layer in walk.layers(link_type):
                walk.found.append(layer)
    except OutOfTimeError:
        walk.notes.append(f"dissection stopped after {SECONDS:.0f} s")
    except Exception as error:  # noqa: BLE001 - Scapy raises whatever its dissectors meet in hostile bytes
        walk.notes.append(_problem("Scapy failed", error))
    if len(frame) > MOST_BYTES:
        walk.notes.append(f"only the first {MOST_BYTES} of {len(frame)} bytes were dissected")
    return Dissection(row, tuple(walk.complete(row)), frame, "; ".join(walk.notes))


class _Walk:
    """The way through one frame, from the outermost layer inwards."""

    def __init__(self, frame: bytes) -> None:
        self.frame = frame
        self.found: list[Layer] = []
        self.notes: list[str] = []
        self.end = len(frame)
        """Where the trailers that were found begin."""
        self._trailers: list[Layer] = []
        self._budget = FieldBudget(Places(frame))

    def layers(self, link_type: int) -> Iterator[Layer]:
        """Yield the layers; each is built on its own, so that one that fails costs only itself and what follows."""
        from scapy.packet import NoPayload, Packet, Padding, Raw

        layer_class = _first_class(link_type, self.frame)
        if layer_class is None:
            self.notes.append(f"Scapy has no dissector for link type {link_type}")
            return
        offset, under = 0, None
        while offset < self.end and len(self.found) < MOST_LAYERS:
            if layer_class in (None, Raw, Padding, NoPayload):
                yield from self._unknown(offset, under)
                return
            data = self.frame[offset : self.end]
            try:
                packet: Any = layer_class(data, stop_dissection_after=Packet, _internal=1, _underlayer=under)
            except Exception as error:  # noqa: BLE001 - see dissect
                self.notes.append(_problem(f"{layer_class.__name__} could not be read", error))
                return
            payload, trailer = _after(packet, Padding)
            if under is not None:  # Scapy's summaries look for the addresses in the layers around
                under.remove_payload()
                under.add_payload(packet)
            length = len(data) - len(payload) - len(trailer)
            yield self._layer(packet, offset, max(length, 0))
            self._keep_trailer(offset + length + len(payload), trailer)
            if length <= 0 and type(packet) is type(under):
                return
            offset, under = offset + max(length, 0), packet
            layer_class = packet.guess_payload_class(payload) if payload else NoPayload
        if len(self.found) >= MOST_LAYERS:
            self.notes.append(f"only the first {MOST_LAYERS} layers are shown")

    def complete(self, row: PacketRow) -> Iterator[Layer]:
        """Yield what was found, then what no layer covers, by our own name for it if we have one, then the trailers."""
        yield from self.found
        covered = max((layer.offset + layer.length for layer in self.found), default=0)
        if covered < self.end:
            rest = _raw(self.frame[covered : self.end], covered)
            known = " ".join(layer.name for layer in self.found).upper()
            ours = bool(self.found) and row.protocol.upper() not in f"{known} {_BARE}"
            yield replace(rest, name=row.protocol, summary=row.info) if ours else rest
        yield from reversed(self._trailers)

    def _unknown(self, offset: int, under: Any) -> Iterator[Layer]:
        """Scapy's TLS needs a cryptography library even for what is in the clear, so TLS is read here."""
        if type(under).__name__ == "TCP":
            yield from tls_layers(self.frame[offset : self.end], offset)

    def _layer(self, packet: Any, offset: int, length: int) -> Layer:
        return Layer(
            name=printable(str(packet.name), 64),
            summary=layer_summary(packet),
            fields=layer_fields(packet, self._budget, offset),
            offset=offset,
            length=length,
        )

    def _keep_trailer(self, offset: int, trailer: bytes) -> None:
        if not trailer:
            return
        self.end = min(self.end, offset)
        self._trailers.append(_raw(trailer, offset, name="Padding"))


def _first_class(link_type: int, frame: bytes) -> Any:
    """Return Scapy's class for the first header, None when it has none."""
    from scapy.config import conf
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6

    if link_type in _RAW_IP:
        return IPv6 if frame[:1] and frame[0] >> 4 == 6 else IP
    return conf.l2types.num2layer.get(link_type)


def _after(packet: Any, padding_class: Any) -> tuple[bytes, bytes]:
    """Return the undissected payload of a layer and the trailer behind it."""
    payload, trailer = b"", b""
    rest = packet.payload
    while rest:
        if isinstance(rest, padding_class):
            trailer += rest.load
        else:
            payload += rest.load
        rest = rest.payload
    return payload, trailer


def _raw(data: bytes, offset: int, name: str = "Raw") -> Layer:
    more = " ..." if len(data) > SHOWN_BYTES else ""
    place = (offset * 8, len(data) * 8)
    fields = [
        LayerField("length", str(len(data))),
        LayerField("hex", data[:SHOWN_BYTES].hex(" ") + more, (), *place),
    ]
    if _TEXT.issuperset(data[:SEARCHED_BYTES]):
        children, at = [], offset
        for number, line in enumerate(data[:SEARCHED_BYTES].splitlines(keepends=True)[:MOST_LINES], 1):
            shown = printable_bytes(line.rstrip(b"\r\n"))
            children.append(LayerField(str(number), shown, (), at * 8, len(line) * 8))
            at += len(line)
        fields.append(LayerField("text", printable_bytes(data, SHOWN_BYTES), tuple(children), *place))
    return Layer(name, f"{len(data)} bytes", tuple(fields), offset, len(data))


def _problem(what: str, error: Exception) -> str:
    detail = printable(str(error), 160)
    return f"{what}: {type(error).__name__}{f': {detail}' if detail else ''}"
