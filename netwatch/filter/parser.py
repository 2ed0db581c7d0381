"""Tokens to a tree, by Wireshark 4's grammar: or, xor, and, not bind in this order, the last the most tightly."""

from __future__ import annotations

from typing import Final

from netwatch.filter.error import DisplayFilterError
from netwatch.filter.lexer import CHARACTER, END, OPERATOR, RANGES, TEXT, WORD, Token, tokens
from netwatch.filter.slices import slice_ranges
from netwatch.filter.syntax import (
    Both,
    Calculation,
    Call,
    Character,
    Condition,
    Entity,
    Membership,
    Negative,
    Not,
    Relation,
    Slice,
    Span,
    Test,
    Text,
    Word,
)

DEEPEST: Final = 60
"""Parentheses and negations inside each other."""

RELATIONS: Final = {
    "==": "==", "eq": "==", "any_eq": "==", "!=": "!=", "ne": "!=", "all_ne": "!=", "===": "===", "all_eq": "===",
    "!==": "!==", "~=": "!==", "any_ne": "!==", ">": ">", "gt": ">", ">=": ">=", "ge": ">=", "<": "<", "lt": "<",
    "<=": "<=", "le": "<=", "contains": "contains", "matches": "matches", "~": "matches",
}  # fmt: skip
"""Every way to write a comparison."""
CONNECTIVES: Final = (
    {"or": "or", "||": "or"},
    {"xor": "xor", "^^": "xor"},
    {"and": "and", "&&": "and"},
)
"""From the loosest to the tightest."""
NEGATIONS: Final = ("not", "!")
SUMS: Final = ("+", "-")
PRODUCTS: Final = ("*", "/", "%")
_SYMBOLS: Final = {"bitwise_and": "&", "bitand": "&"}


def parse(expression: str) -> Condition | None:
    """Return the tree of `expression`, None when there is nothing but blanks.

    Raises:
        DisplayFilterError: it does not follow the grammar.
    """
    parser = _Parser(tokens(expression))
    if parser.here.kind == END:
        return None
    found = parser.condition(0, 0)
    if parser.here.kind != END:
        raise _unexpected(parser.here)
    return found


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0

    @property
    def here(self) -> Token:
        return self._tokens[self._at]

    def take(self) -> Token:
        token = self.here
        if token.kind != END:
            self._at += 1
        return token

    def is_any(self, *values: str) -> bool:
        """Return True when the token here is one of these operators or words."""
        return self.here.kind in (OPERATOR, WORD) and self.here.value in values

    def expect(self, value: str) -> Token:
        if not self.is_any(value):
            raise DisplayFilterError(f"{value} is missing", self.here.position, self.here.end - self.here.position)
        return self.take()

    def condition(self, level: int, depth: int) -> Condition:
        if level == len(CONNECTIVES):
            return self.negation(depth)
        names = CONNECTIVES[level]
        left = self.condition(level + 1, depth)
        while self.is_any(*names):
            operator = names[self.take().value]
            left = Both(operator, left, self.condition(level + 1, depth))
        return left

    def negation(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise DisplayFilterError(f"more than {DEEPEST} levels of parentheses", self.here.position)
        if self.is_any(*NEGATIONS):
            self.take()
            return Not(self.negation(depth + 1))
        if self.is_any("("):
            return self.parenthesis(depth)
        return self.test(depth)

    def parenthesis(self, depth: int) -> Condition:
        """Read a condition in parentheses, or a comparison that begins with a calculation in them."""
        self.take()
        inner = self.condition(0, depth + 1)
        self.expect(")")
        goes_on = self.is_any(*RELATIONS, "in", "&", *_SYMBOLS, *SUMS, *PRODUCTS)
        return self.test(depth, inner.of) if goes_on and isinstance(inner, Test) else inner

    def test(self, depth: int, first: Entity | None = None) -> Condition:
        """Read a comparison; `first` is what was read of it already."""
        quantifier = ""
        if self.is_any("any", "all") and self._tokens[self._at + 1].kind in (WORD, TEXT, CHARACTER):
            quantifier = self.take().value
        left = self.entity(depth, first)
        if self.is_any("not") and self._tokens[self._at + 1].value == "in":
            self.take()
            return Not(self.membership(left, quantifier, depth))
        if self.is_any("in"):
            return self.membership(left, quantifier, depth)
        if not self.is_any(*RELATIONS):
            if quantifier:
                raise DisplayFilterError("a comparison is missing", self.here.position)
            return Test(left, left.span)
        return self.chain(left, quantifier, depth)

    def chain(self, left: Entity, quantifier: str, depth: int) -> Condition:
        """Read `a < b < c`, which is `a < b and b < c`."""
        result: Condition | None = None
        while self.is_any(*RELATIONS):
            operator = RELATIONS[self.take().value]
            right = self.entity(depth)
            relation = Relation(operator, left, right, quantifier, left.span.to(right.span))
            result = relation if result is None else Both("and", result, relation)
            left = right
        if result is None:
            raise _unexpected(self.here)
        return result

    def membership(self, left: Entity, quantifier: str, depth: int) -> Membership:
        self.expect("in")
        self.expect("{")
        elements: list[tuple[Entity, Entity | None]] = []
        while not self.is_any("}"):
            if elements and self.is_any(","):
                self.take()
            low = self.entity(depth)
            high = None
            if self.is_any(".."):
                self.take()
                high = self.entity(depth)
            elements.append((low, high))
        end = self.expect("}")
        if not elements:
            raise DisplayFilterError("an empty set", end.position)
        return Membership(left, tuple(elements), quantifier, Span(left.span.position, end.end))

    def entity(self, depth: int, first: Entity | None = None) -> Entity:
        left = self.product(depth, 0, first)
        while self.is_any("&", *_SYMBOLS):
            operator = self.take().value
            right = self.product(depth, 0)
            left = Calculation(_SYMBOLS.get(operator, operator), left, right, left.span.to(right.span))
        return left

    def product(self, depth: int, level: int, first: Entity | None = None) -> Entity:
        operators = (SUMS, PRODUCTS)[level]

        def operand(first: Entity | None = None) -> Entity:
            return self.product(depth, 1, first) if level == 0 else first or self.single(depth)

        left = operand(first)
        while self.is_any(*operators):
            operator = self.take().value
            right = operand()
            left = Calculation(operator, left, right, left.span.to(right.span))
        return left

    def single(self, depth: int) -> Entity:
        token = self.here
        if depth > DEEPEST:
            raise DisplayFilterError(f"more than {DEEPEST} levels of parentheses", token.position)
        if self.is_any("-"):
            self.take()
            inner = self.single(depth + 1)
            return Negative(inner, Span(token.position, inner.span.end))
        if self.is_any("(", "{") and token.kind == OPERATOR:
            self.take()
            inner = self.entity(depth + 1)
            self.expect({"(": ")", "{": "}"}[token.value])
            return inner
        return self.sliced(self.plain(depth))

    def plain(self, depth: int) -> Entity:
        token = self.here
        span = Span(token.position, token.end)
        if token.kind == TEXT:
            self.take()
            return Text(token.value, span)
        if token.kind == CHARACTER:
            self.take()
            return Character(int(token.value), span)
        if token.kind != WORD or token.value in _RESERVED:
            raise _unexpected(token)
        self.take()
        if self.is_any("(") and self.here.position == token.end:
            return self.call(token, depth)
        return Word(token.value, span)

    def call(self, name: Token, depth: int) -> Entity:
        self.take()
        arguments = [self.entity(depth + 1)]
        while self.is_any(","):
            self.take()
            arguments.append(self.entity(depth + 1))
        end = self.expect(")")
        return Call(name.value, tuple(arguments), Span(name.position, end.end))

    def sliced(self, of: Entity) -> Entity:
        while self.here.kind == RANGES:
            token = self.take()
            of = Slice(of, slice_ranges(token), Span(of.span.position, token.end))
        return of


_RESERVED: Final = frozenset(
    {word for words in CONNECTIVES for word in words} | {word for word in RELATIONS if word.isalpha()} | {"not", "in"}
)


def _unexpected(token: Token) -> DisplayFilterError:
    if token.kind == END:
        return DisplayFilterError("the filter ends too soon", token.position)
    shown = token.value if token.kind in (WORD, OPERATOR) else "this"
    return DisplayFilterError(f"{shown} does not belong here", token.position, token.end - token.position)
