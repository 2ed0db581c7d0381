"""Virtual private networks: IKE (RFC 2408, 7296), WireGuard, OpenVPN."""

from __future__ import annotations

from netwatch.decode.info.fields import name_or_number, u16, u32
from netwatch.decode.info.reading import Context, Reading

WIREGUARD_FIRST_BYTES = bytes(range(1, 4))
"""Message types that stand out by their exact length; data messages are told by the port alone."""

_IKE_HEADER = 28
_EXCHANGES = {
    2: "Identity Protection", 4: "Aggressive", 5: "Informational", 32: "Quick Mode", 33: "New Group Mode",
    34: "IKE_SA_INIT", 35: "IKE_AUTH", 36: "CREATE_CHILD_SA", 37: "INFORMATIONAL", 38: "IKE_SESSION_RESUME",
    43: "IKE_INTERMEDIATE",
}  # fmt: skip

_WIREGUARD = {1: ("Handshake Initiation", 148), 2: ("Handshake Response", 92), 3: ("Cookie Reply", 64)}
"""Names and lengths in bytes (https://www.wireguard.com/protocol/)."""
_WIREGUARD_DATA = 4
_WIREGUARD_KEEP_ALIVE = 32

_OPENVPN = {
    1: "Hard Reset Client v1", 2: "Hard Reset Server v1", 3: "Soft Reset", 4: "Control", 5: "Ack", 6: "Data v1",
    7: "Hard Reset Client v2", 8: "Hard Reset Server v2", 9: "Data v2", 10: "Hard Reset Client v3", 11: "Control WKC",
}  # fmt: skip


def read_isakmp(data: bytes, context: Context) -> Reading | None:
    """Read an IKE header; on port 4500 a marker of four zero bytes precedes it (RFC 3948 section 2.2)."""
    if context.uses(4500):
        if u32(data, 0):
            return None
        data = data[4:]
    if len(data) < _IKE_HEADER or data[17] >> 4 not in (1, 2):
        return None
    exchange = name_or_number(_EXCHANGES, data[18], "exchange {}")
    way = ""
    if data[17] >> 4 == 2:
        way = " response" if data[19] & 0x20 else " request"
    ends = f"spi={data[:8].hex()}/{data[8:16].hex()} id={u32(data, 20)}"
    return Reading("ISAKMP", f"v{data[17] >> 4} {exchange}{way} {ends}")


def read_wireguard_handshake(data: bytes, context: Context) -> Reading | None:
    """Read a message whose type and length leave no doubt."""
    name, size = _WIREGUARD.get(data[0], ("", 0))
    if context.length != size or data[1:4] != b"\0\0\0" or len(data) < 8:
        return None
    receiver = f" receiver=0x{data[4:8][::-1].hex()}" if data[0] == 3 else f" sender=0x{data[4:8][::-1].hex()}"
    return Reading("WireGuard", name + receiver)


def read_wireguard(data: bytes, context: Context) -> Reading | None:
    """Read a data message on WireGuard's usual port."""
    if data[:4] != b"\4\0\0\0" or len(data) < 16 or context.length % 16 or context.length < _WIREGUARD_KEEP_ALIVE:
        return None
    counter = int.from_bytes(data[8:16], "little")
    name = "Keepalive" if context.length == _WIREGUARD_KEEP_ALIVE else "Transport Data"
    return Reading("WireGuard", f"{name} receiver=0x{data[4:8][::-1].hex()} counter={counter} len={context.length}")


def read_openvpn(data: bytes, context: Context) -> Reading | None:
    """Read the operation of an OpenVPN packet in UDP."""
    name = _OPENVPN.get(data[0] >> 3)
    if name is None:
        return None
    session = f" session={data[1:9].hex()}" if not name.startswith("Data") and len(data) >= 9 else ""
    return Reading("OpenVPN", f"{name} key={data[0] & 7}{session} len={context.length}")


def read_openvpn_tcp(data: bytes, context: Context) -> Reading | None:
    """Read the operation of an OpenVPN packet in TCP, which a length of two bytes precedes."""
    size = u16(data, 0)
    if len(data) < 3 or not 1 <= size <= max(context.length, 2048):
        return None
    return read_openvpn(data[2:], context)
