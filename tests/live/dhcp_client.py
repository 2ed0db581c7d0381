"""Asks once for an address over DHCP, as a broadcast: `python dhcp_client.py INTERFACE TRANSACTION`."""

from __future__ import annotations

import socket
import struct
import sys


def main() -> None:
    interface, transaction = sys.argv[1], int(sys.argv[2])
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as link:
        link.bind((interface, 0))
        mac = bytes.fromhex("00163e00cc01")
        body = struct.pack("!BBBBIHH16x", 1, 1, 6, 0, transaction, 0, 0x8000) + mac.ljust(16, b"\0") + bytes(192)
        body += bytes.fromhex("638253633501013703010306ff") + bytes(40)
        datagram = struct.pack("!HHHH", 68, 67, 8 + len(body), 0) + body
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 1, 0, 64, 17, 0, bytes(4), b"\xff" * 4)
        total = sum(struct.unpack("!10H", head))
        total = (total & 0xFFFF) + (total >> 16)
        head = head[:10] + struct.pack("!H", ~total & 0xFFFF) + head[12:]
        link.send(b"\xff" * 6 + mac + b"\x08\x00" + head + datagram)


if __name__ == "__main__":
    main()
