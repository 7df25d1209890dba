"""A third party's schema editor that works outside of transactions, whatever it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.harness import Database, Project, make_project, migration

BACKEND = '''
from django.db.backends.postgresql import base
from django.db.backends.postgresql.schema import DatabaseSchemaEditor


class SchemaEditor(DatabaseSchemaEditor):
    """Builds indexes as django-pg-zero-downtime-migrations does."""

    sql_create_index = DatabaseSchemaEditor.sql_create_index_concurrently

    def __init__(self, connection, collect_sql=False, atomic=True):
        super().__init__(connection, collect_sql=collect_sql, atomic=False)


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor
'''
MADE = migration(
    """
    migrations.CreateModel("Room", [
        ("id", models.BigAutoField(primary_key=True)), ("number", models.IntegerField(db_index=True)),
    ]),
    migrations.AddIndex("room", models.Index(fields=["number"], name="room_i")),
    """
)


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    source: Any = {
        "migrations": {"0001_initial": MADE},
        "files": {"backend/__init__.py": "", "backend/base.py": BACKEND},
    }
    made = make_project(tmp_path, apps={"shop": source}, database=database, engine="shop.backend")
    made.manage("migrate").expect(0)
    return made


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_it_does_not_mend_inside_of_the_transaction(project: Project, database: Database) -> None:
    database.script("DROP INDEX room_i; DELETE FROM django_migrations WHERE app = 'shop'")

    shown = project.manage("schemaguard", "reconcile", "--dry-run").expect(1).out
    assert 'CREATE INDEX "room_i"' in shown
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    report = project.manage("schemaguard", "check", "--format", "json").expect(0).json
    assert report["verdict"] == "in_sync"
    assert database.execute("SELECT 1 FROM pg_indexes WHERE indexname = 'room_i'") == [(1,)]
