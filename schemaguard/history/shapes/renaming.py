"""A column that is renamed, in what is over it: the server does this by itself."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from schemaguard.schema.objects import Expression


def renamed_over(shape: Any, name: str, new_name: str) -> Any:
    """The same constraint over a column that was renamed; raw SQL in it is respelled word by word."""
    changes: dict[str, Any] = {}
    for attribute in ("condition", "expression"):
        expression = getattr(shape, attribute, None)
        if expression is not None and name in expression.columns:
            changes[attribute] = _respelled(expression, name, new_name)
    if hasattr(shape, "parts"):
        changes["parts"] = tuple(
            replace(part, column=new_name)
            if part.column == name
            else replace(part, expression=_respelled(part.expression, name, new_name))
            if part.expression is not None and name in part.expression.columns
            else part
            for part in shape.parts
        )
        changes["include"] = renamed(shape.include, name, new_name)
    else:
        changes["columns"] = renamed(shape.columns, name, new_name)
    return replace(shape, **changes)


def _respelled(expression: Expression, name: str, new_name: str) -> Expression:
    """Outside of string literals. A compiled expression is left: the model's own diff brings the new one."""
    if type(expression) is not Expression or expression.text is None:
        return expression
    word = re.compile(rf"'(?:[^']|'')*'|(?<!\w){re.escape(name)}(?!\w)")
    text = word.sub(lambda found: new_name if found[0] == name else found[0], expression.text)
    return Expression(text, frozenset(renamed(tuple(expression.columns), name, new_name)))


def renamed(names: tuple[str, ...], name: str, new_name: str) -> tuple[str, ...]:
    return tuple(new_name if each == name else each for each in names)
