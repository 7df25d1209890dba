"""What servers of every family spell alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemaguard.schema.objects import IndexPart

Quote = Callable[[str], str]
"""Puts a name into the server's quotes."""


def column_list(names: Iterable[str], quote: Quote) -> str:
    return ", ".join(map(quote, names))


def key_of(part: IndexPart, quote: Quote) -> str | None:
    """The column of an index or its expression; None where that cannot be told."""
    if part.column is not None:
        return quote(part.column)
    if part.expression is None or part.expression.text is None:
        return None
    return f"({part.expression.text})"
