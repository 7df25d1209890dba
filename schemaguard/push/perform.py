"""Carries the tasks of a push out through Django's schema editor, which executes, or only says what it would."""

from __future__ import annotations

from typing import Any, cast

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.state import ProjectState

from schemaguard.history.graph import Graph
from schemaguard.history.object_timeline import ConstraintTimeline, TableTimeline
from schemaguard.operations import tasks as plan_tasks
from schemaguard.operations.perform.columns import ColumnAlteration
from schemaguard.operations.perform.performer import Performer
from schemaguard.push import tasks as t
from schemaguard.push.rebuild import rebuild
from schemaguard.push.tasks import Task


class PushPerformer(Performer):
    """Does the tasks one after the other; `state` is that of the models."""

    def __init__(self, connection: BaseDatabaseWrapper, editor: Any, state: ProjectState) -> None:
        super().__init__(connection, editor, cast(Graph, None), state)  # no operation is run: no graph is asked

    def do(self, task: Task) -> None:
        """Raises django.db.Error where the server refuses."""
        match task:
            case t.RenameTable(table, new_name):
                self._rename_table(table, new_name)
            case t.RenameColumn(table, name, new_name):
                self._alter(table, f"RENAME COLUMN {self.quote(name)} TO {self.quote(new_name)}")
            case t.DropConstraint(table, actual):
                self._drop_constraint(table, actual)
            case t.DropTable(table):
                self._execute(f"DROP TABLE {self.quote(table)}")
            case t.MakeTable(table):
                self._make_table(table)
            case t.DropColumn(table, name):
                self._alter(table, f"DROP COLUMN {self.quote(name)}")
            case t.AlterColumn():
                self._change_column(task)
            case t.ReplaceColumn(table, expected, actual):
                self._alter(table, f"DROP COLUMN {self.quote(actual.name)}")
                self._add_column(table, expected.name)
            case t.AddColumn(table, column):
                self._add_column(table, column.name)
            case t.MakeConstraint():
                self._add_constraint(task)
            case t.SetComment(table, comment):
                model = self.model(table)
                self.editor.alter_db_table_comment(model, "?", comment)
            case t.Rebuild():  # pragma: no branch - there is no other kind
                rebuild(self, task)

    def _alter(self, table: str, change: str) -> None:
        self._execute(f"ALTER TABLE {self.quote(table)} {change}")

    # --------------------------------------------------------------------------------------------------------- columns
    def _add_column(self, table: str, name: str) -> None:
        self.editor.add_field(self.model(table), self.field(table, name))

    def _change_column(self, task: t.AlterColumn) -> None:
        """What hangs on the column was taken off before."""
        default = self.default(self.field(task.table, task.expected.name))
        ColumnAlteration(self.editor, task.table, task.expected, task.actual, default=default).run(task.attributes)

    def default(self, field: Any) -> Any:
        """The value that Django has for rows that have none, or None."""
        if getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED and not field.has_default():
            return None
        return self.editor.effective_default(field)

    # ----------------------------------------------------------------------------------------------------- constraints
    def _add_constraint(self, task: t.MakeConstraint) -> None:
        key, constraint = task.key, task.constraint
        if self.backend.remakes_tables and key[0] != "name":  # a plain index, or it would have been a rebuild
            {"index": self._field_index, "index_together": self._index_together}[key[0]](task)
            return
        if key[0] == "name":
            self._add_named(task.table, key[1])
            return
        timeline = ConstraintTimeline(table=TableTimeline(), key=key)
        self._make_constraint(plan_tasks.MakeConstraint(timeline, task.table, constraint))

    def _add_named(self, table: str, name: str) -> None:
        model = self.model(table)
        for index in model._meta.indexes:
            if index.name == name:
                self.editor.add_index(model, index)
        for constraint in model._meta.constraints:
            if constraint.name == name:
                self.editor.add_constraint(model, constraint)

    def _field_index(self, task: t.MakeConstraint) -> None:
        model, field = self.model(task.table), self.field(task.table, task.constraint.columns[0])
        self._execute_statement(self.editor._create_index_sql(model, fields=[field]))

    def _index_together(self, task: t.MakeConstraint) -> None:
        self.editor.alter_index_together(  # pragma: no cover - Django 5.1 has no index_together any more
            self.model(task.table), [], [task.key[1]]
        )
