"""Examiner: everything that is asked of one packet and of the conversation that it belongs to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netwatch.decode.dissect import dissect
from netwatch.examine.expert import notes
from netwatch.examine.flow_walk import FlowWalk
from netwatch.examine.related import related

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.dissection import Dissection, Relation
    from netwatch.request import Request
    from netwatch.run.annotations import Annotations
    from netwatch.tables.stream import Stream
    from netwatch.view.reader import PacketReader


class Examiner:
    """Asks a reader for packets; used by the worker."""

    def __init__(self, reader: PacketReader, annotations: Callable[[], Annotations]) -> None:
        self._reader = reader
        self._annotations = annotations

    def dissect(self, number: int, request: Request[Dissection]) -> Dissection:
        """Take a packet apart with Scapy, and remark on it.

        Raises:
            LookupError: the packet is not held any more.
        """
        frame, link_type = self._reader.frame(number)
        (row,) = self._reader.rows(number, 1)
        found = dissect(frame, link_type, row)
        comment = self._annotations().comments.get(number, "")
        return replace(found, notes=notes(self._walk(number, request), found, comment))

    def related(self, number: int, relation: Relation, request: Request[int | None]) -> int | None:
        """Find a packet by its relation to another; see PacketQuestions.related."""
        return related(self._walk(number, request), relation)

    def follow(self, number: int, request: Request[Stream]) -> Stream:
        """Put together what was said in the flow of a packet; see PacketQuestions.follow."""
        from netwatch.examine.follow import follow

        return follow(self._walk(number, request))

    def scapy_command(self, number: int) -> str:
        """Return the Scapy expression that makes a packet; see PacketQuestions.scapy_command."""
        from netwatch.decode.dissect_command import scapy_command

        return scapy_command(*self._reader.frame(number))

    def tshark(self, number: int) -> list[str]:
        """Return what tshark says of a packet.

        Raises:
            LookupError: the packet is not held any more.
            NetwatchError: tshark is not installed, or failed.
        """
        from netwatch.examine.tshark import tshark_lines

        batch, position = self._reader.find(number)
        return tshark_lines(batch.frames, position)

    def _walk(self, number: int, request: Request[Any]) -> FlowWalk:
        """Return the way from one packet to the others of its flow; LookupError when it is not held any more."""
        return FlowWalk(self._reader, number, lambda: request.cancel_wanted)
