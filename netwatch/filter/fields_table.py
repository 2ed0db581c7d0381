"""Fields of ours, which trackers tell: the flow, its process, hosts' names, how a handshake fares, alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.filter.field import Field
from netwatch.filter.values import Kind, Values, nothing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from netwatch.filter.packets import Packets

TABLES: Final = "tables"
STATES: Final = ("complete", "incomplete", "refused", "half_open", "mid_stream")
"""What handshake.state may be."""


def _field(name: str, kind: Kind, title: str) -> Field:
    def read(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
        tables = packets.around.tables
        return nothing(kind) if tables is None else tables.read(name, packets.batch, wanted)

    return Field(name, kind, read, title, 1, needs=TABLES)


FIELDS: Final = (
    _field("flow.id", Kind.NUMBER, "number of the flow"),
    _field("process.name", Kind.TEXT, "program on this machine whose connection it is"),
    _field("host.name", Kind.TEXT, "name of either end, as learned from the packets"),
    _field("alert", Kind.NONE, "a packet that shows an alert"),
    _field("alert.id", Kind.NUMBER, "number of the alert"),
    _field("alert.rule", Kind.TEXT, "rule of the alert, such as scan.vertical"),
    _field("alert.severity", Kind.TEXT, "info, low, medium, high or critical"),
    _field("handshake.state", Kind.TEXT, "how the attempt to connect went: " + ", ".join(STATES)),
)
