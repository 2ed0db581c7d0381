"""Fields of messages that begin in a packet: SIP, SSH, MQTT, SMB, Modbus, RADIUS, as the packet table tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.info.describe import describe
from netwatch.filter.builders import each
from netwatch.filter.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets

MOST_LINES: Final = 100
MOST_MESSAGES: Final = 64
"""Messages of one packet that are read."""
NBSS_HEADER: Final = 4
"""What is in front of SMB over TCP (RFC 1002 section 4.3.1)."""
SMB_COMMAND, SMB2_COMMAND = 4, 12
"""Where the command is in a header of SMB and of SMB 2 ([MS-CIFS] 2.2.3.1, [MS-SMB2] 2.2.1)."""
SMB2_FLAGS, SMB2_STATUS, SMB2_NEXT, SMB2_HEADER = 16, 8, 20, 64


def _with_payload(packets: Packets) -> NDArray[np.bool_]:
    there: NDArray[np.bool_] = np.asarray(packets.batch.payload_captured > 0)
    return there


def _of(shown: str, name: str, kind: Kind, read: Callable[[bytes], Iterable[Any]], title: str) -> Field:
    """Return a field of packets that the packet table calls `shown`."""

    def read_payload(packets: Packets, row: int) -> Iterable[Any]:
        found = packets.read("protocol", row, lambda: describe(packets.batch, row).protocol)
        return read(packets.payload(row)) if found == shown else ()

    return each(name, kind, _with_payload, read_payload, title)


def _lines(data: bytes) -> list[str]:
    head = data.partition(b"\r\n\r\n")[0]
    return [line.decode("utf-8", "backslashreplace") for line in head.split(b"\r\n")[:MOST_LINES]]


def _start(request: bool, place: int) -> Callable[[bytes], Iterator[str]]:
    """Return what reads a word of the first line of a request or an answer, all of it for a `place` of -1."""

    def read(data: bytes) -> Iterator[str]:
        line = _lines(data)[0]
        words = line.split(" ", 2)
        if line.startswith("SIP/") != request and len(words) == 3:
            yield line if place < 0 else words[place]

    return read


def _header(*names: str) -> Callable[[bytes], Iterator[str]]:
    """Return what reads the values of a header field by its names, the short one too (RFC 3261 section 7.3.3)."""

    def read(data: bytes) -> Iterator[str]:
        for line in _lines(data)[1:]:
            name, colon, value = line.partition(":")
            if colon and name.strip().lower() in names:
                yield value.strip()

    return read


def _status(data: bytes) -> Iterator[int]:
    return (int(word) for word in _start(False, 1)(data) if word.isascii() and word.isdecimal() and len(word) < 6)


def _banner(data: bytes) -> Iterator[str]:
    """RFC 4253 section 4.2."""
    if data.startswith(b"SSH-"):
        yield data.partition(b"\n")[0].rstrip(b"\r").decode("utf-8", "backslashreplace")


def _mqtt(data: bytes) -> Iterator[int]:
    """Yield the first byte of each control packet; its length has seven bits a byte (MQTT 3.1.1 section 2.2.3)."""
    at = 0
    for _ in range(MOST_MESSAGES):
        if at + 2 > len(data):
            return
        yield data[at]
        size, shift, at = 0, 0, at + 1
        while at < len(data) and shift < 28:
            size |= (data[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if not data[at - 1] & 0x80:
                break
        at += size


def _smb1(data: bytes) -> Iterator[int]:
    if data[NBSS_HEADER : NBSS_HEADER + 4] == b"\xffSMB" and len(data) > NBSS_HEADER + SMB_COMMAND:
        yield data[NBSS_HEADER + SMB_COMMAND]


def _smb2(begin: int, size: int) -> Callable[[bytes], Iterator[int]]:
    """Return what reads a little-endian number of each header of a compound message."""

    def read(data: bytes) -> Iterator[int]:
        at = NBSS_HEADER
        for _ in range(MOST_MESSAGES):
            if data[at : at + 4] != b"\xfeSMB" or at + SMB2_HEADER > len(data):
                return
            yield int.from_bytes(data[at + begin : at + begin + size], "little")
            following = int.from_bytes(data[at + SMB2_NEXT : at + SMB2_NEXT + 4], "little")
            if not following:
                return
            at += following

    return read


def _big(begin: int, size: int) -> Callable[[bytes], Iterator[int]]:
    def read(data: bytes) -> Iterator[int]:
        if len(data) >= begin + size:
            yield int.from_bytes(data[begin : begin + size], "big")

    return read


FIELDS: Final = (
    _of("SIP", "sip.Method", Kind.TEXT, _start(True, 0), "method of a request"),
    _of("SIP", "sip.r-uri", Kind.TEXT, _start(True, 1), "who is asked for"),
    _of("SIP", "sip.Request-Line", Kind.TEXT, _start(True, -1), "first line of a request"),
    _of("SIP", "sip.Status-Code", Kind.NUMBER, _status, "status of an answer"),
    _of("SIP", "sip.Status-Line", Kind.TEXT, _start(False, -1), "first line of an answer"),
    _of("SIP", "sip.Call-ID", Kind.TEXT, _header("call-id", "i"), "call"),
    _of("SIP", "sip.From", Kind.TEXT, _header("from", "f"), "who calls"),
    _of("SIP", "sip.To", Kind.TEXT, _header("to", "t"), "who is called"),
    _of("SIP", "sip.CSeq", Kind.TEXT, _header("cseq"), "number of the request"),
    _of("SIP", "sip.Via", Kind.TEXT, _header("via", "v"), "way that it took"),
    _of("SIP", "sip.User-Agent", Kind.TEXT, _header("user-agent"), "caller's program"),
    _of("SSH", "ssh.protocol", Kind.TEXT, _banner, "version and program"),
    _of("MQTT", "mqtt.msgtype", Kind.NUMBER, lambda data: (first >> 4 for first in _mqtt(data)), "kind of packet"),
    _of("SMB", "smb.cmd", Kind.NUMBER, _smb1, "command"),
    _of("SMB2", "smb2.cmd", Kind.NUMBER, _smb2(SMB2_COMMAND, 2), "command"),
    _of("SMB2", "smb2.nt_status", Kind.NUMBER, _smb2(SMB2_STATUS, 4), "status"),
    _of(
        "SMB2",
        "smb2.flags.response",
        Kind.BOOLEAN,
        lambda data: (flags & 1 for flags in _smb2(SMB2_FLAGS, 4)(data)),
        "an answer",
    ),
    _of("Modbus", "mbtcp.trans_id", Kind.NUMBER, _big(0, 2), "transaction"),
    _of("Modbus", "mbtcp.len", Kind.NUMBER, _big(4, 2), "bytes that follow"),
    _of("Modbus", "mbtcp.unit_id", Kind.NUMBER, _big(6, 1), "unit"),
    _of("Modbus", "modbus.func_code", Kind.NUMBER, lambda data: (code & 0x7F for code in _big(7, 1)(data)), "function"),
    _of("RADIUS", "radius.code", Kind.NUMBER, _big(0, 1), "kind of message"),
    _of("RADIUS", "radius.id", Kind.NUMBER, _big(1, 1), "identifier"),
)
