"""What is made again is as a clean `migrate` has left it, without what a MODIFY of Django's has lost on the way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database

MADE = """
migrations.CreateModel("Book", [
    ("id", models.AutoField(primary_key=True)),
    ("pages", models.PositiveIntegerField(null=True)),
    ("lines", models.PositiveIntegerField()),
    ("words", models.PositiveIntegerField()),
    ("title", models.CharField(max_length=75, db_collation="utf8mb4_bin")),
    ("pairs", models.JSONField(null=True)),
]),
"""
ALTERED = """
migrations.AlterField("book", "pages", models.PositiveBigIntegerField(null=True)),
migrations.AlterField("book", "lines", models.PositiveIntegerField(null=True)),
migrations.RenameField("book", "words", "letters"),
migrations.AlterField("book", "title", models.CharField(max_length=75, db_collation="utf8mb4_bin", null=True)),
migrations.AlterField("book", "pairs", models.JSONField(default=dict)),
"""
TROUBLES = {
    "the table": "DROP TABLE shop_book",
    "the type altered": "ALTER TABLE shop_book DROP COLUMN pages",
    "null since": "ALTER TABLE shop_book DROP COLUMN `lines`",
    "renamed": "ALTER TABLE shop_book DROP COLUMN letters",
    "a collation": "ALTER TABLE shop_book DROP COLUMN title",
    "JSON": "ALTER TABLE shop_book DROP COLUMN pairs",
    "several": "ALTER TABLE shop_book DROP COLUMN pages, DROP COLUMN title, DROP COLUMN letters",
}


def lines(database: Database) -> list[str]:
    """Of SHOW CREATE TABLE, in no order, without the names of checks, which MySQL numbers as they come."""
    definition = re.sub(r"CONSTRAINT `\w+` CHECK", "CHECK", database.execute("SHOW CREATE TABLE shop_book")[0][1])
    return sorted(line.strip(" ,") for line in definition.splitlines())


@pytest.mark.parametrize("records", ["kept", "lost"])
@pytest.mark.parametrize("name", TROUBLES)
def test_it_ends_as_a_clean_migrate_does(tmp_path: Path, mysql: Any, name: str, records: str) -> None:
    migrations = {"0001_made": migration(MADE), "0002_altered": migration(ALTERED, after=[("shop", "0001_made")])}
    with mysql.fresh() as database:
        project = make_project(tmp_path, apps={"shop": {"migrations": migrations}}, database=database)
        project.manage("migrate").expect(0)
        clean = lines(database)
        database.script(TROUBLES[name])
        if records == "lost":
            database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
        project.manage("schemaguard", "reconcile", "--noinput").expect(0)
        project.manage("migrate").expect(0)
        assert lines(database) == clean
        assert project.manage("schemaguard", "check", "--format", "json").json["verdict"] == "in_sync"
