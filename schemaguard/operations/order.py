"""Which task comes before which: edges that are declared here, and one sort.

The edges are between phases. A phase is what a task does, as far as the order depends on that. Example: MADE_COLUMNS.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING

from schemaguard.exhaustive import assert_never
from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    OtherTimeline,
    TableTimeline,
    reads,
)
from schemaguard.operations import tasks as t
from schemaguard.operations.subjects import timeline_of
from schemaguard.schema.objects import Check, Constraint, Exclusion, ForeignKey, Index, PrimaryKey
from schemaguard.schema.text import words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from schemaguard.database.base import Backend
    from schemaguard.operations.tasks import Task


class Phase(Enum):
    """What a task does. Where no edge decides, the phases come in this order."""

    EXTENSIONS = auto()
    MOVED_TABLES = auto()
    RENAMED_TABLES = auto()
    RENAMED_COLUMNS = auto()
    RENAMED_CONSTRAINTS = auto()
    PROMOTED_INDEXES = auto()
    DROPPED_FOREIGN_KEYS = auto()
    DROPPED_CHECKS = auto()
    DROPPED_CONSTRAINTS = auto()
    DROPPED_PRIMARY_KEYS = auto()
    UNMADE_COLUMNS = auto()
    MADE_TABLES = auto()
    REPLACED_COLUMNS = auto()
    MADE_COLUMNS = auto()
    ALTERED_COLUMNS = auto()
    COMPUTED_COLUMNS = auto()
    REBUILT_TABLES = auto()
    SQL = auto()
    MADE_PRIMARY_KEYS = auto()
    NUMBERED_KEYS = auto()
    MADE_UNIQUES = auto()
    MADE_CONSTRAINTS = auto()
    MADE_FOREIGN_KEYS = auto()
    VALIDATED_CONSTRAINTS = auto()
    SQL_OBJECTS = auto()
    DROPPED_COLUMNS = auto()
    DROPPED_TABLES = auto()
    COMMENTED_TABLES = auto()
    ALTERED_TABLES = auto()
    RENAMED_SEQUENCES = auto()
    SET_SEQUENCES = auto()
    NUMBERED_COLUMNS = auto()
    OPERATIONS = auto()


P = Phase
Edges = tuple[tuple[Phase, Phase], ...]
"""(earlier, later)"""
EDGES: Edges = (
    (P.EXTENSIONS, P.MADE_TABLES),  # a column may be of a type that the extension brings
    (P.MOVED_TABLES, P.RENAMED_TABLES),  # a name is free, or taken, in the schema to which the table comes
    (P.RENAMED_TABLES, P.RENAMED_COLUMNS),  # all tasks that follow use the new name of the table
    (P.RENAMED_COLUMNS, P.RENAMED_CONSTRAINTS),
    (P.RENAMED_CONSTRAINTS, P.DROPPED_FOREIGN_KEYS),
    (P.PROMOTED_INDEXES, P.DROPPED_FOREIGN_KEYS),
    (P.DROPPED_FOREIGN_KEYS, P.DROPPED_CONSTRAINTS),  # a foreign key hangs on the key that it points at
    (P.RENAMED_TABLES, P.DROPPED_CHECKS),
    (P.DROPPED_CHECKS, P.DROPPED_CONSTRAINTS),
    (P.DROPPED_CONSTRAINTS, P.DROPPED_PRIMARY_KEYS),
    (P.DROPPED_PRIMARY_KEYS, P.UNMADE_COLUMNS),
    (P.UNMADE_COLUMNS, P.ALTERED_COLUMNS),  # no server alters what a generated column reads
    (P.MADE_TABLES, P.MADE_COLUMNS),  # a column may bring the foreign key to a new table
    (P.REPLACED_COLUMNS, P.COMPUTED_COLUMNS),
    (P.MADE_COLUMNS, P.COMPUTED_COLUMNS),
    (P.ALTERED_COLUMNS, P.COMPUTED_COLUMNS),  # it is computed from the columns as they will be
    (P.COMPUTED_COLUMNS, P.SQL),
    (P.REBUILT_TABLES, P.MADE_PRIMARY_KEYS),
    (P.SQL, P.MADE_PRIMARY_KEYS),
    (P.MADE_PRIMARY_KEYS, P.NUMBERED_KEYS),  # MySQL numbers no column that is not a key
    (P.NUMBERED_KEYS, P.MADE_UNIQUES),
    (P.MADE_UNIQUES, P.MADE_CONSTRAINTS),
    (P.MADE_CONSTRAINTS, P.MADE_FOREIGN_KEYS),  # a foreign key points at a key
    (P.ALTERED_TABLES, P.MADE_PRIMARY_KEYS),  # tables of some engines can have no such index, and no foreign key
    (P.MADE_FOREIGN_KEYS, P.VALIDATED_CONSTRAINTS),
    (P.VALIDATED_CONSTRAINTS, P.SQL_OBJECTS),  # a view reads what was made before it
    (P.SQL_OBJECTS, P.OPERATIONS),
)
DROPS_LAST: Edges = (  # SQL of a migration may still read what is to go
    (P.SQL_OBJECTS, P.DROPPED_COLUMNS),
    (P.DROPPED_COLUMNS, P.DROPPED_TABLES),
)
CHECKS_FIRST: Edges = ((P.DROPPED_CHECKS, P.RENAMED_COLUMNS),)
CHECKS_LATER: Edges = ((P.DROPPED_FOREIGN_KEYS, P.DROPPED_CHECKS),)
DROPS_FIRST: Edges = (  # a new object may have the name of an old one
    (P.DROPPED_PRIMARY_KEYS, P.DROPPED_TABLES),
    (P.DROPPED_TABLES, P.MADE_TABLES),
    (P.MADE_TABLES, P.DROPPED_COLUMNS),  # a table must not be without any column for a moment
    (P.DROPPED_COLUMNS, P.ALTERED_COLUMNS),
    (P.ALTERED_COLUMNS, P.REPLACED_COLUMNS),
    (P.REPLACED_COLUMNS, P.MADE_COLUMNS),
)


def edges_of_a_plan(backend: Backend) -> Edges:
    return (*DROPS_LAST, *(CHECKS_FIRST if backend.readers_keep_names else CHECKS_LATER))


def ordered(tasks: Iterable[Task], edges: Edges = DROPS_LAST) -> list[Task]:
    """The tasks without repetition, each after those that it needs. `edges` are added to `EDGES`."""
    rank = ranks(edges)
    return sorted(dict.fromkeys(tasks), key=lambda task: rank[phase(task)])


@cache
def ranks(edges: Edges) -> Mapping[Phase, int]:
    """The rank of each phase: the topological sort of the edges. Raises ValueError where these have a cycle."""
    earlier: dict[Phase, set[Phase]] = {each: set() for each in Phase}
    for before, after in (*EDGES, *edges):
        earlier[after].add(before)
    found: dict[Phase, int] = {}
    while len(found) < len(earlier):
        ready = [each for each in Phase if each not in found and earlier[each] <= found.keys()]
        if not ready:
            raise ValueError("the edges go round in a circle")
        found[ready[0]] = len(found)
    return found


def phase(task: Task) -> Phase:
    match task:
        case t.MakeTable() | t.RenameTable() | t.MoveTable() | t.DropTable() | t.SetComment() | t.AlterTable():
            return _phase_of_table(task)
        case t.MakeColumn() | t.ReplaceColumn() | t.AlterColumn() | t.UnmakeColumn():
            return _phase_of_column(task)
        case t.RenameColumn():
            return P.RENAMED_COLUMNS
        case t.DropColumn():
            return P.DROPPED_COLUMNS
        case t.RebuildTable():
            return P.REBUILT_TABLES
        case t.MakeConstraint(_, _, constraint):
            return _phase_of_made(constraint)
        case t.DropConstraint(_, _, actual):
            return _phase_of_dropped(actual)
        case t.ValidateConstraint():
            return P.VALIDATED_CONSTRAINTS
        case t.RenameConstraint():
            return P.RENAMED_CONSTRAINTS
        case t.PromoteIndex():
            return P.PROMOTED_INDEXES
        case t.RenameSequence():
            return P.RENAMED_SEQUENCES
        case t.SetSequence():
            return P.SET_SEQUENCES
        case t.NumberColumn():
            return P.NUMBERED_COLUMNS
        case t.CreateExtension():
            return P.EXTENSIONS
        case t.RunSql():
            return P.SQL
        case t.MakeOther():
            return P.SQL_OBJECTS
        case t.RunOperation():
            return P.OPERATIONS
        case _:
            assert_never(task)


def _phase_of_table(
    task: t.MakeTable | t.RenameTable | t.MoveTable | t.DropTable | t.SetComment | t.AlterTable,
) -> Phase:
    match task:
        case t.MakeTable():
            return P.MADE_TABLES
        case t.RenameTable():
            return P.RENAMED_TABLES
        case t.MoveTable():
            return P.MOVED_TABLES
        case t.DropTable():
            return P.DROPPED_TABLES
        case t.SetComment():
            return P.COMMENTED_TABLES
        case t.AlterTable():
            return P.ALTERED_TABLES
        case _:
            assert_never(task)


def _phase_of_column(task: t.MakeColumn | t.ReplaceColumn | t.AlterColumn | t.UnmakeColumn) -> Phase:
    match task:
        case t.MakeColumn(_, _, column):
            return P.MADE_COLUMNS if column.generated is None else P.COMPUTED_COLUMNS
        case t.ReplaceColumn():
            return P.REPLACED_COLUMNS
        case t.AlterColumn(_, _, expected, actual):
            return P.NUMBERED_KEYS if expected.auto and not actual.auto else P.ALTERED_COLUMNS
        case t.UnmakeColumn():
            return P.UNMADE_COLUMNS
        case _:
            assert_never(task)


def _phase_of_made(constraint: Constraint) -> Phase:
    match constraint:
        case PrimaryKey():
            return P.MADE_PRIMARY_KEYS
        case Index():
            return P.MADE_UNIQUES if constraint.unique else P.MADE_CONSTRAINTS
        case ForeignKey():
            return P.MADE_FOREIGN_KEYS
        case Check() | Exclusion():
            return P.MADE_CONSTRAINTS
        case _:
            assert_never(constraint)


def _phase_of_dropped(actual: Constraint) -> Phase:
    match actual:
        case PrimaryKey():
            return P.DROPPED_PRIMARY_KEYS
        case ForeignKey():
            return P.DROPPED_FOREIGN_KEYS
        case Check():
            return P.DROPPED_CHECKS
        case Index() | Exclusion():
            return P.DROPPED_CONSTRAINTS
        case _:
            assert_never(actual)


# ---------------------------------------------------------------------------------------- over the migrations of a plan
def in_order(
    owed: Sequence[tuple[int, Task]], expected_step: Mapping[AnyTimeline, int], tables: Mapping[str, TableTimeline]
) -> list[tuple[int, Task]]:
    """(position of the migration, task), each task after what it needs. `expected_step`: where an object should stand.

    A task of one migration may need a task of a later one. Then it is done at the later one. Reason: an object is made
    in its last shape, at the migration that gave it that. Example: 0002 makes an index over a column, 0003 alters the
    column. Both are made at 0003.
    """
    positions = [m for m, _ in owed]
    needs = [list(_needs(task, expected_step, tables)) for _, task in owed]
    makers = {timeline: index for index, (_, task) in enumerate(owed) if (timeline := _made(task)) is not None}
    moved = True
    while moved:  # each round moves a task to a later migration, never beyond the last, so it ends
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


def _needs(
    task: Task, expected_step: Mapping[AnyTimeline, int], tables: Mapping[str, TableTimeline]
) -> Iterator[AnyTimeline]:
    """The timelines of the tables, columns and keys that have to be there first."""
    timeline = timeline_of(task)
    match timeline:
        case ColumnTimeline() | ConstraintTimeline():
            yield timeline.table
        case TableTimeline() | OtherTimeline() | None:
            pass
        case _:
            assert_never(timeline)
    match task:
        case t.MakeConstraint():
            yield from _needs_of_constraint(task, expected_step, tables)
        case t.MakeTable(line):
            yield from _targets(line, None, expected_step, tables)
        case t.MakeColumn(line, _, column):
            if column.generated is not None:
                yield from columns_of(line.table, expected_step, words_of(column.generated.text or ""))
            yield from _targets(line.table, column.name, expected_step, tables)


def _needs_of_constraint(
    task: t.MakeConstraint, expected_step: Mapping[AnyTimeline, int], tables: Mapping[str, TableTimeline]
) -> Iterator[AnyTimeline]:
    yield from columns_of(task.timeline.table, expected_step, reads(task.constraint))
    if isinstance(task.constraint, ForeignKey) and task.constraint.target in tables:
        target = tables[task.constraint.target]
        yield target
        for constraint in target.every_constraint:
            if _is_key(constraint.steps[expected_step[constraint]].shape, task.constraint.target_columns):
                yield constraint


def _targets(
    table: TableTimeline, column: str | None, expected_step: Mapping[AnyTimeline, int],
    tables: Mapping[str, TableTimeline],
) -> Iterator[TableTimeline]:  # fmt: skip
    """The tables that the foreign keys of a table, or of one of its columns, point at."""
    for constraint in table.every_constraint:
        key = constraint.steps[expected_step[constraint]].shape
        if isinstance(key, ForeignKey) and key.target in tables and (column is None or column in key.columns):
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
    """Whether a foreign key to these columns points at this. One that names no columns points at the primary key."""
    if isinstance(shape, PrimaryKey):
        return columns in ((), shape.columns)
    return isinstance(shape, Index) and shape.unique and shape.columns == columns
