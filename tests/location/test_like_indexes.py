"""The LIKE index that Django adds to text keys on PostgreSQL, which no migration names, and which it loses track of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import Database, Project, make_project, migration

HISTORY = {
    "0001_initial": migration(
        """
        migrations.CreateModel(
            "Thing",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=40, unique=True, null=True)),
            ],
        ),
        """
    ),
    "0002_rename": migration('migrations.RenameField("thing", "code", "key"),', after=[("shop", "0001_initial")]),
    "0003_plain": migration(
        'migrations.AlterField("thing", "key", models.CharField(max_length=235, null=True)),',
        after=[("shop", "0002_rename")],
    ),
}
MODELS = """
from django.db import models

class Thing(models.Model):
    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=235, null=True)
"""


@pytest.fixture
def project(tmp_path: Path, postgres_database: Database) -> Project:
    """Migrated. Django drops the LIKE index of `key` by a name that it never had, and leaves that of `code`."""
    apps = {"shop": {"models": MODELS, "migrations": HISTORY}}
    settings = {"INSTALLED_APPS": ["schemaguard", "shop"]}
    project = make_project(tmp_path, apps=apps, settings=settings, database=postgres_database)
    project.manage("migrate").expect(0)
    return project


def likes(project: Project) -> list[str]:
    rows = project.database.execute("SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'shop_thing_code%_like'")
    return [text for (text,) in rows]


def checked(project: Project, code: int = 0) -> dict:
    return project.manage("schemaguard", "check", "--format", "json", "--fail-level", "warning").expect(code).json


def test_one_that_django_left_behind_is_no_finding(project):
    assert len(likes(project)) == 1
    assert checked(project)["findings"] == []


def test_nor_is_its_absence(project):
    project.database.execute(f"DROP INDEX {likes(project)[0].split()[2]}")
    assert checked(project)["findings"] == []


def test_it_is_no_evidence_of_where_the_database_stands(project):
    project.database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    states = [each["state"] for each in checked(project, code=1)["migrations"]]
    assert states == ["present", "present", "present"]
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert checked(project)["verdict"] == "in_sync"
    assert len(likes(project)) == 1


def test_where_it_stood_before_it_is_part_of_what_is_to_come(project):
    project.manage("migrate", "shop", "zero").expect(0)
    project.manage("migrate", "shop", "0002").expect(0)
    assert [each["state"] for each in checked(project)["migrations"]] == ["applied", "applied", "pending"]
