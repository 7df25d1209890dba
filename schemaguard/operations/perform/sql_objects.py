"""The statements that make a view, function, trigger or rule again, whether one of that name is there or not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db import Error, transaction

from schemaguard.database import backend_of
from schemaguard.operations.perform.raw_sql_recreate import in_transaction
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.operations.tasks import MakeOther

CREATE = re.compile(r"^\s*CREATE\s+(?!OR\s+REPLACE\b)", re.IGNORECASE)
PROCEDURE = re.compile(r"[^(]*\bPROCEDURE\b", re.IGNORECASE)
WORD = re.compile(r"\w+")


def remaking(connection: BaseDatabaseWrapper, task: MakeOther) -> Iterator[str]:
    """The drop, where one is needed, never with CASCADE; then the statements of the migration."""
    kind, name = task.timeline.kind, connection.ops.quote_name(task.timeline.name)
    sql, *after = task.statements
    if is_dropped_first(connection, task):
        after += _kept(connection, task)
    if task.replaces and backend_of(connection).replaces_in_place:
        if kind is Kind.TRIGGER:
            yield f"DROP TRIGGER {name} ON {connection.ops.quote_name(task.on or '')}"
        elif kind is Kind.VIEW_INDEX:
            yield f"DROP INDEX {name}"
        elif is_dropped_first(connection, task):
            yield f"DROP {'MATERIALIZED ' if task.materialized else ''}VIEW {name}"
        else:
            sql = CREATE.sub("CREATE OR REPLACE ", sql, count=1)
    elif task.replaces:
        yield f"DROP {'PROCEDURE' if PROCEDURE.match(sql) else kind.words.upper()} {name}"
    for statement in (sql, *after):  # as RunSQL runs it: some backends leave comments out
        yield from connection.ops.prepare_sql_script(in_transaction(statement))


def is_dropped_first(connection: BaseDatabaseWrapper, task: MakeOther) -> bool:
    """Whether a view has to go before it can be made, with all that is part of it."""
    if task.timeline.kind is not Kind.VIEW or not task.replaces:
        return False
    if task.materialized or not backend_of(connection).replaces_in_place:
        return True
    return not _keeps_columns(connection, connection.ops.quote_name(task.timeline.name), task.query)


def _kept(connection: BaseDatabaseWrapper, task: MakeOther) -> Iterator[str]:
    """What is dropped with the view and made again, without what the statements of the migrations make themselves."""
    brought = {word.lower() for statement in task.statements for word in WORD.findall(statement)}
    for name, statement in backend_of(connection).belongings(task.timeline.name):
        if name == task.timeline.name or name.lower() not in brought:
            yield statement


def _keeps_columns(connection: BaseDatabaseWrapper, view: str, query: str | None) -> bool:
    """Whether CREATE OR REPLACE VIEW is possible: the query has the columns of the view, or more after them."""
    try:
        with transaction.atomic(using=connection.alias):
            there, wanted = _columns(connection, view), _columns(connection, query or view)
    except Error:
        return True  # what it reads is made before it
    return wanted[: len(there)] == there


def _columns(connection: BaseDatabaseWrapper, source: str) -> list[tuple[Any, ...]]:
    """Names and types; no row is read."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {source} LIMIT 0")
        return [tuple(each[:2]) for each in cursor.description]
