"""Reads files of rules and of plain patterns; every line that cannot be used is counted with its reason."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netwatch.detect.rules.build import build
from netwatch.detect.rules.pattern_line import pattern_signature
from netwatch.detect.rules.problems import MalformedRule, UnsupportedRule
from netwatch.detect.rules.splitter import rule_lines
from netwatch.errors import FileError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from netwatch.detect.rules.signature import Signature

LARGEST_FILE: Final = 128 << 20
MOST_RULES: Final = 200_000
MOST_ERRORS: Final = 1000
PATTERN_FILE: Final = "signatures.txt"
"""A file of this name holds one pattern a line."""
OUR_FILES: Final = (Path(__file__).with_name("netwatch.rules"), Path(__file__).with_name("signatures.txt"))
"""The small set that netwatch ships, all of it its own."""


@dataclass(slots=True)
class LoadedRules:
    """What files of rules hold."""

    signatures: dict[tuple[int, int], Signature] = field(default_factory=dict)
    """By (gid, sid); of several with the same the highest revision is kept."""
    unsupported: Counter[str] = field(default_factory=Counter)
    """Reason, rules."""
    errors: list[str] = field(default_factory=list)
    """`FILE:LINE: what is wrong`, at most MOST_ERRORS."""
    malformed: int = 0
    replaced: int = 0
    """Rules that another one with the same identifier replaced."""
    rules: int = 0
    """All lines that should be rules."""


def load_rules(paths: Iterable[str | Path], variables: Mapping[str, str]) -> LoadedRules:
    """Return the rules of all files together.

    Raises:
        FileError: a file cannot be read, or is larger than LARGEST_FILE.
    """
    loaded = LoadedRules()
    for path in paths:
        file = Path(path)
        if file.name.endswith(PATTERN_FILE):
            _load_patterns(loaded, read_text(file), str(path))
        else:
            _load_rules(loaded, read_text(file), str(path), variables)
    return loaded


def read_text(path: Path) -> str:
    """Return the text of a file; bytes that are not UTF-8 stay what they are.

    Raises:
        FileError: it cannot be read, or is too large.
    """
    shown = printable(str(path), 300)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise FileError(f"cannot read rules from {shown}: {printable(reason)}") from error
    if len(data) > LARGEST_FILE:
        raise FileError(f"{shown} is larger than {LARGEST_FILE >> 20} MiB")
    return data.removeprefix(BOM_UTF8).decode("utf-8", "surrogateescape")  # editors of Windows write that mark


def _load_rules(loaded: LoadedRules, text: str, origin: str, variables: Mapping[str, str]) -> None:
    for number, line in rule_lines(text):
        place = f"{printable(origin, 200)}:{number}"
        loaded.rules += 1
        if len(loaded.signatures) >= MOST_RULES:
            loaded.unsupported[f"more than {MOST_RULES} rules"] += 1
            continue
        try:
            _keep(loaded, build(line, variables, place))
        except UnsupportedRule as error:
            loaded.unsupported[printable(error.message, 200)] += 1
        except MalformedRule as error:
            _note(loaded, place, error)


def _load_patterns(loaded: LoadedRules, text: str, origin: str) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        place = f"{printable(origin, 200)}:{number}"
        loaded.rules += 1
        try:
            for signature in pattern_signature(line.strip(), place):
                _keep(loaded, signature)
        except UnsupportedRule as error:
            loaded.unsupported[printable(error.message, 200)] += 1
        except MalformedRule as error:
            _note(loaded, place, error)


def _keep(loaded: LoadedRules, signature: Signature) -> None:
    key = signature.generator, signature.number
    before = loaded.signatures.get(key)
    if before is not None:
        loaded.replaced += 1
        if before.revision > signature.revision:
            return
    loaded.signatures[key] = signature


def _note(loaded: LoadedRules, place: str, error: MalformedRule) -> None:
    loaded.malformed += 1
    if len(loaded.errors) < MOST_ERRORS:
        loaded.errors.append(f"{place}: {printable(error.message, 200)}")
