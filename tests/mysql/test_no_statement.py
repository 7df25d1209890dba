"""An alteration for which Django makes no statement is no place in the history: nothing of it is there or missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

INITIAL = migration(
    """
    migrations.CreateModel("Shelf", [("id", models.AutoField(primary_key=True))]),
    migrations.CreateModel("Book", [
        ("id", models.AutoField(primary_key=True)),
        ("title", models.CharField(max_length=75, default="none")),
        ("text", models.TextField(default="none")),
        ("pages", models.PositiveIntegerField(default=1)),
        ("data", models.JSONField(default=dict)),
        ("born", models.DateTimeField(null=True)),
        ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE, null=True)),
    ]),
    """
)
QUIET = {
    "a default": '"title", models.CharField(max_length=75, default="some")',
    "a default of a text": '"text", models.TextField(default="some")',
    "a default less": '"text", models.TextField()',
    "a default of a number": '"pages", models.PositiveIntegerField(default=2)',
    "a default of JSON": '"data", models.JSONField(default=list)',
    "auto_now": '"born", models.DateTimeField(null=True, auto_now=True)',
    "choices": '"title", models.CharField(max_length=75, default="none", choices=[("a", "b")], blank=True)',
    "a name for people": '"pages", models.PositiveIntegerField("leaves", default=1, help_text="how many")',
    "on_delete": '"shelf", models.ForeignKey("shop.Shelf", models.SET_NULL, null=True, related_name="+")',
}


@pytest.mark.parametrize("name", QUIET)
def test_a_cut_beside_it_says_nothing_of_it(tmp_path: Path, mysql: Any, name: str) -> None:
    later = migration(
        f"""
        migrations.AddField("book", "before", models.IntegerField(null=True)),
        migrations.AlterField("book", {QUIET[name]}),
        migrations.AddField("book", "after", models.IntegerField(null=True)),
        """,
        after=[("shop", "0001_initial")],
    )
    apps = {"shop": {"migrations": {"0001_initial": INITIAL, "0002_later": later}}}
    with mysql.fresh() as database:
        project = make_project(tmp_path, apps=apps, database=database)
        project.manage("migrate").expect(0)
        assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"
        clean = database.execute("SHOW CREATE TABLE shop_book")
        database.execute("ALTER TABLE shop_book DROP COLUMN after")
        database.execute("DELETE FROM django_migrations WHERE name = '0002_later'")

        report = project.manage("schemaguard", "check", "--format", "json").expect(1).json

        (found,) = [each for each in report["migrations"] if each["name"] == "0002_later"]
        assert [each["state"] for each in found["operations"]] == ["done", "invisible", "absent"]
        assert report["plan"][0]["action"] == "complete"
        project.manage("schemaguard", "reconcile", "--noinput").expect(0)
        assert database.execute("SHOW CREATE TABLE shop_book") == clean
