"""A column that is renamed, in what is over it: the server does this by itself."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schemaguard.schema.objects import Expression, Table

if TYPE_CHECKING:
    from collections.abc import Mapping


def renamed_over(shape: Any, name: str, new_name: str) -> Any:
    """The same constraint over a column that was renamed; raw SQL in it is respelled word by word."""
    changes: dict[str, Any] = {}
    for attribute in ("condition", "expression"):
        expression = getattr(shape, attribute, None)
        if expression is not None and name in expression.columns:
            changes[attribute] = _over(expression, {name: new_name})
    if hasattr(shape, "parts"):
        changes["parts"] = tuple(
            replace(part, column=new_name)
            if part.column == name
            else replace(part, expression=_over(part.expression, {name: new_name}))
            if part.expression is not None and name in part.expression.columns
            else part
            for part in shape.parts
        )
        changes["include"] = renamed(shape.include, name, new_name)
    else:
        changes["columns"] = renamed(shape.columns, name, new_name)
    return replace(shape, **changes)


def with_columns_renamed(table: Table, names: Mapping[str, str]) -> Table:
    """A live table as it is once its columns have other names: name → new name."""
    columns = {}
    for column in table.columns.values():
        new = names.get(column.name, column.name)
        columns[new] = replace(column, name=new, generated=column.generated and _over(column.generated, names))
    constraints = []
    for constraint in table.constraints:
        for name, new_name in names.items():
            constraint = renamed_over(constraint, name, new_name)
        constraints.append(constraint)
    return replace(table, columns=MappingProxyType(columns), constraints=tuple(constraints))


def respelled(text: str, name: str, new_name: str) -> str:
    """SQL with another name for a column, word by word, outside of string literals."""
    word = re.compile(rf"'(?:[^']|'')*'|(?<!\w){re.escape(name)}(?!\w)")
    return word.sub(lambda found: new_name if found[0] == name else found[0], text)


def _over(expression: Expression, names: Mapping[str, str]) -> Expression:
    """A compiled expression is left: the model's own diff brings the new one."""
    for name, new_name in names.items():
        if type(expression) is Expression and expression.text is not None:
            columns = frozenset(renamed(tuple(expression.columns), name, new_name))
            expression = Expression(respelled(expression.text, name, new_name), columns)
    return expression


def renamed(names: tuple[str, ...], name: str, new_name: str) -> tuple[str, ...]:
    return tuple(new_name if each == name else each for each in names)
