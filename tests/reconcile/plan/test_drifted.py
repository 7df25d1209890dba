"""Columns that were altered by hand into a shape that their history gives them much later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration, records
from tests.shop import dump, edit, forget, mended, reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

ID = '("id", models.BigAutoField(primary_key=True))'
HISTORY = {
    "0001_item": f"""
    migrations.CreateModel("Item", [{ID}, ("n", models.IntegerField()), ("size", models.IntegerField())]),
    """,
    "0002_part": f'migrations.CreateModel("Part", [{ID}, ("n", models.IntegerField())]),',
    "0003_more": """
    migrations.AddField("item", "more", models.IntegerField(null=True)),
    migrations.RemoveField("part", "n"),
    """,
    "0004_big": """
    migrations.AlterField("item", "n", models.BigIntegerField()),
    migrations.AlterField("item", "size", models.BigIntegerField()),
    """,
}


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    names = list(HISTORY)
    history = {
        name: migration(body, after=[("app", names[i - 1])] if i else [])
        for i, (name, body) in enumerate(HISTORY.items())
    }
    return make_project(tmp_path, apps={"app": {"migrations": history}}, database=database)


def made_big(database: Database, *columns: str) -> None:
    for column in columns:
        if database.vendor == "postgresql":
            database.execute(f"ALTER TABLE app_item ALTER {column} TYPE bigint")
        else:
            edit(database, "app_item", f'"{column}" integer', f'"{column}" bigint')


def states(project: Project) -> dict[str, str]:
    report: Any = project.manage("schemaguard", "check", "--format", "json").json
    return {each["name"][:4]: each["state"] for each in report["migrations"] if each["app"] == "app"}


def test_what_comes_before_that_shape_has_not_run_for_it(project: Project) -> None:
    """One column speaks for 0004, and a table and two columns against it."""
    project.manage("migrate", "app", "0001").expect(0)
    before = dump(project.database)
    project.database.execute("INSERT INTO app_item (n, size) VALUES (1, 2)")
    made_big(project.database, "n")
    assert states(project) == {"0001": "conflicting", "0002": "pending", "0003": "pending", "0004": "pending"}
    assert "app_item.n is in a shape that no migration gives it" in refused(project)
    reconcile(project, "--on-conflict", "alter")
    assert dump(project.database) == before
    project.manage("migrate").expect(0)
    assert states(project) == dict.fromkeys(("0001", "0002", "0003", "0004"), "applied")
    assert project.database.execute("SELECT n, size FROM app_item") == [(1, 2)]


def test_as_many_things_that_speak_for_it_are_believed(project: Project) -> None:
    """Two columns stand as 0004 makes them, and less than that is missing of what comes before."""
    project.manage("migrate", "app", "0002").expect(0)
    project.database.script("ALTER TABLE app_part DROP COLUMN n")
    made_big(project.database, "n", "size")
    assert states(project) == {"0001": "applied", "0002": "applied", "0003": "partial", "0004": "present"}


def test_what_ran_and_lost_its_records_is_no_drift(project: Project) -> None:
    project.manage("migrate").expect(0)
    clean = dump(project.database)
    forget(project.database, "0002_part", "0003_more", "0004_big", app="app")
    assert states(project) == {"0001": "applied", "0002": "present", "0003": "present", "0004": "present"}
    mended(project, clean)
    assert ("app", "0004_big") in records(project.database)


def test_another_thing_that_only_what_comes_before_can_have_made(project: Project) -> None:
    """The table of 0002 is there: then records are lost, and the column is no more than half of what tells so."""
    project.manage("migrate").expect(0)
    clean = dump(project.database)
    forget(project.database, "0002_part", "0003_more", "0004_big", app="app")
    project.database.script("ALTER TABLE app_item DROP COLUMN more")
    assert states(project) == {"0001": "applied", "0002": "present", "0003": "partial", "0004": "present"}
    mended(project, clean)
