"""Nothing is recorded that did not run: what a migration makes and can be seen is there, or it is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.harness import Database, Project, make_project, migration

UNIT = """
    migrations.CreateModel("Unit", [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("name", models.CharField(max_length=9)),
    ]),
"""
FILL = """
def fill(apps, schema_editor):
    for unit in apps.get_model("shop", "Unit").objects.all():
        apps.get_model("shop", "Part").objects.create(unit=unit)

"""
PART = """
    migrations.CreateModel("Part", [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("unit", models.ForeignKey("shop.unit", models.CASCADE)),
    ]),
"""
RUN = "migrations.RunPython(fill, migrations.RunPython.noop),"
BOX = """
    migrations.CreateModel("Box", [("id", models.BigAutoField(primary_key=True, serialize=False))]),
"""
APART = {
    "0002_part": migration(PART, after=[("shop", "0001_initial")]),
    "0003_fill": migration(RUN, after=[("shop", "0002_part")], imports=FILL),
}
TOGETHER = {"0002_part": migration(PART + RUN, after=[("shop", "0001_initial")], imports=FILL)}


def check(project: Project, code: int) -> Any:
    return project.manage("schemaguard", "check", "--format", "json").expect(code).json


def states(project: Project) -> dict[str, str]:
    return {f"{each['app']}.{each['name']}": each["state"] for each in check(project, 1)["migrations"]}


@pytest.mark.parametrize("more", [APART, TOGETHER], ids=["apart", "together"])
def test_code_has_not_run_on_a_table_that_was_not_there(
    tmp_path: Path, database: Database, more: dict[str, str]
) -> None:
    """An upgrade gave an applied migration new dependencies."""
    box = {"0001_initial": migration(BOX, after=[("shop", "0001_initial")])}
    first = {"0001_initial": migration(UNIT)}
    old = make_project(
        tmp_path / "old", apps={"shop": {"migrations": first}, "box": {"migrations": box}}, database=database
    )
    old.manage("migrate").expect(0)
    database.script("INSERT INTO shop_unit (name) VALUES ('a'), ('b')")
    box = {"0001_initial": migration(BOX, after=[("shop", max(more))])}
    apps: Any = {"shop": {"migrations": first | more}, "box": {"migrations": box}}
    new = make_project(tmp_path / "new", apps=apps, database=database)

    pending = dict.fromkeys((f"shop.{name}" for name in more), "pending")
    assert states(new) == {"shop.0001_initial": "applied", **pending, "box.0001_initial": "applied"}
    new.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert database.execute("SELECT unit_id FROM shop_part ORDER BY 1") == [(1,), (2,)]
    assert check(new, 0)["verdict"] == "in_sync"
