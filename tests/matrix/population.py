"""Two rows in every table, so that 'no row is lost' says something."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

from schemaguard.schema.objects import ForeignKey, PrimaryKey, Schema, Table
from tests.matrix.alterations import ours
from tests.matrix.spelling import listed, relation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness import Database

SIZE = re.compile(r"\w+(?: \w+)?\((\d+)")
CHOSEN = {
    ("orders_order", "status"): ("new", "paid"),
    ("catalog_discount", "starts"): ("2024-01-01", "2024-01-02"),
    ("catalog_discount", "ends"): ("2025-01-01", "2025-01-02"),
    ("pgzoo_reservation", "during"): ("[2024-01-01,2024-01-03)", "[2024-02-01,2024-02-03)"),
    ("pgzoo_article", "mood"): ("glad", "proud"),
    ("pgzoo_event", "happened_on"): ("2024-01-01", "2024-01-02"),
}
"""What a rule of testproject asks for."""


def populate(database: Database, schema: Schema) -> None:
    """Foreign keys are checked at the end, so that the order of tables is nobody's concern."""
    with closing(database.connect()) as connection, closing(connection.cursor()) as cursor:
        begin = "SET SESSION foreign_key_checks = 0, SESSION sql_mode = concat(@@sql_mode, ',ANSI_QUOTES')"
        cursor.execute(begin if database.vendor == "mysql" else "BEGIN")
        for table in ours(schema):
            cursor.execute(f"SELECT count(*) FROM {relation(table)}")
            (count,) = cursor.fetchone()
            if not count:
                for statement in _rows(schema, table):
                    cursor.execute(statement)
        cursor.execute("COMMIT")
        if database.vendor == "postgresql":
            for sequence in _sequences(schema):
                cursor.execute(sequence)


def _rows(schema: Schema, table: Table) -> Iterator[str]:
    columns = [each for each in table.columns.values() if each.generated is None]
    for number in (1, 2):
        values = ", ".join(_quoted(_value(schema, table, each.name, number)) for each in columns)
        yield f"INSERT INTO {relation(table)} ({listed(each.name for each in columns)}) VALUES ({values})"


def _quoted(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _value(schema: Schema, table: Table, name: str, number: int) -> object:
    chosen = CHOSEN.get((table.name, name))
    if chosen is not None:
        return chosen[number - 1]
    for key in table.constraints:
        if (
            isinstance(key, ForeignKey)
            and key.columns == (name,)
            and (key.target, key.target_columns)
            != (
                table.name,
                (name,),
            )
        ):
            return _value(schema, schema.tables[key.target], key.target_columns[0], number)
    kind = table.columns[name].type
    if kind.endswith("]"):
        return "{1,2}" if name != "matrix" else "{{1,2}}"
    if kind.startswith("bool"):
        return "true" if kind == "boolean" else 1
    if kind.startswith(("int", "bigint", "smallint", "tinyint", "numeric", "decimal", "double", "real")):
        return number
    if kind.startswith(("date", "timestamp")):
        time = "" if kind == "date" else " 12:00:00" if kind.startswith("datetime") else " 12:00:00+00"
        return f"2024-01-0{number}{time}"
    special = {
        "uuid": f"00000000-0000-0000-0000-00000000000{number}",
        "jsonb": '{"a": 1}',
        "json": '{"a": 1}',
        "tsvector": "a b",
        "hstore": "a=>1",
        "numrange": "[1,2)",
        "daterange": f"[2024-0{number}-01,2024-0{number}-03)",
    }
    if kind in special:
        return special[kind]
    size = SIZE.match(kind)
    word = f"{number}{table.name}_{name}" if size is None else f"{number}row"[: max(1, int(size[1]) - 1)]
    return '{"a": 1}' if name in ("payload",) else word


def _sequences(schema: Schema) -> Iterator[str]:
    """Where the keys end."""
    for table in ours(schema):
        key = next((each for each in table.constraints if isinstance(each, PrimaryKey)), None)
        for column in table.columns.values():
            if column.auto and key is not None:
                full = relation(table)
                yield (
                    f"SELECT setval(pg_get_serial_sequence('{full}', '{column.name}'), max(\"{column.name}\"))"
                    f" FROM {full}"
                )
