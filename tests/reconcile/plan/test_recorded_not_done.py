"""One removal or rename that is recorded and never happened: it is done now, and the rest stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django
import pytest

from tests.harness import Database, Project, make_project, migration
from tests.shop import dump, mended

if TYPE_CHECKING:
    from pathlib import Path

INITIAL = migration(
    """
    migrations.CreateModel(
        "Item",
        [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField()), ("size", models.IntegerField())],
        options={"unique_together": {("n", "size")}},
    ),
    migrations.AddIndex("item", models.Index(fields=["n"], name="item_n")),
    migrations.AddConstraint("item", models.UniqueConstraint(fields=["size"], name="item_size")),
    """
)
GENERATED = """
    migrations.AddField("item", "twice", models.GeneratedField(
        expression=models.F("n") * 2, output_field=models.IntegerField(), db_persist={persist},
    )),
    """
NOT_DONE = {
    "a table is renamed": 'migrations.RenameModel("Item", "Thing"),',
    "an index is removed": 'migrations.RemoveIndex("item", "item_n"),',
    "an index is renamed": 'migrations.RenameIndex("item", new_name="item_number", old_name="item_n"),',
    "a constraint is removed": 'migrations.RemoveConstraint("item", "item_size"),',
    "what is unique together no longer is": 'migrations.AlterUniqueTogether("item", set()),',
}


def ahead(tmp_path: Path, database: Database, **migrations: str) -> tuple[Project, object]:
    """A project whose last migration is recorded and did not run, and the dump of when it had."""
    project = make_project(tmp_path, apps={"app": {"migrations": migrations}}, database=database)
    project.manage("migrate").expect(0)
    clean = dump(database)
    *_, before, last = sorted(migrations)
    project.manage("migrate", "app", before).expect(0)
    database.execute("INSERT INTO app_item (n, size) VALUES (1, 2)")
    project.manage("migrate", "app", last, "--fake").expect(0)
    return project, clean


@pytest.mark.parametrize("operation", NOT_DONE.values(), ids=NOT_DONE)
def test_it_is_done(tmp_path: Path, database: Database, operation: str) -> None:
    last = migration(operation, after=[("app", "0001_initial")])
    project, clean = ahead(tmp_path, database, **{"0001_initial": INITIAL, "0002_last": last})
    assert dump(database) != clean
    states = {
        each["name"]: each["state"]
        for each in project.manage("schemaguard", "check", "--format", "json").json["migrations"]
    }
    assert (states["0001_initial"], states["0002_last"]) == ("applied", "missing")
    said = {"RenameModel": "give back its name", "RenameIndex": "make again what is missing"}.get(
        operation.partition("(")[0].removeprefix("migrations."), "remove what is still there"
    )
    assert f"redo      app.0002_last: {said}\n" in project.manage("schemaguard", "reconcile", "--dry-run").expect(1).out
    mended(project, clean)


@pytest.mark.skipif(django.VERSION < (5, 0), reason="there is no GeneratedField before")
def test_a_generated_column_holds_nothing_that_is_lost(tmp_path: Path, database: Database) -> None:
    """What is worked out from other columns can be worked out again: no flag is needed to drop it."""
    generated = GENERATED.format(persist=database.vendor == "postgresql")
    history = {
        "0001_initial": INITIAL,
        "0002_twice": migration(generated, after=[("app", "0001_initial")]),
        "0003_last": migration('migrations.RemoveField("item", "twice"),', after=[("app", "0002_twice")]),
    }
    project, clean = ahead(tmp_path, database, **history)
    mended(project, clean)
    assert database.execute("SELECT n, size FROM app_item") == [(1, 2)]
