"""Makes a table anew as the models say and copies its rows: what SQLite needs where it cannot alter a table.

The procedure is the one of Django's SQLite editor (`_remake_table`) and of sqlite.org/lang_altertable.html; the columns
may all change at once. Indexes of raw SQL, and triggers, are put back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models

from schemaguard.database.sqlite.ddl import table_options, with_options
from schemaguard.operations import tasks as t
from schemaguard.operations.hazards.casts import narrowed
from schemaguard.operations.perform.model_editor import ModelEditor


def rebuild(performer: ModelEditor, task: t.RebuildTable) -> None:
    """One table, its rows kept."""
    editor: Any = performer.editor
    quote = performer.quote
    model = performer.model(task.table)
    restored = _texts(performer, task)
    old, new = quote(task.table), quote(f"new__{task.table}")
    concrete = model._meta.local_concrete_fields
    sql, params = editor.table_sql(model)
    head = f"CREATE TABLE {old} "
    assert sql.startswith(head)
    options = table_options(performer.backend.table_text(task.table) or "")
    fields = [(field.column, field.db_parameters(connection=performer.connection)["type"]) for field in concrete]
    types = {column: type_ for column, type_ in fields if column and type_}
    editor.execute(with_options(f"CREATE TABLE {new} {sql[len(head) :]}", task.table, options, types), params or None)
    copied = dict(_copied(performer, task, model))
    if copied:
        names = ", ".join(quote(name) for name in copied)
        performer._execute(f"INSERT INTO {new} ({names}) SELECT {', '.join(copied.values())} FROM {old}")
    performer._execute(f"DROP TABLE {old}")
    performer._execute(f"ALTER TABLE {new} RENAME TO {old}")
    editor.deferred_sql.extend(editor._model_indexes_sql(model))
    editor.deferred_sql.extend(restored)


def _copied(performer: ModelEditor, task: t.RebuildTable, model: Any) -> Iterator[tuple[Any, str]]:
    """(column, expression) of every column that has something to be filled with."""
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


def _texts(performer: ModelEditor, task: t.RebuildTable) -> list[str]:
    """CREATE INDEX and CREATE TRIGGER of what goes with the table and comes from no model."""
    with performer.connection.cursor() as cursor:
        cursor.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = %s AND type IN ('index', 'trigger')"
            " AND sql IS NOT NULL",
            [task.table],
        )
        return [sql for kind, name, sql in cursor.fetchall() if kind == "trigger" or name in task.kept]
