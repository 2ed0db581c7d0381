"""Programs that find or drive each other: BitTorrent, Dropbox, WS-Discovery, SOCKS, VNC, Telnet."""

from __future__ import annotations

from netwatch.decode.info.commands import MASK
from netwatch.decode.info.fields import ipv4, ipv6, name_or_number, text, u16
from netwatch.decode.info.lines import first_line, is_text, shown
from netwatch.decode.info.reading import Context, Reading

_BITTORRENT = b"\x13BitTorrent protocol"
_DHT_QUERIES = {b"4:ping": "ping", b"9:find_node": "find_node", b"9:get_peers": "get_peers",
                b"13:announce_peer": "announce_peer"}  # fmt: skip
_TELNET = {236: "EOF", 239: "EOR", 240: "SE", 241: "NOP", 242: "Data Mark", 243: "Break", 244: "Interrupt",
           246: "Are You There", 249: "Go Ahead", 250: "SB", 251: "WILL", 252: "WON'T", 253: "DO",
           254: "DON'T"}  # fmt: skip
_TELNET_OPTIONS = {0: "Binary", 1: "Echo", 3: "Suppress Go Ahead", 5: "Status", 6: "Timing Mark", 24: "Terminal Type",
                   25: "End Of Record", 31: "Window Size", 32: "Speed", 33: "Flow Control", 34: "Linemode",
                   35: "X Display", 36: "Environment", 37: "Authentication", 38: "Encryption",
                   39: "New Environment"}  # fmt: skip
_IAC = 255
_SHOWN = 4
_SOCKS_COMMANDS = {1: "Connect", 2: "Bind", 3: "UDP Associate"}
_SOCKS_REPLIES = {0: "succeeded", 1: "failed", 2: "not allowed", 3: "network unreachable", 4: "host unreachable",
                  5: "refused", 6: "TTL expired", 7: "command not supported", 8: "address not supported",
                  90: "granted", 91: "rejected"}  # fmt: skip


def read_bittorrent(data: bytes, _context: Context) -> Reading | None:
    """Read the handshake of BitTorrent."""
    if not data.startswith(_BITTORRENT):
        return None
    return Reading("BitTorrent", f"Handshake info-hash={data[28:48].hex()} peer={text(data[48:56])}")


def read_dht(data: bytes, _context: Context) -> Reading | None:
    """Read a message of BitTorrent's distributed hash table, a bencoded dictionary."""
    if not data.startswith((b"d1:ad2:id20:", b"d1:rd2:id20:", b"d1:eli")):
        return None
    if data.startswith(b"d1:rd"):
        return Reading("BT-DHT", "response")
    if data.startswith(b"d1:e"):
        return Reading("BT-DHT", "error")
    found = (name for query, name in _DHT_QUERIES.items() if b"1:q" + query in data)
    return Reading("BT-DHT", next(found, "query"))


def read_local_discovery(data: bytes, _context: Context) -> Reading | None:
    """Read an announcement of Dropbox or BitTorrent local service discovery."""
    if data.startswith(b"BT-SEARCH "):
        return Reading("BT-LSD", shown(first_line(data)))
    if data.startswith(b"{") and b'"host_int"' in data:
        return Reading("DB-LSP", shown(first_line(data)))
    return None


def read_ws_discovery(data: bytes, _context: Context) -> Reading | None:
    """Read a web services discovery message: its SOAP action."""
    if not data.lstrip().startswith(b"<") or b"discovery" not in data:
        return None
    actions = (b"ProbeMatches", b"ResolveMatches", b"Probe", b"Resolve", b"Hello", b"Bye")
    return Reading("WSD", next((text(action) for action in actions if b"/" + action + b"<" in data), "message"))


def read_socks(data: bytes, context: Context) -> Reading | None:
    """Read a SOCKS message: version 4 or 5 (RFC 1928, 1929); a password is never shown."""
    asks = context.destination_port == 1080
    if data[0] == 4 and asks and len(data) >= 9 and data[1] in (1, 2):
        return Reading("SOCKS", f"v4 {_SOCKS_COMMANDS[data[1]]} {ipv4(data, 4)}:{u16(data, 2)}")
    if data[0] == 0 and not asks and len(data) == 8:
        return Reading("SOCKS", f"v4 {name_or_number(_SOCKS_REPLIES, data[1], 'code {}')}")
    if data[0] == 1 and asks and len(data) > 3:
        return Reading("SOCKS", f"v5 user={text(data[2 : 2 + data[1]])} password={MASK}")
    if data[0] != 5 or len(data) < 2:
        return None
    if len(data) >= 7 and data[2] == 0 and data[3] in (1, 3, 4):
        names = _SOCKS_COMMANDS if asks else _SOCKS_REPLIES
        return Reading("SOCKS", f"v5 {name_or_number(names, data[1], 'code {}')} {_socks_address(data)}")
    return Reading("SOCKS", f"v5 {f'{data[1]} methods offered' if asks else f'method {data[1]} chosen'}")


def read_vnc(data: bytes, context: Context) -> Reading | None:
    """Read the version line of the remote framebuffer protocol (RFC 6143 section 7.1.1)."""
    if data.startswith(b"RFB ") and is_text(line := first_line(data)):
        return Reading("VNC", shown(line))
    return Reading("VNC", f"data {context.length} bytes") if context.uses(5900) else None


def read_telnet(data: bytes, context: Context) -> Reading:
    """Read the commands of a Telnet segment (RFC 854); what is typed is not shown, it may be a password."""
    words: list[str] = []
    at = 0
    while at + 1 < len(data) and data[at] == _IAC and len(words) < _SHOWN:
        command = data[at + 1]
        name = name_or_number(_TELNET, command, "command {}")
        if command < 250 or at + 2 >= len(data):
            words.append(name)
            at += 2
            continue
        words.append(f"{name} {name_or_number(_TELNET_OPTIONS, data[at + 2], 'option {}')}")
        end = data.find(b"\xff\xf0", at) if command == 250 else at + 1
        at = end + 2 if end >= 0 else len(data)
    return Reading("TELNET", ", ".join(words) or f"data {context.length} bytes")


def _socks_address(data: bytes) -> str:
    if data[3] == 1:
        return f"{ipv4(data, 4)}:{u16(data, 8)}"
    if data[3] == 4:
        return f"[{ipv6(data, 4)}]:{u16(data, 20)}"
    size = data[4]
    return f"{text(data[5 : 5 + size])}:{u16(data, 5 + size)}"
