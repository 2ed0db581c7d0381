"""Basic encoding rules (X.690) in bounded steps, for SNMP, LDAP and Kerberos."""

from __future__ import annotations

from typing import NamedTuple

SEQUENCE, INTEGER, OCTET_STRING, OBJECT_IDENTIFIER, ENUMERATED = 0x30, 0x02, 0x04, 0x06, 0x0A
LONGEST_IDENTIFIER = 32
"""Arcs of an object identifier that are written."""


class Element(NamedTuple):
    """One element: its tag and where its contents are; `end` may lie beyond what was captured."""

    tag: int
    begin: int
    end: int


def read_element(data: bytes, at: int) -> Element | None:
    """Return the element at `at`, or None when no tag and length of one are there."""
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
        return None
    size, begin = data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4 or begin + count > len(data):
            return None
        size, begin = int.from_bytes(data[begin : begin + count], "big"), begin + count
    return Element(data[at], begin, begin + size)


def read_elements(data: bytes, at: int, end: int, most: int) -> list[Element]:
    """Return up to `most` elements that follow each other from `at` on."""
    elements: list[Element] = []
    while at < end and len(elements) < most:
        element = read_element(data, at)
        if element is None:
            break
        elements.append(element)
        at = element.end
    return elements


def integer(data: bytes, element: Element) -> int:
    """Return the contents as a number, of which at most eight bytes count."""
    return int.from_bytes(data[element.begin : min(element.end, element.begin + 8)], "big", signed=True)


def octets(data: bytes, element: Element) -> bytes:
    """Return the contents as far as they were captured."""
    return data[element.begin : element.end]


def object_identifier(data: bytes, element: Element) -> str:
    """Return an object identifier in dotted form; arcs beyond 64 bits end it."""
    arcs: list[int] = []
    value = 0
    for byte in octets(data, element)[: LONGEST_IDENTIFIER * 4]:
        value = value << 7 | byte & 0x7F
        if value >> 64 or len(arcs) >= LONGEST_IDENTIFIER:
            break
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    if not arcs:
        return ""
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - first * 40, *arcs[1:]]))
