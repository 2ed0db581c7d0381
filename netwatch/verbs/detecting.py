"""From settings to what detection is to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    found = DetectionSettings(Profile(settings.profile), _with_rules(settings))
    make_detectors(found)
    return found


def _with_rules(settings: Settings) -> dict[str, Any]:
    """Return the thresholds of detectors with the files of rules, which have settings of their own."""
    chosen = dict(settings.detect)
    own = {"rules": settings.rules, "variables": settings.rule_variables}
    added = {name: value for name, value in own.items() if value}
    if added:
        chosen["sig.payload"] = {**chosen.get("sig.payload", {}), **added}
    return chosen
