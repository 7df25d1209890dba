"""`--data-migrations skip` records what nobody can see, and does not run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.harness import make_project, migration, records

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database

FIRST = 'migrations.CreateModel("Thing", [("id", models.AutoField(primary_key=True)), ("n", models.IntegerField())]),'
META = 'migrations.AlterModelOptions("thing", {"ordering": ["n"]}),'


def test_sql_without_a_trace_is_skipped(tmp_path: Path, database: Database) -> None:
    """Also where it comes after a migration that changes the state alone."""
    history = {
        "0001_first": migration(FIRST),
        "0002_state": migration(META, after=[("app", "0001_first")]),
        "0003_sql": migration('migrations.RunSQL("UPDATE app_thing SET n = n + 1"),', after=[("app", "0002_state")]),
    }
    project = make_project(tmp_path, apps={"app": {"migrations": history}}, database=database)
    project.manage("migrate", "app", "0001").expect(0)
    database.script("INSERT INTO app_thing (id, n) VALUES (1, 1)")
    project.manage("schemaguard", "reconcile", "--noinput", "--data-migrations", "skip").expect(0)
    assert ("app", "0003_sql") in records(database)
    assert database.execute("SELECT n FROM app_thing") == [(1,)]


def test_a_later_migration_finds_the_model_of_one_that_is_skipped(tmp_path: Path, database: Database) -> None:
    model = 'migrations.CreateModel("Old", [("id", models.AutoField(primary_key=True))])'
    history = {
        "0001_first": migration(FIRST),
        "0002_state": migration(
            f"migrations.SeparateDatabaseAndState(state_operations=[{model}]),", after=[("app", "0001_first")]
        ),
        "0003_grown": migration(
            'migrations.AddField("old", "n", models.IntegerField(null=True)),', after=[("app", "0002_state")]
        ),
    }
    project = make_project(tmp_path, apps={"app": {"migrations": history}}, database=database)
    project.manage("migrate", "app", "0001").expect(0)
    auto = {"sqlite": "integer NOT NULL PRIMARY KEY AUTOINCREMENT", "mysql": "integer AUTO_INCREMENT PRIMARY KEY"}
    database.execute(f"CREATE TABLE app_old (id {auto.get(database.vendor, 'serial PRIMARY KEY')})")
    skipped = project.manage("schemaguard", "reconcile", "--noinput", "--migrate", "--data-migrations", "skip").expect(
        0
    )
    assert "fake      app.0002_state" in skipped.out
    database.execute("INSERT INTO app_old (n) VALUES (1)")
