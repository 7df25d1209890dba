"""Makes a table anew as the models say, and copies its rows. SQLite needs that where it cannot alter a table.

The procedure is that of Django's SQLite editor (`_remake_table`) and of sqlite.org/lang_altertable.html. All columns
may change at once. Indexes of raw SQL, and triggers, are put back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from schemaguard.database.sqlite.ddl import table_options, with_options
from schemaguard.operations import tasks as t
from schemaguard.operations.hazards.casts import narrowed
from schemaguard.operations.perform.table_rebuild import TableRebuild, hanging
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.operations.perform.model_editor import ModelEditor


def rebuild(performer: ModelEditor, task: t.RebuildTable) -> None:
    """One table, its rows kept."""
    editor: Any = performer.editor
    model = performer.model(task.table)
    # Triggers, and the indexes that come from no model.
    things = [each for each in hanging(performer.connection) if each.table == task.table]
    again = [each.sql for each in things if each.kind is Kind.TRIGGER or each.name in task.kept]
    other_name = f"new__{task.table}"
    create, params = _definition(performer, task, model, other_name)
    filled = dict(_filled(performer, task, model))
    steps = TableRebuild(table=task.table, other_name=other_name, create=create, params=params)
    for sql, parameters in steps.making(performer.quote):
        editor.execute(sql, parameters or None)
    for sql in (*steps.copying(filled, performer.quote), *steps.settling(performer.quote)):
        editor.execute(sql, None)
    editor.deferred_sql.extend(editor._model_indexes_sql(model))
    editor.deferred_sql.extend(again)


def _definition(performer: ModelEditor, task: t.RebuildTable, model: Any, name: str) -> tuple[str, tuple[Any, ...]]:
    """CREATE TABLE of the model under another name, with its parameters. A STRICT table stays STRICT."""
    sql, params = performer.editor.table_sql(model)
    head = f"CREATE TABLE {performer.quote(task.table)} "
    assert sql.startswith(head)
    options = table_options(performer.backend.table_text(task.table) or "")
    concrete = model._meta.local_concrete_fields
    fields = [(field.column, field.db_parameters(connection=performer.connection)["type"]) for field in concrete]
    types = {column: type_ for column, type_ in fields if column and type_}
    create = with_options(f"CREATE TABLE {performer.quote(name)} {sql[len(head) :]}", task.table, options, types)
    return create, tuple(params or ())


def _filled(performer: ModelEditor, task: t.RebuildTable, model: Any) -> Iterator[tuple[Any, str]]:
    """(column, expression) for every column that has a value to be filled with."""
    quote = performer.quote
    replaced = {each.actual.name for each in task.parts if isinstance(each, t.ReplaceColumn)}
    altered = [each for each in task.parts if isinstance(each, t.AlterColumn)]
    lengths = {each.actual.name: narrowed(each.expected, each.actual) for each in altered}
    for field in model._meta.local_concrete_fields:
        if getattr(field, "generated", False) or field.db_parameters(connection=performer.connection)["type"] is None:
            continue
        actual = task.live.columns.get(field.column)
        default = performer.default(field)
        literal = None if default is None else performer.editor.quote_value(default)
        if actual is None or field.column in replaced:
            if literal is not None:
                yield field.column, literal
            elif actual is None and field.primary_key and isinstance(field, models.AutoField):
                yield field.column, "NULL"  # which SQLite numbers: a table may have no other column to copy rows by
            continue
        expression = quote(field.column)
        if lengths.get(field.column) is not None:
            expression = f"substr({expression}, 1, {lengths[field.column]})"
        if actual.nullable and not field.null and literal is not None:
            expression = f"coalesce({expression}, {literal})"
        yield field.column, expression
