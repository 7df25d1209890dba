"""What is done to the numbers of a key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenameSequence:
    """Gives the sequence of a key that was made again the name that it had before its table was renamed.

    `name` is with its schema, as a table's is.
    """

    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class SetSequence:
    """Brings a sequence up to the largest value of its column."""

    sequence: str
    table: str
    column: str
    by: int = 1
    """The step from one number to the next. Others may use the numbers between, and keep them."""


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """Gives a key of a table that no model describes its automatic numbering again, after the rows that are there."""

    table: str
    column: str
    sequence: str | None
    """The sequence that the column owns already."""
