"""Reading many schemas of one database together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import Error

from schemaguard.database import many_schemas
from schemaguard.diagnosis.findings.sequences import suspects
from schemaguard.diagnosis.reading import Reading, named_schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from schemaguard.database.base import Backend
    from schemaguard.schema.objects import Schema

RECORDS = "django_migrations"


AT_WORK = "a migrate or a reconcile is running here ({}): nothing can be said of it until that is done"


def read_together(connection: Any, names: Iterable[str]) -> Iterator[tuple[str, Backend, Reading | str | None]]:
    """What was read of each schema; or a sentence, where it cannot be looked at now.

    None where it has to be read by itself, since something in it is out of the usual. Examples: a table that somebody
    keeps locked, a sequence that is behind, records that this role may not read. The connection is one that can be in
    any schema, and is in none of them here.
    """
    module = many_schemas(connection)
    names = list(names)
    aside: frozenset[str] = frozenset()
    at_work: dict[str, str] = {}
    read: dict[str, tuple[Backend, Schema]] = {}
    records: Mapping[str, list[tuple[str | None, str | None]]] = {}
    apart: set[str] = set(names)
    try:
        aside, at_work = module.busy_schemas(connection)
        usual = [module.SchemaBackend(connection, each) for each in names if each not in aside | at_work.keys()]
        if usual:
            with usual[0].reading():
                read = {
                    backend.schema_name: (backend, schema)
                    for backend, schema in module.read_many(usual, (), named_schemas(usual[0].name_bytes))
                }
                with_records = [each for each, (backend, schema) in read.items() if _has_records(backend, schema)]
                records = _records(connection, with_records)
            apart = suspects(connection, {name: schema for name, (_, schema) in read.items()})
    except Error:
        connection.close_if_unusable_or_obsolete()
    for name in names:
        if name in at_work:
            yield name, module.SchemaBackend(connection, name), AT_WORK.format(at_work[name])
            continue
        if name in apart or name not in read:
            yield name, module.SchemaBackend(connection, name), None
            continue
        backend, schema = read[name]
        if RECORDS in schema.tables and name not in records:
            yield name, module.SchemaBackend(connection, name), None
            continue
        rows = records.get(name, [])
        keys = frozenset((app, key) for app, key in rows if app is not None and key is not None)
        yield name, backend, Reading(schema, (), keys, sum(1 for row in rows if None in row))


def _has_records(backend: Backend, schema: Schema) -> bool:
    return RECORDS in schema.tables and RECORDS not in backend.unreadable


def _records(connection: Any, names: Iterable[str]) -> Mapping[str, list[tuple[str | None, str | None]]]:
    """schema → the rows of its django_migrations; one query."""
    quote = connection.ops.quote_name
    found: dict[str, list[Any]] = {name: [] for name in names}
    numbered = list(found)
    if not numbered:
        return found
    arms = (f"SELECT {number}, app, name FROM {quote(each)}.{quote(RECORDS)}" for number, each in enumerate(numbered))
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(arms))
        for number, app, name in cursor.fetchall():
            found[numbered[number]].append((app, name))
    return found
