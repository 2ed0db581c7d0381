"""Who looks for alerts: this process, another one, or nobody, as the verb, the files and the machine want it."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.autostop import Limits
from netwatch.capture.file_source import FileSource
from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from netwatch.detect.apart import DetectionApart, DetectionTold, can_be_apart
from netwatch.detect.detection import Detection
from netwatch.detect.no_detection import NoDetection
from netwatch.settings import Settings
from netwatch.verbs.analysing import LARGE, Alerts, session_of
from netwatch.verbs.opening import Opened
from tests.scenes import day, frames_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(not can_be_apart(), reason="no second processor, or not Linux"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]


@pytest.mark.parametrize(
    ("alerts", "large", "follow", "wanted"),
    [
        (Alerts.AT_ONCE, True, False, Detection),
        (Alerts.IN_ORDER, True, False, DetectionTold),
        (Alerts.IN_ORDER, True, True, Detection),
        (Alerts.IN_ORDER, False, False, Detection),
        (Alerts.AT_END, True, False, DetectionApart),
        (Alerts.AT_END, False, False, Detection),
        (Alerts.NEVER, False, False, NoDetection),
    ],
)
def test_who_looks_for_alerts(
    alerts: Alerts, large: bool, follow: bool, wanted: type[Detection], tmp_path: Path
) -> None:
    """A file that grows may have nothing more to read for long, and what was found must not wait for it."""
    path = tmp_path / "file.pcap"
    save(str(path), [(frames_of(day()), None)], [FrameInterface("eth0")])
    if large:
        with path.open("r+b") as file:
            file.truncate(LARGE)
    options = Namespace(follow=follow, read=[str(path)], files=[], interface=[], display_filter=None, autostop=[])
    source = FileSource([str(path)], follow=follow)
    session = session_of(options, Opened(source, None, Settings(), ""), Limits(), alerts=alerts)
    assert type(session.detection) is wanted
    session.end()
