"""SQL of several statements that `migrate` was cut off in: what its notes say is done is not done again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.harness import make_project, migration, records

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database

FIRST = 'migrations.CreateModel("Thing", [("id", models.AutoField(primary_key=True)), ("n", models.IntegerField())]),'
COUNTED = "UPDATE app_thing SET n = n + 1"
THEN = (
    'migrations.AddField("thing", "made", models.IntegerField(null=True)),\n'
    f'migrations.RunSQL(["CREATE TABLE app_side (id integer)", "{COUNTED}", '
    '"INSERT INTO app_other VALUES (1)", "CREATE INDEX app_side_id ON app_side (id)"]),'
)


def test_statements_that_are_done_are_not_run_again(tmp_path: Path, database: Database) -> None:
    """Between those that the catalog shows stands one of which nothing can be seen."""
    history = {
        "0001_first": migration(FIRST),
        "0002_then": migration(THEN, after=[("app", "0001_first")], atomic=False),
    }
    project = make_project(tmp_path, apps={"app": {"migrations": history}}, database=database)
    project.manage("migrate", "app", "0001").expect(0)
    database.script("INSERT INTO app_thing (id, n) VALUES (1, 1)")
    assert project.manage("migrate").code != 0  # there is no app_other yet
    assert database.execute("SELECT n FROM app_thing") == [(2,)]
    database.script("CREATE TABLE app_other (id integer)")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert database.execute("SELECT n FROM app_thing") == [(2,)]
    assert database.execute("SELECT count(*) FROM app_other") == [(1,)]
    assert ("app", "0002_then") in records(database)
    database.execute("DROP INDEX app_side_id")  # it is there


def test_what_it_makes_for_a_while_is_gone_after_its_rest(tmp_path: Path, database: Database) -> None:
    sql = (
        'migrations.RunSQL(["CREATE TABLE app_side (n integer)", "INSERT INTO app_side SELECT n FROM app_thing", '
        '"INSERT INTO app_other VALUES (1)", "DROP TABLE app_side"]),'
    )
    history = {
        "0001_first": migration(FIRST),
        "0002_then": migration(sql, after=[("app", "0001_first")], atomic=False),
    }
    project = make_project(tmp_path, apps={"app": {"migrations": history}}, database=database)
    project.manage("migrate", "app", "0001").expect(0)
    database.script("INSERT INTO app_thing (id, n) VALUES (1, 1)")
    assert project.manage("migrate").code != 0  # there is no app_other yet
    assert database.execute("SELECT n FROM app_side") == [(1,)]
    database.script("CREATE TABLE app_other (id integer)")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert ("app", "0002_then") in records(database)
    assert database.execute("SELECT count(*) FROM app_other") == [(1,)]
    database.execute("CREATE TABLE app_side (n integer)")  # it is gone
