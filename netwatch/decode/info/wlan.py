"""IEEE 802.11 frames that the decoder leaves as they are: management, control, empty and encrypted data frames."""

from __future__ import annotations

from netwatch.decode.info.eapol import read_eapol
from netwatch.decode.info.fields import mac, name_or_number, text, u16
from netwatch.decode.info.inside import carried_text
from netwatch.decode.info.reading import Context, Reading

MOST_ELEMENTS = 32

_MANAGEMENT = {
    0: "Association request", 1: "Association response", 2: "Reassociation request", 3: "Reassociation response",
    4: "Probe request", 5: "Probe response", 6: "Timing advertisement", 8: "Beacon", 9: "ATIM", 10: "Disassociation",
    11: "Authentication", 12: "Deauthentication", 13: "Action", 14: "Action no ack",
}  # fmt: skip
_CONTROL = {
    2: "Trigger", 3: "TACK", 4: "Beamforming report poll", 5: "NDP announcement", 6: "Control extension",
    7: "Control wrapper", 8: "Block ack request", 9: "Block ack", 10: "PS-Poll", 11: "RTS", 12: "CTS", 13: "ACK",
    14: "CF-End", 15: "CF-End ack",
}  # fmt: skip
_DATA = {0: "Data", 1: "Data ack", 2: "Data poll", 3: "Data ack poll", 4: "Null", 5: "CF-Ack", 6: "CF-Poll",
         7: "CF-Ack poll", 8: "QoS data", 9: "QoS data ack", 10: "QoS data poll", 11: "QoS data ack poll",
         12: "QoS null", 14: "QoS CF-Poll", 15: "QoS CF-Ack poll"}  # fmt: skip
_REASONS = {1: "unspecified", 2: "authentication not valid", 3: "station leaves", 4: "inactivity",
            5: "too many stations", 6: "not authenticated", 7: "not associated", 8: "station leaves BSS",
            9: "not authenticated", 13: "invalid element", 14: "MIC failure", 15: "4-way handshake timeout",
            16: "group key timeout", 17: "element differs", 23: "802.1X failed"}  # fmt: skip
_ALGORITHMS = {0: "open", 1: "shared key", 2: "fast transition", 3: "SAE"}
_SIZE_OF_FIXED = {0: 4, 1: 6, 2: 10, 3: 6, 4: 0, 5: 12, 8: 12}
"""Bytes between the header and the elements of a management frame (IEEE 802.11-2020 clause 9.3.3)."""

_HEADER = 24
_PROTECTED = 0x40
_RETRY = 0x08
_ORDER = 0x80
_SERVICE_SET, _CHANNEL = 0, 3
_NO_DATA, _QOS = 4, 8
_BOTH_WAYS = 3
"""To and from the distribution system: a fourth address follows."""
_SNAP = b"\xaa\xaa\x03\0\0\0"
_EAPOL = 0x888E


def read_wlan(data: bytes, context: Context) -> Reading | None:
    """Read a MAC header (IEEE 802.11-2020 clause 9.2); the addresses are in the text, no column has them."""
    if len(data) < 2 or data[0] & 3:
        return None
    kind, subtype, flags = data[0] >> 2 & 3, data[0] >> 4, data[1]
    retry = " retry" if flags & _RETRY else ""
    if kind == 0:
        return Reading("802.11", _management(data, subtype, flags) + retry)
    if kind == 1:
        receiver = f" to {mac(data, 4)}" if len(data) >= 10 else ""
        sender = f" from {mac(data, 10)}" if len(data) >= 16 and subtype in (8, 9, 10, 11, 14, 15) else ""
        return Reading("802.11", f"{name_or_number(_CONTROL, subtype, 'Control {}')}{sender}{receiver}{retry}")
    if kind == 2:
        return _data(data, context)
    return Reading("802.11", "Extension frame")


def _data(data: bytes, context: Context) -> Reading:
    subtype, flags = data[0] >> 4, data[1]
    words = name_or_number(_DATA, subtype, "Data {}")
    if flags & _PROTECTED:
        words += f" protected len={context.length}"
    elif not subtype & _NO_DATA:
        at = _HEADER + (6 if flags & _BOTH_WAYS == _BOTH_WAYS else 0) + (2 if subtype & _QOS else 0)
        at += 4 if subtype & _QOS and flags & _ORDER else 0
        ethertype = u16(data, at + 6) if data[at : at + 6] == _SNAP else 0
        if ethertype == _EAPOL and len(data) > at + 8:
            return read_eapol(data[at + 8 :], context)
        words += f" {carried_text(ethertype, data[at + 8 :])}" if ethertype else ""
    return Reading("802.11", f"{words}{_ends(data)}{' retry' if flags & _RETRY else ''}")


def _management(data: bytes, subtype: int, flags: int) -> str:
    words = name_or_number(_MANAGEMENT, subtype, "Management {}")
    at = _HEADER + (4 if flags & _ORDER else 0)
    if flags & _PROTECTED:
        words += " protected"
    elif subtype in (10, 12) and len(data) >= at + 2:
        words += f" ({name_or_number(_REASONS, int.from_bytes(data[at : at + 2], 'little'), 'reason {}')})"
    elif subtype == 11 and len(data) >= at + 4:
        algorithm = int.from_bytes(data[at : at + 2], "little")
        words += f" {name_or_number(_ALGORITHMS, algorithm, 'algorithm {}')} step {data[at + 2]}"
    elif subtype in _SIZE_OF_FIXED:
        words += _elements(data, at + _SIZE_OF_FIXED[subtype])
    return words + _ends(data)


def _elements(data: bytes, at: int) -> str:
    words = ""
    for _ in range(MOST_ELEMENTS):
        if at + 2 > len(data):
            break
        value = data[at + 2 : at + 2 + data[at + 1]]
        if data[at] == _SERVICE_SET:
            words += f' ssid="{text(value, 32)}"' if value.strip(b"\0") else " ssid hidden"
        elif data[at] == _CHANNEL and value:
            words += f" channel={value[0]}"
            break
        at += 2 + data[at + 1]
    return words


def _ends(data: bytes) -> str:
    return f" {mac(data, 10)} > {mac(data, 4)}" if len(data) >= 16 else ""
