"""Assembly: one TCP stream that is read: both directions put in order, and the reader that gets their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.track.stream_end import LARGEST_WINDOW, SEQUENCE_SPACE, Piece, StreamEnd
from netwatch.track.stream_opening import Opening, Said
from netwatch.track.stream_select import MARKS

if TYPE_CHECKING:
    from netwatch.track.stream_opening import StreamProtocols
    from netwatch.track.stream_protocol import StreamProtocol
    from netwatch.track.stream_reader import Moment, Stream, StreamReader


class Assembly:
    """Gives a reader what it wants, in order; before the protocol is known, an Opening takes its place."""

    __slots__ = (
        "_limit",
        "_opening",
        "_protocols",
        "_reader",
        "_stream",
        "ends",
        "from_start",
        "lost",
        "row",
        "undecided",
    )

    def __init__(
        self,
        row: int,
        stream: Stream,
        following: list[int | None],
        undecided: list[bool],
        protocols: StreamProtocols,
        limit: int,
    ) -> None:
        """Read the flow in `row`, whose directions go on at `following`, by from_initiator, where that is known.

        Those that are not `undecided` told nothing before. At most `limit` bytes of a direction wait for what is
        missing in front of them.
        """
        self.row = row
        self.ends = (StreamEnd(following[0]), StreamEnd(following[1]))
        self.from_start = [following[0] is not None, following[1] is not None]
        """Whether the first byte of a direction is known."""
        self.lost = 0
        """Bytes that were given up because they were not captured."""
        self._stream = stream
        self._protocols = protocols
        self._limit = limit
        self._reader: StreamReader | None = None
        self._opening: Opening | None = Opening()
        self.undecided = undecided
        for forth in (False, True):
            self.ends[forth].wanted = undecided[forth]
            self._opening.refused[forth] = not undecided[forth]

    @property
    def serial(self) -> int:
        """The serial of the flow."""
        return self._stream.serial

    @property
    def over(self) -> bool:
        """Nothing of either direction is wanted any more."""
        return not (self.ends[0].wanted or self.ends[1].wanted) or self.failed

    @property
    def failed(self) -> bool:
        """No protocol recognised what was said."""
        waiting = self.ends[0].pieces or self.ends[1].pieces
        return self._opening is not None and self._opening.failed and not waiting

    @property
    def held(self) -> int:
        """Bytes that wait for others."""
        return self.ends[0].held + self.ends[1].held

    @property
    def concerns(self) -> tuple[bool, int | None, int | None]:
        """What decides which packets matter, besides what was read and failure: another answer means to look again."""
        rejoined = self._opening is None and not all(self.undecided)
        return rejoined, self.ends[0].gap_end, self.ends[1].gap_end

    def ignores(self, forth: bool, stop: int, flags: int) -> bool:
        """Tell quickly of most segments up to sequence number `stop` that do not matter that they do not."""
        if flags & MARKS or self.ends[not forth].pieces:
            return False
        end = self.ends[forth]
        behind = end.next is not None and (stop - end.next - 1) & SEQUENCE_SPACE >> 1 != 0
        return behind or not end.wanted

    def begin(self, forth: bool, sequence: int) -> None:
        """Take note of the sequence number of the first byte of a direction, unless one is known."""
        end = self.ends[forth]
        if end.next is None:
            end.next = sequence
            self.from_start[forth] = True

    def refused(self, forth: bool) -> bool:
        """Tell whether a direction was heard in vain."""
        return self._opening is not None and self._opening.refused[forth]

    def segment(self, forth: bool, sequence: int, data: bytes, length: int, moment: Moment) -> None:
        """Take a segment with `length` bytes, of which `data` was captured."""
        end = self.ends[forth]
        if not end.wanted:
            return
        start = end.position(sequence)
        stop = start + length if end.finish is None else min(start + length, end.finish)
        following = end.next or 0
        if stop <= following or start - following > LARGEST_WINDOW:
            return
        if start < following:
            data, start = data[following - start :], following
        data = data[: stop - start]
        there = start + len(data)
        if start == following and not end.pieces:
            if data:
                self._take(forth, Piece(start, there, data), moment)
            if there < stop and end.wanted:
                end.hold(Piece(max(there, end.next or 0), stop, None))
        else:
            if data:
                end.hold(Piece(start, there, data))
            if there < stop:
                end.hold(Piece(there, stop, None))
        self._settle(moment)
        while end.held > self._limit:
            self._pass_gap(forth, moment)

    def continues(self, forth: bool, sequence: int) -> bool:
        """Tell of most segments that are read that they follow the one before, with nothing waiting anywhere."""
        end, other = self.ends[forth], self.ends[not forth]
        return (
            self._reader is not None
            and end.wanted
            and end.next is not None
            and not (sequence - end.next) % SEQUENCE_SPACE
            and not (end.pieces or other.pieces)
            and end.finish is None
            and other.finish is None
        )

    def read_on(self, forth: bool, data: bytes, moment: Moment) -> None:
        """Take a whole segment that `continues` its direction; `segment` does the same and more."""
        end = self.ends[forth]
        end.next = (end.next or 0) + len(data)
        self._give(forth, data, len(data), moment)
        for either in self.ends:
            if either.skip:
                either.jump()

    def acknowledged(self, forth: bool, sequence: int, moment: Moment) -> None:
        """Take note that the other side has everything of a direction in front of `sequence`."""
        end = self.ends[forth]
        while end.pieces and end.pieces[0].start <= end.position(sequence):
            self._pass_gap(forth, moment)

    def finish(self, forth: bool, sequence: int, moment: Moment) -> None:
        """Take note of a FIN behind the byte in front of `sequence`."""
        end = self.ends[forth]
        if end.wanted and end.finish is None:
            position = end.position(sequence)
            if position - (end.next or 0) <= LARGEST_WINDOW:
                end.finish = position
                self._settle(moment)

    def close(self, forth: bool, moment: Moment) -> None:
        """Give what is held to the reader and say that both directions ended, `forth` first."""
        for direction in (forth, not forth):
            end = self.ends[direction]
            while end.pieces:
                self._pass_gap(direction, moment)
        for direction in (forth, not forth):
            self._close(direction, moment)

    def release(self, moment: Moment) -> None:
        """Give up the gap of each direction that has one."""
        for forth in (False, True):
            if self.ends[forth].pieces:
                self._pass_gap(forth, moment)

    def _pass_gap(self, forth: bool, moment: Moment) -> None:
        end = self.ends[forth]
        gap = Piece(end.next or 0, end.pieces[0].start, None)
        if gap.start < gap.stop:
            self._take(forth, gap, moment)
        self._settle(moment)

    def _settle(self, moment: Moment) -> None:
        """Hand on what is in order now; what one direction says may change what is wanted of the other."""
        again = True
        while again:
            again = False
            for forth in (False, True):
                end = self.ends[forth]
                end.jump()
                for piece in end.ready():
                    again = True
                    self._take(forth, piece, moment)
                if end.finish is not None and end.next is not None and end.next >= end.finish:
                    self._close(forth, moment)

    def _take(self, forth: bool, piece: Piece, moment: Moment) -> None:
        end = self.ends[forth]
        end.next = piece.stop
        self._give(forth, piece.data, piece.stop - piece.start, moment)
        end.jump()

    def _give(self, forth: bool, data: bytes | None, length: int, moment: Moment) -> None:
        end = self.ends[forth]
        unwanted = min(end.skip, length)
        if unwanted:
            end.skip -= unwanted
            length -= unwanted
            data = data and data[unwanted:]
        if not length:
            return
        if data is None:
            self.lost += length
        if self._opening is not None:
            self._listen(self._opening, Said(forth, data or b"", moment))
        elif self._reader is not None:
            end.skipped = False
            if data is None:
                self._reader.lost(forth, length, moment)
            else:
                self._reader.read(forth, data, moment)
            self._ask(self._reader, forth)

    def _ask(self, reader: StreamReader, forth: bool) -> None:
        for direction in (forth, not forth):
            end = self.ends[direction]
            if not end.wanted or end.skipped:
                continue
            length = reader.unwanted(direction)
            if length < 0:
                self._stop(direction)
            elif length:
                end.skip += length
                end.skipped = True

    def _listen(self, opening: Opening, said: Said) -> None:
        forth = said.from_initiator
        if not said.data:
            opening.forget(forth)  # What comes behind a gap is a new beginning
            return
        ports = self._stream.initiator_port, self._stream.responder_port
        protocol = opening.add(said, ports, self._protocols, from_start=self.from_start[forth])
        if protocol is not None:
            self._begin(protocol, opening)
        elif opening.refused[forth]:
            self._stop(forth)

    def _begin(self, protocol: StreamProtocol, opening: Opening) -> None:
        """Give the reader everything since the beginning; a direction that was refused goes on where it is by now."""
        self._opening = None
        self._reader = protocol.reader(self._stream)
        for forth, refused in enumerate(opening.refused):
            if refused:
                end = self.ends[forth]
                end.next, end.wanted = None, True
        for forth, _ in opening.closed:
            self.ends[forth].wanted = True
        for said in opening.log:
            if self.ends[said.from_initiator].wanted:
                self._give(said.from_initiator, said.data, len(said.data), said.moment)
        for forth, moment in opening.closed:
            self._close(forth, moment)

    def _stop(self, forth: bool) -> None:
        end = self.ends[forth]
        end.wanted = False
        end.skip = 0
        end.forget()

    def _close(self, forth: bool, moment: Moment) -> None:
        if not self.ends[forth].wanted:
            return
        self._stop(forth)
        if self._opening is not None:
            self._opening.closed.append((forth, moment))
        elif self._reader is not None:
            self._reader.closed(forth, moment)
