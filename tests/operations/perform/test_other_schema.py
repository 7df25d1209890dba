"""Tables in a schema outside of the search path: whatever is altered beside them is named with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, Project, catalog_dump, make_project, migration
from tests.shop import reconcile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)

MODELS = """
from django.db import models


class Item(models.Model):
    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=9)
    size = models.IntegerField(default=0)

    class Meta:
        db_table = 'other"."{}'
        indexes = [models.Index(fields=["code"], name="thing_code")]
        constraints = [models.UniqueConstraint(fields=["code"], name="thing_once")]
"""
INITIAL = migration(
    """
    migrations.CreateModel(
        "Item",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("code", models.CharField(max_length=9)),
            ("size", models.IntegerField(default=0)),
        ],
        {
            "db_table": 'other"."thing',
            "indexes": [models.Index(fields=["code"], name="thing_code")],
            "constraints": [models.UniqueConstraint(fields=["code"], name="thing_once")],
        },
    ),
    """
)
RENAMED = migration(
    """
    migrations.RunSQL(
        "ALTER TABLE other.thing RENAME TO item",
        state_operations=[migrations.AlterModelTable("Item", 'other"."item')],
    ),
    """,
    after=[("shop", "0001_initial")],
)


def migrated(path: Path, database: Database, **more: str) -> Project:
    database.execute("CREATE SCHEMA other")
    models = MODELS.format("item" if more else "thing")
    project = make_project(
        path, apps={"shop": {"models": models, "migrations": {"0001_initial": INITIAL, **more}}}, database=database
    )
    project.manage("migrate").expect(0)
    return project


def dump(database: Database) -> str:
    return catalog_dump(database, without=("schemaguard_journal",))


@pytest.mark.parametrize(
    "trouble",
    [
        "ALTER INDEX other.thing_code RENAME TO strange",
        "ALTER TABLE other.thing RENAME CONSTRAINT thing_once TO strange",
        "ALTER TABLE other.thing RENAME TO strange",
        "DROP INDEX other.thing_code",
    ],
)
def test_what_was_renamed_or_dropped_by_hand(tmp_path: Path, database: Database, trouble: str) -> None:
    project = migrated(tmp_path, database)
    database.execute("INSERT INTO other.thing (code, size) VALUES ('x', 1)")
    clean = dump(database)
    database.execute(trouble)

    reconcile(project, "--on-conflict", "alter")

    assert dump(database) == clean
    assert database.execute("SELECT code FROM other.thing") == [("x",)]


def test_an_index_in_another_shape_is_dropped_and_made_and_both_taken_back(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    clean = dump(database)
    database.execute("DROP INDEX other.thing_code")
    database.execute("CREATE INDEX thing_code ON other.thing (size)")
    broken = dump(database)

    reconcile(project, "--on-conflict", "alter")
    assert dump(database) == clean

    project.manage("schemaguard", "undo").expect(0)
    assert dump(database) == broken


def test_a_table_that_was_renamed_is_made_again_with_its_sequence(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database, **{"0002_renamed": RENAMED})
    database.execute("DROP TABLE other.item")

    reconcile(project)

    assert database.execute("SELECT pg_get_serial_sequence('other.item', 'id')") == [("other.thing_id_seq",)]


@pytest.mark.parametrize("earlier", [False, True])
def test_a_column_with_an_index_for_like(tmp_path: Path, database: Database, earlier: bool) -> None:
    """Under its usual name, or under the one that it got when the table had another."""
    created = """
    migrations.CreateModel(
        "Item",
        [("id", models.BigAutoField(primary_key=True)), ("code", models.CharField(max_length=9, unique=True))],
        {"db_table": 'other"."item'},
    ),
    """
    models = """
    from django.db import models


    class Item(models.Model):
        id = models.BigAutoField(primary_key=True)
        code = models.CharField(max_length=9, unique=True)

        class Meta:
            db_table = 'other"."item'
    """
    database.execute("CREATE SCHEMA other")
    app = {"models": models, "migrations": {"0001_initial": migration(created)}}
    project = make_project(tmp_path, apps={"shop": app}, database=database)
    project.manage("migrate").expect(0)
    if earlier:
        ((name,),) = database.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE '%_like'")
        database.execute(f"ALTER INDEX other.{name} RENAME TO thing_code_like")
    clean = dump(database)
    database.execute("ALTER TABLE other.item ALTER COLUMN code TYPE text")

    reconcile(project, "--on-conflict", "alter")

    assert dump(database) == clean
