"""VLAN sub-interfaces v0.ID of v0 in namespaces, for kernels that have none of their own.

`python -m tests.live.vlan ID NAMESPACE ...` makes them and moves frames between them and v0, tagged there, until its
standard input ends.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import sys

from tests.live.tap import LARGEST, open_packet_socket, open_tap

ADDRESSES = 12
"""Bytes before the tag: both MAC addresses."""
ETHERTYPE_VLAN = 0x8100
_SOL_PACKET, _PACKET_AUXDATA, _TAG_VALID = 263, 8, 1 << 4
_AUXDATA = struct.Struct("=IIIHHHH")
"""struct tpacket_auxdata: status, lengths, offsets, tag, its type (linux/if_packet.h)."""


class SubInterface:
    """One of them: `inner` is the interface's other end, `outer` a socket of v0."""

    def __init__(self, namespace: str, tag: int) -> None:
        self.tag = tag
        self.inner = open_tap(namespace, f"v0.{tag}")
        self.outer = open_packet_socket(namespace, "v0")
        self.outer.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)

    def send(self) -> None:
        """Move a frame out."""
        frame = os.read(self.inner, LARGEST)
        self.outer.send(frame[:ADDRESSES] + struct.pack("!HH", ETHERTYPE_VLAN, self.tag) + frame[ADDRESSES:])

    def receive(self) -> None:
        """Move a frame in, if it has the tag; the kernel has taken that out."""
        frame, extra, _, _ = self.outer.recvmsg(LARGEST, socket.CMSG_SPACE(_AUXDATA.size))
        for _, kind, data in extra:
            if kind == _PACKET_AUXDATA:
                status, _, _, _, _, tag, _ = _AUXDATA.unpack(data[: _AUXDATA.size])
                if status & _TAG_VALID and tag & 0xFFF == self.tag:
                    os.write(self.inner, frame)


def main() -> None:
    """Move frames until standard input ends."""
    made = [SubInterface(namespace, int(sys.argv[1])) for namespace in sys.argv[2:]]
    print(json.dumps("ready"), flush=True)
    actions = {one.inner: one.send for one in made} | {one.outer.fileno(): one.receive for one in made}
    while True:
        readable, _, _ = select.select([*actions, 0], [], [])
        if 0 in readable:
            return
        for end in readable:
            actions[end]()


if __name__ == "__main__":
    main()
