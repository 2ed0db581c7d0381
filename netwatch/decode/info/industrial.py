"""Control systems: Modbus/TCP, DNP3, IEC 60870-5-104, EtherNet/IP, BACnet."""

from __future__ import annotations

from netwatch.decode.info.fields import name_or_number, u16
from netwatch.decode.info.reading import Context, Reading

_MODBUS_PORT = 502
_MODBUS = {
    1: "Read Coils", 2: "Read Discrete Inputs", 3: "Read Holding Registers", 4: "Read Input Registers",
    5: "Write Single Coil", 6: "Write Single Register", 7: "Read Exception Status", 8: "Diagnostics",
    15: "Write Multiple Coils", 16: "Write Multiple Registers", 17: "Report Server Identifier", 20: "Read File",
    21: "Write File", 22: "Mask Write Register", 23: "Read/Write Registers", 43: "Encapsulated Interface",
    90: "Unity",
}  # fmt: skip
_MODBUS_EXCEPTIONS = {1: "illegal function", 2: "illegal address", 3: "illegal value", 4: "device failure",
                      5: "acknowledge", 6: "busy", 10: "no gateway path", 11: "gateway target silent"}  # fmt: skip
_DNP3 = {0: "Confirm", 1: "Read", 2: "Write", 3: "Select", 4: "Operate", 5: "Direct Operate",
         6: "Direct Operate no Ack", 13: "Cold Restart", 14: "Warm Restart", 18: "Stop Application",
         20: "Enable Unsolicited", 21: "Disable Unsolicited", 23: "Delay Measurement", 25: "Open File",
         129: "Response", 130: "Unsolicited Response"}  # fmt: skip
_IEC104_UNNUMBERED = {0x07: "STARTDT act", 0x0B: "STARTDT con", 0x13: "STOPDT act", 0x23: "STOPDT con",
                      0x43: "TESTFR act", 0x83: "TESTFR con"}  # fmt: skip
_ENIP = {0x00: "NOP", 0x04: "List Services", 0x63: "List Identity", 0x64: "List Interfaces", 0x65: "Register Session",
         0x66: "Unregister Session", 0x6F: "Send RR Data", 0x70: "Send Unit Data"}  # fmt: skip
_BACNET = {0: "Confirmed Request", 1: "Unconfirmed Request", 2: "Simple Ack", 3: "Complex Ack", 4: "Segment Ack",
           5: "Error", 6: "Reject", 7: "Abort"}  # fmt: skip
_BACNET_UNCONFIRMED = {0: "I-Am", 1: "I-Have", 2: "COV Notification", 3: "Event Notification", 6: "Time Sync",
                       7: "Who-Has", 8: "Who-Is"}  # fmt: skip
_BACNET_CONFIRMED = {12: "Read Property", 14: "Read Property Multiple", 15: "Write Property",
                     16: "Write Property Multiple", 20: "Reinitialize Device"}  # fmt: skip


def read_modbus(data: bytes, context: Context) -> Reading | None:
    """Read a Modbus/TCP header and function (Modbus messaging on TCP/IP section 3.1.3)."""
    if len(data) < 8 or u16(data, 2) or not 2 <= u16(data, 4) <= 260:
        return None
    function, asks = data[7], context.destination_port == _MODBUS_PORT
    name = name_or_number(_MODBUS, function & 0x7F, "Function {}")
    words = f"{name} {'request' if asks else 'response'} unit={data[6]} id={u16(data, 0)}"
    if function & 0x80 and len(data) > 8:
        words += f" exception={name_or_number(_MODBUS_EXCEPTIONS, data[8], '{}')}"
    elif asks and len(data) >= 12 and function in (1, 2, 3, 4, 15, 16):
        words += f" address={u16(data, 8)} count={u16(data, 10)}"
    elif asks and len(data) >= 12 and function in (5, 6):
        words += f" address={u16(data, 8)} value={u16(data, 10)}"
    return Reading("Modbus", words)


def read_dnp3(data: bytes, _context: Context) -> Reading | None:
    """Read a DNP3 link header (IEEE 1815 clause 9.2) and the function of a first fragment."""
    if len(data) < 10 or data[:2] != b"\x05\x64":
        return None
    destination, source = (int.from_bytes(data[at : at + 2], "little") for at in (4, 6))
    # transport octet and application control precede the function
    function = f" {name_or_number(_DNP3, data[12], 'function {}')}" if data[2] > 5 and len(data) > 12 else ""
    return Reading("DNP3", f"{source} > {destination}{function}")


def read_iec104(data: bytes, _context: Context) -> Reading | None:
    """Read an IEC 60870-5-104 frame (clause 5.1)."""
    if len(data) < 6 or data[0] != 0x68 or data[1] < 4:
        return None
    control = data[2]
    if control & 3 == 3:
        return Reading("IEC104", f"U {name_or_number(_IEC104_UNNUMBERED, control, '0x{:02x}')}")
    received = int.from_bytes(data[4:6], "little") >> 1
    if control & 1:
        return Reading("IEC104", f"S rx={received}")
    unit = f" type={data[6]} cause={data[8] & 0x3F}" if len(data) > 8 else ""
    return Reading("IEC104", f"I tx={int.from_bytes(data[2:4], 'little') >> 1} rx={received}{unit}")


def read_enip(data: bytes, _context: Context) -> Reading | None:
    """Read an EtherNet/IP encapsulation header (CIP volume 2 section 2-3)."""
    command = int.from_bytes(data[:2], "little")
    if len(data) < 24 or command not in _ENIP:
        return None
    return Reading("ENIP", f"{_ENIP[command]} session=0x{int.from_bytes(data[4:8], 'little'):08x}")


def read_bacnet(data: bytes, _context: Context) -> Reading | None:
    """Read a BACnet/IP header (ASHRAE 135 annex J) and the service that is asked for."""
    if len(data) < 6 or data[0] != 0x81:
        return None
    at = 10 if data[1] == 4 else 4
    if len(data) < at + 2 or data[at] != 1:
        return Reading("BACnet", f"BVLC function {data[1]}")
    control = data[at + 1]
    at += 2
    for bit in (0x20, 0x08):
        if control & bit and at + 3 <= len(data):
            at += 3 + data[at + 2]
    at += 1 if control & 0x20 else 0
    if control & 0x80 or at + 2 > len(data):
        return Reading("BACnet", "Network message" if control & 0x80 else "cut short")
    kind = data[at] >> 4
    words = name_or_number(_BACNET, kind)
    if kind == 1:
        words = name_or_number(_BACNET_UNCONFIRMED, data[at + 1], "Unconfirmed {}")
    elif kind == 0 and at + 3 < len(data):
        words += f" {name_or_number(_BACNET_CONFIRMED, data[at + 3], 'service {}')}"
    return Reading("BACnet", words)
