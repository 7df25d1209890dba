"""What a person does to a schema by hand: statements for one database, made from its own catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Database

STRAY = "by_hand"
"""What is added by hand has this in its name."""
CATALOG = {
    "postgresql": {
        "columns": """
            SELECT table_name, column_name, is_nullable = 'YES', data_type, EXISTS (
                SELECT FROM pg_index WHERE indrelid = quote_ident(table_name)::regclass AND indisprimary
                AND (SELECT attnum FROM pg_attribute WHERE attrelid = indrelid AND attname = column_name) = ANY(indkey))
            FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
            WHERE table_schema = 'public' AND table_name LIKE 'shop%' AND table_type = 'BASE TABLE' ORDER BY 1, 2
        """,
        "indexes": """
            SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename LIKE 'shop%'
            AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname) ORDER BY 1, 2
        """,
        "constraints": """
            SELECT conrelid::regclass::text, conname FROM pg_constraint
            WHERE conrelid::regclass::text LIKE 'shop%' AND contype IN ('u', 'f') ORDER BY 1, 2
        """,
    },
    "sqlite": {
        "columns": """
            SELECT m.name, p.name, NOT p."notnull", p.type, p.pk FROM sqlite_master m, pragma_table_info(m.name) p
            WHERE m.type = 'table' AND m.name LIKE 'shop%' ORDER BY 1, 2
        """,
        "indexes": """
            SELECT tbl_name, name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name LIKE 'shop%'
            ORDER BY 1, 2
        """,
    },
    "mysql": {
        "columns": """
            SELECT table_name, column_name, is_nullable = 'YES', column_type, column_key = 'PRI'
            FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
            WHERE table_schema = database() AND table_name LIKE 'shop%' AND table_type = 'BASE TABLE' ORDER BY 1, 2
        """,
        "indexes": """
            SELECT DISTINCT table_name, index_name FROM information_schema.statistics
            WHERE table_schema = database() AND table_name LIKE 'shop%' AND index_name <> 'PRIMARY' ORDER BY 1, 2
        """,
        "constraints": """
            SELECT table_name, constraint_name FROM information_schema.table_constraints
            WHERE table_schema = database() AND table_name LIKE 'shop%' AND constraint_type IN ('FOREIGN KEY', 'CHECK')
            ORDER BY 1, 2
        """,
    },
}
LONGER = {"character varying": "varchar(77)", "integer": "bigint", "int(11)": "bigint(20)", "int": "bigint"}


def alterations(database: Database) -> list[str]:
    """All that can be tried, in a fixed order. The server may refuse some of it."""
    found = list(_alterations(database))
    return [each.replace('"', "`") for each in found] if database.vendor == "mysql" else found


def _alterations(database: Database) -> Iterator[str]:
    catalog = CATALOG[database.vendor]
    tables: dict[str, None] = {}
    for table, column, nullable, kind, is_key in database.execute(catalog["columns"]):
        if table not in tables:
            tables[table] = None
            yield f'DROP TABLE "{table}"'
            yield f'ALTER TABLE "{table}" RENAME TO "{table}_{STRAY}"'
            yield f'ALTER TABLE "{table}" ADD COLUMN {STRAY} integer'
            yield f'CREATE INDEX "{table}_{STRAY}_i" ON "{table}" ("{column}")'
        if is_key:
            continue
        yield f'ALTER TABLE "{table}" DROP COLUMN "{column}"'
        yield f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "{column}_{STRAY}"'
        if database.vendor == "postgresql":
            yield f'ALTER TABLE "{table}" ALTER COLUMN "{column}" {"SET" if nullable else "DROP"} NOT NULL'
            if kind in LONGER:
                yield f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {LONGER[kind]}'
        elif database.vendor == "mysql":
            longer = "varchar(77)" if kind.startswith("varchar") else LONGER.get(kind, kind)
            yield f'ALTER TABLE "{table}" MODIFY "{column}" {kind} {"NOT NULL" if nullable else "NULL"}'
            yield f'ALTER TABLE "{table}" MODIFY "{column}" {longer} {"NULL" if nullable else "NOT NULL"}'
    for table, index in database.execute(catalog["indexes"]):
        yield f'DROP INDEX "{index}"' + (f' ON "{table}"' if database.vendor == "mysql" else "")
    for table, constraint in database.execute(catalog["constraints"]) if "constraints" in catalog else ():
        yield f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"'
    yield f"CREATE TABLE shop_{STRAY} (id integer)"
