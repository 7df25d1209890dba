"""`migrate` is killed before each statement of an operation: reconcile and migrate end where it would have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.guard.cutting import KILLER, cut, schema_of
from tests.harness import make_project, migration
from tests.harness.vendors import ON_MYSQL

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("vendor", [ON_MYSQL], indirect=True)

KEY = '("id", models.BigAutoField(primary_key=True))'
TEXT = f"""
migrations.CreateModel("Thing", [{KEY}, ("text", models.CharField(max_length=10, null=True))]),
migrations.RunSQL("INSERT INTO app_thing (text) VALUES (NULL)"),
"""
COLLATED = 'models.CharField(max_length=20, default="none", db_collation="utf8mb4_bin")'
NUMBER = f"""
migrations.CreateModel("Thing", [{KEY}, ("n", models.PositiveIntegerField(default=1))]),
migrations.RenameField("thing", "n", "m"),
"""
HISTORIES = {
    "collation and NOT NULL": ([TEXT, f'migrations.AlterField("thing", "text", {COLLATED}),'], f"text = {COLLATED}"),
    "check of a renamed column": ([NUMBER], "m = models.PositiveIntegerField(default=1)"),
}


@pytest.mark.parametrize("notes", [True, False], ids=["noted", "not noted"])
@pytest.mark.parametrize("name", HISTORIES)
def test_each_cut_is_completed(server: Any, tmp_path: Path, name: str, notes: bool) -> None:
    operations, field = HISTORIES[name]
    migrations = {
        f"{number:04}_step": migration(text, after=[("app", f"{number - 1:04}_step")] if number else [])
        for number, text in enumerate(operations)
    }
    key = "id = models.BigAutoField(primary_key=True)"
    models = f"{KILLER}\nfrom django.db import models\n\n\nclass Thing(models.Model):\n    {key}\n    {field}\n"
    settings = {"SCHEMAGUARD": {"RECORD_PROGRESS": notes}}
    wanted = None
    for number in range(99):
        with server.fresh() as database:
            app = {"migrations": migrations, "models": models}
            project = make_project(tmp_path / str(number), apps={"app": app}, settings=settings, database=database)
            if len(operations) > 1:
                project.manage("migrate", "app", "0000").expect(0)
            was_cut = cut(project, number)  # before none: that is what it should come to
            project.manage("schemaguard", "reconcile", "--noinput").expect(0)
            project.manage("migrate").expect(0)
            project.manage("schemaguard", "check").expect(0)
            wanted = wanted or schema_of(database)
            assert schema_of(database) == wanted, number
            if number and not was_cut:
                break
    assert number > 2
