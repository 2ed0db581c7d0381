"""Message brokers and small devices: MQTT, AMQP, XMPP, CoAP. Passwords are never shown."""

from __future__ import annotations

from netwatch.decode.info.commands import MASK
from netwatch.decode.info.fields import name_or_number, text, u16
from netwatch.decode.info.lines import first_line, shown
from netwatch.decode.info.reading import Context, Reading

MQTT_CONNECT = bytes([0x10])

_MQTT = ("", "Connect", "Connect Ack", "Publish", "Publish Ack", "Publish Received", "Publish Release",
         "Publish Complete", "Subscribe", "Subscribe Ack", "Unsubscribe", "Unsubscribe Ack", "Ping Request",
         "Ping Response", "Disconnect", "Auth")  # fmt: skip
_CONNECT, _CONNECT_ACK, _PUBLISH, _SUBSCRIBE, _UNSUBSCRIBE = 1, 2, 3, 8, 10
_REFUSED = {0: "accepted", 1: "bad version", 2: "identifier rejected", 3: "unavailable", 4: "bad user or password",
            5: "not authorised", 0x86: "bad user or password", 0x87: "not authorised"}  # fmt: skip
_MQTT_NAMES = (b"\0\4MQTT", b"\0\6MQIsdp")

_COAP_METHODS = {1: "GET", 2: "POST", 3: "PUT", 4: "DELETE", 5: "FETCH", 6: "PATCH", 7: "iPATCH"}
_COAP_TYPES = ("CON", "NON", "ACK", "RST")
_URI_PATH = 11
_MOST_OPTIONS = 24

_AMQP_CLASSES = {10: "Connection", 20: "Channel", 40: "Exchange", 50: "Queue", 60: "Basic", 85: "Confirm", 90: "Tx"}
_AMQP_FRAMES = {2: "Header", 3: "Body", 8: "Heartbeat"}


def read_mqtt_connect(data: bytes, context: Context) -> Reading | None:
    """Read the message that opens MQTT, which names the protocol."""
    if data[:1] != MQTT_CONNECT:
        return None
    begin = _variable_header(data)
    return read_mqtt(data, context) if data[begin:].startswith(_MQTT_NAMES) else None


def read_mqtt(data: bytes, _context: Context) -> Reading | None:
    """Read an MQTT control packet (version 3.1.1 and 5.0, chapter 2)."""
    kind, begin = data[0] >> 4, _variable_header(data)
    if not kind or not begin:
        return None
    words = _MQTT[kind]
    body = data[begin:]
    if kind == _CONNECT:
        words += _connect(body)
    elif kind == _CONNECT_ACK and len(body) >= 2:
        words += f" {name_or_number(_REFUSED, body[1], 'code {}')}"
    elif kind == _PUBLISH:
        words += f" {text(body[2 : 2 + u16(body, 0)])} qos={data[0] >> 1 & 3}"
    elif kind in (_SUBSCRIBE, _UNSUBSCRIBE) and len(body) > 4:
        # version 5 has properties in front of the first filter; mostly there are none and their length is 0
        at = 2 if u16(body, 2) else 3
        words += f" {text(body[at + 2 : at + 2 + u16(body, at)])}"
    return Reading("MQTT", words)


def read_amqp(data: bytes, _context: Context) -> Reading | None:
    """Read the protocol header or a frame of AMQP 0-9-1 (section 4.2)."""
    if data.startswith(b"AMQP"):
        return Reading("AMQP", f"Protocol header {'-'.join(str(number) for number in data[4:8])}")
    if len(data) < 8 or data[0] not in (1, 2, 3, 8):
        return None
    if data[0] != 1 or len(data) < 11:
        return Reading("AMQP", f"{_AMQP_FRAMES.get(data[0], 'Method')} channel={u16(data, 1)}")
    name = name_or_number(_AMQP_CLASSES, u16(data, 7), "class {}")
    return Reading("AMQP", f"{name} method {u16(data, 9)} channel={u16(data, 1)}")


def read_xmpp(data: bytes, context: Context) -> Reading | None:
    """Read the first element of an XMPP stanza (RFC 6120); what it says and its credentials are not shown."""
    begin = data.find(b"<stream:stream") if data.startswith(b"<?xml") else 0
    line = first_line(data[max(begin, 0) :])
    if not line.startswith(b"<"):
        return None
    element = line[1:].split(b">", 1)[0].split(b"/", 1)[0] if line[1:2] != b"/" else line[1:].split(b">", 1)[0]
    name = element.split(b" ", 1)[0]
    words = shown(element) if name in (b"stream:stream", b"iq", b"presence") else text(name)
    return Reading(
        "XMPP", f"<{words}>" + (f" {MASK}" if name in (b"auth", b"response") else f" {context.length} bytes")
    )


def read_coap(data: bytes, _context: Context) -> Reading | None:
    """Read a CoAP message (RFC 7252 section 3): method or code and path."""
    if len(data) < 4 or data[0] >> 6 != 1 or data[0] & 15 > 8:
        return None
    code = data[1]
    name = _COAP_METHODS.get(code) or ("Empty" if code == 0 else f"{code >> 5}.{code & 31:02d}")
    path = _coap_path(data, 4 + (data[0] & 15)) if 0 < code < 32 else ""
    return Reading("CoAP", f"{_COAP_TYPES[data[0] >> 4 & 3]} {name}{path} id={u16(data, 2)}")


def _variable_header(data: bytes) -> int:
    """Return where the variable header begins: behind a length of one to four bytes; 0 when that is wrong."""
    for at in range(1, min(5, len(data))):
        if not data[at] & 0x80:
            return at + 1
    return 0


def _connect(body: bytes) -> str:
    at = 2 + u16(body, 0)
    if len(body) < at + 4:
        return ""
    level, flags = body[at], body[at + 1]
    at += 4
    if level == 5 and at < len(body):
        at += 1 + body[at]
    client = body[at + 2 : at + 2 + u16(body, at)]
    words = f" v{level} client={text(client)}" if client else f" v{level}"
    if not flags & 0x80:
        return words
    at += 2 + u16(body, at)
    if flags & 0x04:  # a will has a topic and a payload in front of the user name
        at += 2 + u16(body, at)
        at += 2 + u16(body, at)
    words += f" user={text(body[at + 2 : at + 2 + u16(body, at)])}"
    return words + (f" password={MASK}" if flags & 0x40 else "")


def _coap_path(data: bytes, at: int) -> str:
    parts: list[str] = []
    number = 0
    for _ in range(_MOST_OPTIONS):
        if at >= len(data) or data[at] == 0xFF:
            break
        step, size = data[at] >> 4, data[at] & 15
        at += 1
        if step > 13 or size > 13:
            break
        if step == 13:
            step, at = 13 + int.from_bytes(data[at : at + 1], "big"), at + 1
        if size == 13:
            size, at = 13 + int.from_bytes(data[at : at + 1], "big"), at + 1
        number += step
        if number == _URI_PATH:
            parts.append(text(data[at : at + size], 40))
        at += size
    return f" /{'/'.join(parts)}"
