"""What a database holds, as values that compare: the proof that a command did, or did not do, what it promised.

Schemas are told by the catalog itself (`pg_get_constraintdef`, `pg_get_indexdef`, `sqlite_master`), since a fresh
machine need not have `pg_dump`. Two PostgreSQL databases with the same dump differ at most in the order of columns, in
owners, grants and storage parameters.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.harness.postgres_catalog import POSTGRES_CATALOG, RELATIONS

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.harness.databases import Database


def catalog_dump(database: Database, *, without: Collection[str] = ()) -> str:
    """The schema, an object a line, sorted; the tables `without` and what hangs on them are left out."""
    lines = CATALOGS[database.vendor](database)
    return "\n".join(sorted(line for table, line in lines if table not in without))


def rows(database: Database, *, without: Collection[str] = ()) -> dict[str, str]:
    """For every table the number of its rows and a digest of them, whatever their order: `{"users": "2 rows 4f…"}`."""
    tables = {table: quoted for table, quoted in _tables(database).items() if table not in without}
    with closing(database.connect()) as connection, closing(connection.cursor()) as cursor:
        return {table: _digest(cursor, database.vendor, quoted) for table, quoted in tables.items()}


def contents(database: Database, *, without: Collection[str] = ()) -> dict[str, list[dict[str, Any]]]:
    """For every table its rows, each as column → value: what can be told of rows whose table was altered meanwhile."""
    found = {}
    with closing(database.connect()) as connection, closing(connection.cursor()) as cursor:
        for table, quoted in _tables(database).items():
            if table not in without:
                cursor.execute(f"SELECT * FROM {quoted}")
                names = [column[0] for column in cursor.description]
                found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


def records(database: Database) -> list[tuple[str, str]]:
    """The rows of django_migrations, `(app, name)`, in the order they were written; none without the table."""
    if "django_migrations" not in _tables(database):
        return []
    return [(app, name) for app, name in database.execute("SELECT app, name FROM django_migrations ORDER BY id")]


# The name of each table, and the same quoted for SQL.
TABLES = {
    "sqlite": """
        SELECT name, '"' || replace(name, '"', '""') || '"' FROM sqlite_master
        WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
    """,
    "postgresql": f"""
        SELECT called, oid::regclass::text FROM ({RELATIONS}) c WHERE relkind IN ('r', 'p') AND NOT relispartition
    """,
    "mysql": """
        SELECT table_name, concat('`', replace(table_name, '`', '``'), '`') FROM information_schema.tables
        WHERE table_schema = database() AND table_type = 'BASE TABLE'
    """,
}


def _tables(database: Database) -> dict[str, str]:
    return dict(sorted(database.execute(TABLES[database.vendor])))


def _digest(cursor: Any, vendor: str, quoted: str) -> str:
    # As JSON, whose keys are sorted, a row is the same whatever the order of its columns.
    cursor.execute(f"SELECT to_jsonb(t)::text FROM {quoted} t" if vendor == "postgresql" else f"SELECT * FROM {quoted}")
    texts = sorted(map(repr, cursor.fetchall()))
    return f"{len(texts)} rows {hashlib.sha256(repr(texts).encode()).hexdigest()[:16]}"


def _postgres(database: Database) -> list[tuple[str, str]]:
    with closing(database.connect()) as connection, closing(connection.cursor()) as cursor:
        return [line for query in POSTGRES_CATALOG for line in cursor.execute(query).fetchall()]


def _sqlite(database: Database) -> list[tuple[str, str]]:
    return database.execute(
        "SELECT tbl_name, type || ' ' || name || ': ' || sql FROM sqlite_master WHERE sql IS NOT NULL"
    )


def _mysql(database: Database) -> list[tuple[str, str]]:
    lines = []
    for table, quoted in _tables(database).items():
        ((_, create),) = database.execute(f"SHOW CREATE TABLE {quoted}")
        lines += [(table, f"{table}: {line.strip().rstrip(',')}") for line in create.splitlines()[1:-1]]
    return lines


CATALOGS = {"sqlite": _sqlite, "postgresql": _postgres, "mysql": _mysql}
