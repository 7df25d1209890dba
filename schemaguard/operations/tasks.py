"""The tasks of a plan, each one thing done to one object, and the order in which they do not stand in each other's way.

Values alone: `execution.perform` carries them out, and prints them as SQL with the same code.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemaguard.history.object_timeline import (
    ColumnTimeline,
    ConstraintTimeline,
    Op,
    OtherTimeline,
    TableShape,
    TableTimeline,
)
from schemaguard.schema.objects import Column, Constraint, ForeignKey


@dataclass(frozen=True, slots=True)
class RunOperation:
    """Django's own operation, as `migrate` would run it."""

    op: Op


@dataclass(frozen=True, slots=True)
class MakeTable:
    timeline: TableTimeline
    name: str


@dataclass(frozen=True, slots=True)
class MakeColumn:
    timeline: ColumnTimeline
    table: str
    column: Column


@dataclass(frozen=True, slots=True)
class ReplaceColumn:
    """A column that nobody knows goes, and the one that is missing is made: what to do where it was no rename."""

    timeline: ColumnTimeline
    table: str
    column: Column
    name: str
    """Of the column that goes."""


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """From the live shape to the expected one."""

    timeline: ColumnTimeline
    table: str
    expected: Column
    actual: Column
    by_code: bool = False
    """Whether the expected shape is none of a field: code of a migration may have given it type and collation."""
    sequence: str | None = None
    """The one that a key owns, and takes no number from any more."""


@dataclass(frozen=True, slots=True)
class UnmakeColumn:
    """A column that goes for a moment: its values are computed, and a MakeColumn of the same plan makes it anew.

    `actual` is the live column. Where it is a plain one, its rows may hold other values than `expected` computes.
    """

    timeline: ColumnTimeline
    table: str
    expected: Column
    actual: Column

    @property
    def name(self) -> str:
        return self.actual.name


@dataclass(frozen=True, slots=True)
class MakeConstraint:
    timeline: ConstraintTimeline
    table: str
    constraint: Constraint
    concurrently: bool = False
    """Whether it is to be built outside of a transaction, while others write."""


@dataclass(frozen=True, slots=True)
class ValidateConstraint:
    """A NOT VALID constraint that is there and holds for new rows alone."""

    timeline: ConstraintTimeline
    table: str
    name: str


@dataclass(frozen=True, slots=True)
class RenameConstraint:
    """An index or constraint that is there under another name than the migrations give."""

    timeline: ConstraintTimeline
    table: str
    actual: Constraint
    new_name: str


@dataclass(frozen=True, slots=True)
class PromoteIndex:
    """A unique index becomes the constraint that it stands for; nothing is built, and no row is read."""

    timeline: ConstraintTimeline
    table: str
    name: str
    new_name: str


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
class RenameColumn:
    timeline: ColumnTimeline
    table: str
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class DropConstraint:
    timeline: ConstraintTimeline
    table: str
    actual: Constraint
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class DropColumn:
    timeline: ColumnTimeline
    table: str
    name: str


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
    """How far it goes with each number: where others take the numbers between, it leaves them to these."""


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """Gives a key of a table that no model describes its automatic numbering again, after the rows that are there."""

    table: str
    column: str
    sequence: str | None
    """The one that it owns already."""


@dataclass(frozen=True, slots=True)
class CreateExtension:
    op: Op


@dataclass(frozen=True, slots=True)
class MakeOther:
    """A view, function, trigger or rule by the statements of its migration. `replaces` where another one is there.

    `query` is what a view selects, as it may stand in FROM.
    """

    timeline: OtherTimeline
    on: str | None
    statements: tuple[str, ...]
    replaces: bool = False
    materialized: bool = False
    query: str | None = None


@dataclass(frozen=True, slots=True)
class RunSql:
    """The SQL of a migration, of which nothing is there that it makes, and that no model describes.

    `only` are the statements to run where the rest has run; without them it is the whole operation.
    """

    op: Op
    only: tuple[str, ...] = ()


Task = (
    RunOperation
    | MakeTable
    | MakeColumn
    | ReplaceColumn
    | AlterColumn
    | UnmakeColumn
    | MakeConstraint
    | ValidateConstraint
    | MoveTable
    | RenameTable
    | RenameColumn
    | RenameConstraint
    | PromoteIndex
    | DropConstraint
    | DropColumn
    | DropTable
    | SetComment
    | AlterTable
    | RenameSequence
    | SetSequence
    | NumberColumn
    | CreateExtension
    | RunSql
    | MakeOther
)
ORDER: tuple[type, ...] = (
    CreateExtension,
    MoveTable,
    RenameTable,
    RenameColumn,
    RenameConstraint,
    PromoteIndex,
    DropConstraint,
    UnmakeColumn,
    MakeTable,
    ReplaceColumn,
    MakeColumn,
    AlterColumn,
    RunSql,
    MakeConstraint,
    ValidateConstraint,
    MakeOther,
    DropColumn,
    DropTable,
    SetComment,
    AlterTable,
    RenameSequence,
    SetSequence,
    NumberColumn,
    RunOperation,
)
"""In this order mending tasks never stand in each other's way: columns before what is over them, keys after tables."""


def rank(task: Task) -> tuple[int, bool]:
    """By which tasks are sorted: a foreign key comes after the primary key or the unique that it points at.

    Where one is to go, the foreign key goes first. A generated column comes after the alterations of the columns that
    it is computed from.
    """
    if isinstance(task, DropConstraint):
        return ORDER.index(DropConstraint), not isinstance(task.actual, ForeignKey)
    if isinstance(task, MakeColumn) and task.column.generated is not None:
        return ORDER.index(AlterColumn), True
    points = isinstance(task, MakeConstraint) and isinstance(task.constraint, ForeignKey)
    return ORDER.index(type(task)), points
