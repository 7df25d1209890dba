"""MySQL keeps the default of a text or of JSON that AddField gave to the rows: Django's editor cannot drop it there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.harness import make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

MADE = """
migrations.CreateModel("Note", [
    ("id", models.AutoField(primary_key=True)), ("first", models.JSONField(default=dict)),
]),
"""
ADDED = """
migrations.AddField("note", "second", models.JSONField(default=dict)),
migrations.AddField("note", "text", models.TextField(default="it's")),
migrations.AddField("note", "number", models.IntegerField(default=3)),
migrations.AddField("note", "other", models.TextField(default="x")),
migrations.AlterField("note", "other", models.TextField(default="x", null=True)),
"""


def test_a_table_that_is_made_again_has_them_too(tmp_path: Path, mysql: Any) -> None:
    migrations = {"0001_made": migration(MADE), "0002_added": migration(ADDED, after=[("shop", "0001_made")])}
    with mysql.fresh() as database:
        project = make_project(tmp_path, apps={"shop": {"migrations": migrations}}, database=database)
        project.manage("migrate").expect(0)
        clean = sorted(database.execute("SHOW CREATE TABLE shop_note")[0][1].replace(",", "").splitlines())
        database.execute("DROP TABLE shop_note")
        project.manage("schemaguard", "reconcile", "--noinput").expect(0)
        assert sorted(database.execute("SHOW CREATE TABLE shop_note")[0][1].replace(",", "").splitlines()) == clean
        assert project.manage("schemaguard", "check", "--format", "json").json["verdict"] == "in_sync"
