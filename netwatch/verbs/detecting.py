"""From settings to what detection is to do, and what is no news to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import NetwatchError, UsageError
from netwatch.settings import folders
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from netwatch.config.settings_file import SettingsFile
    from netwatch.detect.settings import DetectionSettings
    from netwatch.run.name_history import NameHistory
    from netwatch.settings import Settings

CUSTOM_FOLDER: Final = "detectors"
MUTES: Final = "mutes.json"
"""Both in the user's configuration folder; the state folder had the mutes once."""


def detection_settings(settings: Settings, file: SettingsFile | None = None) -> DetectionSettings:
    """Return what the settings say of detection, checked; mistakes are told by their line in `file`.

    Detectors are imported only where something is to be checked: the first screen would wait for a hundred modules.

    Raises:
        UsageError: they name a detector or a threshold that there is not, or a value of the wrong type.
    """
    from netwatch.detect.config import Profile
    from netwatch.detect.settings import DetectionSettings
    from netwatch.run.mute_file import read_moved_mutes

    for name, table in settings.detect.items():
        if not isinstance(table, dict):
            said = f"{_place(file, name)}detect.{printable(name, 60)} must be a table"
            raise UsageError(said, f'write [detect."{printable(name, 60)}"]')
    config = folders().user_config_path
    mutes = read_moved_mutes(config / MUTES, folders().user_state_path / MUTES)
    found = DetectionSettings(Profile(settings.profile), _with_rules(settings), mutes=mutes, mute_file=config / MUTES)
    folder = config / CUSTOM_FOLDER
    if folder.is_dir():
        found = _with_own_detectors(found, folder)
    if found.chosen:
        _check(found, file)
    return found


def _check(wanted: DetectionSettings, file: SettingsFile | None) -> None:
    """Refuse thresholds that cannot be; where there is a mistake, one threshold after the other is tried to find it."""
    from netwatch.detect.registry import make_detectors

    try:
        make_detectors(wanted)
    except NetwatchError as error:
        for rule, name, value in _thresholds(wanted.chosen):
            try:
                make_detectors(replace(wanted, chosen={rule: {name: value}}))
            except NetwatchError as found:
                raise type(found)(f"{_place(file, rule, name)}{found.message}", found.hint) from None
        raise error from None


def _thresholds(chosen: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, Any]]:
    return [(rule, name, value) for rule, table in chosen.items() for name, value in table.items()]


def _place(file: SettingsFile | None, rule: str, name: str = "") -> str:
    """Return where the file gives a threshold; files of rules and their variables have settings of their own."""
    if file is None:
        return ""
    return file.place("detect", rule, name) or file.place({"variables": "rule_variables"}.get(name, name))


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
    if not own.problems:
        return replace(settings, custom=kinds, problems=tuple(ours))
    # Thresholds of what was not loaded, as nothing is as root, are told of and keep nobody from starting
    known = taken | {kind.rule.id for kind in kinds}
    chosen = {name: table for name, table in settings.chosen.items() if name in known}
    unused = sorted(settings.chosen.keys() - known)
    said = (f'[detect."{printable(name, 60)}"] is for no detector that is loaded' for name in unused)
    return replace(settings, chosen=chosen, custom=kinds, problems=(*said, *ours, *own.problems))


def _with_rules(settings: Settings) -> dict[str, Any]:
    """Return the thresholds of detectors with the files of rules, which have settings of their own."""
    chosen = dict(settings.detect)
    own = {"rules": settings.rules, "variables": settings.rule_variables}
    added = {name: value for name, value in own.items() if value}
    if added:
        chosen["sig.payload"] = {**chosen.get("sig.payload", {}), **added}
    return chosen
