"""Holds the result against the promises of the plan, right before the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import Action, Diagnosis, OperationState, State
from schemaguard.exceptions import Refused
from schemaguard.exhaustive import assert_never
from schemaguard.history.bits import bits_of
from schemaguard.location.effects import by_kind
from schemaguard.operations import tasks as t
from schemaguard.schema.codes import Level, Problem
from schemaguard.schema.kinds import KEPT, Kind

if TYPE_CHECKING:
    from collections.abc import Collection

    from schemaguard.history.graph import Key
    from schemaguard.history.object_timeline import Op, TableShape
    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.operations.tasks import Task
    from schemaguard.schema.objects import Schema, Table

ROLLED_BACK = "everything was rolled back"
MOST = 5


def came_true(before: Diagnosis, found: Location) -> frozenset[Key]:
    """Migrations that were pending, and have nothing left to do now that what they depend on is whole.

    Examples: what it removes was never made; it removes an index and makes it again. Left out is what runs code, since
    nobody can see whether that ran, and whatever depends on it.
    """
    pending = {each.key for each in before.migrations if each.state is State.PENDING}
    graph, states = found.graph, found.states
    true: dict[int, Key] = {}
    there = bits_of(m for m, recorded in enumerate(graph.recorded) if recorded)
    for m, migration in enumerate(graph.plan):
        key = migration.app_label, migration.name
        if key not in pending or states.migrations[m] is not State.PRESENT or not states.visible[m]:
            continue
        invisible = [(m, o) for o, state in enumerate(states.operations[m]) if state is OperationState.INVISIBLE]
        if not any(map(found.history.runs_code, invisible)) and not graph.ancestors[m] & ~there:
            true[m] = key
            there |= 1 << m
    return frozenset(true.values())


def verify(
    before: Diagnosis, after: Diagnosis, steps: list[Step], left: Collection[Key] = (), end: str = ROLLED_BACK, *,
    harmless: Collection[Key] = (),
) -> None:  # fmt: skip
    """Asks that every promise is kept and no new error is there. Raises Refused with a text that ends with `end`.

    `left`: migrations of which something is left as it is on purpose. `harmless`: migrations that may be without a
    record.
    """
    unmended = {State.MISSING, State.PARTIAL, State.PENDING, State.CONFLICTING}
    states = {migration.key: migration for migration in after.migrations}
    problems = []
    recorded = {key for step in steps for key in step.records}
    for step in steps:
        migration = states.get(step.key)
        if step.action is Action.UNRECORD:
            if migration is not None and migration.recorded and step.key not in recorded:
                problems.append(f"{step.key[0]}.{step.key[1]} is recorded still")
        elif step.action is Action.PRUNE:
            if migration is not None and migration.state is State.ORPHANED:
                problems.append(f"the record {step.key[0]}.{step.key[1]} is still there")
        elif migration is not None and step.records and not migration.recorded:
            problems.append(f"{step.key[0]}.{step.key[1]} is not recorded")
        elif step.key not in left and migration is not None and migration.state in unmended and any(step.every_task):
            problems.append(f"{step.key[0]}.{step.key[1]} is {migration.state.value} still")
    tasks = [task for step in steps for task in step.every_task if isinstance(task, t.RenameTable)]
    called = {task.name: task.new_name for task in tasks}
    known = {
        (each.code, called.get(each.table or "", each.table), each.name, each.app, each.migration)
        for each in before.every_finding
    }
    for finding in after.every_finding:
        identity = (finding.code, finding.table, finding.name, finding.app, finding.migration)
        unrecorded = finding.problem is Problem.UNRECORDED and (finding.app, finding.migration) in harmless
        if finding.level is Level.ERROR and identity not in known and not unrecorded:
            problems.append(finding.message)
    if problems:
        raise Refused(*problems[:MOST], heading="the result is not what the plan promised", end=end)


def verify_kept(location: Location, after: Schema, steps: list[Step], end: str = ROLLED_BACK) -> None:
    """Asks that nothing is gone that no step was to drop; what no migration knows never is. Raises Refused.

    A view or a trigger may go only where SQL that was run drops it: it is no part of a column that it hangs on.
    """
    migrate_plan = _Going(location, steps)
    strange: set[tuple[str, str | None]] = {(table.name, None) for table in location.extra_tables}
    strange.update((table.name, name) for _, table, name in location.extra_columns)

    def is_lost(table: str, column: str | None = None) -> bool:
        # Nobody can read beforehand what code does to objects of the migrations.
        return (table, column) not in migrate_plan.things and (not migrate_plan.runs_code or (table, column) in strange)

    gone = []
    for table in location.schema.tables.values():
        there = after.find(migrate_plan.new_names.get(table.name, table.name))
        if there is None:
            gone += [f"table {table.name}"] if is_lost(table.name) else []
            continue
        lost = table.columns.keys() - there.columns.keys() if table.name not in migrate_plan.remade else ()
        gone += [f"column {table.name}.{name}" for name in lost if is_lost(table.name, name)]
    if not migrate_plan.runs_code:
        gone += [
            f"{kind.words} {name}"
            for kind, name in location.schema.others - after.others
            if migrate_plan.keeps(kind, name)
        ]
    if gone:
        raise Refused(f"the result would be without {', '.join(sorted(set(gone)))}; {end}")


class _Going:
    """What the steps are to drop or rename, by the names before them: `(table, None)` is the table itself."""

    def __init__(self, location: Location, steps: list[Step]) -> None:
        self.location = location
        self.things: set[tuple[str, str | None]] = set()
        self.new_names: dict[str, str] = {}
        self.others: set[tuple[Kind, str]] = set()
        self.remade: set[str] = set()
        """The views that are made anew. These may get other columns, since they have those of their query."""
        self.runs_code = False
        for step in steps:
            for task in step.every_task:
                self._note(task)

    def keeps(self, kind: Kind, name: str) -> bool:
        """Whether a view or a trigger is to stay; a trigger goes with its table, whichever that is."""
        with_its_table = kind is Kind.TRIGGER and any(column is None for _, column in self.things)
        return kind in KEPT and (kind, name) not in self.others and not with_its_table

    def _note(self, task: Task) -> None:
        match task:
            case t.MakeOther(timeline):
                if timeline.kind is Kind.VIEW:
                    self.remade.add(timeline.name)
            case t.DropTable(_, name):
                self.things.add((name, None))
            case t.RenameTable(_, name, new_name) | t.MoveTable(_, name, _, new_name):
                self.new_names[name] = new_name
            case t.DropColumn() | t.RenameColumn() | t.ReplaceColumn():
                self.things.add((task.table, task.name))
            case t.AlterColumn(_, table, expected, actual):
                if actual.name != expected.name:
                    self.things.add((table, actual.name))
            case t.RebuildTable(_, _, parts):
                for part in parts:
                    self._note(part)
            case t.RunOperation(op) | t.RunSql(op):
                self._run(op)
            case t.MakeTable() | t.SetComment() | t.AlterTable() | t.MakeColumn() | t.UnmakeColumn():
                return
            case t.MakeConstraint() | t.ValidateConstraint() | t.RenameConstraint() | t.PromoteIndex():
                return
            case t.DropConstraint() | t.RenameSequence() | t.SetSequence() | t.NumberColumn() | t.CreateExtension():
                return
            case _:
                assert_never(task)

    def _run(self, op: Op) -> None:
        """What an operation drops or renames, by its effects."""
        location = self.location
        self.runs_code = self.runs_code or location.history.runs_code(op)
        effects = by_kind(location.effects_at(op))
        self.others.update((each.timeline.kind, each.timeline.name) for each in effects.others if not each.after)
        for table in effects.tables:
            self._table(location.live_table(table.timeline), table.after)
        for column in effects.columns:
            actual = location.live(column.timeline)
            if actual is not None and (column.after is None or column.after.name != actual.name):
                self.things.add((location.live_tables[column.timeline.table].name, actual.name))

    def _table(self, live: Table | None, shape: TableShape | None) -> None:
        if live is not None and shape is None:
            self.things.add((live.name, None))
        elif live is not None and shape is not None:
            self.new_names[live.name] = shape.name
