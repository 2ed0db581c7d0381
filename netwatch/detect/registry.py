"""Every detector by name; one file each."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from netwatch.detect.config import configured
from netwatch.detect.content import CONTENT
from netwatch.detect.network import NETWORK
from netwatch.errors import UsageError
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.detect.detector import Detector
    from netwatch.detect.settings import DetectionSettings

DETECTORS: Final[tuple[type[Detector[Any]], ...]] = (
    *NETWORK,
    *CONTENT,
)
"""In the order in which they are fed: parents before the children that they hide."""


def make_detectors(settings: DetectionSettings) -> list[Detector[Any]]:
    """Return the detectors that the profile and the user want.

    Raises:
        UsageError: the settings name a rule or a threshold that there is not, or a value of the wrong type.
    """
    kinds = (*DETECTORS, *settings.custom)
    known = {kind.rule.id for kind in kinds}
    for wanted in settings.chosen:
        if wanted not in known:
            near = get_close_matches(wanted, known) or sorted(known)
            raise UsageError(f"there is no detector {printable(wanted, 60)}", f"known are {', '.join(near)}")
    detectors = []
    for kind in kinds:
        chosen = settings.chosen.get(kind.rule.id, {})
        config = configured(kind.defaults, settings.profile, chosen, kind.rule.id)
        if config.enabled and settings.profile in kind.profiles:
            detectors.append(kind(config))
    return detectors
