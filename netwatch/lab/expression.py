"""Packets from text such as `IP(dst="192.0.2.1")/TCP(dport=80, flags="S")`: layers and fields only, nothing is run."""

from __future__ import annotations

import ast
import importlib
import ipaddress
import re
from typing import Any, Final

from netwatch.errors import UsageError
from netwatch.text import printable

LONGEST: Final = 4096
"""Characters of an expression."""
_MOST_NODES: Final = 500
LAYERS: Final = {
    "ARP": "l2",
    "BOOTP": "dhcp",
    "DHCP": "dhcp",
    "DNS": "dns",
    "DNSQR": "dns",
    "Dot1Q": "l2",
    "Ether": "l2",
    "GRE": "l2",
    "ICMP": "inet",
    "ICMPv6EchoRequest": "inet6",
    "ICMPv6ND_NA": "inet6",
    "ICMPv6ND_NS": "inet6",
    "ICMPv6ND_RS": "inet6",
    "IP": "inet",
    "IPv6": "inet6",
    "LLC": "l2",
    "NTPHeader": "ntp",
    "Padding": "",
    "Raw": "",
    "STP": "l2",
    "TCP": "inet",
    "UDP": "inet",
    "VXLAN": "vxlan",
}
"""Layers that may be written, and the module of Scapy's layers that has each."""
_MAC: Final = re.compile(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
_ADDRESSES: Final = frozenset({"psrc", "pdst", "tgt", "ciaddr", "yiaddr", "siaddr", "giaddr"})
_HARDWARE: Final = frozenset({"hwsrc", "hwdst", "rootmac", "bridgemac"})
"""Fields of these names hold addresses whatever class they are of."""


def parse_expression(text: str) -> Any:
    """Return the Scapy packet that `text` describes.

    The grammar: layers joined by `/`, each a name or a call with named fields; a last layer may be a text or bytes.
    Values are numbers, texts, bytes, lists, tuples and layers. Addresses must be addresses, because Scapy would ask
    the resolver for a name.

    Raises:
        UsageError: anything else, with where it is wrong.
    """
    if len(text) > LONGEST:
        raise UsageError(f"the packet's description is longer than {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "it cannot be read"
        raise UsageError(f"{printable(text, 60)} is not a packet: {printable(str(reason))}", _EXAMPLE) from None
    if sum(1 for _ in ast.walk(tree)) > _MOST_NODES:
        raise UsageError("the packet's description has too many parts")
    packet = _packet(tree.body)
    try:
        if _is_complete(packet):
            bytes(packet.copy())
    except Exception as error:  # noqa: BLE001 - Scapy's fields raise anything at all for values that do not fit
        raise UsageError(f"this packet cannot be built: {_reason(error)}") from None
    return packet


def parse_hex(text: str) -> bytes:
    """Return the bytes of hexadecimal digits; white space and what follows `#` are ignored.

    Raises:
        UsageError: anything else, or nothing.
    """
    digits = "".join("".join(line.partition("#")[0].split()) for line in text.splitlines())
    if not digits or len(digits) > 2 * 65535:
        raise UsageError("a packet in hexadecimal has 1 to 65535 bytes")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise UsageError("the file holds more than hexadecimal digits, white space and # comments") from None


_EXAMPLE: Final = 'write it as IP(dst="192.0.2.1")/ICMP()'


def _is_complete(packet: Any) -> bool:
    """Return whether building it asks nobody: Scapy sends ARP for an Ethernet destination that is left out."""
    while packet:
        if packet.name == "Ethernet" and "dst" not in packet.fields:
            return False
        packet = packet.payload
    return True


def _packet(node: ast.expr) -> Any:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _packet(node.left) / _packet(node.right)
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        from scapy.packet import Raw

        return Raw(node.value if isinstance(node.value, bytes) else node.value.encode())
    return _layer(node)


def _layer(node: ast.expr) -> Any:
    called = isinstance(node, ast.Call)
    name = node.func if isinstance(node, ast.Call) else node
    if not isinstance(name, ast.Name):
        raise UsageError(f"{_shown(node)} is not a layer", _EXAMPLE)
    if name.id not in LAYERS:
        raise UsageError(f"there is no layer {printable(name.id, 40)}", f"known are {', '.join(LAYERS)}")
    module = LAYERS[name.id]
    layer = getattr(importlib.import_module(f"scapy.layers.{module}" if module else "scapy.packet"), name.id)
    if not called or not isinstance(node, ast.Call):
        return layer()
    if node.args:
        raise UsageError(f"the fields of {name.id} need their names", _EXAMPLE)
    known = {field.name: field for field in layer.fields_desc}
    values: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg not in known:
            shown = printable(str(keyword.arg), 40)
            raise UsageError(f"{name.id} has no field {shown}", f"it has {', '.join(known)}")
        value = _value(keyword.value)
        _require_literal(known[keyword.arg], keyword.arg, value)
        values[keyword.arg] = value
    try:
        return layer(**values)
    except Exception as error:  # noqa: BLE001 - Scapy's fields raise anything at all for values that do not fit
        raise UsageError(f"{name.id} cannot have these values: {_reason(error)}") from None


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str | bytes | None):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return -_value(node.operand)
    if isinstance(node, ast.List):
        return [_value(one) for one in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_value(one) for one in node.elts)
    if isinstance(node, ast.Call | ast.BinOp):
        return _packet(node)
    raise UsageError(f"{_shown(node)} is not a number, a text, a list or a layer")


def _require_literal(field: Any, name: str, value: Any) -> None:
    """Let only addresses stand where addresses belong: no names, no ranges that mean many packets."""
    from scapy.fields import IP6Field, IPField, MACField

    while hasattr(field, "fld"):  # Emph, ConditionalField and the like wrap the field that is meant
        field = field.fld
    if isinstance(field, IPField | IP6Field) or name in _ADDRESSES:
        if not (isinstance(value, str) and _is_address(value)):
            raise UsageError(f"{name}={printable(repr(value), 60)} is not an IP address")
    elif (isinstance(field, MACField) or name in _HARDWARE) and not (isinstance(value, str) and _MAC.fullmatch(value)):
        raise UsageError(f"{name}={printable(repr(value), 60)} is not a MAC address")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _shown(node: ast.expr) -> str:
    return printable(ast.unparse(node), 60)


def _reason(error: Exception) -> str:
    return printable(str(error).partition("\n")[0], 120) or type(error).__name__
