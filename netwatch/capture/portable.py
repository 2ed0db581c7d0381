"""The live source for systems without packet rings: libpcap's own capture, through cypcap."""

from __future__ import annotations

import contextlib
import importlib
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from netwatch.capture.bpf_program import accept_all
from netwatch.capture.datalink import link_type_of_dlt
from netwatch.capture.frames import LINKTYPE_LINUX_SLL2, FrameInterface
from netwatch.capture.libpcap import libpcap_words
from netwatch.capture.pcap_records import PacketRecords
from netwatch.capture.source import SourceCounters
from netwatch.capture.wakeup import Wakeup
from netwatch.errors import CaptureError, FilterError, NotPermittedError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.capture.bpf import CaptureFilter
    from netwatch.capture.frames import Frames

READ_TIMEOUT: Final = 0.03
"""Seconds for which libpcap gathers frames before it hands them over: unnoticed on a screen, and few wake-ups."""
STATE_INTERVAL: Final = 1.0
"""Seconds between looks at an interface that delivers nothing, and between attempts to open it again."""
REST_SECONDS: Final = 1.0
"""Seconds for which what waits is read when a capture ends; reading is faster than what comes, or all would be lost."""
_COUNTER_RANGE = 1 << 32


@dataclass(frozen=True, slots=True)
class PortableOptions:
    """How a capture through libpcap is made."""

    snaplen: int = 262144
    buffer_bytes: int = 32 << 20
    promiscuous: bool = True


class PortableSource:
    """Live capture on one interface through libpcap; implements Source.

    On Linux it serves where the ring cannot; it hears `any` too, and puts VLAN tags back into the frames by itself.
    """

    live = True
    archive = None
    backlog = 0.0

    def __init__(self, name: str, options: PortableOptions, capture_filter: CaptureFilter | None = None) -> None:
        """Open the interface; needs the rights of the system for that, each time.

        Raises:
            NotPermittedError: without them.
            CaptureError: cypcap is missing, or the interface does not exist or cannot be opened.
            FilterError: the filter does not compile for the interface's link type.
        """
        try:
            self._cypcap: Any = importlib.import_module("cypcap")
        except ImportError as error:
            raise CaptureError("capturing here needs cypcap", "pip install cypcap") from error
        self.name = name
        self._options = options
        self._filter = capture_filter
        self._records = PacketRecords(self._cypcap.Pkthdr)
        self._wakeup = Wakeup()
        self._totals = {"recv": 0, "drop": 0, "ifdrop": 0}
        self._seen = dict(self._totals)
        self._message = ""
        self._look_at = 0.0
        self._more = False
        self._closed = False
        self._handle: Any = None
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        self.interfaces: tuple[FrameInterface, ...] = (
            FrameInterface(name, self._link_type, snaplen=options.snaplen, filter=_text(capture_filter)),
        )

    def read(self, timeout: float) -> Frames | None:
        """Return the next block; see Source."""
        if self._closed:
            raise EOFError
        if self._handle is None:
            self._wakeup.wait(min(timeout, STATE_INTERVAL))
            self._reopen()
            return None
        frames = self._next(timeout)
        self._count()
        if frames is not None:
            self._message = ""
        else:
            self._look_at_state()
        return frames

    def wake(self) -> None:
        """See Source."""
        self._wakeup.ring()

    def set_filter(self, capture_filter: CaptureFilter | None) -> None:
        """See Source."""
        if self._handle is not None:
            self._install(capture_filter)
        self._filter = capture_filter

    def counters(self) -> SourceCounters:
        """See Source; as of the last read."""
        received, dropped, interface_dropped = self._totals.values()
        return SourceCounters(
            received=received, dropped=dropped, interface_dropped=interface_dropped, message=self._message
        )

    def rest(self) -> Iterator[Frames]:
        """See Source; libpcap ends what comes only together with what waits, so for REST_SECONDS at most."""
        end = time.monotonic() + REST_SECONDS
        while self._handle is not None and (frames := self._next(0.0)) is not None:
            yield frames
            if time.monotonic() >= end:
                return

    def close(self) -> None:
        """See Source."""
        self._closed = True
        if self._handle is not None:
            self._count()
            self._handle.close()
            self._handle = None
        self._wakeup.close()

    def _open(self) -> None:
        cypcap = self._cypcap
        handle = None
        try:
            handle = cypcap.create(self.name)
            handle.set_snaplen(self._options.snaplen)
            handle.set_promisc(self._options.promiscuous and self.name != "any")
            handle.set_timeout(READ_TIMEOUT)
            handle.set_buffer_size(self._options.buffer_bytes)
            if self._records.exact:
                with contextlib.suppress(cypcap.Error):  # microseconds only, as on macOS
                    handle.set_tstamp_precision(cypcap.TstampPrecision.NANO)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # no promiscuous mode on this interface: it captures all the same
                handle.activate()
            if LINKTYPE_LINUX_SLL2 in map(int, handle.list_datalinks()):
                handle.set_datalink(LINKTYPE_LINUX_SLL2)
            self._unit_ns = 1 if handle.get_tstamp_precision() == cypcap.TstampPrecision.NANO else 1000
            self._link_type = link_type_of_dlt(int(handle.datalink()))
            self._descriptor = self._selectable(handle)
        except (cypcap.Error, UnicodeError, ValueError) as error:
            if handle is not None:
                handle.close()
            raise self._refused(error) from error
        self._handle, self._seen = handle, dict.fromkeys(self._totals, 0)
        self._install(self._filter)

    def _selectable(self, handle: Any) -> int | None:
        """Return the descriptor to wait for, None where reads must block instead (Windows)."""
        try:
            descriptor = int(handle.get_selectable_fd())
        except self._cypcap.NotSupportedError:
            return None
        if descriptor < 0:
            return None
        handle.setnonblock(True)
        return descriptor

    def _install(self, capture_filter: CaptureFilter | None) -> None:
        program = capture_filter.program(self._link_type) if capture_filter else accept_all()
        instructions = list(map(tuple, program.with_snaplen(self._options.snaplen).for_libpcap().code))
        try:
            self._handle.setfilter(self._cypcap.BpfProgram(instructions))
        except self._cypcap.Error as error:
            raise FilterError(libpcap_words(str(error.args[-1]))) from error

    def _next(self, timeout: float) -> Frames | None:
        """Wait for frames and take them; None when there were none or somebody rang."""
        deadline = time.monotonic() + timeout
        while True:
            rung = False
            if not self._more:
                left = max(deadline - time.monotonic(), 0.0) if self._descriptor is not None else 0.0
                rung, _ = self._wakeup.wait(self._wait_at_most(left), self._descriptor)
            self._dispatch()
            frames = self._records.take(self._link_type, self._unit_ns)
            if frames is not None or rung or self._handle is None or time.monotonic() >= deadline:
                return frames

    def _wait_at_most(self, seconds: float) -> float:
        """Return `seconds`, less where libpcap's descriptor does not become readable by itself."""
        if self._descriptor is None:
            return seconds
        required = self._handle.get_required_select_timeout()
        return seconds if required is None else min(seconds, required)

    def _dispatch(self) -> None:
        """Collect the frames that libpcap has, up to a block full."""
        handle, records = self._handle, self._records

        def keep(header: Any, packet: bytes) -> None:
            records.add(header, packet)
            if records.full:
                handle.breakloop()

        self._more = False
        try:
            handle.dispatch(-1, keep)
        except self._cypcap.Error as error:
            if error.code != self._cypcap.ErrorCode.BREAK:
                self._lose(libpcap_words(str(error.msg)))
        self._more = records.full

    def _lose(self, words: str) -> None:
        """Go on without the interface until it can be opened again."""
        self._handle.close()
        self._handle = None
        self._message = f"{printable(self.name, 64)}: {words}, waiting"
        self._look_at = time.monotonic() + STATE_INTERVAL

    def _reopen(self) -> None:
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + STATE_INTERVAL
        try:
            self._open()
        except NotPermittedError as error:
            raise CaptureError(
                f"{printable(self.name, 64)} was lost, and the rights to open it again are gone"
            ) from error
        except CaptureError:
            return
        self._message = ""

    def _look_at_state(self) -> None:
        if time.monotonic() < self._look_at or self._handle is None or self.name == "any":
            return
        self._look_at = time.monotonic() + STATE_INTERVAL
        stats = importlib.import_module("psutil").net_if_stats()
        if self.name in stats:  # the names of Windows' devices are not there
            self._message = "" if stats[self.name].isup else f"{printable(self.name, 64)} is down, waiting"

    def _count(self) -> None:
        """Add what libpcap counted since the last look; its counters are 32 bit wide and begin again when reopened."""
        if self._handle is None:
            return
        with contextlib.suppress(self._cypcap.Error):
            stat = self._handle.stats()
            for name in self._totals:
                value = getattr(stat, name)
                self._totals[name] += (value - self._seen[name]) % _COUNTER_RANGE
                self._seen[name] = value

    def _refused(self, error: Exception) -> CaptureError | NotPermittedError:
        name, codes = printable(self.name, 64), self._cypcap.ErrorCode
        code = getattr(error, "code", None)
        words = libpcap_words(str(getattr(error, "msg", "") or getattr(code, "description", "") or error))
        if code in (codes.PERM_DENIED, codes.PROMISC_PERM_DENIED):
            return NotPermittedError(f"capturing on {name} is not permitted: {words}")
        return CaptureError(f"cannot capture on {name}: {words}")


def _text(capture_filter: CaptureFilter | None) -> str:
    return capture_filter.text if capture_filter else ""
