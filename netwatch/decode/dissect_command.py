"""The Scapy expression that makes a packet, so that it can be sent again or changed in Scapy's shell."""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from netwatch.decode.dissect_deadline import OutOfTimeError, deadline
from netwatch.decode.dissect_packets import first_layer, scapy_names
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS: Final = 2.0
"""Time that an expression may take."""
LONGEST: Final = 1 << 18
"""Characters of one: four for a byte of a frame of 64 KiB."""
MOST_LAYERS: Final = 48


def scapy_command(frame: bytes, link_type: int) -> str:
    """Return the Scapy expression that makes exactly `frame`, printable.

    Layers that Scapy would write otherwise than they are, or that its shell does not know by name, are bare bytes.
    """
    names = scapy_names()
    words: list[str] = []
    at = 0
    with suppress(Exception, OutOfTimeError), deadline(SECONDS):  # dissectors raise whatever hostile bytes make them
        for command, length in _layers(frame, link_type, names):
            words.append(command)
            at += length
    if at < len(frame) or not words:
        words.append(f"Raw(load={frame[at:]!r})")
    return printable("/".join(words), LONGEST)


def _layers(frame: bytes, link_type: int, names: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the expression of each layer and its bytes, as long as they are those of the frame."""
    from scapy.packet import NoPayload, Packet, Padding, Raw

    layer, under, at, before = first_layer(link_type), None, 0, None
    for _ in range(MOST_LAYERS):
        if at >= len(frame) or layer in (Raw, Padding, NoPayload):
            return
        packet = layer(frame[at:], stop_dissection_after=Packet, _internal=1, _underlayer=under)
        payload = packet.payload
        packet.remove_payload()
        command = packet.command()
        made = _made(ast.parse(command, mode="eval").body, names)
        at += len(made)
        before = made if before is None else before / made
        # Some layers change those around them when they are built, as IGMP does with the options of IP
        if not len(made) or bytes(before / Raw(frame[at:])) != frame:
            return
        yield command, len(made)
        under, layer = packet, packet.guess_payload_class(bytes(payload)) if payload else Raw


def _made(node: ast.expr, names: dict[str, Any]) -> Any:
    """Return what an expression makes that names only Scapy's layers: what is in it came from the network.

    Raises:
        KeyError, TypeError, ValueError: it names something else.
    """
    from scapy.packet import Packet

    match node:
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _made(left, names) / _made(right, names)
        case ast.List(elts=each) | ast.Tuple(elts=each):
            return [_made(one, names) for one in each]
        case ast.Call(func=ast.Name(id=name), args=[], keywords=fields) if issubclass(names[name], Packet):
            return names[name](**{str(field.arg): _made(field.value, names) for field in fields})
        case _:
            return ast.literal_eval(node)
