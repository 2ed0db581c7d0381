"""The filter compiler of libpcap, from cypcap's wheel or else from the system's own library."""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any, Final, Protocol

from netwatch.errors import FilterError, NetwatchError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

NETMASK_UNKNOWN: Final = 0xFFFF_FFFF
"""PCAP_NETMASK_UNKNOWN: `ip broadcast` is refused."""
UNUSED_PROTOCOL: Final = 0xFFFF
"""An EtherType that the IEEE reserves, so a packet socket bound to it hears nothing."""


class PcapHandle(Protocol):
    """A handle that filters are compiled with."""

    def compile(self, text: str, *, optimize: bool, netmask: int) -> Iterable[tuple[int, int, int, int]]:
        """Return the program of `text` as (code, jt, jf, k) tuples.

        Raises:
            FilterError: with libpcap's own words.
        """
        ...

    def close(self) -> None:
        """Give the handle back."""
        ...


class PcapLibrary(Protocol):
    """One libpcap."""

    @property
    def version(self) -> str:
        """Such as `libpcap version 1.10.6`."""
        ...

    def open_dead(self, dlt: int, snaplen: int) -> PcapHandle:
        """Open a handle for a DLT_ value that captures nothing."""
        ...

    def open_silent(self, interface: str, snaplen: int) -> PcapHandle:
        """Activate a handle on `interface` that hears nothing.

        Raises:
            NetwatchError: it cannot be activated, for lack of rights or because the interface is down.
        """
        ...


def load_libpcap() -> PcapLibrary:
    """Return cypcap's libpcap, or the system's where cypcap is not installed.

    Raises:
        NetwatchError: there is neither.
    """
    try:
        cypcap = importlib.import_module("cypcap")
    except ImportError:
        from netwatch.capture.libpcap_system import load_system_libpcap

        return load_system_libpcap()
    return _CypcapLibrary(cypcap)


def libpcap_words(text: str) -> str:
    """Return what libpcap said as one printable line without a full stop."""
    return printable(" ".join(text.split())).rstrip(".") or "libpcap refuses the filter without a reason"


class _CypcapLibrary:
    def __init__(self, module: Any) -> None:
        self._cypcap = module
        self.version: str = printable(str(module.lib_version()))

    def open_dead(self, dlt: int, snaplen: int) -> PcapHandle:
        return _CypcapHandle(self._cypcap, self._cypcap.open_dead(dlt, snaplen))

    def open_silent(self, interface: str, snaplen: int) -> PcapHandle:
        cypcap = self._cypcap
        handle = None
        try:
            handle = cypcap.create(interface)
            handle.set_snaplen(snaplen)
            handle.set_buffer_size(snaplen)
            handle.set_timeout(1.0)
            handle.set_protocol_linux(UNUSED_PROTOCOL)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                handle.activate()
            handle.setfilter(cypcap.BpfProgram([(6, 0, 0, 0)]))
            handle.setnonblock(True)
        except (cypcap.Error, cypcap.NotSupportedError, UnicodeError, ValueError) as error:
            if handle is not None:
                handle.close()
            raise NetwatchError(f"cannot open {printable(interface)}: {libpcap_words(_words(error))}") from error
        return _CypcapHandle(cypcap, handle)


class _CypcapHandle:
    def __init__(self, module: Any, handle: Any) -> None:
        self._cypcap = module
        self._handle = handle

    def compile(self, text: str, *, optimize: bool, netmask: int) -> Iterable[tuple[int, int, int, int]]:
        try:
            program: Iterable[tuple[int, int, int, int]] = self._handle.compile(text, optimize, netmask)
        except (self._cypcap.Error, UnicodeError, ValueError) as error:
            raise FilterError(libpcap_words(_words(error))) from error
        return program

    def close(self) -> None:
        self._handle.close()


def _words(error: Exception) -> str:
    """cypcap.Error has the arguments (code, words); words that are cut inside a character arrive as UnicodeError."""
    if isinstance(error, UnicodeDecodeError):
        return error.object.decode("utf-8", "replace")
    if isinstance(error, UnicodeError):
        return "the filter is not valid text"
    return str(error.args[-1]) if error.args else ""
