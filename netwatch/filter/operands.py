"""The two sides of a comparison: fields, slices, functions and calculations, resolved and typed."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.filter.compare import as_bytes
from netwatch.filter.constants import constant
from netwatch.filter.error import DisplayFilterError
from netwatch.filter.fields import field, nearest_field
from netwatch.filter.functions import FUNCTIONS
from netwatch.filter.operand import CALCULATED, SLICED, Operand, check_kind, mapped
from netwatch.filter.syntax import Calculation, Call, Character, Entity, Negative, Slice, Text, Word
from netwatch.filter.values import Kind, Values, nothing, paired

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from netwatch.filter.packets import Packets

MASKED: Final = frozenset({Kind.BYTES, Kind.ETHER})
"""Kinds of which & takes single bits although they are no numbers."""
_OPERATORS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "&": operator.and_, "/": operator.floordiv,
    "%": operator.mod,
}  # fmt: skip
LARGEST: Final = (1 << 31) - 1
"""Constants of a calculation, so that no result leaves 64 bits."""


def resolve(entity: Entity) -> Operand | None:
    """Return what `entity` reads from packets, None for a constant.

    Raises:
        DisplayFilterError: a slice, function or calculation of something that has none.
    """
    match entity:
        case Word():
            found = field(entity.text)
            if found is None:
                return None
            needs = frozenset({found.needs, found.detail} - {""})
            return Operand(found.kind, found.read, found.cost, needs, found.symbols, found.there, found.layer)
        case Slice():
            return _slice(entity)
        case Call():
            return _call(entity)
        case Calculation():
            return _calculation(entity)
        case Negative():
            inner = resolve(entity.of)
            if inner is None:
                return None
            check_kind(inner, CALCULATED, entity.of, "a number")
            return Operand(inner.kind, mapped(inner, operator.neg), inner.cost, inner.needs)
        case _:
            return None


def required(entity: Entity) -> Operand:
    """Return what `entity` reads from packets.

    Raises:
        DisplayFilterError: it is a constant; an unknown word is taken for a field that is misspelt.
    """
    found = resolve(entity)
    if found is not None:
        return found
    at, size = entity.span.position, entity.span.end - entity.span.position
    if isinstance(entity, Word):
        raise unknown(entity)
    raise DisplayFilterError("a field belongs here", at, size)


def unknown(word: Word) -> DisplayFilterError:
    """Return what is to be said of a word that is no field."""
    near = nearest_field(word.text)
    family, dot, _ = word.text.partition(".")
    known = f"Tab behind {family}. lists its fields" if dot and field(family) is not None else ""
    hint = f"did you mean {near}?" if near else known or "the help (?) and completion (Tab) know them"
    return DisplayFilterError(
        f"there is no field {word.text[:60]}", word.span.position, word.span.end - word.span.position, hint
    )


def literal(entity: Entity) -> tuple[str, bool]:
    """Return the text of a constant, and whether it stood in quotes.

    Raises:
        DisplayFilterError: it is no constant.
    """
    match entity:
        case Word():
            return entity.text.removeprefix(":") if entity.text[1:2] != ":" else entity.text, False
        case Text():
            return entity.text, True
        case Character():
            return str(entity.code), False
        case Negative():
            text, _ = literal(entity.of)
            return f"-{text}", False
        case _:
            raise DisplayFilterError(
                "a value belongs here", entity.span.position, entity.span.end - entity.span.position
            )


def _slice(entity: Slice) -> Operand:
    inner = required(entity.of)
    check_kind(inner, SLICED, entity.of, "bytes")

    def read(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
        values = inner.read(packets, wanted)
        data = [
            b"".join(_cut(value, begin, end) for begin, end in entity.ranges)
            for value in as_bytes(inner.kind, values.data)
        ]
        keep = [at for at, value in enumerate(data) if value]
        return Values(values.rows[keep], [data[at] for at in keep])

    return Operand(Kind.BYTES, read, 1, inner.needs)


def _cut(value: bytes, begin: int, end: int | None) -> bytes:
    """Return value[begin:end]; empty where the value is shorter than that."""
    size = len(value)
    first = begin if begin >= 0 else begin + size
    last = size if end is None else end if end >= 0 else end + size
    return value[first:last] if 0 <= first < last <= size else b""


def _call(entity: Call) -> Operand:
    name, at = entity.function, entity.span.position
    if name not in FUNCTIONS:
        known = ", ".join(FUNCTIONS)
        raise DisplayFilterError(f"there is no function {name[:40]}", at, len(name), f"there are {known}")
    if len(entity.arguments) != 1:
        raise DisplayFilterError(f"{name} takes one field", at, entity.span.end - at)
    (argument,) = entity.arguments
    return FUNCTIONS[name](required(argument), argument)


def _calculation(entity: Calculation) -> Operand:
    left, right = resolve(entity.left), resolve(entity.right)
    if left is None and right is None:
        raise required_error(entity)
    sides = ((left, entity.left), (right, entity.right))
    if entity.operator == "&" and left is not None and right is None and left.kind in MASKED:
        return _masked(left, entity.right)
    for side, part in sides:
        if side is not None:
            check_kind(side, CALCULATED, part, "a number")
    kind = (left or right or _NEVER).kind
    if left is not None and right is not None:
        return _calculated(entity.operator, kind, left, right)
    one = left or right or _NEVER
    text, _ = literal(entity.right if left is not None else entity.left)
    place = (entity.right if left is not None else entity.left).span
    try:
        number = constant(text, kind if entity.operator in "+-" else Kind.NUMBER, {}).number
    except ValueError as error:
        raise DisplayFilterError(str(error), place.position, place.end - place.position) from None
    if abs(number) > LARGEST and kind is not Kind.DURATION:
        raise DisplayFilterError("too large to calculate with", place.position, place.end - place.position)
    if entity.operator in "/%" and number == 0 and left is not None:
        raise DisplayFilterError("nothing can be divided by 0", place.position, place.end - place.position)

    def calculate(data: NDArray[np.int64]) -> NDArray[np.int64]:
        first, second = (data, np.int64(number)) if left is not None else (np.int64(number), data)
        return _apply(entity.operator, first, second)

    return Operand(Kind.NUMBER if kind is Kind.BOOLEAN else kind, mapped(one, calculate), one.cost, one.needs)


def _masked(inner: Operand, entity: Entity) -> Operand:
    """Return the bits of bytes that are set in a constant of the same length."""
    text, quoted = literal(entity)
    try:
        mask = constant(text, Kind.BYTES, {}, quoted=quoted).data
    except ValueError as error:
        raise DisplayFilterError(str(error), entity.span.position, entity.span.end - entity.span.position) from None

    def read(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
        values = inner.read(packets, wanted)
        data = [
            bytes(one & two for one, two in zip(value, mask, strict=False))
            for value in as_bytes(inner.kind, values.data)
        ]
        return Values(values.rows, data)

    return Operand(Kind.BYTES, read, 1, inner.needs)


def required_error(entity: Calculation) -> DisplayFilterError:
    """Return what is to be said of a calculation without a field: the first unknown word, if there is one."""
    for part in (entity.left, entity.right):
        if isinstance(part, Word) and not part.text[:1].isdigit():
            return unknown(part)
    at = entity.span.position
    return DisplayFilterError("a calculation needs a field", at, entity.span.end - at)


def _calculated(name: str, kind: Kind, left: Operand, right: Operand) -> Operand:
    def read(packets: Packets, wanted: NDArray[np.bool_]) -> Values:
        one, two = paired(left.read(packets, wanted), right.read(packets, wanted))
        return Values(one.rows, _apply(name, one.data, two.data))

    return Operand(
        Kind.NUMBER if kind is Kind.BOOLEAN else kind, read, max(left.cost, right.cost), left.needs | right.needs
    )


def _apply(name: str, left: Any, right: Any) -> NDArray[np.int64]:
    """Calculate; what is divided by zero, or leaves 64 bits, is 0 or wraps around and raises nothing."""
    with np.errstate(all="ignore"):
        result: NDArray[np.int64] = np.asarray(_OPERATORS[name](left, right), np.int64)
    return result


_NEVER: Final = Operand(Kind.NUMBER, lambda _packets, _wanted: nothing(Kind.NUMBER))
