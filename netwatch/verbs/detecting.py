"""From settings to what detection is to do, and what is no news to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import UsageError
from netwatch.settings import folders
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.detect.settings import DetectionSettings
    from netwatch.name_history import NameHistory
    from netwatch.settings import Settings

CUSTOM_FOLDER: Final = "detectors"
"""In the user's configuration folder."""


def detection_settings(settings: Settings) -> DetectionSettings:
    """Return what the settings say of detection, checked.

    Raises:
        UsageError: they name a detector or a threshold that there is not, or a value of the wrong type.
    """
    from netwatch.detect.config import Profile
    from netwatch.detect.custom import CustomDetectors
    from netwatch.detect.registry import DETECTORS, make_detectors
    from netwatch.detect.settings import DetectionSettings
    from netwatch.mute_file import read_mutes

    for name, table in settings.detect.items():
        if not isinstance(table, dict):
            raise UsageError(f"detect.{printable(name, 60)} must be a table", f'write [detect."{printable(name, 60)}"]')
    path = folders().user_state_path / "mutes.json"
    own = CustomDetectors()
    own.load(folders().user_config_path / CUSTOM_FOLDER)
    taken = {kind.rule.id for kind in DETECTORS}
    problems = [
        *own.problems,
        *(f"detector {kind.rule.id} is one of ours" for kind in own.kinds if kind.rule.id in taken),
    ]
    found = DetectionSettings(
        Profile(settings.profile),
        _with_rules(settings),
        mutes=read_mutes(path),
        mute_file=path,
        custom=tuple(kind for kind in own.kinds if kind.rule.id not in taken),
        problems=tuple(problems),
    )
    make_detectors(found)
    return found


def name_history(settings: Settings) -> NameHistory | None:
    """Return the names of earlier runs, None where the user does not want any remembered."""
    if not settings.name_history:
        return None
    from netwatch.name_history import NameHistory

    return NameHistory(folders().user_state_path / "names")


def _with_rules(settings: Settings) -> dict[str, Any]:
    """Return the thresholds of detectors with the files of rules, which have settings of their own."""
    chosen = dict(settings.detect)
    own = {"rules": settings.rules, "variables": settings.rule_variables}
    added = {name: value for name, value in own.items() if value}
    if added:
        chosen["sig.payload"] = {**chosen.get("sig.payload", {}), **added}
    return chosen
