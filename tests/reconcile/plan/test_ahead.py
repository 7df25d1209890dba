"""The records are ahead of the schema: migrations were faked that never ran, and what they make is made again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

FIRST = migration(
    """
    migrations.CreateModel("Event", [
        ("id", models.BigAutoField(primary_key=True)),
        ("ingest_order", models.IntegerField()),
        ("place", models.CharField(max_length=9, default="")),
    ]),
    """
)
SECOND = migration(
    """
    migrations.CreateModel("File", [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=9)), ("kind", models.CharField(max_length=9)),
    ], options={"unique_together": {("name", "kind")}}),
    migrations.AddIndex("event", models.Index(fields=["place"], name="event_place_idx")),
    """,
    after=[("shop", "0001_first")],
)
THIRD = migration(
    """
    migrations.RenameField("event", "ingest_order", "digest_order"),
    migrations.AlterUniqueTogether("event", {("digest_order", "place")}),
    """,
    after=[("shop", "0002_second")],
)
FOURTH = migration(
    """
    migrations.AlterUniqueTogether("file", set()),
    migrations.AddField("file", "size", models.IntegerField(default=0)),
    migrations.RemoveIndex("event", "event_place_idx"),
    """,
    after=[("shop", "0003_third")],
)
HISTORY = {"0001_first": FIRST, "0002_second": SECOND, "0003_third": THIRD, "0004_fourth": FOURTH}


@pytest.mark.parametrize(("real", "faked"), [(1, 2), (1, 3), (1, 4), (2, 3), (3, 4)])
def test_what_was_faked_is_made(tmp_path: Path, database: Database, real: int, faked: int) -> None:
    project = make_project(tmp_path, apps={"shop": {"migrations": HISTORY}}, database=database)
    names = sorted(HISTORY)
    project.manage("migrate", "shop", names[real - 1]).expect(0)
    column = "ingest_order" if real < 3 else "digest_order"
    database.execute(f"INSERT INTO shop_event (id, {column}, place) VALUES (1, 7, 'here')")
    project.manage("migrate", "shop", names[faked - 1], "--fake").expect(0)

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json

    states = [each["state"] for each in report["migrations"] if each["app"] == "shop"]
    assert states == ["applied"] * real + ["missing"] * (faked - real) + ["pending"] * (4 - faked)
    assert report["verdict"] == "reconcilable"
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"
    assert database.execute("SELECT digest_order FROM shop_event") == [(7,)]


def test_what_was_faked_is_made_with_a_parent_that_was_not_even_faked(tmp_path: Path, database: Database) -> None:
    stock = {
        "0001_shelf": migration('migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))]),'),
        "0002_room": migration(
            """
            migrations.CreateModel("Room", [("id", models.BigAutoField(primary_key=True))]),
            migrations.AddField("shelf", "room", models.ForeignKey("stock.Room", models.CASCADE, null=True)),
            """,
            after=[("stock", "0001_shelf")],
        ),
        "0003_size": migration(
            'migrations.AddField("room", "size", models.IntegerField(default=0)),', after=[("stock", "0002_room")]
        ),
    }
    project = make_project(
        tmp_path, apps={"shop": {"migrations": HISTORY}, "stock": {"migrations": stock}}, database=database
    )
    project.manage("migrate", "shop", "0001_first").expect(0)
    project.manage("migrate", "stock", "0001_shelf").expect(0)
    database.execute("INSERT INTO stock_shelf (id) VALUES (5)")
    project.manage("migrate", "--fake").expect(0)
    database.execute("DELETE FROM django_migrations WHERE name = '0002_room'")

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json

    states = [each["state"] for each in report["migrations"] if each["app"] == "stock"]
    assert states == ["applied", "pending", "missing"]
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"
    assert database.execute("SELECT id, room_id FROM stock_shelf") == [(5, None)]


RENAMES = {
    "0001_shelf": migration(
        """
        migrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel("Shelf", [
            ("id", models.BigAutoField(primary_key=True)),
            ("place", models.CharField(max_length=9, db_index=True)),
            ("tags", models.ManyToManyField("stock.Tag")),
        ]),
        migrations.CreateModel("Book", [
            ("id", models.BigAutoField(primary_key=True)),
            ("shelf", models.ForeignKey("stock.Shelf", models.CASCADE)),
        ]),
        """
    ),
    "0002_name": migration(
        'migrations.AddField("shelf", "name", models.CharField(max_length=9, default="", db_index=True)),',
        after=[("stock", "0001_shelf")],
    ),
    "0003_rack": migration('migrations.RenameModel("Shelf", "Rack"),', after=[("stock", "0002_name")]),
    "0004_size": migration(
        """
        migrations.AddField("rack", "size", models.PositiveIntegerField(default=1)),
        migrations.AddConstraint("rack", models.UniqueConstraint(fields=["place"], name="stock_place_uniq")),
        """,
        after=[("stock", "0003_rack")],
    ),
    "0005_table": migration('migrations.AlterModelTable("rack", "racks"),', after=[("stock", "0004_size")]),
}


@pytest.mark.parametrize(("real", "faked"), [(1, 3), (1, 5), (2, 3), (2, 4), (3, 5), (4, 5)])
def test_a_rename_that_was_faked_is_done(tmp_path: Path, database: Database, real: int, faked: int) -> None:
    project = make_project(tmp_path, apps={"stock": {"migrations": RENAMES}}, database=database)
    names = sorted(RENAMES)
    project.manage("migrate", "stock", names[real - 1]).expect(0)
    table = "stock_shelf" if real < 3 else "stock_rack"
    column = table.removeprefix("stock_") + "_id"
    by_step: dict[int, dict[str, Any]] = {1: {}, 2: {"name": "'n'"}, 3: {"name": "'n'"}, 4: {"name": "'n'", "size": 3}}
    more = by_step[real]
    columns = ", ".join(["id", "place", *more])
    database.execute(
        f"INSERT INTO {table} ({columns}) VALUES ({', '.join(map(str, [5, repr('here'), *more.values()]))})"
    )
    database.execute("INSERT INTO stock_tag (id) VALUES (7)")
    database.execute(f"INSERT INTO {table}_tags ({column}, tag_id) VALUES (5, 7)")
    database.execute("INSERT INTO stock_book (id, shelf_id) VALUES (9, 5)")
    project.manage("migrate", "stock", names[faked - 1], "--fake").expect(0)

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json

    states = [each["state"] for each in report["migrations"] if each["app"] == "stock"]
    assert states == ["applied"] * real + ["missing"] * (faked - real) + ["pending"] * (5 - faked)
    (finding,) = [each for each in report["findings"] if each["kind"] == "table" and each["name"] == table]
    assert (finding["problem"], finding["actual"]) == ("different", f"still called {table}")
    assert report["verdict"] == "reconcilable"
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"
    assert database.execute("SELECT id, place FROM racks") == [(5, "here")]
    assert database.execute("SELECT rack_id, tag_id FROM racks_tags") == [(5, 7)]
    assert database.execute("SELECT shelf_id FROM stock_book") == [(5,)]


SQL = """
    migrations.RunSQL("CREATE TABLE shop_job (id integer PRIMARY KEY, state varchar(9) NOT NULL)"),
"""
MORE_SQL = """
    migrations.RunSQL("ALTER TABLE shop_job ADD COLUMN size integer"),
    migrations.RunSQL("CREATE INDEX shop_job_size ON shop_job (size) WHERE size > 3"),
    {rows}
"""
ROWS = 'migrations.RunSQL("CREATE TABLE shop_log (id integer PRIMARY KEY); INSERT INTO shop_log VALUES (1)"),'


@pytest.mark.parametrize("real", [0, 1])
def test_sql_that_was_faked_is_run(tmp_path: Path, database: Database, real: int) -> None:
    """No model describes what it makes; and it can be run again, since nothing of it is there."""
    history = {
        "0001_job": migration(SQL),
        "0002_size": migration(MORE_SQL.format(rows=""), after=[("shop", "0001_job")]),
    }
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    if real:
        project.manage("migrate", "shop", "0001_job").expect(0)
    project.manage("migrate", "--fake").expect(0)

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
    assert report["verdict"] == "reconcilable"
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    database.execute("INSERT INTO shop_job (id, state, size) VALUES (1, 'new', 4)")
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


def test_sql_that_writes_rows_is_not_run_again(tmp_path: Path, database: Database) -> None:
    history = {"0001_log": migration(ROWS)}
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate", "--fake").expect(0)

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
    assert report["verdict"] == "conflict"
    told = project.manage("schemaguard", "check").out
    assert "by hand shop.0001_log: no model of the migrations describes the table shop_log" in told
    result = project.manage("schemaguard", "reconcile", "--noinput").expect(1)
    assert "no model of the migrations describes the table shop_log" in result.err
