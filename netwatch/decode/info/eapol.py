"""EAP over LAN (IEEE 802.1X) with the four-way handshake of WPA, and EAP itself (RFC 3748)."""

from __future__ import annotations

from netwatch.decode.info.fields import hexadecimal, name_or_number, text, u16
from netwatch.decode.info.reading import Context, Reading

_TYPES = {0: "EAP", 1: "Start", 2: "Logoff", 3: "Key", 4: "Encapsulated ASF alert", 5: "MKA"}
_CODES = {1: "Request", 2: "Response", 3: "Success", 4: "Failure"}
_METHODS = {1: "Identity", 2: "Notification", 3: "Nak", 4: "MD5", 5: "One-time password", 6: "Token card", 13: "TLS",
            17: "LEAP", 18: "SIM", 21: "TTLS", 23: "AKA", 25: "PEAP", 26: "MSCHAPv2", 29: "PEAP", 43: "FAST",
            47: "PSK", 48: "SAKE", 49: "IKEv2", 50: "AKA'", 52: "PWD", 55: "TEAP", 254: "expanded"}  # fmt: skip
_KEY, _EAP = 3, 0
_PAIRWISE, _ACK, _MIC, _SECURE = 0x0008, 0x0080, 0x0100, 0x0200
"""Bits of the key information field, IEEE 802.11-2020 clause 12.7.2."""


def read_eapol(data: bytes, context: Context) -> Reading:
    """Read an EAPOL frame: type, the EAP packet inside, or which message of the key handshake it is."""
    if len(data) < 4:
        return Reading("EAPOL", hexadecimal(data))
    kind = data[1]
    if kind == _EAP:
        inner = read_eap(data[4:], context)
        return inner if inner is not None else Reading("EAPOL", "EAP")
    words = name_or_number(_TYPES, kind)
    if kind == _KEY and len(data) >= 9:
        words += _key_message(u16(data, 5), data)
    return Reading("EAPOL", words)


def read_eap(data: bytes, _context: Context) -> Reading | None:
    """Read an EAP packet; the identity is shown, no secret is in it."""
    if len(data) < 4 or data[0] not in _CODES:
        return None
    words = _CODES[data[0]]
    if data[0] in (1, 2) and len(data) > 4:
        words += f" {name_or_number(_METHODS, data[4], 'method {}')}"
        if data[4] == 1 and u16(data, 2) > 5:
            words += f" {text(data[5 : u16(data, 2)])}"
    return Reading("EAP", f"{words} id={data[1]}")


def _key_message(information: int, data: bytes) -> str:
    if not information & _PAIRWISE:
        return " (group key)"
    if information & _ACK:
        return " (message 3 of 4)" if information & _MIC else " (message 1 of 4)"
    # message 4 carries no key data; the secure bit alone is not set by WPA
    return " (message 4 of 4)" if information & _SECURE or u16(data, 97) == 0 else " (message 2 of 4)"
