"""The contract between the engine and everything that shows or exports: frozen values, no behaviour beyond look-up."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from netwatch.problem import Problem


class CaptureState(Enum):
    """What the source of a capture is doing."""

    IDLE = "IDLE"
    """Nothing was started yet."""
    STARTING = "STARTING"
    LIVE = "LIVE"
    WAITING = "WAITING"
    """Live, but the interface is down or gone; capture goes on when it returns."""
    LOADING = "LOADING"
    """Reading a file."""
    REPLAYING = "REPLAY"
    """A file is played as if it were live."""
    FOLLOWING = "FOLLOWING"
    """A file that grows was read as far as it goes; more is expected."""
    STOPPED = "STOPPED"
    """Stopped on request, or the file was read to its end."""
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface as the picker and `-D` list it."""

    name: str
    description: str = ""
    addresses: tuple[str, ...] = ()
    """IPv4 and IPv6 addresses with their prefix length."""
    mac: str = ""
    up: bool = False
    """Administratively up with a carrier."""
    loopback: bool = False
    wireless: bool = False
    virtual: bool = False
    speed_mbps: int = 0
    """Link speed, 0 when the driver does not say."""
    mtu: int = 0
    packets: int = 0
    """Packets received and sent since the machine started."""
    bytes: int = 0
    dropped: int = 0
    default_route: bool = False


@dataclass(frozen=True, slots=True)
class FilterVerdict:
    """What libpcap says of a capture filter."""

    text: str
    error: str = ""
    """libpcap's own words, empty when the filter compiles."""
    needs_lookup: bool = False
    """The expression names a host, so compiling it would ask the resolver; it was not compiled."""

    position: int = -1
    """Index of the first character that is wrong, -1 when nobody knows."""
    length: int = 0
    """How many characters are wrong from there on."""

    @property
    def valid(self) -> bool:
        """True when the filter can be applied."""
        return not self.error and not self.needs_lookup


FindMode: TypeAlias = Literal["text", "regex", "hex", "info", "info-regex", "detail", "detail-regex"]
"""What is looked for in packets: a text, a regular expression or bytes in what was captured; the first two in the line
of the packet or in its detail, the names and values of its fields."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on with a display filter."""

    text: str
    """What stands in place of the word that was begun."""
    title: str
    """What it means."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """The display filter and time range through which everything is seen."""

    id: int
    """Changes with every view, so that panes begin anew."""
    text: str = ""
    """The display filter, printable; empty for none."""
    time_range: tuple[int, int] | None = None
    """From, to: nanoseconds since the epoch, both included; None for all times."""
    matched: int = 0
    """Packets that pass."""
    looked_at: int = 0
    """Number of the last packet that was judged."""
    missed: int = 0
    """Packets that left the buffer before they were judged."""
    progress: float | None = None
    """Share of the work until the view is ready, None once it is."""
    error: str = ""
    """Why it will never be ready."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What was lost on the way, stage by stage; None is a number that cannot be known."""

    offered: int | None = None
    """Packets that the source saw, dropped ones included."""
    kernel_dropped: int | None = None
    interface_dropped: int | None = None
    decoded: int = 0
    malformed: int = 0
    evicted_packets: int = 0
    """Packets that left the buffer because it is full; they were counted and analysed."""
    evicted_flows: int = 0
    evicted_rows: int = 0
    """Hosts, neighbours, names and DNS transactions that left their tables, which were full."""
    inspection_skipped: int = 0
    unseen_segments: int = 0
    """TCP segments that were acknowledged although the capture does not have them: an estimate of its own loss."""
    truncated_file: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """Which packets the buffer holds: numbers `first` to `last`, both included; `last` < `first` when empty."""

    first: int = 1
    last: int = 0
    bytes: int = 0
    """Memory that the buffer takes."""
    capacity: int = 0
    """Memory that it may take."""
    filter_changes: tuple[tuple[int, str], ...] = ()
    """(number of the first packet after the change, the new capture filter), oldest first."""
    again: bool = False
    """Packets 1 to `first` - 1, which left the buffer, are read from the file again when somebody looks at them."""
    copies: tuple[int, ...] = ()
    """Numbers of packets of which there is a copy that outlives the buffer, ascending."""

    @property
    def readable(self) -> int:
        """Number of the first packet that can be looked at."""
        return 1 if self.again else self.first

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Packets and bits of the last seconds; arrays have shape (seconds,), oldest first, the running second last."""

    packets: NDArray[np.int64]
    """Packets in each second."""
    bits: NDArray[np.int64]
    """Bits on the wire in each second."""
    packets_per_second: float
    """Over the last second, smoothed so that a steady rate reads steady."""
    bits_per_second: float


@dataclass(frozen=True, slots=True)
class Saved:
    """The outcome of writing a capture file."""

    path: str
    packets: int
    bytes: int
    """Size of the file."""
    only: str = ""
    """What was meant of the packets, in words; empty for all."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How fast a file is read."""

    bytes_per_second: float
    """Of the file, since reading began."""
    seconds_left: float | None
    """None where nobody knows how long the file is."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Where the replay of a file is."""

    speed: float
    """Recorded seconds a second."""
    held: bool
    time_ns: int
    """Recorded time that it has come to, in nanoseconds since the epoch; 0 before the first packet."""


ReplayOrder: TypeAlias = Literal["hold", "step", "slower", "faster", "jump"]
"""What a replay may be told: stop or go on, one packet more, half or twice the speed, go to a time or packet."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The file that every packet is being written to (`-w`)."""

    path: str
    """The newest file, printable; `-` for standard output."""
    packets: int
    bytes: int
    error: str = ""
    files: int = 1
    """Files that were begun."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The state of a capture at one moment."""

    capture_id: int = 0
    """Changes with every start, so that a late answer of a stopped capture is recognised."""
    state: CaptureState = CaptureState.IDLE
    message: str = ""
    """Why the state is what it is, when there is something to say."""
    source: str = ""
    live: bool = False
    capture_filter: str = ""
    """The user's own filter expression, empty for none."""
    own_session: str = ""
    """The excluded session of the user, such as `10.0.0.9:52144 > 10.0.0.5:22`; empty when nothing is excluded."""
    packets: int = 0
    """Packets since the start, evicted ones included."""
    bytes: int = 0
    """Bytes on the wire since the start."""
    first_time_ns: int = 0
    last_time_ns: int = 0
    elapsed: float = 0.0
    """Seconds that a live capture has lasted, also while no packet came; 0 for files."""
    link_types: tuple[int, ...] = ()
    protocols: tuple[tuple[str, int, int], ...] = ()
    """(name, packets, bytes) for each protocol seen, most bytes first."""
    tables: tuple[tuple[str, int], ...] = ()
    """(table, rows) of each table of the trackers."""
    alerts: tuple[int, ...] = ()
    """Alerts by severity, from info to critical; those that are muted, done or explained by another are left out."""
    alerts_opened: int = 0
    """Alerts since the start."""
    alerts_urgent: int = 0
    """Those of them that were high or critical from their beginning."""
    alert_urgent: str = ""
    """The newest of these, in a line."""
    problems: tuple[Problem, ...] = ()
    """Parts that broke, in the order in which they did."""
    history: History = field(default_factory=History)
    rates: Rates | None = None
    loss: Loss = field(default_factory=Loss)
    progress: float | None = None
    """Share of a file that was read, None for live captures."""
    reading: Reading | None = None
    """How fast a file is read, while it is."""
    recording: Recording | None = None
    replay: Replay | None = None
    shown_view: int = 0
    """Identifier of the view that the figures are of, 0 while they are of the whole capture."""
    view: ViewState | None = None
    """The newest view. Once it is ready, `packets`, `bytes`, times, `protocols`, `tables` and `rates` are of what it
    shows; `history` and `loss` always are of the whole capture."""
