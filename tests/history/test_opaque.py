"""What the code of a RunPython may have done: in doubt is what it spells beside DDL, and nothing more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.harness import Database, Project, make_project

INITIAL = """
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Page", [
            ("id", models.BigAutoField(primary_key=True)),
            ("path", models.CharField(max_length=255)),
            ("title", models.CharField(max_length=255, db_index=True)),
            ("language", models.CharField(max_length=5)),
        ], options={"unique_together": {("language", "title")}}),
    ]
"""
BY_SQL = """
from django.db import migrations

TABLE = "shop_page"

def _alter(schema_editor):
    schema_editor.execute(f"ALTER TABLE {TABLE} ALTER COLUMN path TYPE varchar(300)")

def forwards(apps, schema_editor):
    _alter(schema_editor)

def backwards(apps, schema_editor):
    schema_editor.execute("ALTER TABLE shop_page ALTER COLUMN title TYPE varchar(300)")

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
"""
BY_EDITOR = """
from django.db import migrations

def forwards(apps, schema_editor):
    Page = apps.get_model("shop", "Page")
    schema_editor.alter_unique_together(Page, {("language", "title")}, set())

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.RunPython(forwards)]
"""
INDEX = "(SELECT indexname FROM pg_indexes WHERE tablename = 'shop_page' AND indexname LIKE '%_title_%' \
AND indexname NOT LIKE '%_like' AND indexdef NOT LIKE '%UNIQUE%')"


def found(tmp_path: Path, database: Database, second: str, trouble: str) -> list[tuple[Any, ...]]:
    """(problem, kind, columns) of every finding after the trouble, on a migrated database."""
    project = make_project(
        tmp_path, apps={"shop": {"migrations": {"0001_initial": INITIAL, "0002_code": second}}}, database=database
    )
    project.manage("migrate").expect(0)
    assert findings(project) == []
    database.execute(trouble)
    return findings(project)


def findings(project: Project) -> list[tuple[Any, ...]]:
    report = project.manage("schemaguard", "check", "--format", "json").json
    return [
        (each["problem"], each["kind"], each["columns"])
        for each in report["findings"]
        if each["problem"] != "unmigrated"  # the project has no models.py
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("ALTER path TYPE varchar(260)", [("different", "column", ["path"])]),  # the code makes it 300
        ("ALTER path DROP NOT NULL", [("different", "column", ["path"])]),  # of NULL it does not speak
        ("ALTER title TYPE varchar(300)", [("different", "column", ["title"])]),  # that is the way back
        ("ALTER path TYPE varchar(300)", []),
    ],
)
def test_sql_in_code_may_only_have_given_what_it_spells(
    tmp_path: Path, postgres_database: Database, change: str, expected: list[Any]
) -> None:
    assert found(tmp_path, postgres_database, BY_SQL, f"ALTER TABLE shop_page {change}") == expected


def test_an_editors_call_may_only_have_dropped_what_it_is_for(tmp_path: Path, postgres_database: Database) -> None:
    drop = f"DO $$ BEGIN EXECUTE 'DROP INDEX ' || {INDEX}; END $$"

    assert found(tmp_path, postgres_database, BY_EDITOR, drop) == [("missing", "index", ["title"])]
