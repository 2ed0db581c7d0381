"""From settings to what detection is to do, and what is no news to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import UsageError
from netwatch.settings import folders
from netwatch.text import printable

if TYPE_CHECKING:
    from pathlib import Path

    from netwatch.detect.settings import DetectionSettings
    from netwatch.run.name_history import NameHistory
    from netwatch.settings import Settings

CUSTOM_FOLDER: Final = "detectors"
"""In the user's configuration folder."""


def detection_settings(settings: Settings) -> DetectionSettings:
    """Return what the settings say of detection, checked.

    Detectors are imported only where something is to be checked: the first screen would wait for a hundred modules.

    Raises:
        UsageError: they name a detector or a threshold that there is not, or a value of the wrong type.
    """
    from netwatch.detect.config import Profile
    from netwatch.detect.settings import DetectionSettings
    from netwatch.run.mute_file import read_mutes

    for name, table in settings.detect.items():
        if not isinstance(table, dict):
            raise UsageError(f"detect.{printable(name, 60)} must be a table", f'write [detect."{printable(name, 60)}"]')
    path = folders().user_state_path / "mutes.json"
    found = DetectionSettings(Profile(settings.profile), _with_rules(settings), mutes=read_mutes(path), mute_file=path)
    folder = folders().user_config_path / CUSTOM_FOLDER
    if folder.is_dir():
        found = _with_own_detectors(found, folder)
    if found.chosen:
        from netwatch.detect.registry import make_detectors

        make_detectors(found)
    return found


def name_history(settings: Settings) -> NameHistory | None:
    """Return the names of earlier runs, None where the user does not want any remembered."""
    if not settings.name_history:
        return None
    from netwatch.run.name_history import NameHistory

    return NameHistory(folders().user_state_path / "names")


def _with_own_detectors(settings: DetectionSettings, folder: Path) -> DetectionSettings:
    """Return the settings with the detectors that the user wrote, and why some were not loaded."""
    from netwatch.detect.custom import CustomDetectors
    from netwatch.detect.registry import DETECTORS

    own = CustomDetectors()
    own.load(folder)
    taken = {kind.rule.id for kind in DETECTORS}
    ours = (f"detector {kind.rule.id} is one of ours" for kind in own.kinds if kind.rule.id in taken)
    kinds = tuple(kind for kind in own.kinds if kind.rule.id not in taken)
    return replace(settings, custom=kinds, problems=(*own.problems, *ours))


def _with_rules(settings: Settings) -> dict[str, Any]:
    """Return the thresholds of detectors with the files of rules, which have settings of their own."""
    chosen = dict(settings.detect)
    own = {"rules": settings.rules, "variables": settings.rule_variables}
    added = {name: value for name, value in own.items() if value}
    if added:
        chosen["sig.payload"] = {**chosen.get("sig.payload", {}), **added}
    return chosen
