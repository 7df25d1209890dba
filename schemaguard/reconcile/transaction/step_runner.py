"""Carries a plan's steps out, or collects their SQL: the same way through the same code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.migrations.recorder import MigrationRecorder

from schemaguard.database.editors import outer_editor, transactional_editor
from schemaguard.exceptions import CannotMend
from schemaguard.history.raw_sql import raw_sql
from schemaguard.history.sql.control import begins_transaction
from schemaguard.journal.records import forget_record
from schemaguard.operations import tasks as t
from schemaguard.operations.boundary import left_open
from schemaguard.operations.perform.collecting import collecting
from schemaguard.operations.perform.dropping import Dropping
from schemaguard.operations.perform.moving_state import MovingState
from schemaguard.operations.perform.operation_sets import OperationSet, OperationSets
from schemaguard.operations.perform.performer import Performer
from schemaguard.operations.perform.project_states import held
from schemaguard.operations.perform.protected_tables import Defence
from schemaguard.operations.perform.remaking import Remaking
from schemaguard.operations.perform.unmodelled_parts import Present, UnmodelledParts
from schemaguard.operations.subjects import op_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.history.changes import Key as ConstraintKey
    from schemaguard.history.graph import Graph, Key
    from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op
    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.operations.tasks import Task
    from schemaguard.reconcile.plan.steps import Plan
    from schemaguard.schema.objects import Constraint


class Runner:
    """Runs the steps of one plan on one connection, in order; what the database holds grows as it goes.

    Records are written together, before anything is run that may look at them, and with `record()` at the end.
    """

    def __init__(self, connection: BaseDatabaseWrapper, location: Location, plan: Plan) -> None:
        self.connection = connection
        self.location = location
        self.plan = plan
        self.defence = Defence(location)
        self.sets = OperationSets(location.graph)
        self.held = self.sets.all_that(lambda op: op[0] in plan.held and held(location, *op))
        self.below = self.held.with_ancestors()
        self.states = MovingState(connection, location, self.sets)
        self._unrecorded: list[Key] = []
        self.dropping = Dropping(connection, location)
        self.remaking = Remaking(self._absent(), self._forgone(), self._standing(), self._unnamed(), self._strangers())

    def run(self, step: Step, on_task: Callable[[Task], None] = lambda _task: None) -> None:
        """One step: its tasks, then its records. Raises CannotMend, django.db.Error, and what a RunPython raises."""
        if step.tasks or step.sequence:
            self.record()
            atomic = step.position is None or self.location.graph.plan[step.position].atomic
            if atomic and not self.connection.in_atomic_block:
                dialect = self.location.backend.dialect
                sql = scripts(step, self.location.graph)
                atomic = not any(begins_transaction(each, dialect=dialect) for each in sql)
            with self._editor(bool(atomic)) as editor:
                self._work(step, editor, on_task)
            if left_open(self.connection):
                raise CannotMend("it began a transaction and did not end it, which was rolled back")
        self._note(step)
        if step.position is not None and not step.removes:
            self._complete(step.position)

    def sql(self, step: Step) -> tuple[str, ...]:
        """The statements of one step, without running any and without those of the records."""
        collected: list[str] = []
        if step.tasks or step.sequence:
            with collecting(self.connection) as editor:
                editor.before_drop = self.dropping.before_drop
                self._work(step, editor, lambda _task: None)
            collected = editor.collected_sql
        if step.position is not None and not step.removes:
            self._complete(step.position)
        return tuple(collected)

    def _editor(self, atomic: bool) -> Any:
        inside = self.connection.in_atomic_block
        editor = (transactional_editor if inside else outer_editor)(self.connection, atomic=atomic)
        editor.before_drop = self.dropping.before_drop
        return editor

    def _work(self, step: Step, editor: Any, on_task: Callable[[Task], None]) -> None:
        if step.tasks:
            is_whole = step.records and not step.sequence  # else some of its operations are still to run
            own = self.sets.of_migration(step.position) if is_whole and step.position is not None else None
            ops = self.below if own is None else self.below | own.with_ancestors()
            self._perform(step.tasks, self._performer(editor, ops), on_task)
        if not step.sequence or step.position is None:
            return
        m = step.position
        performer = self._performer(editor, self._without(m))
        for o in range(len(self.location.graph.plan[m].operations)):
            tasks = step.sequence.get(o, [])
            if not any(op_of(task) == (m, o) for task in tasks):
                performer.advance((m, o))
            self._perform(tasks, performer, on_task)
        size = len(self.location.graph.plan[m].operations)
        self._perform((_by_the_name_at(task, (m, size)) for task in step.sequence.get(size, [])), performer, on_task)

    def _perform(self, tasks: Iterable[Task], performer: Performer, on_task: Callable[[Task], None]) -> None:
        for task in tasks:
            self.defence.refuse(task)
            on_task(task)
            performer.perform(task)

    def _performer(self, editor: Any, ops: OperationSet) -> Performer:
        """A performer on the models after these operations, and on the database as it is now."""
        self.remaking.held.clear()
        self.remaking.holds = ops.__contains__
        return Performer(self.connection, editor, self.location.graph.plan, self.states.at(ops), self.remaking)

    def _without(self, m: int) -> OperationSet:
        """The operations that the database holds, without those of a migration and of what it alone depends on."""
        own = self.sets.of_migration(m)
        return (self.held - own).with_ancestors() if self.held.bits & own.bits else self.below

    def _complete(self, m: int) -> None:
        """Notes that the database holds that migration now."""
        own = self.sets.of_migration(m)
        self.held, self.below = self.held | own, self.below | own.with_ancestors()

    def _absent(self) -> dict[str, set[str]]:
        """By table, the columns that it should have and does not have."""
        found: dict[str, set[str]] = {}
        for timeline, table in self.location.live_tables.items():
            for column in timeline.every_column:
                shape = self.location.expected_shape(column)
                if shape is not None and self.location.live(column) is None:
                    found.setdefault(table.name, set()).add(shape.name)
        return found

    def _forgone(self) -> dict[str, set[ConstraintKey]]:
        """By table, the constraints of its model that code of a migration may have dropped."""
        found: dict[str, set[ConstraintKey]] = {}
        for timeline, table in self.location.live_tables.items():
            for constraint in timeline.every_constraint:
                place = self.location.placement(constraint)
                if place.in_doubt and place.actual is None:
                    found.setdefault(table.name, set()).add(constraint.key)
        return found

    def _strangers(self) -> UnmodelledParts:
        """Every column that no task drops or renames, and the constraints of which no migration knows."""
        if not self.location.backend.remakes_tables:
            return UnmodelledParts()  # no table is made anew elsewhere
        touched = t.DropColumn | t.RenameColumn | t.ReplaceColumn
        tasks = [task for step in self.plan.steps for task in step.every_task if isinstance(task, touched)]
        leaving = {(task.table, task.name) for task in tasks}
        columns = {
            name: [column for column in table.columns if (name, column) not in leaving]
            for name, table in self.location.schema.tables.items()
        }
        constraints: dict[str, list[Constraint]] = {}
        for _, table, constraint in self.location.extra_constraints:
            constraints.setdefault(table.name, []).append(constraint)
        return UnmodelledParts(columns, constraints, self._present())

    def _present(self) -> dict[str, list[Present]]:
        """By table, the columns and constraints that stand where they should."""
        found: dict[str, list[Present]] = {}
        for timeline, table in self.location.live_tables.items():
            every: list[ColumnTimeline | ConstraintTimeline] = [*timeline.every_column, *timeline.every_constraint]
            for each in every:
                step, place = self.location.expected_step(each), self.location.placement(each)
                if place.actual is not None and not place.nearest and step in place.allowed and step:
                    found.setdefault(table.name, []).append(Present(each, step, place.actual))
        return found

    def _standing(self) -> dict[str, tuple[ConstraintTimeline, int] | None]:
        """The indexes that are there: those of the migrations, each with its step, and those made by hand."""
        found: dict[str | None, tuple[ConstraintTimeline, int] | None] = {
            live.name: (timeline, self.location.located_step(timeline))
            for timeline, live in self.location.live_constraints()
        }
        found.update((each.name, None) for *_, each in self.location.extra_constraints)
        return {name: stands for name, stands in found.items() if name}

    def _unnamed(self) -> frozenset[str]:
        """The names that Django gave to indexes and constraints of a model that have none of their own."""
        return frozenset(
            live.name
            for timeline, live in self.location.live_constraints()
            if live.name is not None and timeline.key[0] not in ("name", "sql")
        )

    def _note(self, step: Step) -> None:
        self._unrecorded += [key for key in step.records if key not in self.location.graph.records]
        if step.removes:
            self.record()
        for key in step.removes:
            forget_record(self.connection, *key)

    def record(self) -> None:
        """Writes the records of the steps since it was last called, as MigrationRecorder.record_applied does.

        A record that is there by now is not written twice. Code of a migration, or a plain `migrate`, may have made it.
        """
        if not self._unrecorded:
            return
        recorder = MigrationRecorder(self.connection)
        recorder.ensure_schema()
        there = set(recorder.migration_qs.values_list("app", "name"))
        recorder.migration_qs.bulk_create(
            recorder.Migration(app=app, name=name) for app, name in self._unrecorded if (app, name) not in there
        )
        self._unrecorded.clear()


def _by_the_name_at(task: Task, op: Op) -> Task:
    """The task with the name that its table has after an operation."""
    return replace(task, table=task.timeline.table.name_at(op)) if isinstance(task, t.MakeConstraint) else task


def scripts(step: Step, graph: Graph) -> list[str]:
    """The SQL of migrations that a step runs as it is written. It may begin and end transactions by itself."""
    tasks = [task for task in step.every_task if isinstance(task, t.RunOperation | t.RunSql)]
    return [sql for task in tasks for sql in raw_sql(graph.plan[task.op[0]].operations[task.op[1]]) or ()]
