"""What the entries of a model's Meta say of themselves, read off their attributes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.expressions import F

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_deferred(constraint: Any) -> bool:
    return getattr(constraint.deferrable, "value", None) == "deferred"


def is_a(constraint: Any, name: str) -> bool:
    """By name, up the class tree: django.contrib.postgres does not import without psycopg."""
    return any(parent.__name__ == name for parent in type(constraint).__mro__)


def writes_own_sql(index: Any) -> bool:
    """Whether a class writes its SQL itself, so that its attributes do not tell what it makes."""
    writer = next(parent for parent in type(index).__mro__ if "create_sql" in vars(parent))
    return not writer.__module__.startswith("django.")


def together(value: Any) -> Iterator[tuple[str, ...]]:
    """unique_together in the forms that histories hold: a set, a list, or a single flat tuple."""
    if not value:
        return
    value = list(value)
    if isinstance(value[0], str):
        value = [value]
    for fields in value:
        yield tuple(fields)


def fields_read(expression: Any) -> frozenset[str]:
    """The names of the fields that a Q or an expression reads, lookups cut off (`price__gte` → `price`)."""
    found: set[str] = set()
    stack = [expression]
    while stack:
        item: Any = stack.pop()
        if isinstance(item, models.Q):
            for child in item.children:
                if isinstance(child, tuple):
                    found.add(str(child[0]).split("__")[0])
                    stack.append(child[1])
                else:
                    stack.append(child)
        elif isinstance(item, F):
            found.add(str(getattr(item, "name", "")).split("__")[0])
        elif isinstance(item, list | tuple):  # price__in=[F("low"), F("high")]
            stack.extend(item)
        elif hasattr(item, "get_source_expressions"):
            # An F is no source of a lookup that it is the right-hand side of, before that is resolved.
            stack += [*item.get_source_expressions(), getattr(item, "rhs", None)]
    return frozenset(found)
