"""DetectionSettings: what the user wants of detection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netwatch.detect.config import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from netwatch.detect.detector import Detector
    from netwatch.tables.baseline import UsualBytes
    from netwatch.tables.mutes import Mute


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """The profile, and thresholds by rule and name."""

    profile: Profile = Profile.BALANCED
    chosen: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """`[detect."<id>"]` of config.toml."""
    mutes: tuple[Mute, ...] = ()
    mute_file: Path | None = None
    """Where mutes that hold for ever are kept, None for nowhere."""
    custom: tuple[type[Detector[Any]], ...] = ()
    """Detectors that the user wrote."""
    usual: Mapping[str, UsualBytes] = field(default_factory=dict)
    """What machines moved on other days, by address."""
    problems: tuple[str, ...] = ()
    """What of the user's detectors could not be loaded, printable."""
