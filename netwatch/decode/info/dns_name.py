"""Domain names on the wire: decompressed in bounded steps and written in presentation form."""

from __future__ import annotations

LONGEST_NAME = 255
"""RFC 1035 section 2.3.4: bytes of a name on the wire, length bytes included."""

MALFORMED_NAME = "[bad name]"
"""Stands for a name, or the rest of one, that breaks the rules of RFC 1035 section 4.1.4."""

_POINTER = 0xC0
_PLAIN = bytes(range(0x21, 0x7F)).translate(None, b'."();@$\\')
"""Bytes of a label that need no escape in a master file (RFC 1035 section 5.1)."""
_PLAIN_DOT = _PLAIN + b"."


def read_name(message: bytes, at: int) -> tuple[str, int]:
    """Return the name at `at` in presentation form without its final dot (`.` is the root), and where it ends.

    A compression pointer is followed only backwards, and labels and pointers together are at most LONGEST_NAME.
    Where the name breaks a rule or runs past the message, MALFORMED_NAME ends it and the end is that of the message.
    """
    labels: list[bytes] = []
    size = 1
    after = 0
    lowest = at
    end = len(message)
    for _ in range(LONGEST_NAME):
        if at >= end:
            break
        length = message[at]
        if length == 0:
            return _joined(labels), after or at + 1
        if length < 0x40:
            label = message[at + 1 : at + 1 + length]
            size += length + 1
            if len(label) < length or size > LONGEST_NAME:
                break
            labels.append(label)
            at += length + 1
            continue
        if length < _POINTER or at + 1 >= end:
            break
        target = (length & 0x3F) << 8 | message[at + 1]
        if target >= lowest:
            break
        after = after or at + 2
        at = lowest = target
    return ".".join((*map(label_text, labels), MALFORMED_NAME)), end


def label_text(label: bytes) -> str:
    r"""Return one label in presentation form: `\.` and its like, `\DDD` in decimal for bytes that do not print."""
    if not label.translate(None, _PLAIN):
        return label.decode("ascii")
    return "".join(map(_escaped, label))


def _joined(labels: list[bytes]) -> str:
    """Return the presentation form of a whole name, quickly where no label needs an escape."""
    name = b".".join(labels)
    if name.translate(None, _PLAIN_DOT) or name.count(b".") >= max(len(labels), 1):
        return ".".join(map(label_text, labels))
    return name.decode("ascii") or "."


def _escaped(byte: int) -> str:
    if byte in _PLAIN:
        return chr(byte)
    return f"\\{chr(byte)}" if 0x20 < byte < 0x7F else f"\\{byte:03d}"
