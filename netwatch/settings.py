"""Settings: defaults, then the user's config.toml, then the command line; and where the user's files are."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from platformdirs import PlatformDirs

from netwatch.config.settings_lines import lines_of
from netwatch.errors import UsageError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SEVERITIES = ("info", "low", "medium", "high", "critical")
PROFILES = ("balanced", "quiet", "lab")
GLYPH_MODES = ("braille", "block", "ascii")
SAVE_FORMATS = ("pcap", "pcapng")
CHOICES = {
    "glyphs": GLYPH_MODES,
    "save_format": SAVE_FORMATS,
    "profile": PROFILES,
    "record_alerts": ("", *SEVERITIES),
}
"""What settings may be, those that are one of a few."""
LARGEST_BUFFER_MIB = 1 << 20
LARGEST_FILE: Final = 1 << 20
KINDS = ("tcp", "udp", "dns", "http", "tls", "icmp", "arp", "routing", "other", "syn", "reset", "malformed")
"""Kinds of packets that have a colour of their own."""
COLORS = (
    *("error", "warning", "success", "accent", "primary", "secondary", "dim", "foreground", *KINDS),
    *(f"severity-{severity}" for severity in SEVERITIES),
)
"""What a colour rule may give."""
MOST_RULES = 64


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user may choose; every field is a key of config.toml with the same name."""

    interfaces: tuple[str, ...] = ()
    """Interfaces to capture on; empty for the best guess."""
    capture_filter: str = ""
    """BPF filter that every live capture starts with."""
    include_own_session: bool = False
    """Show the packets of the remote session that netwatch runs in."""
    promiscuous: bool = True
    snaplen: int = 262144
    """Bytes of each packet that are captured."""
    buffer: int = 256
    """MiB of packets that are kept."""
    theme: str = ""
    """A file in themes/ or in the user's folder of themes; empty for the one chosen last, netwatch-dark at first."""
    refresh: float = 0.0
    """Frames a second that the screen is drawn at most; 0 for 15, over SSH 4. Keys are answered at once."""
    glyphs: str = "braille"
    """Characters that graphs are drawn with: braille, block or ascii."""
    save_format: str = "pcap"
    """Format of snapshots: pcap or pcapng."""
    save_folder: str = ""
    """Folder of snapshots; empty for the current one."""
    profile: str = "balanced"
    """How much has to happen before there is an alert: balanced, quiet or lab."""
    detect: dict[str, Any] = field(default_factory=dict)
    """Thresholds of detectors, by detector and name: `[detect."scan.vertical"]` and below it `ports = 20`."""
    colors: dict[str, Any] = field(default_factory=dict)
    """Colours of rows in the packet table by display filter, the first that fits: below `[colors]`, as
    `"tcp.flags.reset == 1" = "error"`. A colour is one of the theme: error, warning, success, accent, primary,
    secondary, dim, foreground, a kind of packet (tcp, udp, dns, http, tls, icmp, arp, routing, other, syn, reset,
    malformed) or severity-low to severity-critical."""
    history: bool = False
    """Remember what was seen each day, in a file in the state folder, and compare with the days before (pane 9)."""
    rules: tuple[str, ...] = ()
    """Files of rules in the Suricata language, or of patterns when their name ends in signatures.txt."""
    rule_variables: tuple[str, ...] = ()
    """What variables of rules mean, each as NAME=VALUE, such as HOME_NET=[10.0.0.0/8,!10.0.0.1]."""
    name_history: bool = False
    """Remember in the state folder which names were looked up in live captures, the last 100,000, and mark as new only
    those of no earlier run."""
    events: str = ""
    """File that the monitor appends alerts and statistics to as EVE JSON, a line each; empty for none. A new one begins
    after 16 MiB, and the last four are kept as FILE.1 and so on."""
    record_alerts: str = ""
    """Save the packets around alerts of this severity or higher by themselves: info, low, medium, high or critical;
    empty for never. A file holds 64 MiB of packets at most, one is begun a minute, the last 20 of a run are kept."""
    record_alerts_before: int = 30
    """Seconds before such an alert that are saved with it."""
    record_alerts_after: int = 10
    """Seconds after it."""
    record_alerts_folder: str = ""
    """Folder of these files; empty for the current one."""
    save_on_crash: bool = False
    """Save the buffer of a live capture in the folder of snapshots when netwatch breaks or its terminal vanishes."""
    sandbox: bool = False
    """Open only the files that are needed and no TCP connection, as far as the kernel can enforce it (Landlock)."""
    bell: bool = True
    """Sound the terminal's bell for alerts that are high or critical."""
    low_bandwidth: bool = False
    """Draw once a second, if `refresh` says nothing else, and send only the cells that differ."""
    reduced_motion: bool = False
    """Draw once a second, if `refresh` says nothing else, with no graph that runs along and no cursor that blinks."""
    plain_output: bool = False
    """Send whole regions as over a local terminal, over SSH too, where otherwise only cells that differ are sent."""
    remember: bool = True
    """Begin where the last run was left: the same pane, and the interface that was chosen with i."""
    keys: dict[str, Any] = field(default_factory=dict)
    """Other keys for commands, by the names that the command line (:) completes: `pause = "P"`, `down = ["j", "Down"]`.
    A key that two commands of one pane would have is said, and the file's keys are not used."""

    def __post_init__(self) -> None:
        """Check ranges and choices.

        Raises:
            UsageError: a value cannot be used.
        """
        for name, choices in CHOICES.items():
            _choice(name, getattr(self, name), choices)
        if len(self.colors) > MOST_RULES:
            raise UsageError(f"colors has more than {MOST_RULES} rules")
        for rule, color in self.colors.items():
            if color not in COLORS:
                given = f"not {printable(str(color), 40)} for {printable(rule, 60)}"
                raise UsageError(f"colors must give one of {', '.join(COLORS)}, {given}")
        for name in ("record_alerts_before", "record_alerts_after"):
            _within(name, getattr(self, name), 0, 3600)
        _within("buffer", self.buffer, 1, LARGEST_BUFFER_MIB)
        if self.refresh:
            _within("refresh", self.refresh, 0.2, 60)
        _within("snaplen", self.snaplen, 64, 1 << 20)


def folders() -> PlatformDirs:
    """Return where this user's files are; nothing is created.

    Under sudo HOME is the invoking user's by now, because it is set when the privileges are dropped.
    """
    return PlatformDirs("netwatch", appauthor=False)


def config_path() -> Path:
    """Return where the settings file is, whether it exists or not."""
    return folders().user_config_path / "config.toml"


def history_path() -> Path:
    """Return where the days are remembered, whether they are or not."""
    return folders().user_state_path / "days.db"


def memory_path() -> Path:
    """Return where is kept what was chosen on the screen, whether it is or not."""
    return folders().user_state_path / "tables.json"


def load(path: Path, *, required: bool = False) -> Settings:
    """Return the settings of a TOML file over the defaults; a file that does not exist gives the defaults.

    Raises:
        UsageError: the file cannot be read or parsed, or a key or value is wrong; or it is `required` and absent.
    """
    shown = printable(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise UsageError(f"cannot read settings from {shown}: it is larger than {LARGEST_FILE >> 20} MiB")
        text = data.decode()
    except FileNotFoundError:
        if required:
            raise UsageError(f"no settings file {shown}") from None
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read settings from {shown}: {printable(str(error))}") from error
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, brackets of thousands of levels
        said = printable(str(error), 200).replace("at end of document", f"at line {len(text.splitlines())}, the last")
        raise UsageError(f"{shown} is not valid TOML: {said}") from error
    return override(Settings(), table, origin=shown, lines=lines_of(text))


def override(
    settings: Settings,
    values: Mapping[str, Any],
    origin: str,
    lines: Mapping[tuple[str, ...], int] = MappingProxyType({}),
) -> Settings:
    """Return `settings` with `values` in their place; `origin` and the `lines` of keys say in errors where they are.

    Raises:
        UsageError: an unknown key, or a value of the wrong type.
    """
    known = {item.name: type(getattr(settings, item.name)) for item in fields(settings)}
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise UsageError(f"{_place(origin, lines, key)}: unknown setting {printable(key)}", hint)
        converted = _converted(value, known[key])
        if type(converted) is not known[key]:
            must = f"{key} must be {_TYPE_WORDS[known[key]]}, not {printable(repr(value), 60)}"
            raise UsageError(f"{_place(origin, lines, key)}: {must}")
        checked[key] = converted
    try:
        return replace(settings, **checked)
    except UsageError as error:
        key = error.message.split(" ", 1)[0]
        wrong = [rule for rule, color in checked.get("colors", {}).items() if key == "colors" and color not in COLORS]
        raise UsageError(f"{_place(origin, lines, key, *wrong[:1])}: {error.message}", error.hint) from error


def _converted(value: Any, wanted: type) -> Any:
    """Return a value of TOML as Settings has it: lists are tuples there, and whole numbers may be floats."""
    if wanted is tuple and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return float(value) if wanted is float and type(value) is int else value


def _place(origin: str, lines: Mapping[tuple[str, ...], int], *names: str) -> str:
    return f"{origin}, line {lines[names]}" if names in lines else origin


_TYPE_WORDS = {
    dict: "a table",
    tuple: "a list of texts",
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def _choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(f"{name} must be one of {', '.join(filter(None, choices))}, not {printable(value, 60)}")


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise UsageError(f"{name} must be between {least} and {most}, not {value}")
