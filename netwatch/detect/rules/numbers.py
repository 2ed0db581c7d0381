"""Comparisons of numbers in rules: `40`, `>40`, `<40`, `40<>50`, `!40`."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from netwatch.detect.rules.problems import MalformedRule

ENDLESS: Final = 1 << 62

_FORM = re.compile(
    r"\s*(?:(?P<low>\d{1,10})\s*(?:<>|-)\s*(?P<high>\d{1,10})|(?P<sign><=|>=|<|>|!|=)?\s*(?P<value>\d{1,10}))\s*"
)


class Comparison(NamedTuple):
    """What a number must be."""

    low: int
    high: int
    negated: bool = False

    def __contains__(self, value: object) -> bool:
        return (self.low <= value <= self.high) != self.negated if isinstance(value, int) else False


def comparison(text: str, *, inclusive: bool = False) -> Comparison:
    """Return what `text` demands; the ends of a range belong to it only where `inclusive`.

    Raises:
        MalformedRule: it is no comparison.
    """
    found = _FORM.fullmatch(text.strip('"'))
    if found is None:
        raise MalformedRule(f"{text[:20]} is no comparison of numbers")
    if found["low"] is not None:
        low, high = int(found["low"]), int(found["high"])
        inside = 0 if inclusive else 1
        if low + inside > high - inside:
            raise MalformedRule(f"{text[:20]} accepts nothing")
        return Comparison(low + inside, high - inside)
    value = int(found["value"])
    match found["sign"]:
        case "<":
            return Comparison(0, value - 1)
        case ">":
            return Comparison(value + 1, ENDLESS)
        case "<=":
            return Comparison(0, value)
        case ">=":
            return Comparison(value, ENDLESS)
        case "!":
            return Comparison(value, value, negated=True)
        case _:
            return Comparison(value, value)
