"""What is done to a whole table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import TableShape, TableTimeline


@dataclass(frozen=True, slots=True)
class MakeTable:
    timeline: TableTimeline
    name: str


@dataclass(frozen=True, slots=True)
class RenameTable:
    timeline: TableTimeline
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class MoveTable:
    """Moves a table from another schema back to where it is looked for. `name` is its key there."""

    timeline: TableTimeline
    name: str
    schema: str
    new_name: str


@dataclass(frozen=True, slots=True)
class DropTable:
    timeline: TableTimeline
    name: str


@dataclass(frozen=True, slots=True)
class SetComment:
    """Sets the comment of a table. That of a column is altered with the column."""

    timeline: TableTimeline
    table: str
    comment: str | None


@dataclass(frozen=True, slots=True)
class AlterTable:
    """Alters what a table is: logged or not, under row level security or not, its engine and collation."""

    timeline: TableTimeline
    table: str
    expected: TableShape
    actual: TableShape
