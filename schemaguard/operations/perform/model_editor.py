"""A schema editor, with the models of one moment of the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from schemaguard.database import backend_of
from schemaguard.exceptions import CannotMend
from schemaguard.history.shapes.table_names import table_key
from schemaguard.operations.perform.remaking import Remaking
from schemaguard.operations.perform.third_party import third_party
from schemaguard.schema.names import bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.ddl_references import Statement
    from django.db.migrations.migration import Migration

    from schemaguard.history.lazy_state import LazyState


class ModelEditor:
    """One schema editor on one state.

    `migrations` are those of the history, by position; a push has none. Only RunOperation moves the state on.
    """

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        editor: Any,
        migrations: Sequence[Migration],
        state: LazyState,
        remaking: Remaking | None = None,
    ) -> None:
        self.connection = connection
        self.editor = editor
        self.migrations = migrations
        self.state = state
        self.quote = connection.ops.quote_name
        self.backend = backend_of(connection)
        self.remaking = remaking if remaking is not None else Remaking()
        if self.backend.remakes_tables:
            self.remaking.watch(editor)

    def model(self, table: str, column: str | None = None) -> Any:
        """The model behind a table, automatic many-to-many ones included. Raises CannotMend.

        While one model takes over the table of another, there are two: that with the column, else with most columns.
        """
        with third_party():
            every = list(self._models_of(table)) or list(self._models_of(bare(table)))
        if not every:
            raise CannotMend(f"no model of the migrations describes the table {table}")
        having = [model for model in every if column in {field.column for field in model._meta.local_concrete_fields}]
        return max(having or every, key=lambda model: len(model._meta.local_concrete_fields))

    def _models_of(self, table: str) -> Iterator[Any]:
        for key in self.state.models_of(table) or self.state.models_of(""):
            model = self.state.apps.get_model(*key)
            automatic = [field.remote_field.through for field in model._meta.local_many_to_many]
            for each in (model, *(through for through in automatic if through and through._meta.auto_created)):
                meta = each._meta
                if meta.managed and not meta.proxy and not meta.swapped:
                    if table_key(meta.db_table, self.backend.name_bytes) == table:
                        # RenameIndex from `old_fields` declares again what bears the new name already.
                        meta.indexes = list({index.name: index for index in meta.indexes}.values())
                        yield each

    def field(self, table: str, column: str) -> Any:
        """The field behind a column. Raises CannotMend."""
        for field in self.model(table, column)._meta.local_concrete_fields:
            if field.column == column:
                return field
        raise CannotMend(f"no field of the migrations describes the column {table}.{column}")

    def default(self, field: Any) -> Any:
        """The value that Django has for rows that have none; None where the database has one, or there is none."""
        if getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED and not field.has_default():
            return None
        with third_party():
            return self.editor.effective_default(field)

    def _execute(self, sql: str) -> None:
        # With parameters None the editor leaves `%` alone: a name may hold one.
        self.editor.execute(sql, None)

    def _execute_statement(self, statement: Statement | str | None) -> None:
        if statement is not None:
            self.editor.execute(statement)
