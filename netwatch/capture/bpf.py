"""Capture filters: BPF expressions compiled by libpcap, checked before use and applied to whole blocks of frames."""

from __future__ import annotations

import atexit
import contextlib
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netwatch.capture.bpf_program import MAX_SNAPLEN, BpfProgram
from netwatch.capture.datalink import dlt_of
from netwatch.capture.filter_keywords import KEYWORDS
from netwatch.capture.filter_names import host_names, resolve_names, system_addresses, words
from netwatch.capture.filter_worker import compile_in_child
from netwatch.capture.libpcap import NETMASK_UNKNOWN, load_libpcap
from netwatch.errors import FilterError, NetwatchError
from netwatch.snapshot import FilterVerdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.capture.frames import Frames
    from netwatch.capture.libpcap import PcapHandle, PcapLibrary

MAX_TEXT: Final = 64 * 1024
"""Bytes of a filter expression."""

_ETHERNET = 1  # LINKTYPE_ETHERNET; frames.py would import numpy, which starts threads before privileges are dropped
_FEW_WORDS = 24
"""Names, numbers and addresses that libpcap's optimizer copes with in under 50 ms."""
_MORE_WORDS = 60
"""As many take it half a second, which nobody can be spared who asks for stripped VLAN tags."""
_MANY_WORDS = 400
"""As many make an unoptimised program of 12,000 instructions."""
_HOSTS_BYTES = 256 * 1024


class FilterCompiler:
    """Compiles filter expressions; made before privileges are dropped, then usable from any thread without them.

    For Ethernet on Linux it compiles with an activated handle, so that `vlan` also finds tags that the kernel took
    out of the frame; the handle itself hears nothing. `vlan_aware` says whether there is one.
    """

    def __init__(
        self, library: PcapLibrary, live: PcapHandle | None = None, hosts: frozenset[str] = frozenset()
    ) -> None:
        self._library = library
        self._live = live
        self._hosts = hosts
        self._lock = threading.Lock()
        self._dead: dict[int, PcapHandle] = {}

    @classmethod
    def open(cls, sys_root: Path = Path("/sys"), hosts_file: Path = Path("/etc/hosts")) -> FilterCompiler:
        """Load libpcap and, where rights allow, activate a silent handle on an interface that is up.

        Raises:
            NetwatchError: there is no libpcap at all.
        """
        library = load_libpcap()
        live = _silent_handle(library, sys_root) if sys.platform == "linux" else None
        made = cls(library, live, _names_of_hosts_file(hosts_file))
        atexit.register(made.close)  # cypcap writes a traceback of a handle that is open while Python takes itself down
        return made

    @property
    def vlan_aware(self) -> bool:
        """True when `vlan` matches frames whose tag the kernel took out."""
        return self._live is not None

    @property
    def version(self) -> str:
        """Which libpcap compiles."""
        return self._library.version

    def compile(self, text: str, link_type: int, netmask: int = NETMASK_UNKNOWN) -> BpfProgram:
        """Return the program of `text` for frames of `link_type` (a LINKTYPE_ value).

        May block: for names that `needs_lookup` tells of as long as the resolver takes, for very long filters up to
        a minute. Neither holds the interpreter. `netmask` (0xFFFFFF00 for /24) is what `ip broadcast` needs.

        Raises:
            FilterError: with libpcap's own words, or because the text or the program is too long.
        """
        _check_text(text)
        text = resolve_names(text, system_addresses)
        dlt = dlt_of(link_type)
        operands = sum(1 for word in words(text) if word not in KEYWORDS)
        if operands <= _FEW_WORDS:
            return self._compile_here(text, dlt, netmask, optimize=True)
        if self._live is None or dlt != _ETHERNET or "vlan" not in words(text):
            return compile_in_child(text, dlt, MAX_SNAPLEN, netmask)
        if operands > _MANY_WORDS:
            raise FilterError(f"a filter with vlan and {operands} names and numbers is too long")
        return self._compile_here(text, dlt, netmask, optimize=operands <= _MORE_WORDS)

    def needs_lookup(self, text: str) -> bool:
        """Return True when compiling `text` would ask the resolver for a name that is not in /etc/hosts.

        Errs on the side of True. Takes no time to speak of and never raises.
        """
        return any(name.name.lower() not in self._hosts for name in host_names(text[:MAX_TEXT]))

    def verdict(self, text: str, link_type: int, netmask: int = NETMASK_UNKNOWN) -> FilterVerdict:
        """Return what libpcap says of `text`; nothing is compiled when that would ask the resolver."""
        try:
            _check_text(text)
            if self.needs_lookup(text):
                return FilterVerdict(text, needs_lookup=True)
            self.compile(text, link_type, netmask)
        except FilterError as error:
            return FilterVerdict(text, error=str(error))
        return FilterVerdict(text)

    def close(self) -> None:
        """Give the handles back. May be called twice."""
        with self._lock:
            handles = [*self._dead.values(), *([self._live] if self._live else [])]
            self._dead.clear()
            self._live = None
        for handle in handles:
            handle.close()

    def _compile_here(self, text: str, dlt: int, netmask: int, *, optimize: bool) -> BpfProgram:
        with self._lock:  # libpcap before 1.8 cannot compile in two threads, and a handle has one error text
            handle = self._live if dlt == _ETHERNET and self._live else self._dead.get(dlt)
            if handle is None:
                handle = self._dead[dlt] = self._library.open_dead(dlt, MAX_SNAPLEN)
            return BpfProgram.of(handle.compile(text, optimize=optimize, netmask=netmask))


@dataclass(frozen=True, slots=True)
class CaptureFilter:
    """A filter expression together with what compiles it; the same one serves every link type of a source."""

    text: str
    compiler: FilterCompiler
    netmask: int = NETMASK_UNKNOWN
    _programs: dict[int, BpfProgram | FilterError] = field(default_factory=dict, repr=False, compare=False)

    def program(self, link_type: int) -> BpfProgram:
        """Return the program for frames of `link_type`; compiled once.

        Raises:
            FilterError: as FilterCompiler.compile.
        """
        known = self._programs.get(link_type)
        if known is None:
            try:
                known = self.compiler.compile(self.text, link_type, self.netmask)
            except FilterError as error:
                known = error
            self._programs[link_type] = known
        if isinstance(known, FilterError):
            raise known
        return known

    def problem(self, link_type: int) -> str:
        """Return why the filter has no program for `link_type`, or nothing when it has one."""
        try:
            self.program(link_type)
        except FilterError as error:
            return error.message
        return ""

    def matches(self, frames: Frames) -> NDArray[np.bool_]:
        """Return which frames pass, shape (len(frames),).

        Frames of a link type that the filter has no program for do not pass; `problem` says why.
        """
        import numpy as np

        from netwatch.capture.bpf_machine import run

        passed = np.zeros(len(frames), np.bool_)
        for link_type in _link_types(frames):
            with contextlib.suppress(FilterError):
                program = self.program(link_type)
                rows = np.flatnonzero(frames.link_type == link_type)
                passed[rows] = run(program, frames, rows) > 0
        return passed


def exclude(text: str, exclusion: str) -> str:
    """Return the filter that lets pass what `text` does but for what `exclusion` (a `not (...)` term) leaves out.

    `text` must be valid by itself. The exclusion comes first, because `vlan` and `mpls` move the offsets of all that
    follows them.
    """
    if not text.strip():
        return exclusion
    return f"{exclusion} and ({text})" if exclusion else text


def _link_types(frames: Frames) -> list[int]:
    import numpy as np

    if len(frames) == 0:
        return []
    first = int(frames.link_type[0])
    if frames.link_type.strides == (0,) or bool((frames.link_type == first).all()):
        return [first]
    return [int(value) for value in np.unique(frames.link_type)]


def _check_text(text: str) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT:
        raise FilterError(f"the filter is longer than {MAX_TEXT // 1024} KiB")
    if "\0" in text:
        raise FilterError("the filter holds a NUL character")


def _silent_handle(library: PcapLibrary, sys_root: Path) -> PcapHandle | None:
    for name in _ethernet_interfaces_up(sys_root / "class/net"):
        with contextlib.suppress(NetwatchError):
            return library.open_silent(name, MAX_SNAPLEN)
    return None


def _ethernet_interfaces_up(folder: Path) -> Iterable[str]:
    """Names of the interfaces that are up and have Ethernet frames, the loopback first."""
    arphrd_ethernet, arphrd_loopback, iff_up = "1", "772", 1
    found = []
    with contextlib.suppress(OSError):
        for interface in folder.iterdir():
            with contextlib.suppress(OSError, ValueError):
                kind = (interface / "type").read_text("ascii").strip()
                up = int((interface / "flags").read_text("ascii"), 16) & iff_up
                if up and kind in (arphrd_ethernet, arphrd_loopback):
                    found.append((kind != arphrd_loopback, interface.name))
    return [name for _, name in sorted(found)]


def _names_of_hosts_file(path: Path) -> frozenset[str]:
    with contextlib.suppress(OSError):
        with path.open("rb") as file:
            text = file.read(_HOSTS_BYTES).decode("utf-8", "replace")
        lines = (line.partition("#")[0].split() for line in text.splitlines())
        return frozenset(name.lower() for line in lines for name in line[1:])
    return frozenset()
