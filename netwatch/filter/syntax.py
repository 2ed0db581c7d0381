"""What an expression is made of, before anybody knows which words are fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands in the expression: from `position` up to, not with, `end`."""

    position: int
    end: int

    def to(self, other: Span) -> Span:
        """Return the span from the beginning of this to the end of `other`."""
        return Span(self.position, other.end)


@dataclass(frozen=True, slots=True)
class Word:
    """A field, a number, an address or any other text without quotes."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Character:
    """A character in single quotes, which is a number."""

    code: int
    span: Span


@dataclass(frozen=True, slots=True)
class Slice:
    """Some bytes of a value; each range is (begin, end), of which the end may be None; negative counts from the end."""

    of: Entity
    ranges: tuple[tuple[int, int | None], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """A function of values."""

    function: str
    arguments: tuple[Entity, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Calculation:
    """Two numbers and one of + - * / % &."""

    operator: str
    left: Entity
    right: Entity
    span: Span


@dataclass(frozen=True, slots=True)
class Negative:
    """A number with the other sign."""

    of: Entity
    span: Span


Entity: TypeAlias = Word | Text | Character | Slice | Call | Calculation | Negative


@dataclass(frozen=True, slots=True)
class Relation:
    """`operator` is one of == != === !== > >= < <= contains matches; quantifier any, all or empty."""

    operator: str
    left: Entity
    right: Entity
    quantifier: str
    span: Span


@dataclass(frozen=True, slots=True)
class Membership:
    """A value is one of the elements, each (value, None) or a range (lowest, highest)."""

    left: Entity
    elements: tuple[tuple[Entity, Entity | None], ...]
    quantifier: str
    span: Span


@dataclass(frozen=True, slots=True)
class Test:
    """A field alone: the packet has it. A calculation alone: it is not zero."""

    __test__ = False  # no test of pytest's

    of: Entity
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    """What does not pass `part`."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Both:
    """`operator` is and, or, xor."""

    operator: str
    left: Condition
    right: Condition


Condition: TypeAlias = Relation | Membership | Test | Not | Both
