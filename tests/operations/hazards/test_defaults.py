"""Rows without a value in a column that must have one: given what a migration gave to others, or counted first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, Project, make_project, migration
from tests.shop import dump, edit, mended, refused

if TYPE_CHECKING:
    from pathlib import Path

ITEM = """
migrations.CreateModel(
    "Item",
    [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("name", models.CharField(max_length=9)),
        {fields}
    ],
),
"""
AFTER = [("shop", "0001_item")]
ALTERED = [
    migration(ITEM.format(fields='("size", models.IntegerField(null=True)),')),
    migration(
        'migrations.AlterField("item", "size", models.IntegerField(default=7), preserve_default=False),',
        after=AFTER,
    ),
]
ADDED = [
    migration(ITEM.format(fields="")),
    migration('migrations.AddField("item", "size", models.IntegerField(null=True)),', after=AFTER),
    migration(
        'migrations.AlterField("item", "size", models.IntegerField(default=7), preserve_default=False),',
        after=[("shop", "0002_step")],
    ),
]
FORMER = [
    migration(ITEM.format(fields='("size", models.IntegerField(default=7)),')),
    migration('migrations.AlterField("item", "size", models.IntegerField()),', after=AFTER),
]
"""The default of the first day was given to no row by a migration: which value a row without one should have had,
nobody knows."""
DROPPED = "ALTER TABLE shop_item DROP COLUMN size"


def project_of(tmp_path: Path, database: Database, history: list[str]) -> Project:
    names = ["0001_item", "0002_step", "0003_step"]
    migrations = dict(zip(names, history, strict=False))
    project = make_project(tmp_path, apps={"shop": {"migrations": migrations}}, database=database)
    project.manage("migrate").expect(0)
    return project


def let_in_null(database: Database) -> None:
    if database.vendor == "sqlite":
        edit(database, "shop_item", '"size" integer NOT NULL', '"size" integer NULL')
    else:
        database.execute("ALTER TABLE shop_item ALTER size DROP NOT NULL")
    database.execute("INSERT INTO shop_item (name, size) VALUES ('new', NULL)")


@pytest.mark.parametrize("history", [ALTERED, ADDED], ids=["altered", "added"])
@pytest.mark.parametrize("trouble", ["null", "dropped"])
def test_the_rows_get_what_a_migration_gave_to_others(
    tmp_path: Path, database: Database, history: list[str], trouble: str
) -> None:
    project = project_of(tmp_path, database, history)
    clean = dump(database)
    database.execute("INSERT INTO shop_item (name, size) VALUES ('old', 3)")
    kept = 3
    if trouble == "null":
        let_in_null(database)
    else:
        database.execute(DROPPED)
        kept = 7
    mended(project, clean, "--on-conflict", "alter")
    found = dict(database.execute("SELECT name, size FROM shop_item"))
    assert found == ({"old": kept, "new": 7} if trouble == "null" else {"old": kept})


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("null", "1 row of shop_item (size) is NULL in a column that becomes NOT NULL"),
        ("dropped", "1 row of shop_item (size) would have no value in the new NOT NULL column"),
    ],
)
def test_a_default_of_former_days_is_nobodys_value(tmp_path: Path, database: Database, trouble: str, told: str) -> None:
    project = project_of(tmp_path, database, FORMER)
    if trouble == "null":
        let_in_null(database)
    else:
        database.execute("INSERT INTO shop_item (name, size) VALUES ('old', 3)")
        database.execute(DROPPED)
    assert told in refused(project, "--on-conflict", "alter")
