"""A note that a migration did not end: nothing that depends on it has run, whatever the catalog lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.guard.cutting import KILLER, cut
from tests.harness import make_project, migration, records
from tests.harness.vendors import EVERYWHERE, ON_MYSQL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database

MODELS = """
from django.db import models


class Thing(models.Model):
    id = models.BigAutoField(primary_key=True)
    n = models.IntegerField()
    m = models.IntegerField(null=True)
"""
CODE = """
def fill(apps, schema_editor):
    apps.get_model("app", "Thing").objects.using(schema_editor.connection.alias).create(n=7)
"""
MADE = """
migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField())],
    options={"indexes": [models.Index(fields=["n"], name="thing_n")]}),
"""
EMPTY = (
    'migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField())]),'
)
GROWN = 'migrations.AddField("thing", "m", models.IntegerField(null=True)),'


@EVERYWHERE
@pytest.mark.parametrize("first", [0, 1], ids=["first migration", "second migration"])
def test_an_index_that_was_never_made_is_not_dropped(tmp_path: Path, database: Database, first: int) -> None:
    """Cut before CREATE INDEX of CreateModel. A later migration drops that index, and code stands in between."""
    other = migration('migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),')
    history = {
        "0001_other": other,
        "0002_made": migration(MADE, after=[("app", "0001_other")], atomic=database.vendor == "mysql"),
        "0003_filled": migration("migrations.RunPython(fill),", after=[("app", "0002_made")], imports=CODE),
        "0004_dropped": migration('migrations.RemoveIndex("thing", "thing_n"),', after=[("app", "0003_filled")]),
        "0005_grown": migration(GROWN, after=[("app", "0004_dropped")]),
        "0006_no_other": migration('migrations.DeleteModel("Other"),', after=[("app", "0005_grown")]),
    }
    project = make_project(
        tmp_path, apps={"app": {"migrations": history, "models": KILLER + MODELS}}, database=database
    )
    if first:
        project.manage("migrate", "app", "0001").expect(0)
    assert cut(project, 3 - first)
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert ("app", "0003_filled") not in records(database)
    project.manage("migrate").expect(0)
    assert database.execute("SELECT n FROM app_thing") == [(7,)]
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


@pytest.mark.parametrize("vendor", [ON_MYSQL], indirect=True)
def test_without_notes_nobody_can_tell_whether_the_index_was_dropped(tmp_path: Path, database: Database) -> None:
    history = {
        "0001_other": migration('migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),'),
        "0002_made": migration(MADE, after=[("app", "0001_other")]),
        "0003_dropped": migration('migrations.RemoveIndex("thing", "thing_n"),', after=[("app", "0002_made")]),
    }
    app = {"migrations": history, "models": KILLER + MODELS}
    settings = {"SCHEMAGUARD": {"RECORD_PROGRESS": False}}
    project = make_project(tmp_path, apps={"app": app}, settings=settings, database=database)
    project.manage("migrate", "app", "0001").expect(0)
    assert cut(project, 2)
    report = project.manage("schemaguard", "check", "--format", "json").json
    found = {each["migration"]: each["message"] for each in report["findings"] if each["kind"] == "migration"}
    assert "nobody can tell for sure whether it ran" in found["0003_dropped"]


@EVERYWHERE
@pytest.mark.parametrize(
    "update",
    ['"UPDATE app_thing SET n = n + 1"', '("UPDATE app_thing SET n = n + %s", [1])'],
    ids=["text", "parameters"],
)
@pytest.mark.parametrize("before", [True, False], ids=["first of them", "last of them"])
def test_rows_that_were_written_are_not_written_again(
    tmp_path: Path, database: Database, update: str, before: bool
) -> None:
    """SQL is the first operation, and it was cut right after or right before it altered the table."""
    altered = '"ALTER TABLE app_thing ADD COLUMN m integer NULL"'
    sql = ", ".join([update, altered] if before else [altered, update])
    state = 'state_operations=[migrations.AddField("thing", "m", models.IntegerField(null=True))]'
    history = {
        "0001_made": migration(EMPTY),
        "0002_grown": migration(f"migrations.RunSQL([{sql}], {state}),", after=[("app", "0001_made")], atomic=False),
    }
    project = make_project(
        tmp_path, apps={"app": {"migrations": history, "models": KILLER + MODELS}}, database=database
    )
    project.manage("migrate", "app", "0001").expect(0)
    database.script("INSERT INTO app_thing (id, n) VALUES (1, 1)")
    assert cut(project, 2)
    report = project.manage("schemaguard", "check", "--format", "json")
    assert report.json["verdict"] == "reconcilable", report
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert database.execute("SELECT n FROM app_thing") == [(2,)]
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"


@EVERYWHERE
def test_rows_that_were_written_as_the_only_thing_are_not_written_again(tmp_path: Path, database: Database) -> None:
    """Killed between the statement, with its note, and the note of the operation."""
    sql = '[("UPDATE app_thing SET n = n + %s", [1])]), migrations.RunSQL("UPDATE app_thing SET n = n + 10"'
    history = {
        "0001_made": migration(EMPTY),
        "0002_grown": migration(f"migrations.RunSQL({sql}),", after=[("app", "0001_made")], atomic=False),
        "0003_grown": migration(GROWN, after=[("app", "0002_grown")]),
    }
    project = make_project(
        tmp_path, apps={"app": {"migrations": history, "models": KILLER + MODELS}}, database=database
    )
    project.manage("migrate", "app", "0001").expect(0)
    database.script("INSERT INTO app_thing (id, n) VALUES (1, 1)")
    assert cut(project, 2)
    database.execute("UPDATE schemaguard_progress SET operation = 0, done = true")  # as right after the statement
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert database.execute("SELECT n FROM app_thing") == [(12,)]


@EVERYWHERE
@pytest.mark.parametrize("number", [2, 3, 4, None])
def test_what_was_rolled_back_with_its_own_transaction_is_written_again(
    tmp_path: Path, database: Database, number: int | None
) -> None:
    """SQL that begins a transaction itself, and ends it: all of it is done, or nothing."""
    updates = ", ".join(f'"UPDATE app_thing SET n = n + {each}"' for each in (1, 10, 100))
    sql = f'["UPDATE app_thing SET n = n + 1000", "BEGIN", {updates}, "COMMIT", "UPDATE app_thing SET n = n + 10000"]'
    history = {
        "0001_made": migration(EMPTY),
        "0002_counted": migration(f"migrations.RunSQL({sql}),", after=[("app", "0001_made")], atomic=False),
        "0003_grown": migration(GROWN, after=[("app", "0002_counted")]),
    }
    project = make_project(
        tmp_path, apps={"app": {"migrations": history, "models": KILLER + MODELS}}, database=database
    )
    project.manage("migrate", "app", "0001").expect(0)
    database.script("INSERT INTO app_thing (id, n) VALUES (1, 0)")
    if number is not None:
        assert cut(project, number)
        project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert database.execute("SELECT n FROM app_thing") == [(11111,)]


@EVERYWHERE
@pytest.mark.parametrize("number", [2, 3, None])
def test_a_transaction_of_several_operations_is_done_or_not(
    tmp_path: Path, database: Database, number: int | None
) -> None:
    updates = [f"migrations.RunSQL('UPDATE app_thing SET n = n + {each}')," for each in (1, 10, 100)]
    operations = [updates[0], 'migrations.RunSQL("BEGIN"),', *updates[1:], 'migrations.RunSQL("COMMIT"),']
    history = {
        "0001_made": migration(EMPTY),
        "0002_counted": migration("\n".join(operations), after=[("app", "0001_made")], atomic=False),
        "0003_grown": migration(GROWN, after=[("app", "0002_counted")]),
    }
    project = make_project(
        tmp_path, apps={"app": {"migrations": history, "models": KILLER + MODELS}}, database=database
    )
    project.manage("migrate", "app", "0001").expect(0)
    database.script("INSERT INTO app_thing (id, n) VALUES (1, 0)")
    if number is not None:
        assert cut(project, number)
        project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert database.execute("SELECT n FROM app_thing") == [(111,)]


@EVERYWHERE
def test_a_transaction_that_is_never_ended_keeps_nobody_waiting(tmp_path: Path, database: Database) -> None:
    sql = '["BEGIN", "UPDATE app_thing SET n = n + 1"]'
    history = {
        "0001_made": migration(EMPTY),
        "0002_counted": migration(f"migrations.RunSQL({sql}),", after=[("app", "0001_made")], atomic=False),
    }
    project = make_project(
        tmp_path, apps={"app": {"migrations": history, "models": KILLER + MODELS}}, database=database
    )
    project.manage("migrate", "app", "0001").expect(0)
    database.script("INSERT INTO app_thing (id, n) VALUES (1, 0)")
    project.manage("migrate")
    before = database.execute("SELECT n FROM app_thing")
    report = project.manage("schemaguard", "check", "--format", "json").json
    recorded = ("app", "0002_counted") in records(database)
    assert (before, recorded) in (([(0,)], False), ([(1,)], True)), report
