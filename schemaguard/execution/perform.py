"""Carries out tasks through Django's schema editor: the one place where a plan becomes SQL.

The editor executes, or, made with `collect_sql`, only says what it would. Private parts of Django's schema editor are
used here, in `altering` and in `remake` (django/db/backends/base/schema.py, 4.2 to 6.1).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.ddl_references import Statement
from django.db.migrations.state import ProjectState

from schemaguard.database import backend_of
from schemaguard.exceptions import CannotMend
from schemaguard.execution import altering
from schemaguard.execution.columns import ColumnAlteration, changes, numbering
from schemaguard.execution.defaults import one_off_default
from schemaguard.execution.handwritten import in_transaction, made_again
from schemaguard.execution.live import live_field
from schemaguard.execution.numbers import following_rows
from schemaguard.execution.operations import forwards
from schemaguard.execution.remake import Remaking
from schemaguard.execution.things import remaking
from schemaguard.history.changes import AGAIN
from schemaguard.history.graph import Graph
from schemaguard.history.lines import ColumnLine
from schemaguard.history.shapes import table_key
from schemaguard.plan import tasks as t
from schemaguard.schema.names import bare, beside
from schemaguard.schema.objects import Constraint, Index


class Performer:
    """Does the tasks of one step, one after the other, on one state.

    `before` is the state that the database is in, `after` what it comes to; both only move for RunOperation.
    """

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        editor: Any,
        graph: Graph,
        state: ProjectState,
        remaking: Remaking | None = None,
    ) -> None:
        self.connection = connection
        self.editor = editor
        self.graph = graph
        self.state = state
        self.quote = connection.ops.quote_name
        self.backend = backend_of(connection)
        self.remaking = remaking if remaking is not None else Remaking()
        self._models: dict[str, list[Any]] | None = None
        if connection.vendor == "sqlite":
            self.remaking.watch(editor)

    def perform(self, task: t.Task) -> None:
        """Raises CannotMend where no model describes the thing, and django.db.Error where the server refuses."""
        table: Any = getattr(task, "table", None)
        if table in self.remaking.moved:
            known: Any = task
            task = replace(known, table=self.remaking.moved[table])
        match task:
            case t.RunOperation(op) | t.CreateExtension(op):
                self._operation(op)
            case t.RunSql(_, only) if only:
                for statement in only:
                    self._execute(statement)
            case t.RunSql(op):
                migration = self.graph.plan[op[0]]
                forwards(self.connection, self.editor, migration, migration.operations[op[1]], self.state, self.state)
            case t.MakeTable(_, name):
                self._make_table(name)
            case t.MakeColumn():
                self._make_column(task)
            case t.ReplaceColumn(line, table, column, name):
                self._before_drop(table, name)
                self._execute(f"ALTER TABLE {self.quote(table)} DROP COLUMN {self.quote(name)}")
                self._make_column(t.MakeColumn(line, table, column))
            case t.AlterColumn():
                self._alter_column(task)
            case t.MakeConstraint():
                self._make_constraint(task)
            case t.DropConstraint():
                self._drop_constraint(task.table, task.actual, concurrently=task.concurrently)
            case t.ValidateConstraint():
                self._execute(f"ALTER TABLE {self.quote(task.table)} VALIDATE CONSTRAINT {self.quote(task.name)}")
            case t.MoveTable(_, name, schema):
                self._execute(f"ALTER TABLE {self.quote(name)} SET SCHEMA {self.quote(schema)}")
            case t.RenameTable(_, name, new_name):
                self._rename_table(name, new_name)
                self.remaking.move(name, new_name)
            case t.RenameColumn(_, table, name, new_name):
                self._execute(
                    f"ALTER TABLE {self.quote(table)} RENAME COLUMN {self.quote(name)} TO {self.quote(new_name)}"
                )
            case t.RenameConstraint():
                self._rename_constraint(task)
            case t.PromoteIndex(_, table, name, new_name):
                self._execute(
                    f"ALTER TABLE {self.quote(table)} ADD CONSTRAINT {self.quote(new_name)}"
                    f" UNIQUE USING INDEX {self.quote(name)}"
                )
            case t.DropColumn() | t.UnmakeColumn():
                self._before_drop(task.table, task.name)
                self._execute(f"ALTER TABLE {self.quote(task.table)} DROP COLUMN {self.quote(task.name)}")
            case t.DropTable():
                self._before_drop(task.name, None)
                self._execute(f"DROP TABLE {self.quote(task.name)}")
            case t.SetComment():
                model = self.model(task.table)
                self.editor.alter_db_table_comment(model, None, task.comment)
            case t.AlterTable():
                for sql in self.backend.spell_table(task.table, task.expected, task.actual):
                    self._execute(sql)
            case t.MakeOther():
                for sql in remaking(self.connection, task):
                    self._execute(sql)
            case t.RenameSequence(name, new_name):
                self._execute(f"ALTER SEQUENCE {self.quote(name)} RENAME TO {self.quote(new_name)}")
            case t.NumberColumn(table, column, sequence):
                for sql in numbering(self.quote, table, column, sequence):
                    self._execute(sql)
            case t.SetSequence():
                self._execute(following_rows(task, self.quote))

    def _before_drop(self, table: str, column: str | None) -> None:
        told = getattr(self.editor, "before_drop", None)
        if told is not None:
            told(self.editor, table, column)

    def _every(self, statements: Iterable[str]) -> None:
        for statement in statements:
            self._execute(statement)

    def _execute(self, sql: str) -> None:
        # With parameters None the editor leaves `%` alone: a name may hold one.
        self.editor.execute(sql, None)

    # ------------------------------------------------------------------------------------------------------ operations
    def _operation(self, op: tuple[int, int]) -> None:
        migration = self.graph.plan[op[0]]
        operation = migration.operations[op[1]]
        before = self.state.clone()
        operation.state_forwards(migration.app_label, self.state)
        self.remaking.held.add(op)
        self._models = None
        forwards(self.connection, self.editor, migration, operation, before, self.state)

    def advance(self, op: tuple[int, int]) -> None:
        """Moves the state over an operation that the database holds already."""
        migration = self.graph.plan[op[0]]
        migration.operations[op[1]].state_forwards(migration.app_label, self.state)
        self.remaking.held.add(op)
        self._models = None

    # ---------------------------------------------------------------------------------------------------------- models
    def model(self, table: str, column: str | None = None) -> Any:
        """The model behind a table, automatic many-to-many ones included. Raises CannotMend.

        Of several, as while one takes over the table of another: the one that has that column, or the most columns.
        """
        if self._models is None:
            self._models = {}
            for model in self.state.apps.get_models(include_auto_created=True):
                meta = model._meta
                if meta.managed and not meta.proxy and not meta.swapped:
                    # RenameIndex from `old_fields` declares again what bears the new name already.
                    meta.indexes = list({index.name: index for index in meta.indexes}.values())
                    self._models.setdefault(table_key(meta.db_table, self.connection.vendor), []).append(model)
        every = self._models.get(table) or self._models.get(bare(table))
        if every is None:
            raise CannotMend(f"no model of the migrations describes the table {table}")
        having = [model for model in every if column in {field.column for field in model._meta.local_concrete_fields}]
        return max(having or every, key=lambda model: len(model._meta.local_concrete_fields))

    def field(self, table: str, column: str) -> Any:
        """The field behind a column. Raises CannotMend."""
        for field in self.model(table, column)._meta.local_concrete_fields:
            if field.column == column:
                return field
        raise CannotMend(f"no field of the migrations describes the column {table}.{column}")

    # ---------------------------------------------------------------------------------------------------------- tables
    def _make_table(self, name: str) -> None:
        model = self.model(name)
        many = model._meta.local_many_to_many
        model._meta.local_many_to_many = []  # create_model would make their tables too, those that are there included
        try:
            self.editor.create_model(model)
        finally:
            model._meta.local_many_to_many = many
        self.remaking.note(name)

    def _rename_table(self, table: str, new_name: str) -> None:
        schema, dot, _ = new_name.rpartition('"."')
        if dot and not table.startswith(f'{schema}"."'):
            self._execute(f"ALTER TABLE {self.quote(table)} SET SCHEMA {self.quote(schema)}")
            table = beside(new_name, bare(table))
        # The new name cannot be qualified: the table stays in its schema.
        self._execute(f"ALTER TABLE {self.quote(table)} RENAME TO {self.quote(bare(new_name))}")

    # --------------------------------------------------------------------------------------------------------- columns
    def _make_column(self, task: t.MakeColumn) -> None:
        field = self._with_value_for_rows(task.line, self.field(task.table, task.column.name))
        with self.remaking.as_it_is(self.model(task.table, field.column), task.table) as model:
            self.editor.add_field(model, field)
        self.remaking.absent.get(task.table, set()).discard(field.column)

    def _with_value_for_rows(self, line: ColumnLine, field: Any) -> Any:
        """The field with what a migration once gave to the rows, where it must have a value and has no default."""
        field = copy.copy(field)
        default = models.NOT_PROVIDED if field.has_default() or field.null else one_off_default(line, self.graph)
        if default is not models.NOT_PROVIDED:
            field.default = default
            field.__dict__.pop("_get_default", None)
        return field

    def _alter_column(self, task: t.AlterColumn) -> None:
        new = self.field(task.table, task.expected.name)
        if task.actual.nullable:
            new = self._with_value_for_rows(task.line, new)
        if self.backend.alters_columns:
            default = None if task.expected.nullable else self.editor.effective_default(new)
            ColumnAlteration(
                self.editor, task.table, task.expected, task.actual, default=default, sequence=task.sequence
            ).run(changes(task.expected, task.actual))
            return
        old = live_field(new, task.actual, self.connection)
        if task.by_code:
            new = live_field(new, task.expected, self.connection)
        as_it_is = self.remaking.as_it_is(self.model(task.table, new.column), task.table)
        with as_it_is as model, altering.checks_left_alone(self.editor):
            self.editor.alter_field(model, old, new)

    # ----------------------------------------------------------------------------------------------------- constraints
    def _make_constraint(self, task: t.MakeConstraint) -> None:
        key = task.line.key
        described = self._described(task) if key[0] == "name" else None
        if described is None and key[0] in ("name", "sql", AGAIN):
            self._make_again(task)
            return
        if self.remaking.brought(task):
            return
        if self.connection.vendor == "sqlite" and not (
            isinstance(task.constraint, Index) and not task.constraint.unique
        ):
            self._remake(task.table)
            return
        model = self.model(task.table)
        if isinstance(described, models.Index):
            self.editor.add_index(model, described, **({"concurrently": True} if task.concurrently else {}))
            return
        if described is not None:
            self.editor.add_constraint(model, described)
            return
        if key[0] in ("unique_together", "index_together"):
            if {field.name for field in model._meta.local_fields}.issuperset(key[1]):
                alter = getattr(self.editor, f"alter_{key[0]}")
                alter(model, [], [key[1]])
            else:  # the models left it, code of a migration was to drop it and did not
                self._make_again(task)
            return
        if key[0] == "pk":
            self._execute_statement(self.editor._create_primary_key_sql(model, model._meta.pk))
            return
        field = self.field(task.table, _first_column(task.constraint))
        makers = {
            "unique": lambda: self.editor._create_unique_sql(model, [field]),
            "index": lambda: self.editor._create_index_sql(model, fields=[field]),
            "like": lambda: self.editor._create_like_index_sql(model, field),
            "foreign_key": lambda: self.editor._create_fk_sql(model, field, "_fk_%(to_table)s_%(to_column)s"),
            "check": lambda: self._check_sql(model, field),
        }
        statement = makers[key[0]]()
        if statement is not None:
            self._execute_statement(self._named(statement, task.constraint))
        else:  # a LIKE index that outlived what its field says now
            self._make_again(task)

    def _named(self, statement: Any, constraint: Constraint) -> Any:
        """By the name that the history gives it, or that it had: an earlier one, where the table was renamed since."""
        if isinstance(statement, Statement) and constraint.name is not None:
            parts: dict[str, Any] = statement.parts
            parts["name"] = self.quote(constraint.name)
        return statement

    def _make_again(self, task: t.MakeConstraint) -> None:
        """What no model describes (any more)."""
        for statement in made_again(task, self.graph, self.backend):
            self._execute(statement if task.concurrently else in_transaction(statement))

    def _check_sql(self, model: Any, field: Any) -> Any:
        table = model._meta.db_table
        usual = self.backend.usual_name(table, field.column, "check")
        name = usual or f"{table}_{field.column}_check"
        return self.editor._create_check_sql(model, name, field.db_parameters(connection=self.connection)["check"])

    def _described(self, task: t.MakeConstraint) -> models.Index | models.BaseConstraint | None:
        """The index or constraint of that name in the table's model; None where SQL of its own made it.

        Nor does a model describe one whose fields were renamed after it was made: its state leaves them as they were.
        """
        try:
            meta = self.model(task.table)._meta
        except CannotMend:
            return None
        # Under an earlier name where the models are those before a rename, which is yet to run.
        names = {step.shape.name for step in task.line.steps if step.shape is not None}
        found = next((each for each in (*meta.indexes, *meta.constraints) if each.name in names), None)
        fields = {name for field in meta.local_fields for name in (field.name, field.attname)}
        return found if fields.issuperset(name.lstrip("-") for name in getattr(found, "fields", ())) else None

    def _remake(self, table: str) -> None:
        with self.remaking.as_it_is(self.model(table), table) as model:
            self.editor._remake_table(model)

    def _execute_statement(self, statement: Statement | str | None) -> None:
        if statement is not None:
            self.editor.execute(statement)

    def _drop_constraint(self, table: str, actual: Constraint, *, concurrently: bool = False) -> None:
        if self.connection.vendor == "sqlite":
            if isinstance(actual, Index) and not actual.constraint:
                self._execute(f"DROP INDEX {self.quote(actual.name or '')}")
            else:
                self._remake(table)
            return
        name = actual.name or ""
        if isinstance(actual, Index) and not actual.constraint:
            how = " CONCURRENTLY" if concurrently else ""
            self._execute(f"DROP INDEX{how} {self.quote(beside(table, name))}")
        else:
            self._execute(f"ALTER TABLE {self.quote(table)} DROP CONSTRAINT {self.quote(name)}")

    def _rename_constraint(self, task: t.RenameConstraint) -> None:
        if self.connection.vendor == "sqlite":  # knows no such statement
            self._drop_constraint(task.table, task.actual)
            self._make_constraint(t.MakeConstraint(task.line, task.table, task.actual))
            return
        old, new = task.actual.name or "", self.quote(task.new_name)
        if isinstance(task.actual, Index) and not task.actual.constraint:
            self._execute(f"ALTER INDEX {self.quote(beside(task.table, old))} RENAME TO {new}")
        else:
            self._execute(f"ALTER TABLE {self.quote(task.table)} RENAME CONSTRAINT {self.quote(old)} TO {new}")


def _first_column(constraint: Constraint) -> str:
    return constraint.columns[0]
