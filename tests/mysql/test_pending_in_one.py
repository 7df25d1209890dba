"""A foreign key that comes, and is altered again, in one migration that has not run yet: nothing of it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

MADE = """
migrations.CreateModel("Author", [("id", models.AutoField(primary_key=True))]),
migrations.CreateModel("Book", [("id", models.AutoField(primary_key=True)), ("number", models.IntegerField())]),
"""
ADDED = 'migrations.AddField("book", "author", models.ForeignKey("shop.Author", models.CASCADE, null=True)),'
TO_A_KEY = 'migrations.AlterField("book", "number", models.ForeignKey("shop.{}", models.CASCADE{}, related_name="+")),'
LATER = {
    "added and altered": [ADDED, ADDED.replace("AddField", "AlterField").replace("null=True", 'related_name="+"')],
    "altered twice": [TO_A_KEY.format("Author", ""), TO_A_KEY.format("Author", ", null=True")],
    "to itself, whose key is renamed": [TO_A_KEY.format("Book", ""), 'migrations.RenameField("book", "id", "key"),'],
    "to itself, which is renamed": [TO_A_KEY.format("Book", ""), 'migrations.RenameModel("Book", "Volume"),'],
    "whose target's key is altered": [
        ADDED, 'migrations.AlterField("author", "id", models.BigAutoField(primary_key=True)),',
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", LATER)
def test_it_is_pending(tmp_path: Path, mysql: Any, name: str) -> None:
    history = {
        "0001_made": migration(MADE),
        "0002_later": migration("\n".join(LATER[name]), after=[("shop", "0001_made")]),
    }
    with mysql.fresh() as database:
        project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
        project.manage("migrate", "shop", "0001").expect(0)
        report = project.manage("schemaguard", "check", "--format", "json").json
        assert report["verdict"] == "pending"
        assert [each["state"] for each in report["migrations"] if each["app"] == "shop"] == ["applied", "pending"]
        project.manage("migrate").expect(0)
        assert project.manage("schemaguard", "check", "--format", "json").json["verdict"] == "in_sync"
