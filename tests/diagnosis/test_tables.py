"""The tables that a picture is made of: as they stand, and as they should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.migrations.operations import AddField, CreateModel, RenameModel

from schemaguard.diagnosis.tables import diagnosed_tables
from tests.location.places import location, migrate, plan

if TYPE_CHECKING:
    from schemaguard.diagnosis.model import DiagnosedTable
    from tests.harness import Database
    from tests.history.test_timeline import Connect


def key() -> tuple[str, Any]:
    return "id", models.AutoField(primary_key=True)


def history() -> Any:
    return plan(
        CreateModel("Person", [key()]),
        [
            CreateModel("Log", [key(), ("note", models.TextField(null=True))]),
            AddField("log", "author", models.ForeignKey("shop.person", models.CASCADE, null=True)),
        ],
        RenameModel("Person", "Author"),
    )


def tables(connect: Connect, database: Database, script: str, recorded: Any = None) -> dict[str, DiagnosedTable]:
    migrations = history()
    with connect(database) as connection:
        migrate(connection, migrations)
        with connection.cursor() as cursor:
            for statement in filter(None, script.split(";")):
                cursor.execute(statement)
        return {each.name: each for each in diagnosed_tables(location(connection, migrations, recorded=recorded))}


def references(table: DiagnosedTable) -> list[tuple[tuple[str, ...], str, bool, bool]]:
    return [(each.columns, each.target, each.expected, each.actual) for each in table.references]


def test_a_table_has_its_columns_and_points_at_the_name_of_today(connect: Connect, database: Database) -> None:
    log = tables(connect, database, "")["shop_log"]
    assert (log.app, log.expected, log.actual) == ("shop", True, True)
    assert [(each.name, each.key) for each in log.columns] == [("id", True), ("note", False), ("author_id", False)]
    assert log.columns[1].definition.upper() == "TEXT NULL"
    assert references(log) == [(("author_id",), "shop_author", True, True)]


def test_what_is_missing_is_there_as_expected(connect: Connect, database: Database) -> None:
    found = tables(connect, database, "DROP TABLE shop_log; CREATE TABLE legacy (id integer)")
    log, legacy = found["shop_log"], found["legacy"]
    assert (log.expected, log.actual) == (True, False)
    assert [each.name for each in log.columns] == ["id", "note", "author_id"]
    assert references(log) == [(("author_id",), "shop_author", True, False)]
    assert (legacy.app, legacy.expected, legacy.actual, legacy.references) == (None, False, True, ())


def test_a_column_that_is_missing_stands_after_the_others(connect: Connect, postgres_database: Database) -> None:
    log = tables(connect, postgres_database, "ALTER TABLE shop_log DROP COLUMN note")["shop_log"]
    assert [each.name for each in log.columns] == ["id", "author_id", "note"]
