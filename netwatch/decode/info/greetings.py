"""First messages that give their protocol away on any port: greetings of mail and file servers, logins of databases."""

from __future__ import annotations

import re

from netwatch.decode.info.commands import read_ftp, read_imap, read_pop, read_smtp
from netwatch.decode.info.databases import read_postgres, read_redis
from netwatch.decode.info.directory import read_ldap
from netwatch.decode.info.fields import text, u32
from netwatch.decode.info.reading import Context, Reading

MYSQL_FIRST_BYTES = bytes(range(0x24, 0xB0))
"""Low bytes of the lengths that greetings have."""

_PROTOCOL_10 = b"\0\0\0\x0a"
_STARTUP, _REQUESTS = 196608, (80877103, 80877104)
_REDIS = re.compile(rb"\*[0-9]{1,4}\r\n\$[0-9]{1,4}\r\n")


def read_code_greeting(data: bytes, context: Context) -> Reading | None:
    """Read a greeting of FTP (RFC 959) or SMTP (RFC 5321) that names its protocol."""
    if not data.startswith((b"220 ", b"220-")):
        return None
    line = data[:200].upper()
    if b"FTP" in line:
        return read_ftp(data, context)
    return read_smtp(data, context) if b"SMTP" in line or b"LMTP" in line or b"POSTFIX" in line else None


def read_hello(data: bytes, context: Context) -> Reading | None:
    """Read the first command of a client of SMTP or LMTP."""
    return read_smtp(data, context) if data[:5].upper() in (b"EHLO ", b"HELO ", b"LHLO ") else None


def read_pop_greeting(data: bytes, context: Context) -> Reading | None:
    """Read a greeting of POP3 (RFC 1939)."""
    return read_pop(data, context) if data.startswith(b"+OK ") and b"POP" in data[:200].upper() else None


def read_imap_greeting(data: bytes, context: Context) -> Reading | None:
    """Read a greeting of IMAP (RFC 9051)."""
    return read_imap(data, context) if data.startswith((b"* OK ", b"* PREAUTH ", b"* BYE ")) else None


def read_mysql_greeting(data: bytes, _context: Context) -> Reading | None:
    """Read a greeting of protocol version 10; the client's side is told by the port alone."""
    if data[1:5] != _PROTOCOL_10 or not data[5:6].isdigit():
        return None
    return Reading("MySQL", f"Greeting {text(data[5:].split(bytes(1), 1)[0], 40)}")


def read_postgres_startup(data: bytes, context: Context) -> Reading | None:
    """Read the first message of a client of PostgreSQL."""
    size, code = u32(data, 0), u32(data, 4)
    startup = code == _STARTUP and 8 < size == context.length
    return read_postgres(data, context) if startup or (code in _REQUESTS and size == context.length == 8) else None


def read_redis_command(data: bytes, context: Context) -> Reading | None:
    """Read a command of Redis as an array of bulk strings."""
    return read_redis(data, context) if _REDIS.match(data) else None


def read_ldap_bind(data: bytes, context: Context) -> Reading | None:
    """Read a request to log in to LDAP whose identifier is of one byte."""
    begin = 2 + (data[1] & 0x7F if len(data) > 1 and data[1] & 0x80 else 0)
    bind = data[begin : begin + 2] == b"\2\1" and data[begin + 3 : begin + 4] == b"\x60"
    return read_ldap(data, context) if bind else None
