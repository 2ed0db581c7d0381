"""Databases and caches: MySQL, PostgreSQL, Redis, TDS, TNS, memcached. Passwords and values are not shown."""

from __future__ import annotations

import re

from netwatch.decode.info.commands import MASK
from netwatch.decode.info.fields import TEXT_LIMIT, name_or_number, text, u16, u32
from netwatch.decode.info.lines import first_line, is_text, shown
from netwatch.decode.info.reading import Context, Reading

_MYSQL = {0x01: "Quit", 0x02: "Init DB", 0x03: "Query", 0x04: "Field List", 0x09: "Statistics", 0x0E: "Ping",
          0x11: "Change User", 0x16: "Prepare", 0x17: "Execute", 0x19: "Close Statement", 0x1F: "Reset"}  # fmt: skip
_MYSQL_STATEMENTS = frozenset({0x03, 0x16})
_MYSQL_PORT = 3306
_POSTGRES_PORT = 5432
_POSTGRES_FRONT = {"Q": "Query", "P": "Parse", "B": "Bind", "D": "Describe", "E": "Execute", "S": "Sync", "C": "Close",
                   "H": "Flush", "X": "Terminate", "d": "Copy Data", "c": "Copy Done", "f": "Copy Fail"}  # fmt: skip
_POSTGRES_BACK = {"R": "Authentication", "S": "Parameter Status", "K": "Key Data", "Z": "Ready", "T": "Row Description",
                  "D": "Data Row", "C": "Command Complete", "E": "Error", "N": "Notice", "1": "Parse Complete",
                  "2": "Bind Complete", "3": "Close Complete", "n": "No Data", "t": "Parameter Description",
                  "A": "Notification", "G": "Copy In", "H": "Copy Out", "d": "Copy Data", "c": "Copy Done",
                  "I": "Empty Query"}  # fmt: skip
_SPECIAL_REQUESTS = {80877103: "SSL Request", 80877104: "GSS Request", 80877102: "Cancel Request"}
_TDS = {1: "SQL Batch", 2: "Login", 3: "RPC", 4: "Response", 6: "Attention", 7: "Bulk Load", 14: "Transaction",
        16: "Login", 17: "SSPI", 18: "Prelogin"}  # fmt: skip
_TNS = {1: "Connect", 2: "Accept", 3: "Ack", 4: "Refuse", 5: "Redirect", 6: "Data", 7: "Null", 9: "Abort",
        11: "Resend", 12: "Marker", 13: "Attention", 14: "Control"}  # fmt: skip
_REDIS_SECRET = frozenset({b"AUTH", b"HELLO", b"ACL", b"MIGRATE"})
_MOST_BULKS = 3
_SQL_SECRET = re.compile(rb"password|identified|crypt", re.IGNORECASE)
"""Words of a statement after which a password is to be feared."""


def read_mysql(data: bytes, context: Context) -> Reading | None:
    """Read a MySQL packet: greeting, login or command."""
    size = int.from_bytes(data[:3], "little")
    if len(data) < 5 or size == 0:
        return None
    body = data[4:]
    if context.destination_port == _MYSQL_PORT:
        if data[3] == 1 and size > 32:
            return Reading("MySQL", f"Login user={text(body[32:].split(bytes(1), 1)[0])}")
        if data[3] == 0 and body[0] in _MYSQL:
            statement = f" {_statement(body[1:size])}" if body[0] in _MYSQL_STATEMENTS else ""
            return Reading("MySQL", _MYSQL[body[0]] + statement)
        return Reading("MySQL", f"Request {size} bytes")
    if data[3] == 0 and body[0] == 10:
        return Reading("MySQL", f"Greeting {text(body[1:].split(bytes(1), 1)[0], 40)}")
    if body[0] == 0xFF and len(body) >= 3:
        return Reading("MySQL", f"Error {int.from_bytes(body[1:3], 'little')} {text(body[3:size])}")
    return Reading("MySQL", "OK" if body[0] == 0 else f"Response {size} bytes")


def read_postgres(data: bytes, context: Context) -> Reading | None:
    """Read the first message of a PostgreSQL segment (protocol version 3)."""
    size = u32(data, 0)
    if len(data) >= 8 and 8 <= size <= 10000 and size <= context.length:
        if u32(data, 4) in _SPECIAL_REQUESTS:
            return Reading("PGSQL", _SPECIAL_REQUESTS[u32(data, 4)])
        if u32(data, 4) >> 16 == 3:
            words = data[8:size].split(b"\0")
            pairs = dict(zip(words[::2], words[1::2], strict=False))
            ends = f"user={text(pairs.get(b'user', b''))} database={text(pairs.get(b'database', b''))}"
            return Reading("PGSQL", f"Startup {ends}")
    letter = chr(data[0])
    asks = context.destination_port == _POSTGRES_PORT
    if asks and letter == "p":
        return Reading("PGSQL", f"Password {MASK}")
    name = (_POSTGRES_FRONT if asks else _POSTGRES_BACK).get(letter)
    if name is None or len(data) < 5 or not 4 <= u32(data, 1) < 1 << 30:
        return Reading("PGSQL", "SSL refused" if data == b"N" else "SSL accepted") if data in (b"N", b"S") else None
    statement = data[5 : 1 + u32(data, 1)].split(b"\0", 1)[0] if name in ("Query", "Command Complete") else b""
    return Reading("PGSQL", f"{name} {_statement(statement)}".rstrip())


def read_redis(data: bytes, context: Context) -> Reading | None:
    """Read a Redis command or reply (RESP)."""
    if data[:1] in b"+-:" and is_text(line := first_line(data)):
        return Reading("RESP", shown(line))
    if data[:1] == b"$":
        return Reading("RESP", f"Bulk {context.length} bytes")
    lines = data[:512].split(b"\r\n", 2 * _MOST_BULKS + 1)
    if data[:1] != b"*" or not lines[0][1:].isdigit():
        return None
    bulks = [line for head, line in zip(lines[1::2], lines[2::2], strict=False) if head.startswith(b"$")]
    if not bulks:
        return Reading("RESP", f"Array of {text(lines[0][1:], 10)}")
    if bulks[0].upper() in _REDIS_SECRET:
        return Reading("RESP", f"{text(bulks[0])} {MASK}")
    return Reading("RESP", " ".join(text(bulk, 40) for bulk in bulks[:2]))


def read_tds(data: bytes, context: Context) -> Reading | None:
    """Read a TDS header (MS-TDS section 2.2.3)."""
    if len(data) < 8 or data[0] not in _TDS or data[1] > 0x1F or not 8 <= u16(data, 2) <= max(context.length, 4096):
        return None
    return Reading("TDS", f"{_TDS[data[0]]} {u16(data, 2)} bytes")


def read_tns(data: bytes, context: Context) -> Reading | None:
    """Read a header of Oracle's transparent network substrate."""
    if len(data) < 8 or data[4] not in _TNS or not 8 <= (u16(data, 0) or u32(data, 0)) <= max(context.length, 8192):
        return None
    return Reading("TNS", name_or_number(_TNS, data[4]))


def read_memcached(data: bytes, context: Context) -> Reading | None:
    """Read a line of memcached's text protocol; in UDP eight bytes precede it."""
    line = first_line(data)
    if not is_text(line):
        line = first_line(data[8:])
    return Reading("MEMCACHE", shown(line) if is_text(line) else f"data {context.length} bytes")


def _statement(sql: bytes) -> str:
    """Return the start of a statement, up to where a password may stand."""
    found = _SQL_SECRET.search(sql[:TEXT_LIMIT])
    return f"{text(sql[: found.end()])} {MASK}" if found else text(sql)
