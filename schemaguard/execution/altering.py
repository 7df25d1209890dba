"""What the schema editor is kept from, or helped with, while it alters a column: it does more than is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django
from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.plan.tasks import AlterColumn
from schemaguard.schema.objects import beside


@contextmanager
def checks_left_alone(editor: Any) -> Iterator[None]:
    """A field's own check is a task of its own: the editor would add it, where the live field is of no kind."""
    if not hasattr(editor, "_field_db_check"):  # Django 4.2 compares what the fields say, which is the same
        yield
        return
    editor._field_db_check = lambda *_: None
    try:
        yield
    finally:
        del editor._field_db_check


@contextmanager
def usual_like_index(editor: Any, model: Any, task: AlterColumn) -> Iterator[None]:
    """The editor drops and makes it by the name that the table and column have now; it may bear an earlier one."""
    usual = editor._create_index_name(model._meta.db_table, [task.actual.name], suffix="_like")
    if task.like_index in (None, usual):
        yield
        return
    quote = editor.connection.ops.quote_name
    # With parameters None the editor leaves `%` alone: a name may hold one.
    live = quote(beside(task.table, task.like_index))
    editor.execute(f"ALTER INDEX {live} RENAME TO {quote(usual)}", None)
    yield
    live = quote(beside(task.table, usual))
    editor.execute(f"ALTER INDEX IF EXISTS {live} RENAME TO {quote(task.like_index)}", None)


def make_like_index_again(editor: Any, model: Any, task: AlterColumn, field: Any) -> None:
    """Before Django 5.0 the editor drops the index where one type of text becomes another, and makes none again."""
    old, new = (each.type.partition("(")[0] for each in (task.actual, task.expected))
    if django.VERSION < (5, 0) and task.like_index is not None and old != new:  # pragma: no cover  # Django 4.2
        statement = editor._create_like_index_sql(model, field)
        if statement is not None:
            editor.execute(statement, None)


@contextmanager
def indexes_in_schema_of(editor: Any, table: str) -> Iterator[None]:
    """The editor drops an index IF EXISTS by its bare name, which finds none outside of the search path."""
    schema, dot, _ = table.rpartition('"."')
    if not dot:
        yield
        return
    quoted = editor.connection.ops.quote_name(schema).replace("%", "%%")
    editor.sql_delete_index = f"DROP INDEX IF EXISTS {quoted}.%(name)s"
    try:
        yield
    finally:
        del editor.sql_delete_index


def lacks_identity_alone(connection: BaseDatabaseWrapper, task: AlterColumn) -> bool:
    """Django would alter the type as well, to the one that it has: refused where a view reads the column."""
    expected, actual = task.expected, task.actual
    return (
        connection.vendor == "postgresql"
        and expected.auto
        and not actual.auto
        and actual.default is None
        and actual.generated is None
        and (expected.name, expected.type, expected.collation, expected.nullable)
        == (actual.name, actual.type, actual.collation, actual.nullable)
    )
