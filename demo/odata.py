"""The small part of OData's query language that the demo's SensorThings server understands.

`parse_filter` turns `$filter` into a predicate, `split_outside` cuts lists with nested parentheses. What is
not understood raises `QueryError` with the place in the text; nothing is silently ignored.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]
Predicate = Callable[[Row], bool]
Operand = Callable[[Row], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<time>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<string>'(?:[^']|'')*')|(?P<paren>[()])|(?P<word>@?[A-Za-z][\w./@]*))"
)
_COMPARE = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_CONSTANTS = {"null": None, "true": True, "false": False}


class QueryError(ValueError):
    """The query is not understood; the text says what and where."""


def parse_filter(text: str) -> Predicate:
    """A predicate over a row for comparisons joined by and, or, not and parentheses (OData 4.0, 5.1.1)."""
    return _Parser(text).parse()


def parse_time(text: str) -> datetime:
    """An ISO 8601 instant with zone as an aware time in UTC."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise QueryError(f"'{text}' is not an instant: {error}") from error


def split_outside(text: str, separator: str) -> list[str]:
    """Cuts `text` at separators that stand outside parentheses."""
    parts, depth, start = [], 0, 0
    for position, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == separator and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    if depth != 0:
        raise QueryError(f"Unbalanced parentheses in '{text}'")
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]


def value_at(row: Row, path: str) -> Any:
    """The value a property path names; `id` and `@iot.id` are the same."""
    value: Any = row
    for step in path.split("/"):
        key = "@iot.id" if step == "id" else step
        if not isinstance(value, dict) or key not in value:
            raise QueryError(f"Unknown property: {path}")
        value = value[key]
    return value


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._tokens()
        self.position = 0

    def _tokens(self) -> list[tuple[str, str, int]]:
        found, at = [], 0
        while at < len(self.text.rstrip()):
            match = _TOKEN.match(self.text, at)
            if match is None:
                raise QueryError(f"$filter: not understood at character {at + 1}: '{self.text[at:]}'")
            kind = match.lastgroup or ""
            found.append((kind, match.group(kind), match.start(kind)))
            at = match.end()
        return found

    def parse(self) -> Predicate:
        predicate = self._either()
        if self.position < len(self.tokens):
            raise self._unexpected()
        return predicate

    def _either(self) -> Predicate:
        predicate = self._both()
        while self._accept("or"):
            left, right = predicate, self._both()
            predicate = _any_of(left, right)
        return predicate

    def _both(self) -> Predicate:
        predicate = self._single()
        while self._accept("and"):
            left, right = predicate, self._single()
            predicate = _all_of(left, right)
        return predicate

    def _single(self) -> Predicate:
        if self._accept("not"):
            inner = self._single()
            return lambda row: not inner(row)
        if self._accept("("):
            inner = self._either()
            if not self._accept(")"):
                raise self._unexpected()
            return inner
        return self._comparison()

    def _comparison(self) -> Predicate:
        left = self._operand()
        name = self._take()[1]
        if name not in _COMPARE:
            self.position -= 1
            raise self._unexpected()
        return _comparison(left, name, self._operand())

    def _operand(self) -> Operand:
        kind, text, _ = self._take()
        if kind == "word" and text not in _CONSTANTS and text not in ("and", "or", "not"):
            if self.position < len(self.tokens) and self.tokens[self.position][1] == "(":
                raise QueryError(f"$filter: the function '{text}' is not supported here")
            return lambda row: value_at(row, text)
        if kind == "paren" or (kind == "word" and text not in _CONSTANTS):
            self.position -= 1
            raise self._unexpected()
        constant = _constant(kind, text)
        return lambda row: constant

    def _accept(self, text: str) -> bool:
        if self.position < len(self.tokens) and self.tokens[self.position][1] == text:
            self.position += 1
            return True
        return False

    def _take(self) -> tuple[str, str, int]:
        if self.position >= len(self.tokens):
            raise self._unexpected()
        self.position += 1
        return self.tokens[self.position - 1]

    def _unexpected(self) -> QueryError:
        if self.position >= len(self.tokens):
            return QueryError("$filter ends too early")
        _, text, at = self.tokens[self.position]
        return QueryError(f"$filter: unexpected '{text}' at character {at + 1}")


def _any_of(left: Predicate, right: Predicate) -> Predicate:
    return lambda row: left(row) or right(row)


def _all_of(left: Predicate, right: Predicate) -> Predicate:
    return lambda row: left(row) and right(row)


def _constant(kind: str, text: str) -> Any:
    if kind == "time":
        return parse_time(text)
    if kind == "number":
        return float(text)
    if kind == "string":
        return text[1:-1].replace("''", "'")
    return _CONSTANTS[text]


def _comparison(left: Operand, name: str, right: Operand) -> Predicate:
    compare = _COMPARE[name]

    def predicate(row: Row) -> bool:
        one, two = _comparable(left(row)), _comparable(right(row))
        if name in ("eq", "ne"):
            return bool(compare(one, two))
        # OData: an order between different types, or with null, is false
        return type(one) is type(two) and one is not None and bool(compare(one, two))

    return predicate


def _comparable(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
