"""FlowApplications: lets readers tell the flow table what a flow was found to speak, whatever its ports say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.track.flow_application import NUMBERS
from netwatch.track.flow_serials import GONE

if TYPE_CHECKING:
    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.flow_serials import FlowSerials


class FlowApplications:
    """Writes the application of flows that are held."""

    def __init__(self, columns: FlowColumns, serials: FlowSerials) -> None:
        self._columns = columns
        self._serials = serials

    def detect(self, serial: int, name: str) -> None:
        """Let the flow speak `name`, one of flow_application.APPLICATIONS; a flow that is gone stays gone.

        Raises:
            KeyError: there is no such name; put it into flow_application.DETECTED.
        """
        number = NUMBERS[name]
        row = self._serials.row(serial)
        if row != GONE:
            self._columns.application[row] = number
