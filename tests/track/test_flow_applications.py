"""FlowApplications: what readers find goes before what ports say."""

from __future__ import annotations

import numpy as np
import pytest

from netwatch.track.flow import FlowTracker
from netwatch.track.flow_serials import GONE, FlowSerials
from tests.track.flow_packets import Packet, batch_of


def test_detection_goes_before_the_port() -> None:
    """A flow on port 80 may well speak TLS."""
    flows = FlowTracker(seed=1)
    flows.feed(batch_of([Packet(0.0)]))
    (before,) = flows.table().application
    flows.applications.detect(1, "TLS")
    (after,) = flows.table().application
    assert (before, after) == ("HTTP", "TLS")
    flows.applications.detect(77, "TLS")  # nobody has that serial
    with pytest.raises(KeyError):
        flows.applications.detect(1, "nonsense")


def test_serials_that_are_gone() -> None:
    """A row that another flow took over is not mistaken for the flow that had it."""
    flows = FlowTracker(seed=1, capacity=64)
    serials = FlowSerials(flows.columns)
    rows = flows.columns.take(1)
    flows.columns.serial[rows] = 5
    serials.note(np.array([5]), rows)
    assert serials.row(5) == rows[0]
    flows.columns.serial[rows] = 6
    assert serials.row(5) == GONE
    assert serials.row(0) == GONE
