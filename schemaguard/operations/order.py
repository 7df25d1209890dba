"""What is owed to one migration may need what is owed to a later one: it is made there, then.

A thing is made in the shape in which it stands at the end, at the migration that gave it that: a column that was
altered later than an index was put over it is made later too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, ConstraintTimeline, TableTimeline, reads
from schemaguard.operations import tasks as t
from schemaguard.operations.tasks import Task
from schemaguard.schema.objects import Constraint, ForeignKey, Index, PrimaryKey
from schemaguard.schema.text import words_of


def in_order(
    owed: Sequence[tuple[int, Task]], expected_step: Mapping[AnyTimeline, int], tables: Mapping[str, TableTimeline]
) -> list[tuple[int, Task]]:
    """(position of the migration, task), no task before what it needs. `due[line]`: the step where it is to stand."""
    positions = [m for m, _ in owed]
    needs = [list(_needs(task, expected_step, tables)) for _, task in owed]
    makers = {timeline: index for index, (_, task) in enumerate(owed) if (timeline := _made(task)) is not None}
    moved = True
    while moved:  # each round moves something later, and nothing moves beyond the last: what needs itself stays
        moved = False
        for index, object_timelines in enumerate(needs):
            latest = max(
                (positions[makers[timeline]] for timeline in object_timelines if timeline in makers), default=-1
            )
            if latest > positions[index]:
                positions[index] = latest
                moved = True
    return [(m, task) for m, (_, task) in zip(positions, owed, strict=True)]


def _made(task: Task) -> AnyTimeline | None:
    makes = (
        t.MakeTable
        | t.MoveTable
        | t.RenameTable
        | t.MakeColumn
        | t.ReplaceColumn
        | t.AlterColumn
        | t.RenameColumn
        | t.MakeConstraint
    )
    return task.timeline if isinstance(task, makes) else None


def _needs(
    task: Task, expected_step: Mapping[AnyTimeline, int], tables: Mapping[str, TableTimeline]
) -> Iterator[AnyTimeline]:
    """The lines of the tables, columns and keys that have to be there first."""
    timeline = getattr(task, "timeline", None)
    if isinstance(timeline, ColumnTimeline | ConstraintTimeline):
        yield timeline.table
    if isinstance(task, t.MakeConstraint):
        yield from columns_of(task.timeline.table, expected_step, reads(task.constraint))
        if isinstance(task.constraint, ForeignKey) and task.constraint.target in tables:
            target = tables[task.constraint.target]
            yield target
            for constraint in target.every_constraint:
                if _is_key(constraint.steps[expected_step[constraint]].shape, task.constraint.target_columns):
                    yield constraint
    elif isinstance(task, t.MakeTable | t.MakeColumn):
        if isinstance(task, t.MakeColumn) and task.column.generated is not None:
            yield from columns_of(task.timeline.table, expected_step, words_of(task.column.generated.text or ""))
        timeline = task.timeline
        table = timeline if isinstance(timeline, TableTimeline) else timeline.table
        name = task.column.name if isinstance(task, t.MakeColumn) else None
        for constraint in table.every_constraint:
            key = constraint.steps[expected_step[constraint]].shape
            if isinstance(key, ForeignKey) and key.target in tables and (name is None or name in key.columns):
                yield tables[key.target]


def columns_of(
    table: TableTimeline, expected_step: Mapping[AnyTimeline, int], names: Collection[str]
) -> Iterator[ColumnTimeline]:
    """The columns that should have one of these names."""
    for column in table.every_column:
        shape = column.steps[expected_step[column]].shape
        if shape is not None and shape.name in names:
            yield column


def _is_key(shape: Constraint | None, columns: tuple[str, ...]) -> bool:
    """Whether a foreign key that points at these columns points at this; where it names none, at the primary key."""
    if isinstance(shape, PrimaryKey):
        return columns in ((), shape.columns)
    return isinstance(shape, Index) and shape.unique and shape.columns == columns


def retypes(task: t.AlterColumn) -> bool:
    """Whether the column gets another type or collation."""
    return (task.expected.type, task.expected.collation) != (task.actual.type, task.actual.collation)


def only_alter(tasks: Sequence[Task]) -> bool:
    """Whether all of them give another shape to columns that are there."""
    unmade = {task.timeline for task in tasks if isinstance(task, t.UnmakeColumn)}
    return all(
        isinstance(task, t.AlterColumn | t.AlterTable | t.UnmakeColumn)
        or (isinstance(task, t.MakeColumn) and task.timeline in unmade)
        for task in tasks
    )
