"""From the tree to conditions: words become fields and constants, each checked for its kind."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.filter import syntax
from netwatch.filter.compare import EVERY, compare, compare_pairs, contains, matches, swapped
from netwatch.filter.conditions import Every, Exists, Holds, HoldsBytes, HoldsForPairs, Not, OneOf
from netwatch.filter.constants import Constant, constant, octets
from netwatch.filter.error import DisplayFilterError
from netwatch.filter.literal_search import LiteralSearch
from netwatch.filter.operands import literal, required, required_error, resolve, unknown
from netwatch.filter.patterns import pattern
from netwatch.filter.values import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.filter.conditions import PacketTest
    from netwatch.filter.operand import Operand
    from netwatch.filter.syntax import Condition, Entity, Membership, Relation, Span

SEARCHED: Final = frozenset({Kind.TEXT, Kind.BYTES, Kind.PROTOCOL, Kind.ETHER})
"""Kinds that `contains` and `matches` look into."""


def condition(tree: Condition) -> PacketTest:
    """Return what `tree` asks of packets.

    Raises:
        DisplayFilterError: an unknown field, or a value that is not of the field's kind.
    """
    match tree:
        case syntax.Not():
            return Not(condition(tree.part))
        case syntax.Both():
            if tree.operator == "xor":
                return OneOf(condition(tree.left), condition(tree.right))
            parts = [condition(part) for part in _flat(tree, tree.operator)]
            return Every(tuple(sorted(parts, key=lambda part: part.cost)), any=tree.operator == "or")
        case syntax.Test():
            return _test(tree.of)
        case syntax.Membership():
            return _membership(tree)
        case syntax.Relation():
            return _relation(tree)


def _flat(tree: Condition, operator: str) -> list[Condition]:
    """Return the parts of a row of the same connective, which may be long."""
    parts: list[Condition] = []
    waiting = [tree]
    while waiting:
        here = waiting.pop()
        if isinstance(here, syntax.Both) and here.operator == operator:
            waiting += [here.right, here.left]
        else:
            parts.append(here)
    return parts


def _test(entity: Entity) -> PacketTest:
    operand = required(entity)
    if isinstance(entity, syntax.Calculation):
        if operand.kind is Kind.BYTES:
            return Holds(operand, _any_bits)
        return Holds(operand, lambda data: np.asarray(data) != 0)
    return Exists(operand)


def _any_bits(data: Any) -> NDArray[np.bool_]:
    return np.fromiter(map(any, data), np.bool_, len(data))


def _relation(tree: Relation) -> PacketTest:
    left, right = resolve(tree.left), resolve(tree.right)
    if left is None and right is None:
        raise _no_field(tree)
    if left is not None and right is not None:
        left, right = _names_of_values(tree, left, right)
    if tree.operator in ("contains", "matches"):
        return _search(tree, left, right)
    every = tree.operator in EVERY if not tree.quantifier else tree.quantifier == "all"
    if left is not None and right is not None:
        if left.kind is not right.kind and not {left.kind, right.kind} <= _ALIKE:
            raise _error(f"{left.kind.value} cannot be compared with {right.kind.value}", tree.span)
        if left.kind is Kind.NONE:
            raise _error("it has no value to compare", tree.span)
        return HoldsForPairs(left, right, partial(compare_pairs, left.kind, tree.operator), every)
    if left is not None:
        return Holds(left, _comparison(left, tree.operator, tree.right), every)
    operand = required(tree.right)
    return Holds(operand, _comparison(operand, swapped(tree.operator), tree.left), every)


def _names_of_values(tree: Relation, left: Operand, right: Operand) -> tuple[Operand | None, Operand | None]:
    """Take the name of a protocol for a value where the other side is none: `ip.proto == tcp`."""
    if right.kind is Kind.PROTOCOL and left.kind not in _ALIKE and isinstance(tree.right, syntax.Word):
        return left, None
    if left.kind is Kind.PROTOCOL and right.kind not in _ALIKE and isinstance(tree.left, syntax.Word):
        return None, right
    return left, right


_ALIKE: Final = frozenset({Kind.BYTES, Kind.PROTOCOL})


def _comparison(operand: Operand, operator: str, entity: Entity) -> Any:
    wanted = _constant(operand, entity)
    if operator not in ("==", "!=", "===", "!==") and operand.kind is Kind.BOOLEAN:
        raise _error("True and False have no order", entity.span)
    return partial(compare, operand.kind, operator, wanted=wanted)


def _search(tree: Relation, left: Operand | None, right: Operand | None) -> PacketTest:
    if left is None:
        raise (
            unknown(tree.left) if isinstance(tree.left, syntax.Word) else _error("a field belongs here", tree.left.span)
        )
    if left.kind not in SEARCHED:
        raise _error(f"{tree.operator} looks into a text or bytes; this is {left.kind.value}", tree.left.span)
    every = tree.quantifier == "all"
    if tree.operator == "matches":
        if not isinstance(tree.right, syntax.Text):
            raise _error("matches wants a regular expression in quotes", tree.right.span)
        found = pattern(tree.right, as_text=left.kind is Kind.TEXT)
        return Holds(left, lambda data: matches(left.kind, data, found), every)
    if right is not None and not isinstance(tree.right, syntax.Word):
        raise _error("contains wants a text or bytes", tree.right.span)
    text, quoted = literal(tree.right)
    raw = text.encode("utf-8", "surrogateescape")
    if not quoted and left.kind is not Kind.TEXT:
        try:
            raw = octets(text)
        except ValueError as error:
            raise _error(str(error), tree.right.span) from None
    wanted = Constant(text=text, data=raw)
    by_value = Holds(left, lambda data: contains(left.kind, data, wanted), every)
    return HoldsBytes(left.layer, LiteralSearch(raw, either_case=False), by_value) if left.layer and raw else by_value


def _membership(tree: Membership) -> PacketTest:
    operand = required(tree.left)
    every = tree.quantifier == "all"
    tests: list[Any] = []
    for low, high in tree.elements:
        if high is None:
            tests.append(partial(compare, operand.kind, "==", wanted=_constant(operand, low)))
        else:
            tests.append(_between(operand, _constant(operand, low), _constant(operand, high)))

    def holds(data: Any) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = tests[0](data=data)
        for test in tests[1:]:
            found = found | test(data=data)
        return found

    return Holds(operand, holds, every)


def _between(operand: Operand, low: Constant, high: Constant) -> Any:
    def between(data: Any) -> NDArray[np.bool_]:
        return compare(operand.kind, ">=", data, low) & compare(operand.kind, "<=", data, high)

    return between


def _constant(operand: Operand, entity: Entity) -> Constant:
    text, quoted = literal(entity)
    try:
        return constant(text, operand.kind, operand.symbols or {}, quoted=quoted)
    except ValueError as error:
        raise _error(str(error), entity.span) from None


def _no_field(tree: Relation) -> DisplayFilterError:
    """Blame the side that looks like a field, else the left one."""
    for side in (tree.left, tree.right):
        if isinstance(side, syntax.Calculation):
            return required_error(side)
        if isinstance(side, syntax.Word) and re.match(r"[A-Za-z_]", side.text):
            return unknown(side)
    return _error("a comparison needs a field", tree.span)


def _error(message: str, span: Span) -> DisplayFilterError:
    return DisplayFilterError(message, span.position, span.end - span.position)
