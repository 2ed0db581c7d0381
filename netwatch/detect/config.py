"""Config: the thresholds of one detector, what the profiles make of them, and what the user set."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from netwatch.detect.rule import Severity
from netwatch.errors import UsageError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping


class Profile(Enum):
    """How much has to happen before there is an alert."""

    BALANCED = "balanced"
    """The thresholds as they stand in each detector."""
    QUIET = "quiet"
    """Twice that much."""
    LAB = "lab"
    """Balanced, and the plain rules of a classroom besides, which ask for neither failures nor ratios."""


ALL_PROFILES: Final = frozenset(Profile)
_DOUBLED: Final = {"doubled": True}


def threshold(default: Any) -> Any:  # as dataclasses.field
    """Return the field of a count that the quiet profile doubles."""
    return field(default=default, metadata=_DOUBLED)


@dataclass(frozen=True, slots=True)
class Config:
    """What every detector has; those of one add their thresholds. Settable as `[detect."<id>"]` in config.toml."""

    enabled: bool = True
    severity: str = ""
    """Overrides the rule's: info, low, medium, high or critical."""
    suppress_s: int = 3600
    """Packet time within which the same identity opens its old alert again instead of a new one."""
    ignore_src: tuple[str, ...] = ()
    ignore_dst: tuple[str, ...] = ()
    """Actors and targets to leave out: networks (10.0.0.0/8), addresses, MAC addresses or suffixes of names."""
    max_keys: int = 10_000
    """Identities that are followed at once; the ones that matter least leave first."""

    def __post_init__(self) -> None:
        """Check what the user may have set.

        Raises:
            UsageError: a severity that does not exist, or a number below zero.
        """
        if self.severity and self.severity.upper() not in Severity.__members__:
            words = ", ".join(severity.word for severity in Severity)
            raise UsageError(f"severity must be one of {words}, not {printable(self.severity, 40)}")
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, int | float) and value < 0:
                raise UsageError(f"{item.name} must be 0 or more, not {value}")


C = TypeVar("C", bound=Config)


def configured(defaults: C, profile: Profile, chosen: Mapping[str, Any], origin: str) -> C:
    """Return `defaults` as the profile and then the user want them; `origin` names the detector in errors.

    Raises:
        UsageError: an unknown name, or a value of the wrong type.
    """
    if not chosen and profile is not Profile.QUIET:
        return defaults  # eighty times at each start
    config = defaults
    if profile is Profile.QUIET:
        doubled = {item.name: 2 * getattr(config, item.name) for item in fields(config) if item.metadata.get("doubled")}
        config = replace(config, **doubled)
    known = {item.name: getattr(config, item.name) for item in fields(config)}
    values = {}
    for name, value in chosen.items():
        if name not in known:
            raise UsageError(f"detect.{origin} has no {printable(name, 40)}", f"known are {', '.join(known)}")
        values[name] = _fitting(name, value, known[name], origin)
    return replace(config, **values)


def _fitting(name: str, value: Any, current: Any, origin: str) -> Any:
    if isinstance(current, tuple) and isinstance(value, list):
        value = tuple(value)
    if isinstance(current, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(current):
        kind = {tuple: "a list", float: "a number", int: "a whole number", bool: "true or false"}
        raise UsageError(f"detect.{origin}.{name} must be {kind.get(type(current), 'a text')}")
    return value
