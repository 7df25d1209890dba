"""Reads the statements of the migrations, and the live objects that they may have made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.location.sql_objects import view_indexes
from schemaguard.location.sql_objects.model import ReadLive, ReadStatement, SqlTimeline

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.database.base import Backend
    from schemaguard.history.object_timeline import OtherTimeline, Statement
    from schemaguard.schema.definitions import Definition
    from schemaguard.schema.kinds import Kind
    from schemaguard.schema.objects import Schema


def read(timelines: Collection[OtherTimeline], backend: Backend, schema: Schema) -> Iterator[SqlTimeline]:
    """Asks the backend once for all that is live, and not where there is nothing to ask for."""
    others = {(each.kind, each.name) for each in timelines if not view_indexes.is_one(each)}
    found: dict[tuple[Kind, str], list[ReadLive]] = {}
    for printed in backend.definitions(others) if others else ():
        definition = _definition(printed.sql, backend)
        found.setdefault((printed.kind, printed.name), []).append(ReadLive(printed=printed, definition=definition))
    for timeline in timelines:
        if view_indexes.is_one(timeline):
            live = tuple(view_indexes.live(timeline.name, schema, backend.spell))
        else:
            live = tuple(found.get((timeline.kind, timeline.name), ()))
        statements = tuple(_read_statement(timeline.name, each, backend) for each in timeline.statements)
        yield SqlTimeline(timeline=timeline, statements=statements, live=live)


def _read_statement(name: str, statement: Statement, backend: Backend) -> ReadStatement:
    read = ReadStatement(statement=statement, sql=statement.sql, definition=_definition(statement.sql, backend))
    return view_indexes.as_called(read, name, backend.spell)


def _definition(sql: str | None, backend: Backend) -> Definition | None:
    if sql is None:
        return None
    from schemaguard.history.sql import definition_of  # costs its time where SQL makes anything

    return definition_of(sql, dialect=backend.dialect, normal_type=backend.normal_type)
