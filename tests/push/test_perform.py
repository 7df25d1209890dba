"""What a push does to real tables, statement by statement, and that nothing is left to do afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.db import models
from django.db.models.expressions import F

from schemaguard.exceptions import Refused
from schemaguard.history.object_timeline import TableTimeline
from schemaguard.operations.describe import describe
from schemaguard.operations.tasks import MakeColumn, RenameTable
from tests.harness import Database, catalog_dump
from tests.push.in_process import Story, model, read, state

if TYPE_CHECKING:
    from django.db.migrations.state import ProjectState

Connect = Callable[..., Any]
on_postgresql = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
db_defaults = pytest.mark.skipif(django.VERSION < (5, 0), reason="db_default, GeneratedField")


def thing(**fields: Any) -> ProjectState:
    return state(model("Thing", fields))


def rows(database: Database, columns: str = "*") -> list[tuple[Any, ...]]:
    return database.execute(f"SELECT {columns} FROM shipping_thing ORDER BY 1")


@on_postgresql
def test_a_comment_of_a_table_comes_and_goes(database: Database, connect: Connect) -> None:
    bare, said = state(model("Thing")), state(model("Thing", db_table_comment="it's a thing"))
    with connect(database) as connection:
        assert Story.of(connection, bare, said).push() == ["set the comment of shipping_thing"]
        assert read(connection).tables["shipping_thing"].comment == "it's a thing"
        assert Story.of(connection, state(), said).tasks() == []
    database.execute("DROP TABLE shipping_thing")
    with connect(database) as connection:
        assert Story.of(connection, said, bare).push() == ["set the comment of shipping_thing"]
        assert read(connection).tables["shipping_thing"].comment is None


@on_postgresql
def test_a_comment_of_a_column_comes_and_goes(database: Database, connect: Connect) -> None:
    bare = thing(size=models.IntegerField(null=True))
    said = thing(size=models.IntegerField(null=True, db_comment="it's in cm"))
    with connect(database) as connection:
        assert Story.of(connection, bare, said).push() == ["alter column shipping_thing.size (comment)"]
        assert read(connection).tables["shipping_thing"].columns["size"].comment == "it's in cm"
    database.execute("DROP TABLE shipping_thing")
    with connect(database) as connection:
        assert Story.of(connection, said, bare).push() == ["alter column shipping_thing.size (comment)"]
        assert read(connection).tables["shipping_thing"].columns["size"].comment is None


@on_postgresql
def test_a_key_that_numbers_itself_no_longer(database: Database, connect: Connect) -> None:
    before, after = thing(), thing(id=models.IntegerField(primary_key=True))
    with connect(database) as connection:
        done = Story.of(connection, before, after, "INSERT INTO shipping_thing DEFAULT VALUES").push()
    assert done == ["alter column shipping_thing.id (auto, type)"]
    assert rows(database) == [(1,)]


@on_postgresql
def test_a_key_that_numbers_itself_from_now_on(database: Database, connect: Connect) -> None:
    before, after = thing(id=models.BigIntegerField(primary_key=True)), thing()
    with connect(database) as connection:
        done = Story.of(connection, before, after, "INSERT INTO shipping_thing VALUES (7)").push()
    assert done == ["alter column shipping_thing.id (auto)"]
    database.execute("INSERT INTO shipping_thing DEFAULT VALUES")
    assert rows(database) == [(7,), (8,)]


@db_defaults
@on_postgresql
@pytest.mark.parametrize("after", ["gone", "another", "another type"])
def test_a_default_of_the_database(database: Database, connect: Connect, after: str) -> None:
    made = {
        "gone": models.IntegerField(null=True),
        "another": models.IntegerField(null=True, db_default=2),
        "another type": models.BigIntegerField(null=True, db_default=1),
    }[after]
    before = thing(size=models.IntegerField(null=True, db_default=1))
    with connect(database) as connection:
        Story.of(connection, before, thing(size=made), "INSERT INTO shipping_thing DEFAULT VALUES").push()
    database.execute("INSERT INTO shipping_thing DEFAULT VALUES")
    assert rows(database, "id, size") == [(1, 1), (2, {"gone": None, "another": 2, "another type": 1}[after])]


@db_defaults
def test_a_new_column_takes_the_default_of_the_database(database: Database, connect: Connect) -> None:
    with connect(database) as connection:
        story = Story.of(
            connection, thing(), thing(size=models.IntegerField(db_default=3)), "INSERT INTO shipping_thing VALUES (1)"
        )
        assert story.hazards() == ()
        assert story.push() == ["add column shipping_thing.size" + REMADE[database.vendor]]
    assert rows(database, "id, size") == [(1, 3)]


REMADE = {"sqlite": " (making shipping_thing anew)", "postgresql": ""}


@db_defaults
@on_postgresql
def test_no_row_is_filled_where_the_database_has_the_default(database: Database, connect: Connect) -> None:
    before = thing(size=models.IntegerField(null=True, db_default=1))
    with connect(database) as connection:
        story = Story.of(
            connection,
            before,
            thing(size=models.IntegerField(db_default=1)),
            "INSERT INTO shipping_thing VALUES (1, NULL)",
        )
        assert [each.message for each in story.hazards()] == [
            "1 row of shipping_thing (size) is NULL in a column that becomes NOT NULL: "
            "fill them, or give the field a default"
        ]


@on_postgresql
def test_a_table_moves_into_another_schema(database: Database, connect: Connect) -> None:
    database.execute("CREATE SCHEMA archive")
    moved = state(model("Thing", db_table='archive"."thing'))
    with connect(database) as connection:
        story = Story.of(connection, thing(), moved, "INSERT INTO shipping_thing VALUES (1)")
        story.perform([RenameTable(TableTimeline(), "shipping_thing", 'archive"."thing')])
    assert database.execute("SELECT * FROM archive.thing") == [(1,)]


def test_an_index_of_its_own_is_made_beside_the_table(database: Database, connect: Connect) -> None:
    before, after = thing(a=models.IntegerField()), thing(a=models.IntegerField(db_index=True))
    with connect(database) as connection:
        (done,) = Story.of(connection, before, after).push()
    assert done.startswith("make index shipping_thing_a_")
    assert "anew" not in done


def test_two_constraints_that_say_the_same_are_one_in_the_database(database: Database, connect: Connect) -> None:
    once = models.UniqueConstraint(fields=["code"], name="code_once")
    twice = state(model("Thing", {"code": models.CharField(max_length=9, unique=True)}, constraints=[once]))
    with connect(database) as connection:
        assert Story.of(connection, twice, twice).tasks() == []


@on_sqlite
def test_a_table_of_a_new_key_alone_keeps_its_rows(database: Database, connect: Connect) -> None:
    before = thing(code=models.CharField(max_length=9, primary_key=True))
    with connect(database) as connection:
        Story.of(connection, before, thing(), "INSERT INTO shipping_thing VALUES ('a'), ('b')").push()
    assert rows(database) == [(1,), (2,)]


@on_sqlite
def test_a_table_without_a_column_to_copy_is_made_empty(database: Database, connect: Connect) -> None:
    before = thing(code=models.CharField(max_length=9, primary_key=True))
    with connect(database) as connection:
        Story.of(connection, before, thing(number=models.IntegerField(primary_key=True))).push()
    assert rows(database) == []


@db_defaults
def test_a_generated_column_is_not_copied(database: Database, connect: Connect) -> None:
    def made(size: Any) -> ProjectState:
        twice = models.GeneratedField(
            expression=F("size") + F("size"), output_field=models.IntegerField(), db_persist=True
        )
        return thing(size=size, twice=twice)

    with connect(database) as connection:
        Story.of(
            connection,
            made(models.IntegerField()),
            thing(
                **dict(made(models.IntegerField()).models["shipping", "thing"].fields),
                more=models.IntegerField(default=1),
            ),
            "INSERT INTO shipping_thing (id, size) VALUES (1, 4)",
        ).push()
    assert rows(database, "id, size, twice, more") == [(1, 4, 8, 1)]


@db_defaults
def test_an_expression_that_is_another_makes_the_column_anew_and_costs_nothing(
    database: Database, connect: Connect
) -> None:
    def made(expression: Any) -> ProjectState:
        field = models.GeneratedField(expression=expression, output_field=models.IntegerField(), db_persist=True)
        return thing(size=models.IntegerField(), more=field)

    with connect(database) as connection:
        story = Story.of(
            connection, made(F("size") + 1), made(F("size") + 2), "INSERT INTO shipping_thing (id, size) VALUES (1, 4)"
        )
        assert story.hazards() == ()
        story.push()
    assert rows(database, "id, size, more") == [(1, 4, 6)]


# ------------------------------------------------------------------------------------------------------- what is left
@on_postgresql
def test_a_view_in_the_place_of_a_table_is_refused(database: Database, connect: Connect) -> None:
    database.execute("CREATE VIEW shipping_thing AS SELECT 1 AS id")
    with connect(database) as connection, pytest.raises(Refused) as refused:
        Story.of(connection, state(), thing()).tasks()
    assert str(refused.value) == "shipping_thing is a view, and no table; nothing was changed"


def test_the_tables_of_an_app_that_is_not_installed_are_left(database: Database, connect: Connect) -> None:
    before = state(model("Thing"), model("Gone", app="nowhere"))
    with connect(database) as connection:
        assert [describe(each) for each in Story.of(connection, before, state()).tasks()] == [
            "drop table shipping_thing"
        ]


@on_sqlite
def test_columns_of_raw_sql_are_not_lost_with_a_table_that_is_made_anew(database: Database, connect: Connect) -> None:
    with connect(database) as connection:
        story = Story.of(
            connection, thing(), thing(size=models.IntegerField(null=True)),
            "ALTER TABLE shipping_thing ADD COLUMN by_hand integer",
        )  # fmt: skip
        story.provenance.raw_columns.add(("shipping_thing", "by_hand"))
        with pytest.raises(Refused) as refused:
            story.tasks()
    assert str(refused.value) == (
        "shipping_thing would have to be made anew, and raw SQL of the migrations gave it columns that no model has: "
        "by_hand; nothing was changed"
    )


# -------------------------------------------------------------------------------------------------------------- losses
DEFAULTS: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, ...], int]] = {
    "old columns": ({"a": models.IntegerField()}, {"b": models.IntegerField(default=1)}, ("a", "b"), 1),
    "new columns alone": (
        {"a": models.IntegerField()},
        {"b": models.IntegerField(default=1), "c": models.IntegerField(default=1)},
        ("b", "c"),
        1,
    ),
    "a new column of NULLs": ({"a": models.IntegerField()}, {"b": models.IntegerField(null=True)}, ("a", "b"), 0),
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_rows_that_one_default_makes_the_same(database: Database, connect: Connect, name: str) -> None:
    old, new, together, number = DEFAULTS[name]
    after = state(model("Thing", {**old, **new}, unique_together={together}))
    sql = "INSERT INTO shipping_thing (id, a) VALUES (1, 5), (2, 5)"
    with connect(database) as connection:
        story = Story.of(connection, thing(**old), after, sql)
        assert [(each.kind, each.rows) for each in story.hazards()] == [("duplicates", 1)] * number


def test_rows_under_a_condition_are_not_counted_beside_a_new_column(database: Database, connect: Connect) -> None:
    once = models.UniqueConstraint(fields=["a", "b"], name="once", condition=models.Q(a__gt=9))
    old, new = {"a": models.IntegerField()}, {"b": models.IntegerField(default=1)}
    sql = "INSERT INTO shipping_thing (id, a) VALUES (1, 5), (2, 5)"
    with connect(database) as connection:
        story = Story.of(connection, thing(**old), state(model("Thing", {**old, **new}, constraints=[once])), sql)
        assert story.hazards() == ()
        story.push()
    assert rows(database, "id, a, b") == [(1, 5, 1), (2, 5, 1)]


def test_a_new_column_is_not_lost(database: Database, connect: Connect) -> None:
    with connect(database) as connection:
        story = Story.of(connection, thing(), thing(size=models.IntegerField(null=True)))
        (task,) = [each for task in story.tasks() for each in getattr(task, "parts", [task])]
        assert isinstance(task, MakeColumn)
        story.push()
    assert "size" in catalog_dump(database)
