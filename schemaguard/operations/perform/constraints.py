"""Makes, drops and renames indexes and constraints, as Django's schema editor does (`Performer`)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.ddl_references import Statement
from django.db.backends.utils import truncate_name

from schemaguard.exceptions import CannotMend
from schemaguard.history.changes import AGAIN
from schemaguard.operations import tasks as t
from schemaguard.operations.perform.model_editor import ModelEditor
from schemaguard.operations.perform.raw_sql_recreate import in_transaction, made_again
from schemaguard.operations.perform.third_party import third_party
from schemaguard.operations.spelling import drop_constraint, rename_constraint, stands_alone
from schemaguard.schema.objects import Check, Constraint, Index, PrimaryKey

if TYPE_CHECKING:
    from collections.abc import Callable


class ConstraintEditor(ModelEditor):
    """Indexes and constraints: those that models describe, and those that no model describes."""

    def _make_constraint(self, task: t.MakeConstraint) -> None:
        self._make(task)
        shape = task.constraint
        for table, index in self.remaking.stand_ins:
            serves = isinstance(shape, Index | PrimaryKey) and shape.columns[: len(index.columns)] == index.columns
            if table == task.table and serves:
                self.remaking.stand_ins.remove((table, index))
                self._execute(drop_constraint(self.backend, table, index))
                return

    def _make(self, task: t.MakeConstraint) -> None:
        key = task.timeline.key
        described = self._described(task) if key[0] == "name" else None
        if described is None and key[0] in ("name", "sql", AGAIN):
            self._make_again(task)
        elif self.remaking.brought(task):
            return
        elif self.backend.remakes_tables and not stands_alone(task.constraint):
            self._remake(task.table)
        elif described is not None:
            self._make_described(task, described)
        elif key[0] in ("unique_together", "index_together"):
            self._make_together(task)
        elif key[0] == "pk":
            self._make_key(task)
        else:
            self._make_of_field(task)

    def _make_key(self, task: t.MakeConstraint) -> None:
        """The primary key. Django makes one of several columns with its table alone."""
        model = self.model(task.table)
        column = model._meta.pk.column
        columns = (column,) if column else task.constraint.columns
        spelt: Any = self.backend.spell_key(task.table, PrimaryKey(columns=columns))
        if spelt is not None:
            self._execute_statement(spelt)
        elif column:
            self._execute_statement(self.editor._create_primary_key_sql(model, model._meta.pk))
        else:
            self._make_again(task)

    def _make_described(self, task: t.MakeConstraint, described: models.Index | models.BaseConstraint) -> None:
        model = self.model(task.table)
        with self.state.apps.forward_only(), third_party():
            if isinstance(described, models.Index):
                concurrently = {"concurrently": True} if task.concurrently else {}
                self.editor.add_index(model, described, **concurrently)
            else:
                self.editor.add_constraint(model, described)

    def _make_together(self, task: t.MakeConstraint) -> None:
        model, (option, names) = self.model(task.table), task.timeline.key
        of_model = {field.name: field for field in model._meta.local_fields}
        if not of_model.keys() >= set(names):  # the models have it no more, and the code that was to drop it did not
            self._make_again(task)
            return
        fields = [of_model[name] for name in names]
        with third_party():
            if option == "unique_together":
                statement = self.editor._create_unique_sql(model, fields)
            else:
                statement = self.editor._create_index_sql(model, fields=fields, suffix="_idx")
        self._execute_statement(self._named(statement, task.constraint))

    def _make_of_field(self, task: t.MakeConstraint) -> None:
        """Makes what a field brings along: its index, unique, check or foreign key."""
        model = self.model(task.table)
        field = self.field(task.table, task.constraint.columns[0])
        makers = {
            "unique": lambda: self.editor._create_unique_sql(model, [field]),
            "index": lambda: self.editor._create_index_sql(model, fields=[field]),
            "like": lambda: self.editor._create_like_index_sql(model, field),
            "foreign_key": lambda: self.editor._create_fk_sql(model, field, "_fk_%(to_table)s_%(to_column)s"),
            "check": lambda: self._check_sql(model, field),
        }
        make: Callable[[], Any] = makers[task.timeline.key[0]]
        with third_party():
            statement = make()
        if statement is not None:
            self._execute_statement(self._named(statement, task.constraint))
        else:  # a LIKE index that its field no longer asks for
            self._make_again(task)

    def _named(self, statement: Any, constraint: Constraint) -> Any:
        """The statement with the name that the history gives it: an old one, where the table was renamed since."""
        if isinstance(statement, Statement) and constraint.name is not None:
            parts: dict[str, Any] = statement.parts
            parts["name"] = self.quote(constraint.name)
        return statement

    def _make_again(self, task: t.MakeConstraint) -> None:
        """Makes what no model describes, or none does any more."""
        for statement in made_again(task, self.migrations, self.backend):
            self._execute(statement if task.concurrently else in_transaction(statement))

    def _check_sql(self, model: Any, field: Any) -> Any:
        table = model._meta.db_table
        usual = self.backend.usual_name(table, field.column, "check")
        longest = self.connection.ops.max_name_length()
        name = usual or truncate_name(f"{table}_{field.column}_check", longest)
        return self.editor._create_check_sql(model, name, field.db_parameters(connection=self.connection)["check"])

    def _described(self, task: t.MakeConstraint) -> models.Index | models.BaseConstraint | None:
        """The index or constraint of that name in the table's model; None where SQL of a migration made it.

        None, too, where its fields were renamed after it was made: the state of the migrations keeps their old names.
        """
        try:
            meta = self.model(task.table)._meta
        except CannotMend:
            return None
        # Under an earlier name where the models are those before a rename, which is yet to run.
        names = {step.shape.name for step in task.timeline.steps if step.shape is not None}
        found = next((each for each in (*meta.indexes, *meta.constraints) if each.name in names), None)
        fields = {name for field in meta.local_fields for name in (field.name, field.attname)}
        return found if fields.issuperset(name.lstrip("-") for name in getattr(found, "fields", ())) else None

    def _remake(self, table: str) -> None:
        with self.remaking.as_it_is(self.model(table), table) as model, third_party():
            self.editor._remake_table(model)

    def _drop_constraint(self, task: t.DropConstraint | t.RenameConstraint) -> None:
        table, actual = task.table, self._by_new_names(task)
        if self.backend.remakes_tables and not stands_alone(actual):
            self._remake(table)
        elif not (self.backend.remakes_tables and (table, actual.name) in self.remaking.dropped):
            comes_again = isinstance(task, t.DropConstraint) and task.comes_again
            spelt = self.backend.spell_parting(table, actual) if comes_again else None
            if spelt is None:
                names = task.timeline.table.names
                stand_in = self.backend.stand_in(table, actual, names)
                concurrently = isinstance(task, t.DropConstraint) and task.concurrently
                self.remaking.stand_ins += [(table, stand_in)] if stand_in is not None else []
                spelt = [drop_constraint(self.backend, table, actual, names, concurrently=concurrently)]
            for statement in spelt:
                self._execute(statement)
            self.remaking.dropped.add((table, actual.name or ""))

    def _by_new_names(self, task: t.DropConstraint | t.RenameConstraint) -> Constraint:
        """A check that is a part of its column, over what that is called by now."""
        actual = task.actual
        if not isinstance(actual, Check) or actual.name is not None:
            return actual
        called = self.remaking.called
        return replace(actual, columns=tuple(called.get((task.table, each), each) for each in actual.columns))

    def _rename_constraint(self, task: t.RenameConstraint) -> None:
        spelt = rename_constraint(self.backend, task.table, task.actual, task.new_name)
        self.remaking.rename_constraint(task.actual.name, task.new_name)
        if spelt is not None:
            self._execute(spelt)
        else:
            self._drop_constraint(task)
            self._make_constraint(t.MakeConstraint(task.timeline, task.table, task.actual))
