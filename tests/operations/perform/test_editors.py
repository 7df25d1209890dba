"""A third party's schema editor that works outside of transactions, whatever it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration
from tests.shop import edit

if TYPE_CHECKING:
    from pathlib import Path

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


CHILD = migration(
    """
    migrations.CreateModel("Parent", [("id", models.BigAutoField(primary_key=True))]),
    migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True)), ("size", models.IntegerField())]),
    migrations.CreateModel("Child", [
        ("id", models.BigAutoField(primary_key=True)),
        ("parent", models.ForeignKey("shop.Parent", models.CASCADE, related_name="+")),
    ]),
    """
)
LOOSE = 'REFERENCES "shop_parent" ("id") DEFERRABLE INITIALLY DEFERRED'


@pytest.fixture
def orphaned(tmp_path: Path, sqlite_database: Database) -> Project:
    """A row that points nowhere: usual where a database is older than Django 2.0."""
    made = make_project(tmp_path, apps={"shop": {"migrations": {"0001_initial": CHILD}}}, database=sqlite_database)
    made.manage("migrate").expect(0)
    sqlite_database.execute("INSERT INTO shop_child (id, parent_id) VALUES (3, 99)")
    return made


def test_records_are_written_beside_a_row_that_points_nowhere(orphaned: Project) -> None:
    orphaned.database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    orphaned.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert orphaned.manage("schemaguard", "check").expect(0).out.count("in sync") == 1


def test_a_table_is_mended_beside_a_row_that_points_nowhere(orphaned: Project) -> None:
    edit(orphaned.database, "shop_other", '"size" integer NOT NULL', '"size" text NULL')
    orphaned.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)
    assert orphaned.database.execute("SELECT * FROM shop_child") == [(3, 99)]


def test_a_new_row_that_points_nowhere_is_none_of_those(orphaned: Project) -> None:
    """The key comes back: its rows were counted nowhere as long as it was not there."""
    orphaned.database.execute("INSERT INTO shop_parent (id) VALUES (1)")
    edit(orphaned.database, "shop_child", LOOSE, "")
    told = orphaned.manage("schemaguard", "reconcile", "--noinput").expect(1).err
    assert "1 row of shop_child (parent_id) points at no row of shop_parent" in told


def test_keys_that_cannot_be_checked_are_no_failure(orphaned: Project) -> None:
    orphaned.database.script(
        "CREATE TABLE odd (id integer PRIMARY KEY, size integer REFERENCES shop_other (size));"
        "INSERT INTO odd VALUES (1, 1); DELETE FROM django_migrations WHERE app = 'shop'"
    )
    orphaned.manage("schemaguard", "reconcile", "--noinput").expect(0)
