"""At most ten queries on PostgreSQL, and as many for many tables as for few."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, Postgres, Project, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

MODEL = """
    migrations.CreateModel(
        "M{n}",
        [
            ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ("price", models.DecimalField(max_digits=8, decimal_places=2)),
            ("kind", models.CharField(max_length=10, unique=True)),
            ("one", models.ForeignKey("self", models.CASCADE, null=True)),
            ("many", models.ManyToManyField("self")),
        ],
        options={{
            "indexes": [models.Index(fields=["kind"], name="kind_{n}", condition=models.Q(price__gt=1, kind="a"))],
        }},
    ),
    migrations.RunSQL("ALTER TABLE shop_m{n} ADD CONSTRAINT check_{n} CHECK (price > 0 AND kind IN ('a', 'b'))"),
"""
KEY = '("id", models.AutoField(primary_key=True))'
COUNT = """
from django.core.management import call_command
from django.db import connection
asked = []
def count(execute, sql, params, many, context):
    asked.append(sql)
    return execute(sql, params, many, context)
with connection.execute_wrapper(count):
    try:
        call_command("schemaguard", "check", "--verbosity=0", "--output", {output!r})
    except SystemExit as findings:
        assert findings.code == 1
print(len(asked))
"""


def shop(path: Path, models: int, database: Database) -> Project:
    operations = "".join(MODEL.format(n=n) for n in range(models))
    apps = {"shop": {"migrations": {"0001_initial": migration(operations)}}}
    project = make_project(path, apps=apps, settings={"INSTALLED_APPS": ["schemaguard", "shop"]}, database=database)
    project.manage("migrate").expect(0)
    return project


def queries(project: Project) -> int:
    """How many queries a check makes, whatever it finds."""
    output = str(project.path / "report")
    result = project.manage("shell", "-c", COUNT.format(output=output)).expect(0)
    return int(result.out.splitlines()[-1])


@pytest.mark.long
def test_as_many_queries_for_600_tables_as_for_60(tmp_path: Path, postgres: Postgres) -> None:
    counts = []
    for models in (30, 300):
        with postgres.fresh() as database:
            project = shop(tmp_path / str(models), models, database)
            database.execute("INSERT INTO shop_m0 (id, price, kind) VALUES (1, 2, 'a')")
            in_sync = queries(project)
            database.execute("DELETE FROM django_migrations")
            counts.append((in_sync, queries(project)))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 10


def test_as_many_queries_for_many_columns_to_drop_as_for_few(tmp_path: Path, postgres: Postgres) -> None:
    """Since Django 6.1 it is asked what hangs on each of them."""
    counts = []
    for columns in (2, 20):
        made = "".join(f'("c{n}", models.IntegerField(null=True)), ' for n in range(columns))
        dropped = "".join(f'migrations.RemoveField("thing", "c{n}"),\n' for n in range(columns))
        history = {
            "0001_initial": migration(f'migrations.CreateModel("Thing", [{KEY}, {made}]),'),
            "0002_less": migration(dropped, after=[("shop", "0001_initial")]),
        }
        with postgres.fresh() as database:
            project = make_project(tmp_path / str(columns), apps={"shop": {"migrations": history}}, database=database)
            project.manage("migrate", "shop", "0001").expect(0)
            counts.append(queries(project))
    assert counts[0] == counts[1] <= 10
