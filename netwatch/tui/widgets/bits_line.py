"""What the chosen bytes say as text, as a number and as bits, on one line."""

from __future__ import annotations

from typing import Final

MOST_BITS: Final = 32
"""Bits that are written out."""
MOST_TEXT: Final = 24


def bits_line(frame: bytes, bit: int, bits: int, name: str = "") -> str:
    """Return the line for `bits` bits from bit `bit` of a frame on, called `name`; empty where there are none.

    The bits of a field are between brackets when it does not fill its bytes.
    """
    begin, end = bit // 8, (bit + bits + 7) // 8
    data = frame[begin:end] if bit >= 0 else b""
    if not bits or not data:
        return f"{name}: its place in the packet cannot be told" if name else ""
    where = f"byte {begin}" if end - begin == 1 else f"bytes {begin}..{end - 1}"
    words = [name, f"{where} of {len(frame)}"]
    if len(data) * 8 <= MOST_BITS:
        number = int.from_bytes(data, "big") >> (end * 8 - bit - bits) & ((1 << bits) - 1)
        words += [f"0x{number:0{(bits + 3) // 4}x} = {number}", _written(data, bit - begin * 8, bits)]
        if bits % 8 == 0 and len(data) > 1:
            words.append(f"little-endian {int.from_bytes(data, 'little')}")
    shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data[:MOST_TEXT])
    words.append(f"'{shown}'{'...' if len(data) > MOST_TEXT else ''}")
    return "   ".join(filter(None, words))


def _written(data: bytes, first: int, bits: int) -> str:
    text = "".join(f"{byte:08b}" for byte in data)
    if bits == len(text):
        return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return f"{text[:first]}[{text[first : first + bits]}]{text[first + bits :]}"
