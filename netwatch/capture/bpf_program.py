"""BpfProgram: a compiled classic BPF filter, as libpcap makes it and as the Linux kernel takes it."""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.errors import CaptureError, FilterError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_INSTRUCTIONS: Final = 4096
"""BPF_MAXINSNS of linux/bpf_common.h: the kernel refuses longer programs."""
MAX_SNAPLEN: Final = 262144
"""MAXIMUM_SNAPLEN of libpcap for Ethernet; enough for BIG TCP frames on an ordinary interface."""

LD: Final = 0x00
LDX: Final = 0x01
ST: Final = 0x02
STX: Final = 0x03
JMP: Final = 0x05
RET: Final = 0x06
MISC: Final = 0x07
# instruction classes of linux/bpf_common.h, the low three bits of a code
ABS: Final = 0x20
IND: Final = 0x40
MSH: Final = 0xA0
# modes of a load, the high three bits
JA: Final = 0x00

ANCILLARY: Final = 0xFFFF_F000
"""SKF_AD_OFF of linux/filter.h, -0x1000 as an unsigned number: loads from here on read what the kernel knows beside
the bytes of the frame."""
AD_PROTOCOL: Final = ANCILLARY + 0
AD_PKTTYPE: Final = ANCILLARY + 4
AD_IFINDEX: Final = ANCILLARY + 8
AD_HATYPE: Final = ANCILLARY + 28
AD_VLAN_TAG: Final = ANCILLARY + 44
AD_VLAN_TAG_PRESENT: Final = ANCILLARY + 48
AD_VLAN_TPID: Final = ANCILLARY + 60

_SO_ATTACH_FILTER = 26
_SO_DETACH_FILTER = 27
_SLL2_HEADER = 20
_WORD, _HALF, _BYTE = 0x00, 0x08, 0x10
_SLL2_FIELDS = {(0, _HALF): AD_PROTOCOL, (4, _WORD): AD_IFINDEX, (8, _HALF): AD_HATYPE, (10, _BYTE): AD_PKTTYPE}
# (offset, size of the load); https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html


class Instruction(NamedTuple):
    """One `struct sock_filter`; both jumps are relative to the next instruction."""

    code: int
    jt: int
    jf: int
    k: int


@dataclass(frozen=True, slots=True)
class BpfProgram:
    """A filter program: runs over a frame and returns how many bytes of it to keep, 0 for none."""

    code: tuple[Instruction, ...]

    @classmethod
    def of(cls, code: Iterable[tuple[int, int, int, int]]) -> BpfProgram:
        """Make a program of (code, jt, jf, k) tuples.

        Raises:
            FilterError: there are none, or more than MAX_INSTRUCTIONS.
        """
        program = cls(tuple(Instruction(*instruction) for instruction in code))
        if not program.code:
            raise FilterError("the filter program is empty")
        if program.instructions > MAX_INSTRUCTIONS:
            raise FilterError(
                f"the filter needs {program.instructions} instructions and the kernel takes {MAX_INSTRUCTIONS}",
                "Name networks (net 10.0.0.0/8) or port ranges instead of single hosts and ports",
            )
        return program

    @property
    def instructions(self) -> int:
        """How many instructions the program has."""
        return len(self.code)

    @property
    def packed(self) -> bytes:
        """The program as an array of `struct sock_filter` in native byte order, 8 bytes an instruction."""
        return b"".join(struct.pack("=HBBI", *instruction) for instruction in self.code)

    @property
    def loops(self) -> bool:
        """True when it jumps backwards, as libpcap's `protochain` does; the kernel refuses such a program."""
        return any(code & 0x07 == JMP and code & 0xF0 == JA and k >= 1 << 31 for code, _, _, k in self.code)

    def with_snaplen(self, snaplen: int) -> BpfProgram:
        """Return the program with `snaplen` as the number of bytes to keep of a frame that it accepts."""
        return BpfProgram(tuple(i._replace(k=snaplen) if i.code == RET and i.k else i for i in self.code))

    def for_cooked_socket(self) -> BpfProgram:
        """Return the program, compiled for LINKTYPE_LINUX_SLL2, as a SOCK_DGRAM packet socket needs it.

        There the kernel's filter sees frames without the SLL2 header, so offsets move and the header's fields become
        ancillary loads (as fix_offset() in libpcap's pcap-linux.c does).

        Raises:
            FilterError: it reads a header field that the kernel has no ancillary load for.
        """
        return BpfProgram(tuple(_without_sll2(instruction) for instruction in self.code))

    def for_libpcap(self) -> BpfProgram:
        """Return the program as libpcap's own machine needs it, which filters what waits when the filter changes.

        It knows the kernel's facts about VLAN tags as loads of a byte only (bpf_filter.c), although libpcap's compiler
        makes others; to the kernel the size of such a load means nothing.
        """
        return BpfProgram(
            tuple(
                i._replace(code=LD | ABS | _BYTE) if i.code & 0xE7 == LD | ABS and i.k >= ANCILLARY else i
                for i in self.code
            )
        )

    def attach(self, packet_socket: socket.socket) -> None:
        """Make the kernel apply the program to every frame that arrives at `packet_socket` from now on.

        Raises:
            FilterError: the kernel cannot run it.
            CaptureError: the socket is broken.
        """
        if self.loops:
            raise FilterError("protochain needs a program with loops, which the kernel does not run")
        packed = ctypes.create_string_buffer(self.packed, len(self.code) * 8)
        option = struct.pack("@HP", len(self.code), ctypes.addressof(packed))
        try:
            packet_socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, option)
        except OSError as error:
            if error.errno == errno.EINVAL:
                raise FilterError("the kernel refuses the filter program") from error
            if error.errno == errno.ENOMEM:
                hint = "sudo sysctl net.core.optmem_max=131072"
                raise FilterError(f"the kernel has no room for {len(self.code)} instructions", hint) from error
            raise CaptureError(f"cannot attach the filter: {error.strerror}") from error


def detach_filter(packet_socket: socket.socket) -> None:
    """Let every frame pass at `packet_socket`; no error when no filter was attached."""
    try:
        packet_socket.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise CaptureError(f"cannot detach the filter: {error.strerror}") from error


def accept_all(snaplen: int = MAX_SNAPLEN) -> BpfProgram:
    """Return the program that keeps `snaplen` bytes of every frame."""
    return BpfProgram((Instruction(RET, 0, 0, snaplen),))


REJECT_ALL: Final = BpfProgram((Instruction(RET, 0, 0, 0),))


def _without_sll2(instruction: Instruction) -> Instruction:
    if instruction.code & 0x07 not in (LD, LDX) or instruction.code & 0xE0 not in (ABS, IND, MSH):
        return instruction
    offset = instruction.k
    if offset >= ANCILLARY:
        return instruction
    if offset >= _SLL2_HEADER:
        return instruction._replace(k=offset - _SLL2_HEADER)
    field = (offset, instruction.code & 0x18)
    if instruction.code & 0xE7 == LD | ABS and field in _SLL2_FIELDS:
        return instruction._replace(k=_SLL2_FIELDS[field])
    raise FilterError("this filter reads a field of the cooked header that the kernel's filter cannot see")
