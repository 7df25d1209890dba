"""What is done to a whole table."""

from __future__ import annotations

from dataclasses import dataclass

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
    """Out of another schema, back to where it is looked for; `name` is its key there."""

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
    """A table's comment; a column's is altered with the column."""

    timeline: TableTimeline
    table: str
    comment: str | None


@dataclass(frozen=True, slots=True)
class AlterTable:
    """What a table is beside its name and comment: logged or not, under row level security or not."""

    timeline: TableTimeline
    table: str
    expected: TableShape
    actual: TableShape
