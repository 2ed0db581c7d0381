"""From settings to what detection is to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.errors import UsageError
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.detect.settings import DetectionSettings
    from netwatch.settings import Settings


def detection_settings(settings: Settings) -> DetectionSettings:
    """Return what the settings say of detection, checked.

    Raises:
        UsageError: they name a detector or a threshold that there is not, or a value of the wrong type.
    """
    from netwatch.detect.config import Profile
    from netwatch.detect.registry import make_detectors
    from netwatch.detect.settings import DetectionSettings

    for name, table in settings.detect.items():
        if not isinstance(table, dict):
            raise UsageError(f"detect.{printable(name, 60)} must be a table", f'write [detect."{printable(name, 60)}"]')
    found = DetectionSettings(Profile(settings.profile), settings.detect)
    make_detectors(found)
    return found
