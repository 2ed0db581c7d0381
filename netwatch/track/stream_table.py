"""StreamTable: the TCP streams that are read now, and what StreamColumns say of them; bounded in number and bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.track.stream_assembly import Assembly
from netwatch.track.stream_columns import IDLE, READING, UNDECIDED, StreamColumns
from netwatch.track.stream_end import SEQUENCE_SPACE
from netwatch.track.stream_select import TRIES

if TYPE_CHECKING:
    from netwatch.track.stream_end import StreamEnd
    from netwatch.track.stream_opening import StreamProtocols
    from netwatch.track.stream_reader import Moment, Stream

_HALF: Final = SEQUENCE_SPACE >> 1


class StreamTable:
    """Keeps the columns true to the streams, as of the last `publish`."""

    def __init__(self, protocols: StreamProtocols, *, most: int, limit: int, size: int) -> None:
        """Hold at most `most` streams; see StreamTracker for `limit` and `size`."""
        self.columns = StreamColumns()
        self.given_up = 0
        """Streams that were let go, and gaps that were passed, to make room."""
        self.held = 0
        """Bytes that wait for what is missing in front of them."""
        self._protocols = protocols
        self._most, self._limit, self._size = most, limit, size
        self._read: dict[int, Assembly] = {}
        """By row; the one that was looked at last is the last."""
        self._holding: dict[int, None] = {}
        """Rows of the streams with gaps, the one that has had one for longest first."""
        self._changed: dict[int, Assembly] = {}
        """Streams, by row, that columns do not tell the newest of."""
        self._lost = 0

    def __len__(self) -> int:
        return len(self._read)

    @property
    def lost(self) -> int:
        """Bytes that readers were told not to wait for."""
        return self._lost + sum([assembly.lost for assembly in self._read.values()])

    def find(self, row: int) -> Assembly | None:
        """Return the stream in a row; None where none is read."""
        assembly = self._read.pop(row, None)
        if assembly is not None:
            self._read[row] = assembly
        return assembly

    def begins(self, key: int, start: int, length: int, hopeful: bool) -> bool:
        """Tell whether a segment of an UNDECIDED direction is one to read from on; otherwise it told nothing."""
        known = bool(self.columns.known[key])
        if known:
            ahead = start - int(self.columns.next[key])
            ahead = (ahead + _HALF) % SEQUENCE_SPACE - _HALF
            if ahead + length <= 0:
                return False  # Keep-alives repeat a byte in front of all others
            hopeful |= ahead > 0  # The first segment may still come
        if not hopeful:
            self._tell_nothing(key, known)
        return hopeful

    def note_beginning(self, key: int, following: int) -> None:
        """Note the sequence number of the first byte of an UNDECIDED direction, unless one is known."""
        if not self.columns.known[key]:
            self.columns.known[key] = True
            self.columns.next[key] = following % SEQUENCE_SPACE

    def open(self, row: int, stream: Stream, moment: Moment) -> Assembly:
        """Begin to read a stream."""
        if len(self._read) >= self._most:
            self.given_up += 1
            self.close(next(iter(self._read)), moment)
        columns = self.columns
        following = [int(columns.next[key]) if columns.known[key] else None for key in (row * 2, row * 2 + 1)]
        undecided = [bool(columns.state[key] == UNDECIDED) for key in (row * 2, row * 2 + 1)]
        assembly = Assembly(row, stream, following, undecided, self._protocols, self._limit)
        self._read[row] = assembly
        return assembly

    def update(self, assembly: Assembly, held: int, moment: Moment) -> None:
        """Take note of what happened to a stream, which held `held` bytes before."""
        row = assembly.row
        self.held += assembly.held - held
        if assembly.over:
            self._drop(assembly)
            return
        self._changed[row] = assembly
        if not assembly.held:
            self._holding.pop(row, None)
        else:
            self._holding.setdefault(row)
            if self.held > self._size:
                self._make_room(moment)

    def read_on(self, assembly: Assembly) -> None:
        """Take note that a stream without gaps was read on; `update` does the same and more."""
        if assembly.over:
            self._drop(assembly)
        else:
            self._changed[assembly.row] = assembly

    def publish(self) -> None:
        """Have the columns tell what happened until now, before somebody looks at them."""
        for row, assembly in self._changed.items():
            self._publish(row * 2, assembly.ends[0])
            self._publish(row * 2 + 1, assembly.ends[1])
        self._changed.clear()

    def close(self, row: int, moment: Moment) -> None:
        """Forget a stream, if there is one."""
        assembly = self._read.get(row)
        if assembly is not None:
            held = assembly.held
            assembly.close(True, moment)
            self.held += assembly.held - held
            self._drop(assembly)

    def forget(self, serials: set[int], moment: Moment) -> None:
        """Forget the streams of flows that were evicted."""
        if serials:
            for row in [row for row, assembly in self._read.items() if assembly.serial in serials]:
                self.close(row, moment)

    def rows(self) -> list[int]:
        """Return the rows of all streams that are read."""
        return list(self._read)

    def _make_room(self, moment: Moment) -> None:
        while self.held > self._size and self._holding:
            self.given_up += 1
            oldest = self._read[next(iter(self._holding))]
            held = oldest.held
            oldest.release(moment)
            self.update(oldest, held, moment)

    def _drop(self, assembly: Assembly) -> None:
        row = assembly.row
        del self._read[row]
        self._holding.pop(row, None)
        self._changed.pop(row, None)
        self._lost += assembly.lost
        for forth in (False, True):
            key = row * 2 + forth
            self.columns.wait(key, None)
            if not assembly.failed or not assembly.undecided[forth]:
                self.columns.state[key] = IDLE
            elif assembly.refused(forth):
                self._tell_nothing(key, assembly.from_start[forth])
            else:
                wanted = assembly.ends[forth].wanted
                self.columns.state[key] = UNDECIDED if wanted else IDLE
                self.columns.known[key] = assembly.from_start[forth]

    def _tell_nothing(self, key: int, from_start: bool) -> None:
        columns = self.columns
        columns.tries[key] += 1
        columns.known[key] = from_start
        columns.state[key] = IDLE if from_start or columns.tries[key] >= TRIES else UNDECIDED

    def _publish(self, key: int, end: StreamEnd) -> None:
        now = end.next, end.wanted, end.gap_end
        if now == end.published:
            return
        end.published = now
        columns = self.columns
        columns.state[key] = READING if end.wanted else IDLE
        columns.known[key] = end.next is not None
        if end.next is not None:
            columns.next[key] = end.next % SEQUENCE_SPACE
        columns.wait(key, end.gap_end)
