"""The fields of a Scapy layer as printable names and values, in bounded number."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from netwatch.decode.dissect_places import NOWHERE
from netwatch.dissection import LayerField
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.decode.dissect_places import Place, Places

VALUE_LENGTH: Final = 256
"""Characters of one value."""
DEEPEST: Final = 6
"""Packets within fields within packets."""
FIELDS_OF_A_LAYER: Final = 200
FIELDS_OF_A_PACKET: Final = 2000

MOST_VALUES: Final = 6
"""Values that stand for a packet in a field that has no summary."""

OPTIONS_READ: Final = 1024
REPRESENTED: Final = 4096
"""Characters of Scapy's representation of a value that are looked at."""

_ASN1_AGAIN = re.compile(r"(?<=[^\s,\[]) <\w*ASN1_\w+\[[^\]>]*\][^>]*>")
_ASN1_VALUE = re.compile(r"<\w*ASN1_\w+\[(?:b?')?([^\]>']*)'?\][^>]*>")
_EMPTY = frozenset({"", "0", "0x0", "[]", "None"})
_TEXT_BYTES = frozenset(range(0x20, 0x7F))


class FieldBudget:
    """How many fields of one packet may still be written, and where they are."""

    def __init__(self, places: Places, left: int = FIELDS_OF_A_PACKET) -> None:
        self.places = places
        self.left = left

    def take(self) -> bool:
        """Use one up; False when none is left."""
        self.left -= 1
        return self.left >= 0


def layer_fields(packet: Any, budget: FieldBudget, begin: int, depth: int = 0) -> tuple[LayerField, ...]:
    """Return the fields that were in the bytes of `packet`, which begins at byte `begin` of the frame, -1 unknown.

    Lists of packets and of options become child fields.
    """
    fields: list[LayerField] = []
    places = budget.places.fields(packet, begin)
    for description, place in zip(packet.fields_desc, places, strict=True):
        name = description.name
        if name not in packet.fields:
            continue  # not in the bytes: a condition is unmet or the layer ended before
        if len(fields) >= FIELDS_OF_A_LAYER or not budget.take():
            fields.append(LayerField("...", "more fields are not shown"))
            break
        fields.append(_field(packet, description, place, budget, depth))
    return tuple(fields)


def layer_summary(packet: Any) -> str:
    """Return Scapy's one line for this layer alone, its name when it has none."""
    try:
        summary = packet.mysummary()
    except Exception:  # noqa: BLE001 - a summary formats values that the bytes of a stranger chose
        summary = ""
    if isinstance(summary, tuple):
        summary = summary[0]
    return printable(str(summary or packet.name), VALUE_LENGTH)


def _field(packet: Any, description: Any, place: Place, budget: FieldBudget, depth: int) -> LayerField:
    name, value = printable(str(description.name), 64), packet.fields[description.name]
    packets = _packets(value)
    if packets and depth < DEEPEST:
        begins = budget.places.packets(packets, place)
        children = _children(packets, begins, sum(place) // 8, budget, depth + 1)
        return LayerField(name, _count(packets), children, *place)
    options = _options(value)
    if options:
        places = budget.places.options(description, place, sum(option[2] for option in options))
        children = _option_fields(options, places, budget)
        return LayerField(name, ", ".join(option[0] for option in options)[:VALUE_LENGTH], children, *place)
    return LayerField(name, _value_text(packet, description, value), (), *place)


def _packets(value: Any) -> list[Any]:
    """Return the packets that `value` is or holds; none when it holds something else."""
    from scapy.packet import Packet

    if isinstance(value, Packet):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(item, Packet) for item in value):
        return []
    return value[:FIELDS_OF_A_LAYER]


def _children(
    packets: list[Any], begins: list[int], end: int, budget: FieldBudget, depth: int
) -> tuple[LayerField, ...]:
    """Return packets in a field as fields; they begin at bytes `begins` of the frame, and the last ends at `end`."""
    children: list[LayerField] = []
    for packet, begin, after in zip(packets, begins, [*begins[1:], end], strict=True):
        if not budget.take():
            break
        fields = layer_fields(packet, budget, begin, depth)
        inner = _packets(packet.payload) if packet.payload else []
        if inner and depth < DEEPEST:
            fields += _children(inner, [budget.places.payload(packet, begin)], after, budget, depth + 1)
        place = (begin * 8, (after - begin) * 8) if 0 <= begin < after else NOWHERE
        children.append(LayerField(printable(str(packet.name), 64), _brief(packet, fields), fields, *place))
    return tuple(children)


def _option_fields(
    options: list[tuple[str, str, int]], places: list[Place], budget: FieldBudget
) -> tuple[LayerField, ...]:
    """Return options as fields; equal ones behind each other are one."""
    fields, at = [], 0
    for label, text, count in options:
        if not budget.take():
            break
        equal = places[at : at + count]
        fields.append(LayerField(label, text, (), equal[0][0], sum(bits for _, bits in equal)))
        at += count
    return tuple(fields)


def _brief(packet: Any, fields: tuple[LayerField, ...]) -> str:
    """Return Scapy's summary of a packet in a field, or the values that are not empty when it has none."""
    summary = layer_summary(packet)
    if summary != packet.name:
        return summary
    values = [field.value for field in fields if field.value not in _EMPTY and not field.fields]
    return printable(", ".join(values[:MOST_VALUES]), VALUE_LENGTH)


def _count(packets: list[Any]) -> str:
    return "1 entry" if len(packets) == 1 else f"{len(packets)} entries"


def _options(value: Any) -> list[tuple[str, str, int]]:
    """Return (name, value, how many) of a list of options as DHCP and TCP have them: tuples that begin with the name.

    Padding comes in dozens of equal options, which are one line.
    """
    if not isinstance(value, list) or not value or not any(isinstance(item, tuple) for item in value):
        return []
    options: list[tuple[str, str, int]] = []
    for item, equal in groupby(value[:OPTIONS_READ]):
        name, *values = item if isinstance(item, tuple) else (item,)
        count = len(list(equal))
        text = ", ".join(_plain(part) for part in values if part not in (None, b"", ()))
        times = f"{count} times" if count > 1 else ""
        options.append((printable(_plain(name), 64), printable(text or times, VALUE_LENGTH), count))
    return options[:FIELDS_OF_A_LAYER]


def _value_text(packet: Any, description: Any, value: Any) -> str:
    if isinstance(value, bytes):
        return printable(_bytes_text(value), VALUE_LENGTH)
    try:
        text = _without_asn1(str(description.i2repr(packet, value))[:REPRESENTED])
    except Exception:  # noqa: BLE001 - see layer_summary
        text = _plain(value)
    if isinstance(value, int) and not isinstance(value, bool) and text not in (str(value), hex(value)):
        text = f"{text or 'none'} ({value})"
    return printable(text, VALUE_LENGTH)


def _without_asn1(text: str) -> str:
    """Return Scapy's representation of a value without its ASN.1 wrappers: `<ASN1_INTEGER[5]>` is 5."""
    if "ASN1_" not in text:
        return text
    return _ASN1_VALUE.sub(r"\1", _ASN1_AGAIN.sub("", text))


def _plain(value: Any) -> str:
    return _bytes_text(value) if isinstance(value, bytes) else str(value)


def _bytes_text(value: bytes) -> str:
    """Return bytes as text where they are text, else as hexadecimal digits."""
    shown = value[:VALUE_LENGTH]
    more = "..." if len(value) > VALUE_LENGTH else ""
    if _TEXT_BYTES.issuperset(shown.rstrip(b"\0\r\n")):
        return shown.rstrip(b"\0\r\n").decode("ascii") + more
    return shown.hex() + more
