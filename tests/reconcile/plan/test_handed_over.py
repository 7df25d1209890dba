"""One table, several models: it is handed over from one to the next, and stays with its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import AppSource, Database, Project, make_project, migration
from tests.shop import dump, everything, mended, reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

KEY = '("id", models.BigAutoField(primary_key=True)),'
INITIAL = migration(
    f"""
    migrations.CreateModel("Writer", [{KEY} ("name", models.CharField(max_length=20))]),
    migrations.CreateModel("Title", [{KEY} ("writers", models.ManyToManyField("shelf.writer"))]),
    """
)
ROWS = """
    INSERT INTO shelf_writer (name) VALUES ('a'), ('b');
    INSERT INTO shelf_title DEFAULT VALUES;
    INSERT INTO shelf_title_writers (title_id, writer_id) VALUES (1, 1), (1, 2);
"""
ENDS = """
    ("title", models.ForeignKey("shelf.title", models.CASCADE)),
    ("writer", models.ForeignKey("shelf.writer", models.CASCADE)),
"""
OTHER_NAMES = """
    ("book", models.ForeignKey("shelf.title", models.CASCADE, db_column="title_id")),
    ("by", models.ForeignKey("shelf.writer", models.CASCADE, db_column="writer_id")),
"""
ALTER = 'migrations.AlterField("title", "writers", models.ManyToManyField("shelf.writer", through="shelf.Credit")),'
REPLACE = """
    migrations.RemoveField("title", "writers"),
    migrations.AddField("title", "writers", models.ManyToManyField("shelf.writer", through="shelf.Credit")),
"""


def credit(fields: str = ENDS, options: str = '"unique_together": {("title", "writer")}') -> str:
    return (
        f'migrations.CreateModel("Credit", [{KEY} {fields}],'
        f' options={{"db_table": "shelf_title_writers", {options}}}),\n'
    )


TAKEOVERS = {
    "the field is altered": credit() + ALTER,
    "the field is removed and added": credit() + REPLACE,
    "nothing is unique together": credit(options="") + ALTER,
    "the fields have other names": credit(OTHER_NAMES, '"unique_together": {("book", "by")}') + ALTER,
    "in one operation": f"migrations.SeparateDatabaseAndState([{credit() + REPLACE}], [{credit() + REPLACE}]),",
}
ISBN = migration(
    'migrations.AddField("title", "isbn", models.CharField(max_length=20, null=True)),',
    after=[("shelf", "0002_credit")],
)


def shelf(tmp_path: Path, database: Database, operations: str, *names: str) -> Project:
    """A project at its first migration, with rows; then at `names`, faked where they end in `fake`."""
    history = {"0001_initial": INITIAL, "0002_credit": migration(operations, after=[("shelf", "0001_initial")])}
    apps: dict[str, AppSource] = {"shelf": {"migrations": {**history, "0003_isbn": ISBN}}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate", "shelf", "0001").expect(0)
    database.script(ROWS)
    for name in names:
        project.manage("migrate", "shelf", *name.split()).expect(0)
    return project


def checked(project: Project) -> tuple[str, dict[str, str], list[str]]:
    """Verdict, the states of the migrations, and the messages of all findings but that there are no models."""
    found = project.manage("schemaguard", "check", "--format", "json").json
    states = {each["name"]: each["state"] for each in found["migrations"]}
    return found["verdict"], states, [each["message"] for each in found["findings"] if each["code"] != "SG106"]


def in_sync(project: Project) -> None:
    """Nothing to say, and nothing to do whatever is allowed."""
    verdict, _, messages = checked(project)
    assert (verdict, messages) == ("in_sync", [])
    before = everything(project.database)
    reconcile(project, "--on-conflict", "alter", "--accept-data-loss", "--prune")
    assert everything(project.database) == before


@pytest.mark.parametrize("operations", TAKEOVERS.values(), ids=TAKEOVERS)
def test_a_through_model_takes_over_the_table_of_its_field(tmp_path: Path, database: Database, operations: str) -> None:
    project = shelf(tmp_path, database, operations, "0002 --fake", "0003")
    in_sync(project)
    assert database.execute("SELECT title_id, writer_id FROM shelf_title_writers ORDER BY 2") == [(1, 1), (1, 2)]


@pytest.mark.parametrize("operations", TAKEOVERS.values(), ids=TAKEOVERS)
def test_a_takeover_that_is_pending_is_recorded_for_it_cannot_run(
    tmp_path: Path, database: Database, operations: str
) -> None:
    project = shelf(tmp_path, database, operations)
    clean = dump(database)
    verdict, states, _ = checked(project)
    assert (verdict, states["0002_credit"], states["0003_isbn"]) == ("reconcilable", "present", "pending")
    stopped = project.manage("migrate").expect(1)
    assert "table shelf_title_writers is there already" in stopped.err
    reconcile(project)
    assert dump(database) == clean
    project.manage("migrate").expect(0)
    in_sync(project)


def test_before_either_has_run_the_guard_says_how_to_come_past_the_takeover(tmp_path: Path, database: Database) -> None:
    project = shelf(tmp_path, database, TAKEOVERS["the field is altered"])
    project.manage("migrate", "shelf", "zero").expect(0)
    database.script("CREATE TABLE beside (id integer)")
    stopped = project.manage("migrate").expect(1)
    assert (
        "  shelf.0002_credit is to run and cannot\n    table shelf_title_writers is there by then: "
        "manage.py migrate shelf 0001_initial, then manage.py schemaguard reconcile"
    ) in stopped.err
    project.manage("migrate", "shelf", "0001_initial").expect(0)
    reconcile(project)
    project.manage("migrate").expect(0)
    assert checked(project)[0] == "in_sync"


def test_what_the_second_model_has_more_is_added(tmp_path: Path, database: Database) -> None:
    share = credit(ENDS + ' ("share", models.IntegerField(default=5)),') + ALTER
    project = shelf(tmp_path, database, share)
    _, states, _ = checked(project)
    assert states["0002_credit"] == "partial"
    reconcile(project)
    assert database.execute("SELECT writer_id, share FROM shelf_title_writers ORDER BY 1") == [(1, 5), (2, 5)]
    project.manage("migrate").expect(0)
    in_sync(project)


def test_a_table_that_was_handed_over_and_is_lost_is_missed(tmp_path: Path, database: Database) -> None:
    project = shelf(tmp_path, database, TAKEOVERS["the field is altered"], "0002 --fake", "0003")
    clean = dump(database)
    database.script("DROP TABLE shelf_title_writers")
    assert checked(project)[2] == ["table shelf_title_writers is missing; shelf.0001_initial makes it"]
    mended(project, clean)


ITEM = migration(
    f'migrations.CreateModel("Item", [{KEY} ("name", models.CharField(max_length=20))]),',
)
MOVED = f"""
    migrations.CreateModel(
        "Item", [{KEY} ("name", models.CharField(max_length=20))], options={{"db_table": "old_item"}}
    ),
"""
GONE = 'migrations.DeleteModel("Item"),'


def moved(tmp_path: Path, database: Database, *, first: str) -> Project:
    """`old.Item` with a row, and the migrations that make it `new.Item`; `first` is made, or gone."""
    made_after, gone_after = [("old", "0002_gone")], [("old", "0001_initial")]
    if first == "made":
        made_after, gone_after = [("old", "0001_initial")], [("new", "0001_initial")]
    gone = migration(GONE, after=[("old", "0001_initial"), *gone_after])
    apps: dict[str, AppSource] = {
        "old": {"migrations": {"0001_initial": ITEM, "0002_gone": gone}},
        "new": {"migrations": {"0001_initial": migration(MOVED, after=made_after)}},
    }
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate", "old", "0001").expect(0)
    database.script("INSERT INTO old_item (name) VALUES ('a')")
    return project


@pytest.mark.parametrize("first", ["made", "gone"])
def test_a_model_that_moved_to_another_app_keeps_its_table(tmp_path: Path, database: Database, first: str) -> None:
    project = moved(tmp_path, database, first=first)
    project.manage("migrate", "--fake").expect(0)
    in_sync(project)
    assert database.execute("SELECT name FROM old_item") == [("a",)]


def test_the_model_that_is_left_over_drops_nothing(tmp_path: Path, database: Database) -> None:
    project = moved(tmp_path, database, first="made")
    verdict, _, messages = checked(project)
    assert verdict == "reconcilable", messages
    stopped = project.manage("migrate").expect(1)
    assert "table old_item is there already" in stopped.err
    assert "table old_item is another model's already" in stopped.err
    reconcile(project)
    in_sync(project)
    assert database.execute("SELECT name FROM old_item") == [("a",)]


def test_the_record_of_the_removal_alone_makes_the_table_nobodys_to_drop(tmp_path: Path, database: Database) -> None:
    project = moved(tmp_path, database, first="gone")
    project.manage("migrate", "old", "--fake").expect(0)
    assert checked(project)[0] == "reconcilable"
    reconcile(project, "--accept-data-loss")
    in_sync(project)
    assert database.execute("SELECT name FROM old_item") == [("a",)]


BESIDE = f'migrations.CreateModel("Mirror", [{KEY}], options={{"db_table": "old_item", "managed": False}}),'


@pytest.mark.parametrize("kept", [True, False])
def test_beside_a_model_that_nobody_manages_a_table_may_stay_or_go(
    tmp_path: Path, database: Database, kept: bool
) -> None:
    apps: dict[str, AppSource] = {
        "old": {
            "migrations": {
                "0001_initial": ITEM,
                "0002_mirror": migration(BESIDE, after=[("old", "0001_initial")]),
                "0003_gone": migration(GONE, after=[("old", "0002_mirror")]),
            }
        }
    }
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate", "old", "0002").expect(0)
    database.script("INSERT INTO old_item (name) VALUES ('a')")
    assert checked(project)[0] == "pending"
    project.manage("migrate", *(["--fake"] if kept else [])).expect(0)
    in_sync(project)


SECOND_NAME = migration(
    f"""
    migrations.CreateModel("Writer", [{KEY} ("name", models.CharField(max_length=20))]),
    migrations.CreateModel("Title", [{KEY} ("n", models.IntegerField(null=True))]),
    """
)
TITLE = """
    from django.db import models


    class Title(models.Model):
        id = models.BigAutoField(primary_key=True, serialize=False)
        name = models.CharField(max_length=20)
"""


def test_a_name_that_another_table_has_still_is_no_plan(tmp_path: Path, database: Database) -> None:
    """0002 deletes a model and gives its name to another one; faked, both tables are there, with rows."""
    last = migration(
        'migrations.DeleteModel("Title"),\nmigrations.RenameModel("Writer", "Title"),',
        after=[("shelf", "0001_initial")],
    )
    app: AppSource = {"models": TITLE, "migrations": {"0001_initial": SECOND_NAME, "0002_last": last}}
    project = make_project(tmp_path, apps={"shelf": app}, database=database)
    project.manage("migrate", "shelf", "0001").expect(0)
    database.script("INSERT INTO shelf_writer (name) VALUES ('a'); INSERT INTO shelf_title (n) VALUES (1)")
    project.manage("migrate", "--fake").expect(0)

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
    assert report["verdict"] == "conflict"
    assert "put aside what shelf_title holds and drop it, then manage.py schemaguard reconcile" in [
        finding["hint"] for finding in report["findings"]
    ]
    before = everything(database)
    assert refused(project, "--accept-data-loss", "--on-conflict", "alter") == (
        "table shelf_writer is to be called shelf_title, and another table has that name: put aside what it holds and "
        "drop it first; nothing was changed"
    )
    assert everything(database) == before

    database.script("DROP TABLE shelf_title")
    reconcile(project)
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"
    assert database.execute("SELECT name FROM shelf_title") == [("a",)]
