"""Virtual private networks: IKE (RFC 2408, 7296), WireGuard, OpenVPN."""

from __future__ import annotations

from netwatch.decode.info.fields import name_or_number, u16, u32
from netwatch.decode.info.reading import Context, Reading

WIREGUARD_FIRST_BYTES = bytes(range(1, 5))
"""Message types (https://www.wireguard.com/protocol/)."""

_IKE_HEADER = 28
_EXCHANGES = {
    2: "Identity Protection", 4: "Aggressive", 5: "Informational", 32: "Quick Mode", 33: "New Group Mode",
    34: "IKE_SA_INIT", 35: "IKE_AUTH", 36: "CREATE_CHILD_SA", 37: "INFORMATIONAL", 38: "IKE_SESSION_RESUME",
    43: "IKE_INTERMEDIATE",
}  # fmt: skip

_WIREGUARD = {1: ("Handshake Initiation", 148), 2: ("Handshake Response", 92), 3: ("Cookie Reply", 64)}
"""Names and lengths in bytes."""
_WIREGUARD_COOKIE, _WIREGUARD_DATA = 3, 4
_WIREGUARD_PORT = 51820
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


def read_wireguard(data: bytes, context: Context) -> Reading | None:
    """Read a WireGuard message on any port: type, reserved zeros and length leave little doubt."""
    if data[1:4] != b"\0\0\0" or len(data) < 16:
        return None
    if data[0] == _WIREGUARD_DATA:
        return _wireguard_data(data, context)
    name, size = _WIREGUARD.get(data[0], ("", 0))
    if not name or context.length != size:
        return None
    role = "receiver" if data[0] == _WIREGUARD_COOKIE else "sender"
    return Reading("WireGuard", f"{name} {role}=0x{data[4:8][::-1].hex()}")


def _wireguard_data(data: bytes, context: Context) -> Reading | None:
    # contents are padded to 16 bytes, though some implementations leave that out
    padded = context.length % 16 == 0 or context.uses(_WIREGUARD_PORT)
    if context.length < _WIREGUARD_KEEP_ALIVE or data[14:16] != b"\0\0" or not padded:
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
