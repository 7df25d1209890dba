"""Walks a migration graph, operation by operation, into Timelines, without touching a database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connections, router
from django.db.migrations import RunPython, RunSQL, SeparateDatabaseAndState, operations
from django.db.migrations.operations import (
    AddField,
    AlterModelManagers,
    AlterModelOptions,
    RemoveField,
    RenameIndex,
)

from schemaguard.history import changes as ch
from schemaguard.history.branch import Branch
from schemaguard.history.broken import replaying
from schemaguard.history.contrib_postgres import changes_by_contrib
from schemaguard.history.editors import ModelChange, editor_of
from schemaguard.history.editors.found_indexes import as_renames, by_columns
from schemaguard.history.implied_drops import WORDS_OF_SQL
from schemaguard.history.object_timeline import AnyTimeline, ConstraintTimeline, Op, OtherTimeline, TableTimeline
from schemaguard.history.opaque import OpaqueCode, handlers, opaque_function
from schemaguard.history.overrides import does_what_it_says, may_run_nothing
from schemaguard.history.raw_sql import statements
from schemaguard.history.shapes.difference import difference
from schemaguard.history.shapes.shape import NOTHING, Shape, Shapes
from schemaguard.history.shapes.tables import ShapeMaker
from schemaguard.history.state import ModelKey, Touched, TrackingState, renamed_fields
from schemaguard.history.takeover import among_others, constrained_by, note_modelled
from schemaguard.history.timelines import Timelines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations.migration import Migration
    from django.db.migrations.operations.base import Operation

    from schemaguard.database.base import Backend
    from schemaguard.history.changes import Change
    from schemaguard.schema.objects import Column, Constraint

STATE_ONLY: tuple[type[Operation], ...] = (AlterModelOptions, AlterModelManagers)
if hasattr(operations, "AlterConstraint"):  # Django 5.2 and later: what of a constraint no database sees
    STATE_ONLY += (operations.AlterConstraint,)


@dataclass(slots=True)
class Walked:
    """One operation as walked. `opaque` holds the texts of what it does that cannot be read (SQL, or code)."""

    operation: Operation
    opaque: list[str] = field(default_factory=list)
    models: frozenset[ModelKey] = frozenset()
    touched: set[ModelKey] = field(default_factory=set)
    """The models whose states it changed, former names among them; `models` are those whose tables it may change."""


@dataclass(slots=True)
class History:
    """The walked graph: `operations[m][o]` belongs to `migrations[m].operations[o]`; `state` is the one at the end."""

    migrations: Sequence[Migration]
    operations: list[list[Walked]]
    timelines: Timelines
    state: TrackingState
    maker: ShapeMaker
    shapes: Mapping[ModelKey, Shapes]
    opaque: list[OpaqueCode]
    by_state: Mapping[str, Op] = field(default_factory=dict)
    """The tables that models have in the end and that began in the state alone, and the operation in which they did."""

    @property
    def tables_of_models(self) -> frozenset[str]:
        """The names of the tables that models have in the end, those between two models among them."""
        return _names_of_tables(self.shapes)

    def runs_code(self, op: Op) -> bool:
        """Whether an operation does what cannot be read: code, or SQL."""
        m, o = op
        return bool(self.operations[m][o].opaque)

    def has_code(self, m: int) -> bool:
        """Whether an operation of a migration, by its position in the plan, does what cannot be read."""
        return any(walked.opaque for walked in self.operations[m])

    def may_have_redefined(self, timeline: OtherTimeline, since: Op, names: Collection[str]) -> bool:
        """Whether code that cannot be read may have replaced or dropped it since: by its name, or with what it needs.

        `names` are those of the tables and other things that it is made of.
        """
        return any(code.may_redefine(timeline.name, names) for code in self.opaque if code.op > since)

    def in_doubt(self, timeline: AnyTimeline, actual: Column | Constraint | None) -> bool:
        """Whether code that cannot be read may have made this what it is, or dropped it (None), after it was made."""
        if isinstance(timeline, OtherTimeline):
            first = next((step.op for step in timeline.steps if step.op is not None), None)
            return first is not None and self.may_have_redefined(timeline, first, timeline.words - WORDS_OF_SQL)
        if isinstance(timeline, TableTimeline):
            return any(code.alters_tables for code in self.opaque)
        unread = self.timelines.unread
        if isinstance(timeline, ConstraintTimeline) and unread:
            if any(step.shape is not None and step.shape.name in unread for step in timeline.steps):
                return True
        return any(code.may_touch(timeline, actual) for code in self.opaque)


class Walker:
    """Feeds Timelines with what each operation does to the database, and a state with what it does to the models."""

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        backend: Backend,
        migrations: Sequence[Migration],
        real_apps: set[str] | None = None,
    ) -> None:
        """`migrations`: the whole plan, in order."""
        self.connection = connection
        self.backend = backend
        self.migrations = migrations
        self.maker = ShapeMaker(connections[connection.alias], backend)  # the proxy costs a look-up each time
        self.timelines = Timelines(cascades=backend.cascades, unread=self.maker.unread)
        self.editor = editor_of(self.maker, self.timelines, migrations)
        self.opaque: list[OpaqueCode] = []
        self.by_state: dict[str, Op] = {}
        self.main = Branch(TrackingState(real_apps=real_apps or set()), self.maker, {})
        self.main.state.renamed_fields = renamed_fields(migrations)

    def walk(self) -> History:
        """Raises MigrationsBroken where an operation cannot be replayed."""
        operations = []
        for position, migration in enumerate(self.migrations):
            walked = []
            self.editor.begin(migration)
            for index, operation in enumerate(migration.operations):
                each = Walked(operation)
                each.models = frozenset(
                    self._operation(migration.app_label, operation, (position, index), self.main, each, database=True)
                )
                walked.append(each)
            operations.append(walked)
            if may_run_nothing(migration, self.connection):
                self.timelines.loosen(position)
        for handler in handlers():
            self._note_code((len(operations), 0), handler)
        tables = _names_of_tables(self.main.shapes)
        by_state = {name: op for name, op in self.by_state.items() if name in tables}
        return History(
            self.migrations,
            operations,
            self.timelines,
            self.main.state,
            self.maker,
            self.main.shapes,
            self.opaque,
            by_state,
        )

    def _operation(
        self, app_label: str, operation: Operation, op: Op, branch: Branch, walked: Walked, *, database: bool
    ) -> set[ModelKey]:
        """One operation on one branch; `database` is false where only the models move. Returns the models touched."""
        if isinstance(operation, SeparateDatabaseAndState):
            return self._separate(app_label, operation, op, branch, walked, database)
        if isinstance(operation, RunSQL):
            touched: set[ModelKey] = set()
            if database and router.allow_migrate(self.connection.alias, app_label, **operation.hints):
                self._run_sql(operation, op, branch, walked)
            for each in operation.state_operations:
                touched |= self._operation(app_label, each, op, branch, walked, database=False)
            return touched
        branch.state.take()
        self.editor.foresee(app_label, operation, branch.state)
        with replaying(self.migrations[op[0]], operation):
            operation.state_forwards(app_label, branch.state)
        noted = branch.state.take()
        is_djangos = type(operation).__module__.startswith("django.")
        if not is_djangos:
            self._note_named(app_label, operation, noted)
        walked.touched.update(noted.models)
        changed = branch.refresh(noted)
        if isinstance(operation, RunPython):
            if database:
                walked.opaque.append(_source_of(operation))
                self._note_code(op, operation.code)
            return set()
        if not is_djangos:
            walked.opaque.append(type(operation).__name__)
            self._note_operation(op, operation)
        if isinstance(operation, AddField | RemoveField):
            # The editor adds or drops one column. What looks at a key that went and came as another type is left alone.
            changed = [each for each in changed if each[0] == (app_label, operation.model_name_lower)]
        believed = database and (is_djangos or does_what_it_says(operation, self.connection))
        if believed is False or self._state_only(operation):
            self._note_state(changed, op)
        else:
            self._database(operation, op, noted, changed, branch)
            self._special(app_label, operation, op)
            if believed is None:
                self.timelines.loosen(*op)
        if branch is self.main:
            self._note_modelled(_otherwise_constrained(changed), op)
        return {key for key, _, _ in changed}

    def _note_state(self, changed: list[tuple[ModelKey, Shapes, Shapes]], op: Op) -> None:
        """The tables that a model has from now on and no migration has made."""
        for _, before, after in changed:
            names = {shape.name for shape in before.values()}
            for shape in after.values():
                if shape.name not in names and shape.name not in self.timelines.tables:
                    self.by_state.setdefault(shape.name, op)

    def _note_modelled(self, shapes: Iterable[Shape], op: Op) -> None:
        """Which constraints of these tables have a model from now on."""
        for shape in shapes:
            table = self.timelines.tables.get(shape.name)
            if table is not None:
                note_modelled(table, shape, op)

    @staticmethod
    def _state_only(operation: Operation) -> bool:
        return isinstance(operation, STATE_ONLY)

    @staticmethod
    def _note_named(app_label: str, operation: Any, touched: Touched) -> None:
        """A third party's operation may change a model state in place, without a word to the state."""
        for name in (getattr(operation, "model_name", None), getattr(operation, "name", None)):
            if isinstance(name, str):
                touched.models[app_label, name.lower()] = None

    def _separate(
        self, app_label: str, operation: Any, op: Op, branch: Branch, walked: Walked, database: bool
    ) -> set[ModelKey]:
        touched: set[ModelKey] = set()
        if database and operation.database_operations:
            aside = branch.copy()
            changed = {
                key
                for each in operation.database_operations
                for key in self._operation(app_label, each, op, aside, walked, database=True)
            }
            if branch is self.main:
                shapes = (branch.shapes.get(key, NOTHING) for key in changed)
                self._note_modelled((shape for each in shapes for shape in each.values()), op)
        for each in operation.state_operations:
            touched |= self._operation(app_label, each, op, branch, walked, database=False)
        return touched

    def _run_sql(self, operation: Any, op: Op, branch: Branch, walked: Walked) -> None:
        for statement, is_whole in statements(operation.sql):
            changes = self._parsed(statement)
            if not is_whole:
                changes = [
                    replace(each, sql=None) if isinstance(each, ch.CreateOther | ch.AddConstraint) else each
                    for each in changes
                ]
            texts = [change.text for change in changes if isinstance(change, ch.Opaque)]
            walked.opaque += texts
            self.opaque += filter(None, (OpaqueCode.of(op, text) for text in texts))
            self.timelines.apply(changes, op)
            for table in (constrained_by(each, self.timelines.tables) for each in changes):
                self._note_modelled(branch.shapes_of(table), op)

    def _note_code(self, op: Op, function: Any) -> None:
        code = opaque_function(op, function)
        if code is not None:
            self.opaque.append(code)

    def _note_operation(self, op: Op, operation: Operation) -> None:
        """A third party's operation is believed to do what its state says, and may do more to a whole table."""
        code = opaque_function(op, type(operation).database_forwards)
        if code is not None and code.alters_tables:
            self.opaque.append(OpaqueCode.about_tables(op))
        self.opaque.append(OpaqueCode.about_others(op, repr(vars(operation))))

    def _parsed(self, statement: str) -> list[Change]:
        from schemaguard.history.sql import parse

        return parse(statement, dialect=self.backend.dialect, normal_type=self.backend.normal_type)

    def _database(
        self,
        operation: Operation,
        op: Op,
        touched: Touched,
        changed: list[tuple[ModelKey, Shapes, Shapes]],
        branch: Branch,
    ) -> None:
        models = {old[1]: new[1] for old, new in touched.renamed_models.items()}
        for old, new in list(models.items()):
            models[f"from_{old}"], models[f"to_{old}"] = f"from_{new}", f"to_{new}"
        for key, before, after in changed:
            change = ModelChange(operation, op, key, before, after)
            self.editor.apply(change, partial(self._difference, change, touched, models, branch))

    def _difference(
        self, change: ModelChange, touched: Touched, models: Mapping[str, str], branch: Branch
    ) -> list[Change]:
        """What of the database has to be altered by what the models say. `models`: new names, by their old ones."""
        steps = list(
            difference(
                change.before,
                change.after,
                self.backend,
                fields=touched.renamed_fields.get(change.model, {}),
                indexes=touched.renamed_indexes.get(change.model, {}),
                models=models,
            )
        )
        named = [getattr(step, attribute, None) for step in steps for attribute in ("table", "name")]
        for shape in change.before.values():
            if shape.name in named:
                self.timelines.assume(shape)
        if isinstance(change.operation, RenameIndex):
            steps = as_renames(steps)
        steps = [among_others(step, branch, change.operation) for step in steps]
        return [by_columns(step, change.before, self.timelines) for step in steps]

    def _special(self, app_label: str, operation: Any, op: Op) -> None:
        """Operations of django.contrib.postgres whose effect is not, or not all, in the models."""
        changes = list(changes_by_contrib(operation)) if self.backend.serves_contrib_postgres else []
        if changes and router.allow_migrate(self.connection.alias, app_label):
            self.timelines.apply(changes, op)


def _names_of_tables(shapes: Mapping[ModelKey, Shapes]) -> frozenset[str]:
    return frozenset(shape.name for each in shapes.values() for shape in each.values())


def _otherwise_constrained(changed: Iterable[tuple[ModelKey, Shapes, Shapes]]) -> Iterator[Shape]:
    """The tables that have other constraints than before by their models."""
    for _, before, after in changed:
        for role, shape in after.items():
            if role not in before or before[role].constraints.keys() != shape.constraints.keys():
                yield shape


def _source_of(operation: Any) -> str:
    code = operation.code
    return f"{getattr(code, '__module__', '')}:{getattr(code, '__qualname__', repr(code))}"
