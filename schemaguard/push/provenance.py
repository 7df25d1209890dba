"""Where a live object came from: the models of the migrations, raw SQL in migrations, or an earlier push."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from schemaguard.exhaustive import assert_never
from schemaguard.operations.perform.project_states import held, operations_of, state_of
from schemaguard.operations.tasks import RenameColumn, RenameTable
from schemaguard.push.expected import Expected, models
from schemaguard.schema.objects import Column, Constraint, PrimaryKey, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schemaguard.history.object_timeline import Op, TableTimeline
    from schemaguard.history.shapes.shape import Shape
    from schemaguard.history.shapes.tables import ShapeMaker
    from schemaguard.journal.entries import Journal
    from schemaguard.location.location import Location
    from schemaguard.operations.tasks import RenameTask


@dataclass(slots=True)
class Provenance:
    """`tables` are those of the models as they are after the migrations that the database holds.

    `raw_columns` and `raw_constraints` were made by SQL or code of migrations, by (table, name).
    """

    tables: dict[str, Expected]
    raw_columns: set[tuple[str, str]] = field(default_factory=set)
    raw_constraints: set[tuple[str, str]] = field(default_factory=set)
    pushed: dict[str, str] = field(default_factory=dict)
    """Tables that an earlier push made and that still look the same, with the label of their app."""
    made: dict[tuple[str, str], Column] = field(default_factory=dict)
    """Columns as the migrations made them, by (table, name): SQL may have made them unlike the models."""

    def shape(self, table: str) -> Shape | None:
        found = self.tables.get(table)
        return found.shape if found is not None else None

    def column(self, table: str, name: str) -> Column | None:
        """The column as the migrations' models have it."""
        shape = self.shape(table)
        if shape is None:
            return None
        return next((column for column in shape.columns.values() if column.name == name), None)

    def given_names(self, table: str) -> frozenset[str]:
        """The names that models of the migrations give to constraints. An unnamed constraint has none of these."""
        shape = self.shape(table)
        constraints = shape.constraints if shape is not None else {}
        return frozenset(key[1] for key in constraints if key[0] == "name")

    def is_raw(self, table: str, actual: Constraint) -> bool:
        return actual.name is not None and (table, actual.name) in self.raw_constraints

    def app_of(self, table: str) -> str | None:
        found = self.tables.get(table)
        return found.model[0] if found is not None else self.pushed.get(table)

    def after(self, renames: Iterable[RenameTask]) -> Provenance:
        """The same, for a database in which these renames are done."""
        tables, columns, constraints = dict(self.tables), set(self.raw_columns), set(self.raw_constraints)
        pushed, made = dict(self.pushed), dict(self.made)
        for task in renames:
            match task:
                case RenameTable(_, old, new):
                    if old in tables:
                        tables[new] = tables.pop(old)
                    pushed.pop(old, None)
                    columns = {(new if table == old else table, name) for table, name in columns}
                    constraints = {(new if table == old else table, name) for table, name in constraints}
                    made = {(new if table == old else table, name): each for (table, name), each in made.items()}
                case RenameColumn(_, table, old, new):
                    if table in tables:
                        tables[table] = _renamed(tables[table], old, new)
                    if (table, old) in made:
                        made[table, new] = replace(made.pop((table, old)), name=new)
                case _:
                    assert_never(task)
        return Provenance(tables, columns, constraints, pushed, made)


def provenance(location: Location, maker: ShapeMaker, journal: Journal) -> Provenance:
    """What the located history and the journal tell."""
    state = state_of(location, operations_of(location, _held(location).__contains__))
    found = Provenance(dict(models(maker, state).tables))
    code = location.code_of(None)
    for timeline, table in location.live_tables.items():
        shape = found.shape(table.name) or found.shape(_name(location, timeline))
        columns = {column.name for column in shape.columns.values()} if shape is not None else set()
        for column in timeline.every_column:
            place = location.placement(column)
            actual = place.actual if not place.renamed else None
            made = location.expected_shape(column)
            if actual is None or made is None:
                continue
            if actual.name in columns:
                found.made[table.name, actual.name] = made
            else:
                found.raw_columns.add((table.name, actual.name))
        for constraint in timeline.every_constraint:
            place = location.placement(constraint)
            actual = place.actual if not place.renamed else None
            if actual is None or actual.name is None or isinstance(actual, PrimaryKey):
                continue
            if (shape is None or constraint.key not in shape.constraints) and _stands(location, constraint):
                found.raw_constraints.add((table.name, actual.name))
    for _, table, actual in location.extra_constraints:
        if actual.name and code.spells(actual.name):
            found.raw_constraints.add((table.name, actual.name))
    for _, table, name in location.extra_columns:
        if code.spells(name):
            found.raw_columns.add((table.name, name))
    found.pushed = _pushed(journal, location.schema)
    return found


def _held(location: Location) -> set[Op]:
    """The operations that are in the database, with all before them in their migration, be they there or not."""
    found: set[Op] = set()
    for m, migration in enumerate(location.graph.plan):
        last = max((o for o in range(len(migration.operations)) if held(location, m, o)), default=-1)
        found |= {(m, o) for o in range(last + 1)}
    return found


def _name(location: Location, timeline: TableTimeline) -> str:
    """What the history calls a table now. The live one may have another name already."""
    shape = location.expected_shape(timeline)
    return shape.name if shape is not None else timeline.name


def _stands(location: Location, timeline: Any) -> bool:
    """Whether the object should be there, by the history as far as the database holds it."""
    return location.expected_shape(timeline) is not None


def _pushed(journal: Journal, schema: Schema) -> dict[str, str]:
    """Tables that pushes made, by the journal, and whose columns are still the same."""
    found: dict[str, str] = {}
    for step in journal.steps_by("push"):
        tables: Mapping[str, Any] = step.get("tables", {})
        for name, made in tables.items():
            table = schema.find(name)
            if table is not None and sorted(table.columns) == made["columns"]:
                found[name] = made["app"]
            else:
                found.pop(name, None)
    return found


def _renamed(expected: Expected, old: str, new: str) -> Expected:
    shape = expected.shape
    columns = {
        field: replace(column, name=new) if column.name == old else column for field, column in shape.columns.items()
    }
    return replace(expected, shape=replace(shape, columns=columns))
