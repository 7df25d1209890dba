"""Models and catalog ─▶ tasks. What only the models have is made, what only the database has is dropped.

Left alone: tables that no model knows, and what raw SQL in migrations made on the tables of models.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemaguard.exceptions import Refused
from schemaguard.exhaustive import assert_never
from schemaguard.history.changes import FIELD_KEYS
from schemaguard.operations import tasks as t
from schemaguard.operations.order import DROPS_FIRST, ordered
from schemaguard.operations.subjects import table_of
from schemaguard.push.expected import Expected, Models, of_apps
from schemaguard.schema.compare import Answers, Comparer, Match, verdict_of
from schemaguard.schema.objects import (
    Check,
    Column,
    Constraint,
    ForeignKey,
    Index,
    Owner,
    PrimaryKey,
    Schema,
    Table,
    reads,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from schemaguard.database.base import Backend
    from schemaguard.history.changes import Key
    from schemaguard.history.shapes.shape import Shape
    from schemaguard.operations.tasks import Task
    from schemaguard.push.provenance import Provenance

UNTOUCHABLE = (Owner.VIEW, Owner.FOREIGN, Owner.EXTENSION)
RETYPED = frozenset({"type", "collation"})


@dataclass(slots=True)
class Plan:
    """Tasks in order. `doubtful` names what nobody can compare: it is left as it is."""

    tasks: list[Task]
    doubtful: tuple[str, ...] = ()


@dataclass(slots=True)
class _Compared:
    """One table held against its model."""

    expected: Shape
    table: Table
    missing: list[Column] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    altered: list[t.AlterColumn] = field(default_factory=list)
    to_make: dict[Key, Constraint] = field(default_factory=dict)
    to_drop: list[Constraint] = field(default_factory=list)
    matched: dict[Key, Constraint] = field(default_factory=dict)
    doubtful: list[str] = field(default_factory=list)


def plan(
    models: Models, provenance: Provenance, schema: Schema, backend: Backend, labels: Collection[str], *,
    rebuilds: bool, replaced: Collection[tuple[str, str]] = (),
) -> Plan:  # fmt: skip
    """Everything that makes the tables of the apps `labels` (all where empty) match the models.

    `rebuilds`: whether the database can only alter a table by making it anew. `replaced` names columns whose values
    cannot be cast, (table, column). Raises Refused where a view or foreign table has the name of a model's table.
    """
    answers = backend.answers()
    maker = _Planner(models, provenance, schema, labels, rebuilds, replaced, backend.keeps_rests)
    found = maker.plan(answers)
    if answers.open:
        given = backend.same(list(answers.open))
        found = maker.plan(backend.answers(given))
    return found


class _Planner:
    def __init__(
        self, models: Models, provenance: Provenance, schema: Schema, labels: Collection[str], rebuilds: bool,
        replaced: Collection[tuple[str, str]], narrows: bool,
    ) -> None:  # fmt: skip
        self.models = models
        self.provenance = provenance
        self.schema = schema
        self.labels = labels
        self.rebuilds = rebuilds
        self.replaced = replaced
        self.narrows = narrows
        self.timelines = models.timelines

    def plan(self, answers: Answers) -> Plan:
        tasks: list[Task] = []
        compared: list[_Compared] = []
        for name, expected in of_apps(self.models.tables, self.labels).items():
            table = self.schema.find(name)
            if table is None:
                tasks.append(t.MakeTable(self.timelines.table(name), name))
                continue
            if table.owner in UNTOUCHABLE:
                raise Refused(f"{name} is a {table.owner.value}, and no table; nothing was changed")
            compared.append(self._compare(expected, table, answers))
        gone = list(self._gone())
        for name in gone:
            tasks.append(t.DropTable(self.timelines.table(name), name))
            keys = self.schema.tables[name].constraints
            if not self.rebuilds:  # two tables may point at each other, and CASCADE would take what nobody asked for
                tasks += [self._dropped(name, each) for each in keys if isinstance(each, ForeignKey)]
        self._free_retyped(compared)
        for each in compared:
            tasks += self._tasks(each)
        doubtful = tuple(text for each in compared for text in each.doubtful)
        return Plan(ordered(tasks, DROPS_FIRST), doubtful)

    def _gone(self) -> Iterator[str]:
        """Tables of models that the migrations, or an earlier push, made, and that are gone from the project."""
        for name in (*self.provenance.tables, *self.provenance.pushed):
            table = self.schema.tables.get(name)
            label = self.provenance.app_of(name)
            if table is None or name in self.models.claimed or (self.labels and label not in self.labels):
                continue
            if label in self._labels() and table.owner not in UNTOUCHABLE:
                yield name

    def _labels(self) -> set[str]:
        """Apps that are installed: the tables of one that is not are no business of the models."""
        from django.apps import apps

        return set(apps.app_configs)

    # ------------------------------------------------------------------------------------------------------ comparing
    def _compare(self, expected: Expected, table: Table, answers: Answers) -> _Compared:
        found = _Compared(expected.shape, table)
        comparer = Comparer(table, answers)
        names = set()
        for column in expected.shape.columns.values():
            names.add(column.name)
            actual = table.columns.get(column.name)
            if actual is None:
                found.missing.append(column)
                continue
            attributes = self._attributes(table.name, column, actual, comparer)
            if attributes:
                line = self.timelines.column(table.name, column.name)
                found.altered.append(t.AlterColumn(line, table.name, column, actual, attributes=attributes))
        found.extra = [
            name
            for name in table.columns
            if name not in names and (table.name, name) not in self.provenance.raw_columns
        ]
        self._constraints(found, comparer)
        return found

    def _attributes(self, table: str, expected: Column, actual: Column, comparer: Comparer) -> frozenset[str]:
        """The attributes to alter: those that differ, and those that migrations set and the models no longer have."""
        found = {each.attribute for each in comparer.column(expected, actual) if each.match is Match.DIFFERENT}
        before = self.provenance.column(table, expected.name)
        for attribute in ("default", "comment", "collation", "auto"):
            taken_back = before is not None and getattr(before, attribute) and not getattr(expected, attribute)
            if taken_back and getattr(actual, attribute):
                found.add(attribute)
        made = self.provenance.made.get((table, expected.name))
        if before is not None and made is not None:  # what SQL made stays as long as the model stays
            other = {each.attribute for each in comparer.column(made, actual) if each.match is Match.DIFFERENT}
            found = {each for each in found if each in other or getattr(before, each) != getattr(expected, each)}
        return frozenset(found)

    def _constraints(self, found: _Compared, comparer: Comparer) -> None:
        """Claims live constraints for expected ones, the surest claim first."""
        live = list(found.table.constraints)
        given = self.provenance.given_names(found.table.name) | {
            key[1] for key in found.expected.constraints if key[0] == "name"
        }
        pairs = []
        for order, (key, shape) in enumerate(found.expected.constraints.items()):
            for number, actual in enumerate(live):
                if not _may_be(shape, actual, given) or not reads(shape) <= found.table.columns.keys():
                    continue
                verdict = verdict_of(comparer.compare(shape, actual))
                if verdict is not Match.DIFFERENT:
                    rank = (shape.name != actual.name, verdict is Match.INCOMPARABLE, order)
                    pairs.append((rank, key, number, verdict))
        taken: set[int] = set()
        for _, key, number, verdict in sorted(pairs, key=lambda pair: (pair[0], pair[2])):
            if key not in found.matched and number not in taken:
                found.matched[key] = live[number]
                taken.add(number)
                if verdict is Match.INCOMPARABLE:
                    found.doubtful.append(f"{live[number].name} on {found.table.name}")
        for key, shape in found.expected.constraints.items():
            if key not in found.matched and self._comes_with_its_table(found.table.name, key):
                twin = next((live[number] for number in taken if _is_twin(shape, live[number], comparer)), None)
                if twin is not None:
                    found.matched[key] = twin
        found.to_make = {key: shape for key, shape in found.expected.constraints.items() if key not in found.matched}
        raw = {number for number, actual in enumerate(live) if self.provenance.is_raw(found.table.name, actual)}
        found.to_drop = [
            actual for number, actual in enumerate(live) if number not in taken | raw and not _is_needed(actual)
        ]

    def _comes_with_its_table(self, table: str, key: Key) -> bool:
        """Whether CREATE TABLE made this. Of two constraints in it that say the same, servers make one."""
        made = self.provenance.shape(table)
        return key[0] == "unique" and (made is None or key in made.constraints)

    def _free_retyped(self, compared: Iterable[_Compared]) -> None:
        """Drops, and makes again afterwards, what hangs on a column that gets another type: keys, expressions."""
        if self.rebuilds:
            return
        retyped = {
            (task.table, task.actual.name) for each in compared for task in each.altered if task.changed & RETYPED
        }
        for each in compared:
            name = each.table.name
            columns = {column for table, column in retyped if table == name}
            for key, actual in list(each.matched.items()):
                own = isinstance(actual, ForeignKey) and any(
                    (actual.target, column) in retyped for column in actual.target_columns
                )
                if own or (columns and _hangs_on(actual, each.expected.constraints[key], columns)):
                    each.to_drop.append(actual)
                    each.to_make[key] = each.expected.constraints[key]

    # ---------------------------------------------------------------------------------------------------------- tasks
    def _tasks(self, each: _Compared) -> Iterator[Task]:
        tasks = list(self._steps(each))
        if self.rebuilds and any(_needs_rebuild(task) for task in tasks):
            raw = [name for table, name in self.provenance.raw_columns if table == each.table.name]
            if raw:
                raise Refused(
                    f"{each.table.name} would have to be made anew, and raw SQL of the migrations gave it columns "
                    f"that no model has: {', '.join(sorted(raw))}; nothing was changed"
                )
            kept = tuple(sorted(name for table, name in self.provenance.raw_constraints if table == each.table.name))
            yield t.RebuildTable(self.timelines.table(each.table.name), each.table, tuple(tasks), kept)
        else:
            yield from tasks

    def _steps(self, each: _Compared) -> Iterator[t.Part]:
        name, column_of = each.table.name, self.timelines.column
        going = set(each.extra)
        for task in each.altered:
            if (name, task.actual.name) in self.replaced or task.changed & {"generated", "stored"}:
                going.add(task.actual.name)
                yield t.ReplaceColumn(task.timeline, name, task.expected, task.actual)
            else:
                yield task
        yield from (t.DropColumn(column_of(name, column), name, column) for column in each.extra)
        yield from (t.MakeColumn(column_of(name, column.name), name, column) for column in each.missing)
        new = {column.name for column in each.missing} | (going - set(each.extra))
        over_gone = [each for each in each.matched.values() if set(each.columns) & going and self._stays(each)]
        for actual in (*each.to_drop, *over_gone):
            # All but a foreign key go with their column. A foreign key must be gone before the table that it points at.
            goes_along = set(actual.columns) & going and not self._stays(actual)
            if self.rebuilds or isinstance(actual, ForeignKey) or not goes_along:
                yield self._dropped(name, actual)
        makes = dict(each.to_make)
        for key, actual in each.matched.items():
            if not self.rebuilds and set(actual.columns) & going:
                makes[key] = each.expected.constraints[key]
        for key, shape in makes.items():
            comes_along = key[0] in FIELD_KEYS and bool(shape.columns) and set(shape.columns) <= new
            if self.rebuilds or not comes_along:
                yield t.MakeConstraint(self.timelines.constraint(name, key), name, shape)
        before = self.provenance.shape(name)
        comment = each.expected.comment
        taken_back = comment is None and each.table.comment and before is not None and before.comment
        if (comment is not None and comment != each.table.comment) or taken_back:
            yield t.SetComment(self.timelines.table(name), name, comment)

    def _stays(self, actual: Constraint) -> bool:
        """Whether it outlives a column that it is over, or keeps that from being dropped."""
        if not self.narrows or isinstance(actual, PrimaryKey):
            return False
        named_check = isinstance(actual, Check) and actual.name is not None
        return isinstance(actual, ForeignKey) or len(actual.columns) > 1 or named_check

    def _dropped(self, table: str, actual: Constraint) -> t.DropConstraint:
        return t.DropConstraint(self.timelines.live_constraint(table, actual), table, actual)


def _may_be(shape: Constraint, actual: Constraint, given: Collection[str]) -> bool:
    """Whether a live constraint can be this one at all, by its kind, its name and its columns."""
    if type(shape) is not type(actual):
        return False
    if shape.named and actual.name is not None:
        return shape.name == actual.name
    if actual.name in given and shape.name != actual.name:
        return False
    if isinstance(shape, Check):
        return set(reads(shape)) == set(actual.columns)
    return not shape.columns or shape.columns == actual.columns


def _is_needed(actual: Constraint) -> bool:
    """Whether a foreign key rests on an index, so that the server would not drop it."""
    return isinstance(actual, Index) and actual.for_key and not actual.unique


def _is_twin(shape: Constraint, actual: Constraint, comparer: Comparer) -> bool:
    """Whether a live constraint that another one has claimed already does all that this one would."""
    same = isinstance(actual, Index) and shape.columns == actual.columns
    return same and verdict_of(comparer.compare(shape, actual)) is Match.SAME


def _hangs_on(actual: Constraint, shape: Constraint, columns: set[str]) -> bool:
    """Whether this constraint has to go before these columns can get another type."""
    if not reads(shape) & columns and not set(actual.columns) & columns:
        return False
    if isinstance(actual, Index):
        special = any(part.opclass or part.collation or part.expression is not None for part in actual.parts)
        return special or actual.condition is not None
    return not isinstance(actual, PrimaryKey)


def _needs_rebuild(task: t.Part) -> bool:
    """Whether SQLite can do this only by making the table anew."""
    match task:
        case t.MakeConstraint(_, _, constraint) | t.DropConstraint(_, _, constraint):
            return not isinstance(constraint, Index) or constraint.constraint
        case t.MakeColumn() | t.ReplaceColumn() | t.AlterColumn() | t.DropColumn():
            return True
        case t.SetComment():
            return False
        case _:
            assert_never(task)


def app_label(tables: Mapping[str, Expected], provenance: Provenance, task: Task) -> str:
    """The app that a task is about."""
    table = table_of(task) or ""
    expected = tables.get(table)
    return expected.model[0] if expected is not None else provenance.app_of(table) or ""
