"""Columns that differ from their fields in what only the server has: altered, and the same afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
import pytest

from tests.harness import Database, make_project, migration
from tests.shop import dump, mended

if TYPE_CHECKING:
    from pathlib import Path

FIRST = migration(
    """
    migrations.CreateModel("Tool", [
        ("id", models.BigAutoField(primary_key=True)),
        ("note", models.CharField(max_length=9, null=True)),
        ("size", models.IntegerField(db_default=7)),
    ]),
    migrations.AddIndex("tool", models.Index(fields=["note"], name="note_idx")),
    """
)
SECOND = migration(
    'migrations.AlterField("tool", "note", models.CharField(max_length=30, null=True)),',
    after=[("shop", "0001_first")],
)


@pytest.mark.skipif(django.VERSION < (5, 0), reason="Django 5.0 has db_default")
@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("trouble", "performed"),
    [
        ("ALTER TABLE shop_tool ALTER size DROP DEFAULT", ["0001_first"]),
        ("ALTER TABLE shop_tool ALTER id TYPE integer", ["0001_first"]),
        # The index is owed to the first migration, and what it is over to the second.
        ("ALTER TABLE shop_tool DROP COLUMN note", ["0002_note"]),
    ],
)
def test_it_is_as_it_was(tmp_path: Path, database: Database, trouble: str, performed: list[str]) -> None:
    history = {"0001_first": FIRST, "0002_note": SECOND}
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)
    clean: Any = dump(database)
    database.script(trouble)
    done = mended(project, clean, "--on-conflict", "alter")["performed"]
    assert [each["name"] for each in done] == performed
    database.script("INSERT INTO shop_tool (note) VALUES ('x')")
    assert database.execute("SELECT note, size FROM shop_tool") == [("x", 7)]
