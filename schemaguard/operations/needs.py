"""What a task needs, and at which migration it is done for that: where an object is made in its last shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.exhaustive import assert_never
from schemaguard.operations import tasks as t
from schemaguard.operations.subjects import timeline_of
from schemaguard.schema.objects import Constraint, ForeignKey, Index, PrimaryKey, reads
from schemaguard.schema.text import words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, TableTimeline
    from schemaguard.location.location import Location
    from schemaguard.operations.tasks import Task


def in_order(
    owed: Sequence[tuple[int, Task]], location: Location, tables: Mapping[str, TableTimeline]
) -> list[tuple[int, Task]]:
    """(position of the migration, task), each task after what it needs. `tables`: by the names that they should have.

    A task of one migration may need a task of a later one. Then it is done at the later one. Reason: an object is made
    in its last shape, at the migration that gave it that. Example: 0002 makes an index over a column, 0003 alters the
    column. Both are made at 0003.
    """
    positions = [m for m, _ in owed]
    needs = [list(_needs(task, location, tables)) for _, task in owed]
    makers = {timeline: index for index, (_, task) in enumerate(owed) if (timeline := _made(task)) is not None}
    moved = True
    while moved:  # each round moves a task to a later migration, never beyond the last, so it ends
        moved = False
        for index, needed in enumerate(needs):
            latest = max((positions[makers[timeline]] for timeline in needed if timeline in makers), default=-1)
            if latest > positions[index]:
                positions[index] = latest
                moved = True
    return [(m, task) for m, (_, task) in zip(positions, owed, strict=True)]


def _made(task: Task) -> AnyTimeline | None:
    """The timeline of the object that is there once the task is done."""
    match task:
        case (
            t.MakeTable(timeline) | t.MoveTable(timeline) | t.RenameTable(timeline) | t.MakeColumn(timeline)
            | t.ReplaceColumn(timeline) | t.AlterColumn(timeline) | t.RenameColumn(timeline)
            | t.MakeConstraint(timeline)
        ):  # fmt: skip
            return timeline
        case t.DropTable() | t.SetComment() | t.AlterTable() | t.RebuildTable() | t.UnmakeColumn() | t.DropColumn():
            return None
        case t.ValidateConstraint() | t.RenameConstraint() | t.PromoteIndex() | t.DropConstraint():
            return None
        case t.RenameSequence() | t.SetSequence() | t.NumberColumn():
            return None
        case t.RunOperation() | t.CreateExtension() | t.RunSql() | t.MakeOther():
            return None
        case _:
            assert_never(task)


def _needs(task: Task, location: Location, tables: Mapping[str, TableTimeline]) -> Iterator[AnyTimeline]:
    """The timelines of the tables, columns and keys that have to be there first."""
    timeline = timeline_of(task)
    owner = timeline.owner if timeline is not None else None
    if owner is not None and owner is not timeline:
        yield owner
    match task:
        case t.MakeConstraint():
            yield from _needs_of_constraint(task, location, tables)
        case t.MakeTable(table):
            yield from _targets(table, None, location, tables)
        case t.MakeColumn(made, _, column):
            if column.generated is not None:
                yield from columns_of(made.table, location, words_of(column.generated.text or ""))
            yield from _targets(made.table, column.name, location, tables)


def _needs_of_constraint(
    task: t.MakeConstraint, location: Location, tables: Mapping[str, TableTimeline]
) -> Iterator[AnyTimeline]:
    yield from columns_of(task.timeline.table, location, reads(task.constraint))
    if isinstance(task.constraint, ForeignKey) and task.constraint.target in tables:
        target = tables[task.constraint.target]
        yield target
        for constraint in target.every_constraint:
            if _is_key(location.expected_shape(constraint), task.constraint.target_columns):
                yield constraint


def _targets(
    table: TableTimeline, column: str | None, location: Location,
    tables: Mapping[str, TableTimeline],
) -> Iterator[TableTimeline]:  # fmt: skip
    """The tables that the foreign keys of a table, or of one of its columns, point at."""
    for constraint in table.every_constraint:
        key = location.expected_shape(constraint)
        if isinstance(key, ForeignKey) and key.target in tables and (column is None or column in key.columns):
            yield tables[key.target]


def columns_of(table: TableTimeline, location: Location, names: Collection[str]) -> Iterator[ColumnTimeline]:
    """The columns that should have one of these names."""
    for column in table.every_column:
        shape = location.expected_shape(column)
        if shape is not None and shape.name in names:
            yield column


def _is_key(shape: Constraint | None, columns: tuple[str, ...]) -> bool:
    """Whether a foreign key to these columns points at this. One that names no columns points at the primary key."""
    if isinstance(shape, PrimaryKey):
        return columns in ((), shape.columns)
    return isinstance(shape, Index) and shape.unique and shape.columns == columns
