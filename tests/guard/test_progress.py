"""A `migrate` that was killed where nothing is rolled back has noted how far it got, and reconcile goes on there."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.guard.cutting import cut, cut_project, history, schema_of, things
from tests.harness.vendors import EVERYWHERE, ON_MYSQL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database, Project

DONE = [(11113, "none")]
"""1, then 1 by code, 10 and 100, 1000 and 10000 by SQL, and 1 by code again: each of them once."""


def completed(project: Project, *argv: str) -> str:
    """What reconcile says, which has to end in sync."""
    report = project.manage("schemaguard", "check", "--format", "json")
    assert report.json["verdict"] != "conflict", report
    result = project.manage("schemaguard", "reconcile", "--noinput", *argv).expect(0)
    project.manage("migrate").expect(0)
    after = project.manage("schemaguard", "check", "--format", "json").expect(0)
    assert after.json["verdict"] == "in_sync", after
    return result.err


def notes(database: Database) -> list[Any]:
    return database.execute("SELECT app, name, operation, statement, done FROM schemaguard_progress")


@pytest.fixture
def clean(server: Any, tmp_path: Path, vendor: str) -> Any:
    with server.fresh() as database:
        cut_project(tmp_path / "clean", database, history(vendor)).manage("migrate").expect(0)
        assert things(database) == DONE
        assert notes(database) == []
        return schema_of(database)


@EVERYWHERE
@pytest.mark.parametrize("number", [5, 7, 9])
def test_it_goes_on_where_it_was_cut(tmp_path: Path, database: Database, number: int) -> None:
    """Right after code, between two statements of SQL, and within an operation of several statements."""
    if (database.vendor, number) == ("sqlite", 9):
        pytest.skip("its editor copies a table there, and what a cut within that leaves is not mended")
    project = cut_project(tmp_path, database, history(database.vendor))
    assert cut(project, number)
    assert completed(project) == ""
    assert things(database) == DONE
    assert notes(database) == []


@pytest.mark.long
@EVERYWHERE
def test_cut_before_each_statement(server: Any, tmp_path: Path, vendor: str, clean: Any) -> None:
    """Everything is done once, and nothing is asked."""
    migrations = history(vendor)
    for number in range(1, 99):
        with server.fresh() as database:
            project = cut_project(tmp_path / str(number), database, migrations)
            if not cut(project, number):
                break
            if vendor == "sqlite" and "new__" in str(schema_of(database)):
                continue  # within the copy of a table
            assert completed(project) == "", number
            assert things(database) == DONE, number
            assert schema_of(database) == clean, number
            assert notes(database) == [], number
    assert number > 8


@pytest.mark.long
@pytest.mark.parametrize("vendor", [ON_MYSQL], indirect=True)
def test_without_notes_it_says_what_nobody_can_know(server: Any, tmp_path: Path, vendor: str, clean: Any) -> None:
    for number in range(1, 99):
        with server.fresh() as database:
            project = cut_project(tmp_path / str(number), database, history(vendor), RECORD_PROGRESS=False)
            project.manage("migrate", "app", "0001").expect(0)
            if not cut(project, number):
                break
            said = completed(project)
            assert things(database) == DONE or "nothing shows whether it has run" in said, number
            assert schema_of(database) == clean, number
    assert number > 8


@pytest.mark.long
@EVERYWHERE
def test_killed_at_fifty_moments(server: Any, tmp_path: Path, vendor: str, clean: Any) -> None:
    """Before, in and after a statement, its note, and the record of the migration."""
    moments = Random(18)  # noqa: S311 (the same moments each time)
    killed = 0
    for number in range(50):
        with server.fresh() as database:
            project = cut_project(tmp_path / str(number), database, history(vendor))
            project.manage("migrate", "app", "0001").expect(0)
            seconds = moments.uniform(0.001, 1.2 if vendor == "mysql" else 0.15)
            killed += project.manage("migrate", env={"CUT_AFTER": f"{seconds:.4f}"}).code == -9
            if vendor == "sqlite" and "new__" in str(schema_of(database)):
                continue  # within the copy of a table
            assert completed(project) == "", seconds
            assert things(database) == DONE, seconds
            assert schema_of(database) == clean, seconds
            assert notes(database) == [], seconds
    assert killed > 10
