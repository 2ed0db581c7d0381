"""The system's libpcap through ctypes, for machines without cypcap."""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import sys
from typing import TYPE_CHECKING, Final

from netwatch.capture.libpcap import UNUSED_PROTOCOL, libpcap_words
from netwatch.errors import FilterError, NetwatchError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.capture.libpcap import PcapHandle

_NAMES: Final = ("libpcap.so.1", "libpcap.so.0.8", "libpcap.so", "libpcap.A.dylib", "libpcap.dylib", "wpcap.dll")
# Fedora, Arch, Alpine; Debian, Ubuntu; BSD; macOS; Npcap
_ERROR_BYTES = 256  # PCAP_ERRBUF_SIZE


def load_system_libpcap() -> SystemLibpcap:
    """Return the system's libpcap.

    Raises:
        NetwatchError: none is installed.
    """
    names = [*_NAMES, ctypes.util.find_library("pcap") or ""]
    for name in filter(None, names):
        with contextlib.suppress(OSError, AttributeError):
            return SystemLibpcap(ctypes.CDLL(name))
    raise NetwatchError(
        "no libpcap was found, so capture filters cannot be compiled", f"{sys.executable} -m pip install cypcap"
    )


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.POINTER(_Instruction)))


class SystemLibpcap:
    """One loaded library; AttributeError when it lacks a function (libpcap before 1.0)."""

    def __init__(self, library: ctypes.CDLL) -> None:
        handle, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
        for name, result, arguments in (
            ("pcap_lib_version", text, ()),
            ("pcap_open_dead", handle, (number, number)),
            ("pcap_create", handle, (text, text)),
            ("pcap_set_snaplen", number, (handle, number)),
            ("pcap_set_buffer_size", number, (handle, number)),
            ("pcap_set_timeout", number, (handle, number)),
            ("pcap_activate", number, (handle,)),
            ("pcap_setfilter", number, (handle, ctypes.POINTER(_Program))),
            ("pcap_setnonblock", number, (handle, number, text)),
            ("pcap_compile", number, (handle, ctypes.POINTER(_Program), text, number, ctypes.c_uint32)),
            ("pcap_freecode", None, (ctypes.POINTER(_Program),)),
            ("pcap_geterr", text, (handle,)),
            ("pcap_statustostr", text, (number,)),
            ("pcap_close", None, (handle,)),
        ):
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        self._library = library
        self.version = printable((library.pcap_lib_version() or b"libpcap").decode("utf-8", "replace"))

    def open_dead(self, dlt: int, snaplen: int) -> PcapHandle:
        """Open a handle for a DLT_ value that captures nothing."""
        handle = self._library.pcap_open_dead(dlt, snaplen)
        if not handle:
            raise NetwatchError("libpcap has no memory for another handle")
        return _SystemHandle(self._library, handle)

    def open_silent(self, interface: str, snaplen: int) -> PcapHandle:
        """Activate a handle on `interface` that hears nothing; NetwatchError when that fails."""
        library = self._library
        words = ctypes.create_string_buffer(_ERROR_BYTES)
        created = library.pcap_create(interface.encode("utf-8", "replace"), words)
        if not created:
            raise NetwatchError(f"cannot open {printable(interface)}: {_decoded(words.value)}")
        library.pcap_set_snaplen(created, snaplen)
        library.pcap_set_buffer_size(created, snaplen)
        library.pcap_set_timeout(created, 1000)
        with contextlib.suppress(AttributeError):  # libpcap before 1.9
            library.pcap_set_protocol_linux.argtypes = (ctypes.c_void_p, ctypes.c_int)
            library.pcap_set_protocol_linux(created, UNUSED_PROTOCOL)
        status = library.pcap_activate(created)
        handle = _SystemHandle(library, created)
        if status < 0:
            reason = _decoded(library.pcap_geterr(created)) or _decoded(library.pcap_statustostr(status))
            handle.close()
            raise NetwatchError(f"cannot open {printable(interface)}: {reason}")
        reject = _Program(1, (_Instruction * 1)(_Instruction(6, 0, 0, 0)))
        library.pcap_setfilter(created, ctypes.byref(reject))
        library.pcap_setnonblock(created, 1, words)
        return handle


class _SystemHandle:
    def __init__(self, library: ctypes.CDLL, handle: int) -> None:
        self._library = library
        self._handle: int | None = handle

    def compile(self, text: str, *, optimize: bool, netmask: int) -> Iterator[tuple[int, int, int, int]]:
        try:
            encoded = text.encode()
        except UnicodeError as error:
            raise FilterError("the filter is not valid text") from error
        program = _Program()
        status = self._library.pcap_compile(self._handle, ctypes.byref(program), encoded, int(optimize), netmask)
        if status < 0:
            raise FilterError(_decoded(self._library.pcap_geterr(self._handle)))
        try:
            code = [program.instructions[i] for i in range(program.length)]
            return iter([(i.code, i.jt, i.jf, i.k) for i in code])
        finally:
            self._library.pcap_freecode(ctypes.byref(program))

    def close(self) -> None:
        if self._handle is not None:
            self._library.pcap_close(self._handle)
            self._handle = None


def _decoded(words: bytes | None) -> str:
    return libpcap_words((words or b"").decode("utf-8", "replace"))
