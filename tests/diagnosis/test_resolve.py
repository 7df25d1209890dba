"""Where a database stands when its catalog alone leaves several answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import Database, make_project, migration

FIRST = migration(
    """
    migrations.CreateModel("Rating", [
        ("id", models.BigAutoField(primary_key=True)),
        ("user", models.IntegerField()), ("rating", models.IntegerField()), ("ip", models.CharField(max_length=9)),
    ], options={"unique_together": {("user", "rating")}}),
    """
)
SECOND = migration(
    """
    migrations.AlterField("rating", "user", models.IntegerField(null=True)),
    migrations.AlterUniqueTogether("rating", {("user", "rating", "ip")}),
    """,
    after=[("shop", "0001_initial")],
)
THIRD = migration('migrations.AlterUniqueTogether("rating", {("user", "rating")}),', after=[("shop", "0002_ip")])
HISTORY = {"0001_initial": FIRST, "0002_ip": SECOND, "0003_no_ip": THIRD}


@pytest.mark.parametrize(
    ("lost", "states"),
    [
        ("TRUE", ["present", "present", "present"]),
        # As a run leaves it that stopped within 0002.
        ("name <> '0001_initial'", ["applied", "partial", "pending"]),
    ],
)
def test_half_a_migration_or_two_whole_ones(tmp_path: Path, database: Database, lost: str, states: list[str]) -> None:
    project = make_project(tmp_path, apps={"shop": {"migrations": HISTORY}}, database=database)
    project.manage("migrate").expect(0)
    database.execute(f"DELETE FROM django_migrations WHERE {lost}")

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json

    assert [each["state"] for each in report["migrations"] if each["app"] == "shop"] == states
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"
