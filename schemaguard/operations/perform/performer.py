"""Carries out tasks through Django's schema editor: the one place where a plan becomes SQL.

The editor executes statements or, made with `collect_sql`, only collects them. Private parts of Django's schema editor
are used here, in `constraints`, in `altering`, in `remaking` and in `model_rebuild` (django/db/backends/base/schema.py,
4.2 to 6.1).
"""

from __future__ import annotations

import copy
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import models

from schemaguard.history.raw_sql import sends
from schemaguard.operations import tasks as t
from schemaguard.operations.perform import altering
from schemaguard.operations.perform.columns import ColumnAlteration
from schemaguard.operations.perform.constraints import ConstraintEditor
from schemaguard.operations.perform.defaults import is_added_with_default, one_off_default
from schemaguard.operations.perform.django_operations import forwards
from schemaguard.operations.perform.live_field import live_field
from schemaguard.operations.perform.lost_attributes import without_what_was_lost
from schemaguard.operations.perform.model_rebuild import rebuild
from schemaguard.operations.perform.sql_objects import is_dropped_first
from schemaguard.operations.perform.statements import Spelt, statements
from schemaguard.operations.perform.third_party import third_party
from schemaguard.operations.spelling import drop_column, drop_tables
from schemaguard.operations.subjects import with_table_renamed
from schemaguard.schema.names import bare, beside

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemaguard.history.object_timeline import ColumnTimeline, TableTimeline
    from schemaguard.schema.objects import Column


class Performer(ConstraintEditor):
    """Carries out the tasks of one step, one after the other, on one state."""

    def perform(self, task: t.Task) -> None:
        """Raises CannotMend where no model describes the object, and django.db.Error where the server refuses."""
        task = with_table_renamed(task, self.remaking.moved)
        match task:
            case t.RunOperation(op) | t.CreateExtension(op):
                self._operation(op)
            case t.RunSql():
                self._run_sql(task)
            case t.MakeTable(timeline, name):
                self._make_table(timeline, name)
            case t.MakeColumn():
                self._make_column(task)
            case t.ReplaceColumn():
                self._replace_column(task)
            case t.AlterColumn():
                self._alter_column(task)
            case t.MakeConstraint():
                self._make_constraint(task)
            case t.DropConstraint():
                self._drop_constraint(task)
            case t.RenameTable(_, name, new_name):
                self._rename_table(name, new_name)
                self.remaking.move(name, new_name)
            case t.RenameColumn(_, table, name, new_name):
                self._spelt(task)
                self.remaking.called[table, name] = new_name
                self.remaking.strangers.rename_column(table, name, new_name)
            case t.RenameConstraint():
                self._rename_constraint(task)
            case t.DropColumn() if self.remaking.took(task.table, task.name):
                pass
            case t.DropColumn() | t.UnmakeColumn():
                self._drop_column(task.table, task.name)
            case t.DropTable():
                self._before_drop(task.name, None)
                for sql in drop_tables(self.backend, [task.name]):
                    self._execute(sql)
            case t.SetComment():
                self.editor.alter_db_table_comment(self.model(task.table), None, task.comment)
            case t.RebuildTable():
                rebuild(self, task)
            case _:
                self._spelt(task)

    def _spelt(self, task: Spelt) -> None:
        """Carries out the tasks that need no model."""
        if isinstance(task, t.MakeOther) and is_dropped_first(self.connection, task):
            self._before_drop(task.timeline.name, None)
        for sql in statements(self.connection, task):
            self._execute(sql)

    def _before_drop(self, table: str, column: str | None) -> None:
        told = getattr(self.editor, "before_drop", None)
        if told is not None:
            told(self.editor, table, column)

    # ------------------------------------------------------------------------------------------------------ operations
    def _operation(self, op: tuple[int, int]) -> None:
        migration = self.migrations[op[0]]
        operation = migration.operations[op[1]]
        before, self.state = self.state, self.state.clone()
        with third_party():
            self.state.apply(migration.app_label, operation)
        self.remaking.held.add(op)
        forwards(self.connection, self.editor, migration, operation, before, self.state)

    def _run_sql(self, task: t.RunSql) -> None:
        if task.only is not None:
            for statement in task.only:
                self._execute(statement)
            return
        migration = self.migrations[task.op[0]]
        operation = migration.operations[task.op[1]]
        if task.after:
            for statement, params in sends(operation, self.connection)[task.after :]:
                self.editor.execute(statement, params)
            return
        forwards(self.connection, self.editor, migration, operation, self.state, self.state)

    def advance(self, op: tuple[int, int]) -> None:
        """Moves the state on by an operation that the database holds already."""
        migration = self.migrations[op[0]]
        self.state = self.state.clone()
        with third_party():
            self.state.apply(migration.app_label, migration.operations[op[1]])
        self.remaking.held.add(op)

    # ---------------------------------------------------------------------------------------------------------- tables
    def _make_table(self, timeline: TableTimeline, name: str) -> None:
        model = self.model(name)
        many = model._meta.local_many_to_many
        model._meta.local_many_to_many = []  # create_model would make their tables too, those that are there included
        fields = model._meta.local_concrete_fields
        try:
            with self._as_it_came(fields, timeline), third_party():
                self.editor.create_model(model)
        finally:
            model._meta.local_many_to_many = many
        for field in fields:
            if self._keeps_default(field) and self._has_default_by_now(field, timeline):
                self._restate(model, field, include_default=True)
        self.remaking.note(name)

    def _keeps_default(self, field: Any) -> bool:
        """Whether the editor gives a default with AddField and drops it not: of a text and of JSON, on MySQL."""
        if not self.editor.skip_default_on_alter(field) or self.editor.skip_default(field):
            return False
        has_its_own = getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED
        return not has_its_own and self.default(field) is not None

    def _has_default_by_now(self, field: Any, table: TableTimeline) -> bool:
        """Whether such a default is there still, after all that the database holds of the history."""
        return is_added_with_default(field.column, table, self.migrations, self.remaking.holds_by_now)

    def _restate(self, model: Any, field: Any, *, include_default: bool) -> None:
        with third_party():
            # As a whole: MySQL takes no default for such a column in ALTER COLUMN.
            whole, params = self.editor.column_sql(model, field, include_default=include_default)
            names = {"column": self.quote(field.column), "type": whole, "collation": "", "comment": ""}
            changes = self.editor.sql_alter_column_type % names
            table = self.quote(model._meta.db_table)
            self.editor.execute(self.editor.sql_alter_column % {"table": table, "changes": changes}, params)

    def _rename_table(self, table: str, new_name: str) -> None:
        schema, dot, _ = new_name.rpartition('"."')
        if dot and not table.startswith(f'{schema}"."'):
            self._execute(f"ALTER TABLE {self.quote(table)} SET SCHEMA {self.quote(schema)}")
            table = beside(new_name, bare(table))
        # The new name cannot be qualified: the table stays in its schema.
        self._execute(f"ALTER TABLE {self.quote(table)} RENAME TO {self.quote(bare(new_name))}")

    # --------------------------------------------------------------------------------------------------------- columns
    def _make_column(self, task: t.MakeColumn, *, remake: bool = False) -> None:
        field = self._with_value_for_rows(task.timeline, task.column, self.field(task.table, task.column.name))
        as_it_is = self.remaking.as_it_is(self.model(task.table, field.column), task.table)
        with as_it_is as model, self._as_it_came([field], task.timeline.table), third_party():
            if remake:
                self.editor._remake_table(model, create_field=field)
            else:
                self.editor.add_field(model, field)
            if self._keeps_default(field) and not self._has_default_by_now(field, task.timeline.table):
                self._restate(model, field, include_default=False)
        self.remaking.absent.get(task.table, set()).discard(field.column)

    def _replace_column(self, task: t.ReplaceColumn) -> None:
        """SQLite drops no column that is UNIQUE or has a foreign key: its table is made anew without it."""
        remakes = self.backend.remakes_tables
        if remakes:
            self._before_drop(task.table, task.name)
            self.remaking.strangers.drop_column(task.table, task.name)
        else:
            self._drop_column(task.table, task.name)
        self._make_column(t.MakeColumn(task.timeline, task.table, task.expected), remake=remakes)

    def _as_it_came(self, fields: Iterable[Any], table: TableTimeline) -> AbstractContextManager[None]:
        """Fields that say what their columns have by now, where the editor's way to alter one loses some of it."""
        if not self.backend.restates_columns:
            return nullcontext()
        return without_what_was_lost(fields, table, self.remaking.holds_by_now)

    def _with_value_for_rows(self, timeline: ColumnTimeline, column: Column, field: Any) -> Any:
        """The field, with the default that a migration once gave to the rows, where it is NOT NULL and has none."""
        field = copy.copy(field)
        default = models.NOT_PROVIDED
        if not field.has_default() and not field.null:
            default = one_off_default(timeline, column.type, self.migrations)
        if default is not models.NOT_PROVIDED:
            field.default = default
            field.__dict__.pop("_get_default", None)
        return field

    def _drop_column(self, table: str, name: str) -> None:
        self._before_drop(table, name)
        self._execute(drop_column(self.backend, table, name))

    def _alter_column(self, task: t.AlterColumn) -> None:
        new = self.field(task.table, task.expected.name)
        if task.actual.nullable:
            new = self._with_value_for_rows(task.timeline, task.expected, new)
        default = None if task.expected.nullable else self.default(new)
        if self.backend.alters_columns:
            ColumnAlteration(
                self.editor, task.table, task.expected, task.actual, default=default, sequence=task.sequence
            ).run(task.changed)
            return
        if self.backend.restates_columns:
            dropped = frozenset(self.remaking.dropped)
            expected = replace(task.expected, comment="") if _loses_comment(task, new) else task.expected
            self.backend.restate(self.editor, task.table, expected, task.actual, default, dropped)
            return
        old = live_field(new, task.actual, self.connection)
        if task.by_code:
            new = live_field(new, task.expected, self.connection)
        as_it_is = self.remaking.as_it_is(self.model(task.table, new.column), task.table)
        with as_it_is as model, altering.checks_left_alone(self.editor), third_party():
            self.editor.alter_field(model, old, new)


def _loses_comment(task: t.AlterColumn, field: Any) -> bool:
    """Whether the live comment goes: that of an earlier step, which no step after it has. One from outside stays.

    The field may have it, and its own AlterField sets and loses it.
    """
    if task.expected.comment is not None or task.actual.comment is None:
        return False
    if task.actual.comment == getattr(field, "db_comment", None):
        return True
    shapes = (step.shape for step in task.timeline.steps)
    return "comment" in task.changed or any(
        shape is not None and shape.comment == task.actual.comment for shape in shapes
    )
