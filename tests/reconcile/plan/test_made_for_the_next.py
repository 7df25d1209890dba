"""What is missing of a migration, where a later one is there in part and goes on from it: made as that one finds it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import make_project, migration
from tests.harness.vendors import EVERYWHERE
from tests.shop import dump

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database

MADE = """
migrations.CreateModel("Book", [
    ("id", models.AutoField(primary_key=True)),
    ("words", models.IntegerField()),
    ("code", models.CharField(max_length=20, db_index=True)),
    ("title", models.CharField(max_length=75)),
]),
"""
THERE = "migrations.AlterField('book', 'title', models.CharField(max_length=75, null=True)),"
LATER = {
    "renamed": "migrations.RenameField('book', '{0}', 'other'),",
    "altered": "migrations.AlterField('book', '{0}', models.CharField(max_length=40, default='x')),",
    "made NULL": "migrations.AlterField('book', '{0}', models.CharField(max_length=20, null=True)),",
    "made unique": "migrations.AlterField('book', '{0}', models.BigIntegerField(unique=True)),",
    "dropped": "migrations.RemoveField('book', '{0}'),",
    "indexed": "migrations.AddIndex('book', models.Index(fields=['{0}', 'title'], name='both')),",
    "altered and renamed": (
        "migrations.AlterField('book', '{0}', models.BigIntegerField(null=True)),"
        "migrations.RenameField('book', '{0}', 'other'),"
    ),
    "renamed and altered": (
        "migrations.RenameField('book', '{0}', 'other'),"
        "migrations.AlterField('book', 'other', models.BigIntegerField(null=True)),"
    ),
    "its model renamed": "migrations.RenameModel('book', 'volume'), migrations.RenameField('volume', '{0}', 'other'),",
}


@EVERYWHERE
@pytest.mark.parametrize("column", ["words", "code"])
@pytest.mark.parametrize("name", LATER)
def test_it_ends_as_a_clean_migrate_does(tmp_path: Path, database: Database, name: str, column: str) -> None:
    if database.vendor == "sqlite" and "unique" in name:
        pytest.skip("it drops no column of a key")
    later = migration(THERE + LATER[name].format(column), after=[("shop", "0001_made")])
    migrations = {"0001_made": migration(MADE), "0002_altered": later}
    project = make_project(tmp_path, apps={"shop": {"migrations": migrations}}, database=database)
    project.manage("migrate").expect(0)
    clean = dump(database)
    database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    table = "shop_volume" if "volume" in LATER[name] else "shop_book"
    missing = "other" if "'other'" in LATER[name] else column
    if name != "dropped":
        for index in indexes(database, table, missing):
            drop = f"DROP INDEX {index}" + (f" ON {table}" if database.vendor == "mysql" else "")
            database.execute(drop)
        database.execute(f"ALTER TABLE {table} DROP COLUMN {missing}")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    project.manage("migrate").expect(0)
    assert named_alike(dump(database)) == named_alike(clean)
    assert project.manage("schemaguard", "check", "--format", "json").json["verdict"] == "in_sync"


def named_alike(told: Any) -> Any:
    """MySQL and MariaDB call a unique that comes with its column as the column, and Django one that is added later."""
    return re.sub(r"UNIQUE KEY `[^`]+`", "UNIQUE KEY", told) if isinstance(told, str) else told


def indexes(database: Database, table: str, column: str) -> list[str]:
    """Those over a column on SQLite, which drops no column that has one."""
    if database.vendor != "sqlite":
        return []
    names = [name for _, name, *_ in database.execute(f"PRAGMA index_list({table})")]
    return [name for name in names if column in [row[2] for row in database.execute(f"PRAGMA index_info({name})")]]
