"""What Django's schema editor for PostgreSQL needs here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

CASCADE = " CASCADE"


class Sparing:
    """PostgreSQL's editor drops with CASCADE, which takes what no model knows of: this one drops nothing else.

    Since Django 6.1 it drops a column without. A table goes with CASCADE as ever.

    `before_drop(editor, table, column)` is told before a table (the column is None) or a column goes.
    """

    connection: Any
    before_drop: Callable[[Any, str, str | None], None] | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("sql_delete_table", "sql_delete_column"):
            template = getattr(self, name)
            if isinstance(template, str):  # a third party's editor may have something else there
                setattr(self, name, template.removesuffix(CASCADE))

    def delete_model(self, model: Any) -> None:
        meta = model._meta
        many = meta.local_many_to_many
        for field in many:
            if field.remote_field.through._meta.auto_created:
                self.delete_model(field.remote_field.through)
        meta.local_many_to_many = []
        try:
            self._dropping(meta.db_table, None)
            super().delete_model(model)  # type: ignore[misc]
        finally:
            meta.local_many_to_many = many

    def remove_field(self, model: Any, field: Any) -> None:
        many = field.many_to_many and field.remote_field.through._meta.auto_created
        if not many and field.db_parameters(connection=self.connection)["type"] is not None:
            self._dropping(model._meta.db_table, field.column)
        super().remove_field(model, field)  # type: ignore[misc]

    def _alter_column_type_sql(self, model: Any, old_field: Any, new_field: Any, *rest: Any) -> Any:
        """What was a serial leaves its sequence, which is dropped with its own default, and with nobody else's."""
        fragment, others = super()._alter_column_type_sql(model, old_field, new_field, *rest)  # type: ignore[misc]
        made: list[tuple[Any, Any]] = []
        for sql, params in others:
            if str(sql).startswith("DROP SEQUENCE") and str(sql).endswith(CASCADE):
                names = {"table": model._meta.db_table, "column": new_field.column}
                names = {key: self.connection.ops.quote_name(name) for key, name in names.items()}
                made.append(("ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT".format(**names), []))
                sql = str(sql).removesuffix(CASCADE)
            made.append((sql, params))
        return fragment, made

    def _dropping(self, table: str, column: str | None) -> None:
        if self.before_drop is not None:
            self.before_drop(self, table, column)
