"""`netwatch rules check`: which rules of files can be used, and why the others cannot."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from netwatch.detect.rules.rule_file import load_rules
from netwatch.detect.rules.signature import fast_pattern
from netwatch.detect.rules.variables import variables
from netwatch.errors import ExitStatus

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from netwatch.detect.rules.rule_file import LoadedRules

SHOWN: Final = 20
"""Lines that are wrong, of which each is told unless all are asked for."""


def rules(options: argparse.Namespace) -> int:
    """Write what was found to standard output; FAILED where a line is written wrongly.

    Raises:
        NetwatchError: a file cannot be read, or a variable is written wrongly.
    """
    loaded = load_rules(options.files, variables(options.variable))
    sys.stdout.write("".join(f"{line}\n" for line in _lines(loaded, everything=options.all)))
    return ExitStatus.FAILED if loaded.malformed else ExitStatus.DONE


def _lines(loaded: LoadedRules, *, everything: bool) -> Iterator[str]:
    unsupported = loaded.unsupported.total()
    yield f"{loaded.rules} rules: {_usable(loaded)} usable, {unsupported} not supported, {loaded.malformed} wrong"
    if loaded.replaced:
        yield f"{loaded.replaced} were replaced by another one with the same sid"
    slow = sum(fast_pattern(signature) is None for signature in loaded.signatures.values())
    if slow:
        yield f"{slow} have no content of 3 bytes or more to search for first, and cost more time"
    if unsupported:
        yield ""
        yield "not supported, by reason:"
        for reason, count in sorted(loaded.unsupported.items(), key=lambda item: (-item[1], item[0])):
            yield f"{count:>8}  {reason}"
    if loaded.errors:
        yield ""
        yield "wrong:"
        shown = loaded.errors if everything else loaded.errors[:SHOWN]
        yield from shown
        if loaded.malformed > len(shown):
            yield f"and {loaded.malformed - len(shown)} more; --all shows the first {len(loaded.errors)}"


def _usable(loaded: LoadedRules) -> int:
    return loaded.rules - loaded.unsupported.total() - loaded.malformed
