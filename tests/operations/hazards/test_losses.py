"""Rows that Django's own operations would cost, and unique constraints of every kind, counted beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration, records
from tests.shop import actions, reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

FIRST = migration(
    """
    migrations.CreateModel(
        "Thing",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("n", models.IntegerField(null=True)),
            ("m", models.IntegerField(null=True)),
            ("name", models.CharField(max_length=20, null=True)),
        ],
    ),
    migrations.CreateModel("Old", [("id", models.BigAutoField(primary_key=True))]),
    """
)


IMPORTS = """
from django.db.models.functions import Lower


def run(apps, schema_editor):
    apps.get_model("app", "Thing").objects.filter(n=9).delete()
"""


def last(*operations: str) -> str:
    lines = ["migrations.AddField('thing', 'made', models.IntegerField(null=True))", *operations]
    return migration("\n".join(f"{each}," for each in lines), after=[("app", "0001_first")], imports=IMPORTS)


def half_run(path: Path, database: Database, *operations: str) -> Project:
    """A database in which the AddField of 0002 has happened, and nothing after it; one row, and no records."""
    migrations = {"0001_first": FIRST, "0002_last": last(*operations)}
    apps: Any = {"app": {"migrations": migrations}}
    project = make_project(path, apps=apps, settings={"INSTALLED_APPS": ["schemaguard", "app"]}, database=database)
    project.manage("migrate", "app", "0001").expect(0)
    database.script(
        "ALTER TABLE app_thing ADD COLUMN made integer NULL;"
        "INSERT INTO app_thing (id, n, m, name) VALUES (1, 1, 1, 'a'); DELETE FROM django_migrations"
    )
    return project


# --------------------------------------------------------------------------------------------------- Django's own drops
def test_a_field_that_is_removed_by_what_is_left_of_a_migration(tmp_path: Path, database: Database) -> None:
    project = half_run(tmp_path, database, "migrations.RemoveField('thing', 'n')")
    assert refused(project) == (
        "1 row of app_thing (n) holds a value in a column that is dropped (for example id 1; "
        f'SELECT * FROM "app_thing" WHERE "n" {database.has_value}); nothing was changed; --accept-data-loss allows it'
    )
    reconcile(project, "--accept-data-loss")
    assert ("app", "0002_last") in records(database)


def test_a_field_without_values_is_no_loss(tmp_path: Path, database: Database) -> None:
    project = half_run(tmp_path, database, "migrations.RemoveField('thing', 'n')")
    database.script("UPDATE app_thing SET n = NULL")
    reconcile(project)


def test_a_model_that_is_deleted_by_what_is_left_of_a_migration(tmp_path: Path, database: Database) -> None:
    project = half_run(tmp_path, database, "migrations.DeleteModel('Thing')")
    line = refused(project)
    assert line.startswith("1 row of app_thing is dropped with the table (for example id 1; SELECT * FROM")
    assert line.endswith("; --accept-data-loss allows it")
    reconcile(project, "--accept-data-loss")


def test_an_empty_table_is_no_loss(tmp_path: Path, database: Database) -> None:
    project = half_run(tmp_path, database, "migrations.DeleteModel('Old')")
    reconcile(project)


def test_sql_that_drops_is_counted_too(tmp_path: Path, database: Database) -> None:
    project = half_run(tmp_path, database, "migrations.RunSQL('DROP TABLE app_thing')")
    assert refused(project).startswith("1 row of app_thing is dropped with the table")


def test_what_a_pending_migration_drops_is_meant(tmp_path: Path, database: Database) -> None:
    """Whole migrations that have not run are the project's own intention, with --migrate as with migrate."""
    project = half_run(tmp_path, database, "migrations.RemoveField('thing', 'n')", "migrations.DeleteModel('Old')")
    database.script("ALTER TABLE app_thing DROP COLUMN made; INSERT INTO app_old (id) VALUES (1)")
    document = reconcile(project, "--migrate", "--format", "json").json
    assert actions(document["performed"]) == [("fake", "0001_first"), ("run", "0002_last")]


def test_what_code_puts_right_before_is_not_counted_but_what_is_dropped_after_it_is(
    tmp_path: Path, database: Database
) -> None:
    unique = "migrations.AddConstraint('thing', models.UniqueConstraint(fields=['n'], name='one_n'))"
    project = half_run(tmp_path, database, "migrations.RunPython(run)", unique)
    database.script("INSERT INTO app_thing (id, n) VALUES (2, 9), (3, 9)")
    reconcile(project)
    assert database.execute("SELECT id FROM app_thing") == [(1,)]


# ----------------------------------------------------------------------------------------------------------- duplicates
@pytest.mark.parametrize(
    ("constraint", "values", "rows", "sample"),
    [
        ("fields=['n', 'm']", "(2, 1, 1, 'b'), (3, 1, 2, 'c')", 1, "1/1"),
        ("fields=['n'], condition=models.Q(m__gt=5)", "(2, 4, 6, 'b'), (3, 4, 7, 'c'), (4, 1, 1, 'd')", 1, "4"),
        ("Lower('name')", "(2, 2, 2, 'A'), (3, 3, 3, 'c')", 1, "a"),
        ("fields=['n']", "(2, NULL, 2, 'A'), (3, NULL, 3, 'c'), (4, 1, 1, ''), (5, 1, 1, '')", 2, "1"),
    ],
)
def test_duplicates(tmp_path: Path, database: Database, constraint: str, values: str, rows: int, sample: str) -> None:
    operation = f"migrations.AddConstraint('thing', models.UniqueConstraint({constraint}, name='only_one'))"
    project = half_run(tmp_path, database, operation)
    database.script(f"INSERT INTO app_thing (id, n, m, name) VALUES {values}")
    line = refused(project)
    count, verb = ("1 row", "repeats") if rows == 1 else (f"{rows} rows", "repeat")
    assert line.startswith(f"{count} of app_thing ")
    assert f"{verb} the values of another row (for example {sample}; SELECT " in line
    query = line.partition(f"for example {sample}; ")[2].removesuffix("); nothing was changed")
    assert len(database.execute(query)) == 1
    database.script("DELETE FROM app_thing WHERE id > 1")
    reconcile(project)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_nulls_that_are_not_distinct_repeat_each_other(tmp_path: Path, database: Database) -> None:
    operation = (
        "migrations.AddConstraint('thing', models.UniqueConstraint(fields=['n'], name='x', nulls_distinct=False))"
    )
    if __import__("django").VERSION < (5, 0):
        pytest.skip("Django 5.0 has nulls_distinct")
    project = half_run(tmp_path, database, operation)
    database.script("INSERT INTO app_thing (id, n) VALUES (2, NULL), (3, NULL)")
    assert refused(project).startswith("1 row of app_thing (n) repeats the values of another row")


# ------------------------------------------------------------------------------- what is altered, and what is not
def test_a_field_that_is_altered_by_what_is_left_of_a_migration(tmp_path: Path, database: Database) -> None:
    operation = "migrations.AlterField('thing', 'name', models.CharField(max_length=5, null=True))"
    project = half_run(tmp_path, database, operation)
    database.script("UPDATE app_thing SET name = 'too long'")
    kind = "varchar(5)" if database.vendor == "sqlite" else "character varying(5)"
    assert refused(project).startswith(f"1 row of app_thing (name) is longer than {kind} allows (for example id 1; ")
    database.script("UPDATE app_thing SET name = 'short'")
    reconcile(project)
    assert ("app", "0002_last") in records(database)


def test_what_is_renamed_or_comes_and_goes_is_no_loss(tmp_path: Path, database: Database) -> None:
    project = half_run(
        tmp_path,
        database,
        "migrations.AddField('thing', 'brief', models.IntegerField(null=True))",
        "migrations.AddIndex('thing', models.Index(fields=['n'], name='brief_idx'))",
        "migrations.RemoveIndex('thing', 'brief_idx')",
        "migrations.RemoveField('thing', 'brief')",
        "migrations.AlterModelTable('thing', 'things')",
    )
    reconcile(project)
    assert database.execute("SELECT id, n, m, name FROM things") == [(1, 1, 1, "a")]
    assert ("app", "0002_last") in records(database)
