"""One packet socket with its TPACKET_V3 ring: mapped, bound to an interface or to all, filtered, counted."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import mmap
import os
import socket
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from netwatch.capture.bpf_program import REJECT_ALL, accept_all
from netwatch.capture.frames import LINKTYPE_LINUX_SLL2, FrameInterface, Frames
from netwatch.capture.memory import RING_BYTES, SMALL_RING_BYTES
from netwatch.capture.socket_pool import bind_packet_socket
from netwatch.errors import CaptureError
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.capture.block_memory import BlockMemory
    from netwatch.capture.bpf_program import BpfProgram

# linux/if_packet.h, linux/if.h
SOL_PACKET: Final = 263
PACKET_ADD_MEMBERSHIP: Final = 1
PACKET_RX_RING: Final = 5
PACKET_STATISTICS: Final = 6
PACKET_VERSION: Final = 10
PACKET_IGNORE_OUTGOING: Final = 23
PACKET_MR_PROMISC: Final = 1
TPACKET_V3: Final = 2
TP_STATUS_KERNEL: Final = 0
TP_STATUS_USER: Final = 1
BLOCK_STATUS: Final = 8
"""Where struct tpacket_block_desc has block_status."""
BLOCK_PACKETS: Final = 12
"""Where it has num_pkts."""
BLOCK_LENGTH: Final = 20
"""Where it has blk_len, the bytes of the block that are used."""
ETH_P_ALL: Final = 3
SIOCGIFFLAGS: Final = 0x8913
IFF_UP: Final = 0x1
IFF_LOOPBACK: Final = 0x8
IFF_RUNNING: Final = 0x40

BLOCK_SIZE: Final = 1 << 20
"""Large enough for a 64 KiB super-frame, small enough that a batch is decoded in under 2 ms."""
FRAME_SIZE: Final = 1 << 11
LEAST_BLOCKS: Final = 2
"""One is filled while the other is read."""
MOST_BLOCKS: Final = 8
"""Blocks that are read together when so many wait: the later we are, the less a packet costs, because much of what
numpy needs for a batch does not depend on its size. Eight blocks cost half as much a packet as one, sixteen hardly less
than eight."""
RETIRE_MS: Final = 50
"""A block that is not full is handed over after this time: unnoticed on a screen, and even 64 such blocks hold the
three seconds of thin traffic that a start may take on a slow machine."""
THIN: Final = 1 / 8
"""Share of the waiting blocks' memory up to which they are no backlog: few packets in blocks that were closed by time,
which are read a hundred times as fast as more come. A second of start-up is half a ring of such blocks."""
ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class RingOptions:
    """How a live capture is made."""

    ring_bytes: int = RING_BYTES
    """Kernel memory of one ring; the only queue between the network and the decoder. Several have SMALL_RING_BYTES
    each at most."""
    snaplen: int = 262144
    promiscuous: bool = True

    def shared(self) -> RingOptions:
        """Return those of each of several rings."""
        return replace(self, ring_bytes=min(self.ring_bytes, SMALL_RING_BYTES))


class Ring:
    """A packet socket that was bound to one interface, with its mapped ring."""

    def __init__(self, packet_socket: socket.socket, interface: FrameInterface, position: int, options: RingOptions):
        """Set up the ring and bind; the socket must be an unbound AF_PACKET socket with protocol 0.

        Raises:
            CaptureError: the interface does not exist, is not permitted, or the kernel has no memory for the ring.
        """
        self.socket = packet_socket
        self.interface = interface
        self.position = position
        self.cooked = interface.link_type == LINKTYPE_LINUX_SLL2
        self.received = self.dropped = self.taken = 0
        self._next_block = 0
        self._bound_index = 0
        self._options = options
        self._memory: BlockMemory | None = None
        """Of the frames, made with the first of them."""
        try:
            packet_socket.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V3)
            self.blocks = self._allocate()
            self._map = mmap.mmap(packet_socket.fileno(), self.blocks * BLOCK_SIZE)
        except OSError as error:
            raise CaptureError(f"cannot make a capture ring: {printable(str(error))}") from error
        self._view = memoryview(self._map)

    def bind(self) -> None:
        """Begin to receive from the interface, again when it was made anew and so has another index.

        Raises:
            CaptureError: the interface does not exist or cannot be opened.
        """
        name = self.interface.name
        try:
            if self.cooked:
                bind_packet_socket(self.socket, 0, ETH_P_ALL)
            elif (index := socket.if_nametoindex(name)) != self._bound_index:
                self._bind_to(name, index)
                self._bound_index = index
        except OSError as error:
            reason = printable(error.strerror or str(error))
            raise CaptureError(f"cannot capture on {printable(name)}: {reason}") from error

    def attach(self, program: BpfProgram | None) -> None:
        """Replace the socket's filter; frames that wait in the ring are not touched.

        The program's return value is how many bytes of a frame are kept, so one is attached even without a filter.
        """
        wanted = program or accept_all(self._options.snaplen)
        wanted.with_snaplen(self._options.snaplen).attach(self.socket)

    def ready(self) -> bool:
        """Return True when the next block is full or was retired."""
        status: int = self._view[self._next_block * BLOCK_SIZE + BLOCK_STATUS]
        return bool(status & TP_STATUS_USER)

    @property
    def backlog(self) -> float:
        """Share of the ring that waits to be read, in coarse steps: 0, an eighth or a half at least; see THIN."""
        for part in (2, 8):
            count = self.blocks // part
            block = (self._next_block + count) % self.blocks
            if self._view[block * BLOCK_SIZE + BLOCK_STATUS] & TP_STATUS_USER:
                return 0 if self._used(count + 1) < THIN * (count + 1) * BLOCK_SIZE else 1 / part
        return 0

    def take(self, interface_of: dict[int, int]) -> Frames:
        """Copy the ready blocks, MOST_BLOCKS at most, give them back to the kernel and return their frames."""
        # Rings are opened before the first screen is drawn, and numpy's import would make it wait
        from netwatch.capture.block_memory import BlockMemory
        from netwatch.capture.ring_block import read_blocks, read_cooked_blocks

        memory = self._memory = self._memory or BlockMemory()
        begins: list[int] = []
        while self.ready() and len(begins) < min(MOST_BLOCKS, self.blocks):
            begins.append(begin := self._next_block * BLOCK_SIZE)
            self.taken += struct.unpack_from("=I", self._view, begin + BLOCK_PACKETS)[0]
            self._next_block = (self._next_block + 1) % self.blocks
        blocks = [self._view[begin : begin + BLOCK_SIZE] for begin in begins]
        try:
            if self.cooked:
                return read_cooked_blocks(blocks, memory, interface_of)
            return read_blocks(blocks, memory, self.position, self.interface.link_type)
        finally:
            for begin, block in zip(begins, blocks, strict=True):
                block.release()
                struct.pack_into("=I", self._map, begin + BLOCK_STATUS, TP_STATUS_KERNEL)

    def count(self) -> None:
        """Add the kernel's statistics, which start again at each look, to `received` and `dropped`."""
        value = self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 12)
        received, dropped, _ = struct.unpack("=III", value)
        self.received += received
        self.dropped += dropped

    def silence(self) -> None:
        """Let the kernel put no more frames into the ring.

        Raises:
            CaptureError: the kernel refuses.
        """
        REJECT_ALL.attach(self.socket)

    def unread(self) -> bool:
        """Return whether the kernel has put frames into the ring that were not taken, by its own count."""
        self.count()
        return self.received - self.dropped > self.taken

    def state(self) -> str:
        """Return what keeps the interface from delivering, empty when nothing does."""
        if self.cooked:
            return ""
        try:
            flags = self._flags()
        except OSError:
            return f"{printable(self.interface.name)} is gone, waiting for it to return"
        if not flags & IFF_UP:
            return f"{printable(self.interface.name)} is down, waiting"
        return "" if flags & IFF_RUNNING else f"{printable(self.interface.name)} has no carrier, waiting"

    @property
    def remark(self) -> str:
        """Say that the interface has another name, or the kernel had too little memory; empty when neither is so."""
        name = self._name_now()
        if not self.cooked and name != self.interface.name:
            return f"{printable(self.interface.name)} is called {printable(name)} now"
        wanted, got = _blocks(self._options), self.blocks
        if got >= wanted:
            return ""
        return f"ring of {got * BLOCK_SIZE >> 20} instead of {wanted * BLOCK_SIZE >> 20} MiB: the kernel lacks memory"

    def clear_error(self) -> None:
        """Read and forget the socket's pending error (ENETDOWN after the link went down)."""
        self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def close(self) -> None:
        """Unmap the ring; the socket stays open for its owner."""
        with contextlib.suppress(BufferError, ValueError):
            self._view.release()
            self._map.close()

    def _bind_to(self, name: str, index: int) -> None:
        loopback = bool(self._flags() & IFF_LOOPBACK)
        # Loopback shows each packet twice, going out and coming in
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, int(loopback))
        if self._options.promiscuous:
            request = struct.pack("=iHH8s", index, PACKET_MR_PROMISC, 0, b"")
            self.socket.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request)
        try:
            self.socket.bind((name, ETH_P_ALL))
        except OSError as error:
            if error.errno != errno.ENETDOWN:  # bound all the same; delivers when the link comes up
                raise

    def _allocate(self) -> int:
        blocks = _blocks(self._options)
        while True:
            request = struct.pack(
                "=7I", BLOCK_SIZE, blocks, FRAME_SIZE, blocks * BLOCK_SIZE // FRAME_SIZE, RETIRE_MS, 0, 0
            )
            try:
                set_ring(self.socket.fileno(), request)
            except OSError as error:
                if error.errno not in (errno.ENOMEM, errno.ENOBUFS) or blocks <= LEAST_BLOCKS:
                    raise
                blocks //= 2
            else:
                return blocks

    def _used(self, count: int) -> int:
        """Return how many bytes of the next `count` blocks, which are ready, are used."""
        blocks = ((self._next_block + step) % self.blocks for step in range(count))
        return sum(struct.unpack_from("=I", self._view, block * BLOCK_SIZE + BLOCK_LENGTH)[0] for block in blocks)

    def _name_now(self) -> str:
        """Return what the interface is called: a name can be changed, and the socket stays bound."""
        with contextlib.suppress(OSError):
            return socket.if_indextoname(self._bound_index)
        return self.interface.name

    def _flags(self) -> int:
        name = self._name_now().encode()[:15]
        answer = fcntl.ioctl(self.socket.fileno(), SIOCGIFFLAGS, struct.pack("16sH14x", name, 0))
        flags: int = struct.unpack("16xH14x", answer)[0]
        return flags


def set_ring(descriptor: int, request: bytes) -> None:
    """Have the kernel make a ring of a tpacket_req3, 0.1 s for 128 MiB in which other threads go on.

    They would not during Python's own setsockopt, and the screen is imported meanwhile.

    Raises:
        OSError: as setsockopt(2); ENOMEM or ENOBUFS without memory for it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setsockopt(descriptor, SOL_PACKET, PACKET_RX_RING, request, len(request)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _blocks(options: RingOptions) -> int:
    return max(options.ring_bytes // BLOCK_SIZE, LEAST_BLOCKS)
