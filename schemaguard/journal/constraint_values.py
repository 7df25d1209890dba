"""Constraints as plain values and back, for the journal. What is read there has to be what could be written.

Somebody who can write into the journal must not get SQL run by that. So a name is quoted, a word is one of a list, and
an expression is one expression, which cannot leave the parentheses that it is put into.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_args

from schemaguard.history.sql.dialects import DIALECTS, POSTGRESQL
from schemaguard.history.sql.lexer import tokens
from schemaguard.schema.objects import (
    Constraint,
    Expression,
    IndexPart,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KINDS: Mapping[str, type[Constraint]] = {
    re.sub(r"(?<=[a-z])(?=[A-Z])", "_", each.__name__).lower(): each for each in get_args(Constraint)
}
"""The kinds of constraints by the word that the journal has for them: `foreign_key`."""
LATER = frozenset({"enforced"})
"""Fields that entries of before do not have: they stand for their default."""
ACTIONS = frozenset({"NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"})
WORD = re.compile(r"[^\W\d]\w*")
OPERATOR = re.compile(r"[-+*/<>=~!@#%^&|`?]+")


class Unreadable(ValueError):
    """What is read in the journal is nothing that this package writes."""


def as_value(constraint: Constraint) -> dict[str, Any]:
    """The constraint as strings, numbers, lists and dictionaries, which JSON knows."""
    kind = next(name for name, each in KINDS.items() if isinstance(constraint, each))
    return {"kind": kind, **_values(constraint)}


def constraint_of(value: Any, dialect: str) -> Constraint:
    """The constraint back. Raises Unreadable for anything that `as_value` does not make."""
    if not isinstance(value, dict) or value.get("kind") not in KINDS:
        raise Unreadable("a constraint of no kind")
    made: Constraint = _made(KINDS[value["kind"]], {k: v for k, v in value.items() if k != "kind"}, dialect)
    return made


def _values(thing: Any) -> dict[str, Any]:
    return {each.name: _value(getattr(thing, each.name)) for each in fields(thing)}


def _value(value: Any) -> Any:
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, IndexPart):
        return _values(value)
    return [_value(each) for each in value] if isinstance(value, tuple) else value


def _made(kind: Any, value: Any, dialect: str) -> Any:
    names = {each.name for each in fields(kind)}
    if not isinstance(value, dict) or not names - LATER <= set(value) <= names:
        raise Unreadable(f"a {kind.__name__} with other fields")
    return kind(**{name: _read(name, each, dialect) for name, each in value.items()})


def _read(name: str, value: Any, dialect: str) -> Any:
    if name == "parts" and isinstance(value, list):
        return tuple(_made(IndexPart, each, dialect) for each in value)
    if name in ("expression", "condition"):
        return None if value is None else Expression(expression_in(value, dialect))
    if value is None and name in ("name", "column", "collation", "opclass", "default_opclass", "nulls_first"):
        return None
    if name in READERS:
        return READERS[name](value)
    if not isinstance(value, bool):
        raise Unreadable(f"{name} is no truth value")
    return value


def name_in(value: Any) -> str:
    """A name of an object in a database, to be quoted."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise Unreadable(f"{value!r} is no name")
    return value


def names_in(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Unreadable(f"{value!r} is no list of names")
    return tuple(map(name_in, value))


def expression_in(value: Any, dialect: str) -> str:
    """The text of one expression: it closes what it opens, and nothing else."""
    depth = 0
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise Unreadable(f"{value!r} is no expression")
    for token in tokens(value, DIALECTS.get(dialect, POSTGRESQL)):
        depth += (token.text in "([") - (token.text in ")]")
        if depth < 0 or token.kind == "broken" or token.text == ";":
            raise Unreadable(f"{value!r} is no expression")
    if depth:
        raise Unreadable(f"{value!r} is no expression")
    return value


def _matching(pattern: re.Pattern[str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise Unreadable(f"{value!r} is no word")
        return value

    return read


def _action(value: Any) -> str:
    if value not in ACTIONS:
        raise Unreadable(f"{value!r} is no action")
    return str(value)


def _operators(value: Any) -> tuple[str, ...]:
    return tuple(map(_matching(OPERATOR), names_in(value)))


READERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("name", "column", "target", "collation"), name_in),
    **dict.fromkeys(("columns", "target_columns", "include"), names_in),
    **dict.fromkeys(("method", "opclass", "default_opclass"), _matching(WORD)),
    **dict.fromkeys(("on_delete", "on_update"), _action),
    "operators": _operators,
}
