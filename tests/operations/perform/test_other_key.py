"""A column goes and another one comes, at once: the new key of a table, or a column that is made by making it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import AppSource, Database, Project, catalog_dump, make_project, migration
from tests.shop import reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

CODE = '("code", models.CharField(max_length=9, primary_key=True, serialize=False)),'
KEY = '("id", models.BigAutoField(primary_key=True, serialize=False)),'
OLD = '("old", models.IntegerField(null=True)),'
LAST = migration('migrations.AddField("item", "last", models.IntegerField(null=True)),', after=[("app", "0002_other")])
HISTORIES = {
    "a key": (
        CODE,
        """
        migrations.RemoveField("item", "code"),
        migrations.AddField("item", "id", models.BigAutoField(primary_key=True, serialize=False)),
        """,
        "code",
    ),
    "a column that is not null": (
        KEY + OLD,
        """
        migrations.RemoveField("item", "old"),
        migrations.AddField("item", "new", models.IntegerField(default=0)),
        """,
        "old",
    ),
}


def item(path: Path, database: Database, fields: str, operations: str) -> Project:
    create = f'migrations.CreateModel("Item", [{fields} ("n", models.IntegerField(null=True))]),'
    history = {
        "0001_initial": migration(create),
        "0002_other": migration(operations, after=[("app", "0001_initial")]),
        "0003_last": LAST,
    }
    app: AppSource = {"migrations": history}
    return make_project(path, apps={"app": app}, database=database)


@pytest.mark.parametrize("name", HISTORIES)
def test_one_column_goes_and_another_one_comes(tmp_path: Path, database: Database, name: str) -> None:
    """0002 is recorded and did not happen, and 0003 did."""
    fields, operations, gone = HISTORIES[name]
    project = item(tmp_path, database, fields, operations)
    project.manage("migrate").expect(0)
    clean = catalog_dump(database)
    project.manage("migrate", "app", "zero").expect(0)
    project.manage("migrate", "app", "0001").expect(0)
    database.script(
        f"INSERT INTO app_item ({gone}, n) VALUES (7, 1); ALTER TABLE app_item ADD COLUMN last integer NULL"
    )
    project.manage("migrate", "--fake").expect(0)

    assert f"1 row of app_item ({gone}) holds a value in a column that is dropped" in refused(project)
    reconcile(project, "--accept-data-loss")

    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"
    assert database.execute("SELECT n FROM app_item") == [(1,)]
    if database.vendor == "postgresql":  # where tables are made anew, columns stand in another order
        assert catalog_dump(database, without={"schemaguard_journal"}) == clean
