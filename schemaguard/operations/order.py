"""Which task comes before which: edges that are declared here, and one sort.

The edges are between phases. A phase is what a task does, as far as the order depends on that. Example: MADE_COLUMNS.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING

from schemaguard.exhaustive import assert_never
from schemaguard.operations import tasks as t
from schemaguard.schema.objects import Check, Constraint, Exclusion, ForeignKey, Index, PrimaryKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
