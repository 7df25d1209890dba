"""Which live table and column is which of the history, where names were used more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import models
from django.db.migrations.operations import AddField, AddIndex, AlterModelTable, CreateModel, RemoveField, RenameField

from tests.location.places import location, migrate, plan, states, told

if TYPE_CHECKING:
    from tests.harness import Database
    from tests.history.test_timeline import Connect


def model(name: str, *fields: str, **options: Any) -> CreateModel:
    columns = [(each, models.IntegerField(null=True)) for each in fields]
    return CreateModel(name, [("id", models.AutoField(primary_key=True)), *columns], options=options)


def add(name: str) -> AddField:
    return AddField("log", name, models.IntegerField(null=True))


def moved() -> list[Any]:
    return [model("Log", "note", "number"), AlterModelTable("log", "diary")]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("CREATE TABLE shop_log (id integer, note integer)", ["present", "present"]),
        ("ALTER TABLE diary RENAME TO shop_log; CREATE TABLE diary (id integer)", ["present", "pending"]),
    ],
)
def test_a_table_under_both_of_its_names_is_the_one_with_the_columns(
    connect: Connect, database: Database, script: str, expected: list[str]
) -> None:
    with connect(database) as connection:
        migrate(connection, plan(*moved()))
        database.script(script)
        assert states(location(connection, plan(*moved()), recorded=[])) == expected


def test_a_name_that_two_tables_bore(connect: Connect, database: Database) -> None:
    def operations() -> list[Any]:
        return [
            model("Log", "note", "number", db_table="log"),
            AlterModelTable("log", "diary"),
            model("More", "other", "another", db_table="log"),
        ]

    with connect(database) as connection:
        migrate(connection, plan(*operations())[:1])
        assert states(location(connection, plan(*operations()), recorded=[])) == ["present", "pending", "pending"]
        database.script("DROP TABLE log")
        migrate(connection, plan(*operations()))
        assert states(location(connection, plan(*operations()), recorded=[])) == ["present", "present", "present"]
        assert told(location(connection, plan(*operations()))) == []


def test_a_column_is_the_one_that_was_to_be_renamed_where_its_new_name_is_not_there(
    connect: Connect, database: Database
) -> None:
    def operations() -> list[Any]:
        return [model("Log", "note"), RenameField("log", "note", "old"), add("note")]

    with connect(database) as connection:
        migrate(connection, plan(*operations())[:1])
        assert states(location(connection, plan(*operations()), recorded=[])) == ["present", "pending", "pending"]
        database.execute("ALTER TABLE shop_log ADD COLUMN old integer")
        assert states(location(connection, plan(*operations()), recorded=[])) == ["present", "present", "present"]


def test_half_a_migration_is_whole_though_one_before_it_was_undone_by_hand(
    connect: Connect, database: Database
) -> None:
    """What of 0002 is not there was removed by 0003; that 0001 is recorded and not there has nothing to do with it."""

    def migrations() -> Any:
        *made, aside = plan(model("Log"), add("a"), [add("b"), add("c")], RemoveField("log", "c"), add("d"))
        aside.__dict__["dependencies"] = [("shop", "0001")]
        return [*made, aside]

    with connect(database) as connection:
        migrate(connection, migrations())
        database.execute("ALTER TABLE shop_log DROP COLUMN a")
        found = location(connection, migrations(), recorded=["0000", "0001", "0004"])
    named = dict(zip((each.name for each in found.graph.plan), states(found), strict=True))
    assert named == {"0000": "applied", "0001": "missing", "0002": "present", "0003": "present", "0004": "applied"}


def test_a_squash_that_is_in_conflict_either_way_is_read_as_it_is_recorded(
    connect: Connect, database: Database
) -> None:
    def squashed() -> Any:
        first, second, squash = plan(model("Log", "note"), add("more"), [model("Log", "note"), add("more")])
        squash.__dict__.update(dependencies=[], replaces=[("shop", "0000"), ("shop", "0001")])
        return [first, second, squash]

    with connect(database) as connection:
        database.execute("CREATE TABLE shop_log (id text, note text, more text)")
        found = location(connection, squashed())
    assert [migration.name for migration in found.graph.plan] == ["0002"]
    assert states(found) == ["conflicting"]


def test_what_a_migration_took_away_is_not_missing_where_another_part_of_it_is(
    connect: Connect, database: Database
) -> None:
    operations = [
        model("Log", "note", "number"),
        add("name"),
        [RemoveField("log", "note"), add("late"), AddIndex("log", models.Index(fields=["number"], name="log_number"))],
    ]
    with connect(database) as connection:
        migrate(connection, plan(*operations))
        database.script("ALTER TABLE shop_log DROP COLUMN late")
        found = location(connection, plan(*operations), recorded=["0000"])
        assert states(found) == ["applied", "present", "partial"]
