"""What keeps networks running: syslog, TFTP, NetFlow, IPFIX, sFlow, ONC RPC, NFS's portmapper."""

from __future__ import annotations

from netwatch.decode.info.fields import ipv4, name_or_number, text, u16, u32
from netwatch.decode.info.lines import first_line, shown
from netwatch.decode.info.reading import Context, Reading

_FACILITIES = ("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
               "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
               "local7")  # fmt: skip
_SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
_TFTP = {1: "Read", 2: "Write", 3: "Data", 4: "Ack", 5: "Error", 6: "Option Ack"}
_PROGRAMS = {100000: "Portmap", 100003: "NFS", 100004: "YPSERV", 100005: "MOUNT", 100011: "RQUOTA", 100021: "NLM",
             100024: "STAT", 100227: "NFSACL", 100232: "SADMIND"}  # fmt: skip
_NFS3 = ("NULL", "GETATTR", "SETATTR", "LOOKUP", "ACCESS", "READLINK", "READ", "WRITE", "CREATE", "MKDIR", "SYMLINK",
         "MKNOD", "REMOVE", "RMDIR", "RENAME", "LINK", "READDIR", "READDIRPLUS", "FSSTAT", "FSINFO", "PATHCONF",
         "COMMIT")  # fmt: skip
_PORTMAP = ("NULL", "SET", "UNSET", "GETPORT", "DUMP", "CALLIT")


def read_syslog(data: bytes, _context: Context) -> Reading | None:
    """Read a syslog message (RFC 3164, 5424): facility, severity and its first line."""
    if data[:1] != b"<":
        return None
    number, closed, _ = data[1:5].partition(b">")
    if not closed or not number.isdigit() or int(number) >= len(_FACILITIES) * 8:
        return None
    line = shown(first_line(data[len(number) + 2 :]))
    return Reading("SYSLOG", f"{_FACILITIES[int(number) >> 3]}.{_SEVERITIES[int(number) & 7]}: {line}")


def read_tftp(data: bytes, context: Context) -> Reading | None:
    """Read a TFTP packet (RFC 1350, 2347)."""
    code = u16(data, 0)
    if len(data) < 4 or code not in _TFTP:
        return None
    words = _TFTP[code]
    if code in (1, 2):
        name, mode = (*data[2:].split(b"\0", 2), b"", b"")[:2]
        words += f" {text(name)} {text(mode, 10)}"
    elif code in (3, 4):
        words += f" block={u16(data, 2)}" + (f" len={max(context.length - 4, 0)}" if code == 3 else "")
    elif code == 5:
        words += f" {u16(data, 2)} {text(data[4:].split(bytes(1), 1)[0])}"
    return Reading("TFTP", words.rstrip())


def read_flow_export(data: bytes, _context: Context) -> Reading | None:
    """Read the header of NetFlow 1, 5, 7, 9 (RFC 3954) or IPFIX (RFC 7011)."""
    version = u16(data, 0)
    if version == 10 and len(data) >= 16:
        return Reading("IPFIX", f"length={u16(data, 2)} seq={u32(data, 8)} domain={u32(data, 12)}")
    if version not in (1, 5, 7, 9) or len(data) < 16:
        return None
    return Reading("NetFlow", f"v{version} {u16(data, 2)} records")


def read_sflow(data: bytes, _context: Context) -> Reading | None:
    """Read the header of an sFlow version 5 datagram."""
    if len(data) < 28 or u32(data, 0) != 5 or u32(data, 4) not in (1, 2):
        return None
    at = 12 if u32(data, 4) == 1 else 24
    agent = f"agent={ipv4(data, 8)} " if at == 12 else ""
    return Reading("sFlow", f"v5 {agent}seq={u32(data, at + 4)} {u32(data, at + 12)} samples")


def read_rpc(data: bytes, _context: Context) -> Reading | None:
    """Read an ONC RPC message (RFC 5531 section 9) in UDP."""
    way = u32(data, 4)
    if len(data) < 24 or way > 1:
        return None
    transaction = f"xid=0x{u32(data, 0):08x}"
    if way == 1:
        return Reading("RPC", f"Reply {'denied' if u32(data, 8) else 'accepted'} {transaction}")
    program, version, procedure = (u32(data, at) for at in (12, 16, 20))
    if u32(data, 8) != 2:
        return None
    names = _NFS3 if (program, version) == (100003, 3) else _PORTMAP if (program, version) == (100000, 2) else ()
    called = names[procedure] if procedure < len(names) else f"procedure {procedure}"
    return Reading(name_or_number(_PROGRAMS, program, "RPC"), f"v{version} {called} call {transaction}")


def read_rpc_tcp(data: bytes, context: Context) -> Reading | None:
    """Read an ONC RPC message in TCP, behind a record mark of four bytes (RFC 5531 section 11)."""
    return read_rpc(data[4:], context) if u32(data, 0) & 0x80000000 else None
